// Why: recording. A step goes to the journal, into the memory of where orders stand, and within a second into the
// ledger's commits.
// Promises: record returns when the journal holds the step. Publishing lags at most a second behind and catches up
// after a restart. A ledger that cannot be published never stops the work: fourline reports it and tries again. A
// ledger that somebody removes while fourline works is built anew.
// Never: records what did not happen: the caller acts first, then records.

import type { TellEvent } from '../event.ts';
import type { Places } from '../places.ts';
import type { Clock } from '../platform/text/clock.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Entry, Step } from './entry.ts';
import { foldEntry } from './fold.ts';
import { emptyHistory, type History } from './history.ts';
import { type DamagedLine, openJournal } from './journal.ts';
import { indexHint, type JournalIndex, openIndex } from './journal-index.ts';
import { openPublisher } from './publisher.ts';
import { openJournalSteps, readTail } from './read-history.ts';
import { type IndexDraft, writeJournalIndex } from './write-index.ts';

/** A workspace's recorder. Held by the one process that holds the workspace's lock. */
export type Ledger = {
  /** Where all orders stand. */
  readonly history: History;
  /** How many lines the journal had when it was opened. */
  readonly lines: number;
  readonly damaged: readonly DamagedLine[];
  /** True when the journal ended in a torn line, which was cut. */
  readonly torn: boolean;
  readonly record: (...steps: readonly Step[]) => Promise<void>;
  /** Does work that belongs to what it records: the index never reaches into the middle of it. */
  readonly whole: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /**
   * Throws Fault `journal-lost` when the journal is not there any more, `desk-lost` when the workspace is no longer
   * this process's.
   */
  readonly prove: () => Promise<void>;
  /** Publishes what waits, now. */
  readonly publish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Hears of an entry when the journal holds it: which line it is, from 1, and the history up to it. `live` is false for
 * entries that were there when the ledger was opened.
 */
export type HearEntry = (heard: {
  readonly entry: Entry;
  readonly line: number;
  readonly history: History;
  readonly live: boolean;
}) => void;

/** Hears entries. It hears at least those behind the line `since`, and those that come. */
export type EntryHearing = { readonly hear: HearEntry; readonly since: number };

/** The surroundings of a ledger: the mail domain, the time, who hears events, and who hears entries. */
export type LedgerOptions = {
  readonly domain: string;
  readonly clock: Clock;
  readonly tell: TellEvent;
  readonly hearing?: EntryHearing | undefined;
};

// By how many bytes the journal grows before its index follows: while it is open, and when it is closed.
const indexAfter = { open: 1024 * 1024, closed: 256 * 1024 } as const;

/** Opens the recorder. The caller holds the lock. */
export async function openLedger(places: Places, { domain, clock, tell, hearing }: LedgerOptions): Promise<Ledger> {
  const tail = await readTail(places, hearing?.since);
  const { index, reading } = tail;
  const history = index?.history() ?? emptyHistory();
  const damaged = [...(index?.reach.damaged ?? []), ...reading.damaged];
  const damagedLines = new Set(reading.damaged.map((one) => one.line));
  let line = index?.reach.lines ?? 0;
  const remember = (entry: Entry, live: boolean): void => {
    foldEntry(history, entry);
    do line += 1;
    while (!live && damagedLines.has(line));
    hearing?.hear({ entry, line, history, live });
  };
  for (const entry of reading.entries) remember(entry, false);
  const steps = openJournalSteps(places.history.journal, tail);
  const lines = steps.count + damaged.length;
  line = lines;
  const journal = await openJournal(places.history.journal, reading.length, clock);
  const monthOf = (order: string): string | null => history.orders.get(order)?.month ?? null;
  const publisher = await openPublisher({ places, domain, tell, monthOf }, steps);
  const following = followIndex(places, index, () => {
    return { history, reach: { bytes: journal.length(), lines: line, entries: line - damaged.length, damaged } };
  });
  return {
    ...{ history, lines, damaged, torn: reading.torn, whole: following.whole },
    record: (...steps) =>
      following.whole(async () => {
        const entries = await journal.append(...steps);
        for (const entry of entries) remember(entry, true);
        publisher.add(entries);
      }),
    prove: journal.prove,
    publish: publisher.publish,
    close: async () => {
      await publisher.close();
      following.close();
      await journal.close();
    },
  };
}

// Has the index follow the journal, in moments in which nothing is being recorded.
function followIndex(
  places: Places,
  index: JournalIndex | null,
  draft: () => IndexDraft,
): Pick<Ledger, 'whole'> & { readonly close: () => void } {
  let known = index;
  let tried = known?.reach.bytes ?? 0;
  let busy = 0;
  const follow = (grown: number): void => {
    const now = draft();
    if (busy > 0 || now.reach.bytes - tried < grown) return;
    tried = now.reach.bytes;
    known = renewIndex(places, known, now);
  };
  return {
    whole: async (work) => {
      busy += 1;
      try {
        return await work();
      } finally {
        busy -= 1;
        follow(indexAfter.open);
      }
    },
    close: () => {
      follow(indexAfter.closed);
      known?.close();
    },
  };
}

// Nothing hangs on an index: where it can't be written, it stays as it was, and later it is tried again.
function renewIndex(
  { history: { index, journal } }: Places,
  known: JournalIndex | null,
  draft: IndexDraft,
): JournalIndex | null {
  try {
    writeJournalIndex(index, journal, known, draft);
  } catch {
    return known;
  }
  const next = openIndex(index, journal);
  if (next === null)
    throw new Fault('index-unreadable', "the journal's index cannot be read", { where: index, hint: indexHint });
  next.carry(draft.history);
  return next;
}
