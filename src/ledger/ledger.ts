// Why: recording. A step goes to the journal, into the memory of where orders stand, and within a second into the
// ledger's commits.
// Promises: record returns when the journal holds the step. Publishing lags at most a second behind and catches up
// after a restart. A ledger that cannot be published never stops the work: fourline reports it and tries again. A
// ledger that somebody removes while fourline works is built anew.
// Never: records what did not happen: the caller acts first, then records.

import type { TellEvent } from '../event.ts';
import type { OfHistory, Places } from '../places.ts';
import type { Clock } from '../platform/text/clock.ts';
import { changeStanding } from './advance.ts';
import type { Entry, Step } from './entry.ts';
import { foldEntry } from './fold.ts';
import { type DamagedLine, type JournalMemory, openJournal, readJournal } from './journal.ts';
import { openPublisher } from './publisher.ts';
import { emptyHistory, type History } from './standing.ts';

/** A workspace's recorder. Held by the one process that holds the workspace's lock. */
export type Ledger = {
  /**
   * Where all orders stand. Settled orders lack the lists that `readHistory` gives: refused paths, and paths that
   * landings left.
   */
  readonly history: History;
  readonly damaged: readonly DamagedLine[];
  /** True when the journal ended in a torn line, which was cut. */
  readonly torn: boolean;
  readonly record: (...steps: readonly Step[]) => Promise<void>;
  /**
   * Throws Fault `journal-lost` when the journal is not there any more, `desk-lost` when the workspace is no longer
   * this process's.
   */
  readonly prove: () => Promise<void>;
  /** Publishes what waits, now. */
  readonly publish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

// One empty list for all of them.
const ledgerNone: never[] = [];

/** Reads a workspace's history without taking part in it; `memory` is of a process that reads it again and again. */
export async function readHistory(
  places: OfHistory,
  memory?: JournalMemory,
): Promise<{ history: History; entries: readonly Entry[]; damaged: readonly DamagedLine[] }> {
  const reading = await readJournal(places.history.journal, memory);
  const history = emptyHistory();
  for (const entry of reading.entries) foldEntry(history, entry);
  return { history, entries: reading.entries, damaged: reading.damaged };
}

// Adds an entry to the memory that a process keeps for days. For a settled order we drop the lists that an agent can
// make arbitrarily long; its record keeps them. We keep what later orders may ask for.
function rememberEntry(history: History, entry: Entry): void {
  foldEntry(history, entry);
  const settled = entry.step === 'settled' ? history.orders.get(entry.order) : undefined;
  if (settled === undefined) return;
  const landed = settled.landing.landed.map((one) => ({ ...one, left: ledgerNone }));
  history.orders.set(
    settled.id,
    changeStanding(settled, {
      tries: { refused: ledgerNone },
      landing: { landed: landed.length === 0 ? ledgerNone : landed },
    }),
  );
}

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

/** The surroundings of a ledger: the mail domain, the time, who hears events, and who hears entries. */
export type LedgerOptions = {
  readonly domain: string;
  readonly clock: Clock;
  readonly tell: TellEvent;
  readonly hear?: HearEntry | undefined;
};

/** Opens the recorder. The caller holds the lock. */
export async function openLedger(places: Places, { domain, clock, tell, hear }: LedgerOptions): Promise<Ledger> {
  const reading = await readJournal(places.history.journal);
  const history = emptyHistory();
  const damagedLines = new Set(reading.damaged.map((one) => one.line));
  let line = 0;
  const remember = (entry: Entry, live: boolean): void => {
    rememberEntry(history, entry);
    do line += 1;
    while (!live && damagedLines.has(line));
    hear?.({ entry, line, history, live });
  };
  for (const entry of reading.entries) remember(entry, false);
  line = reading.entries.length + reading.damaged.length;
  const journal = await openJournal(places.history.journal, reading.length, clock);
  const monthOf = (order: string): string | null => history.orders.get(order)?.month ?? null;
  const publisher = await openPublisher({ places, domain, tell, monthOf }, reading.entries);
  return {
    history,
    damaged: reading.damaged,
    torn: reading.torn,
    record: async (...steps) => {
      const entries = await journal.append(...steps);
      for (const entry of entries) remember(entry, true);
      publisher.add(entries);
    },
    prove: journal.prove,
    publish: publisher.publish,
    close: async () => {
      await publisher.close();
      await journal.close();
    },
  };
}
