// Why: whoever reads a workspace wants where its orders stand, and some of the journal's lines.
// Promises: the answers are those of the whole journal. With an index, only what was written since is read; lines
// before that are read when somebody asks for them.
// Never: writes.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { OfHistory } from '../places.ts';
import { isReason } from '../platform/text/fault.ts';
import { type Entry, orderIn } from './entry.ts';
import { foldEntry } from './fold.ts';
import { emptyHistory, type History } from './history.ts';
import { type DamagedLine, type JournalReading, parseLine, readJournal } from './journal.ts';
import { type JournalIndex, openIndex } from './journal-index.ts';

/** The readable lines of a journal, as it was when it was opened. Reading them throws Fault `journal-newer`. */
export type JournalSteps = {
  readonly count: number;
  /** All of them: whoever can ask for fewer should. */
  readonly all: () => Promise<readonly Entry[]>;
  /** The lines of one order. */
  readonly of: (order: string) => readonly Entry[];
  /** The last lines, oldest first: of all, or of those that fit. */
  readonly last: (count: number, fits?: Fits) => readonly Entry[];
  /** The first `count` of them alone. */
  readonly upTo: (count: number) => Promise<JournalSteps>;
};

type Fits = (entry: Entry) => boolean;

/** A journal that was read up to its end: the history there, its lines, and those that can't be read. */
export type ReadHistory = {
  readonly history: History;
  readonly steps: JournalSteps;
  /** The lines that no index knows yet, and the history before them, anew with each call. */
  readonly late: { readonly past: () => History; readonly entries: readonly Entry[] };
  readonly damaged: readonly DamagedLine[];
  /** How many lines the journal has, readable or not. */
  readonly lines: number;
  /** Must be called at the end: the index stays open until then. */
  readonly close: () => void;
};

/** The part of the journal that no index knows, and the index before it. */
export type JournalTail = { readonly index: JournalIndex | null; readonly reading: JournalReading };

/** Reads what the index of a journal doesn't know; all of it when there is none, or when it reaches beyond `least`. */
export async function readTail({ history }: OfHistory, least = Number.POSITIVE_INFINITY): Promise<JournalTail> {
  const index = openIndex(history.index, history.journal);
  if (index === null || index.reach.lines > least) {
    index?.close();
    return { index: null, reading: await readJournal(history.journal) };
  }
  try {
    return { index, reading: await readJournal(history.journal, index.reach) };
  } catch (error) {
    index.close();
    throw error;
  }
}

/**
 * Reads a workspace's history without taking part in it; with `whole` no index is asked. Throws Fault `journal-newer`,
 * `index-unreadable`.
 */
export async function readHistory(places: OfHistory, whole = false): Promise<ReadHistory> {
  const { index, reading } = await readTail(places, whole ? -1 : undefined);
  const past = (): History => index?.history() ?? emptyHistory();
  const history = past();
  for (const entry of reading.entries) foldEntry(history, entry);
  const damaged = [...(index?.reach.damaged ?? []), ...reading.damaged];
  const lines = (index?.reach.lines ?? 0) + reading.entries.length + reading.damaged.length;
  const steps = openJournalSteps(places.history.journal, { index, reading });
  const late = { past, entries: reading.entries };
  return { history, steps, late, damaged, lines, close: () => index?.close() };
}

/** The lines of a journal of which the last part was read. */
export function openJournalSteps(journal: string, { index, reading }: JournalTail): JournalSteps {
  const { entries } = reading;
  const known = index?.reach.entries ?? 0;
  const before = index?.reach.bytes ?? 0;
  const count = known + entries.length;
  let all: Promise<readonly Entry[]> | null = index === null ? Promise.resolve(entries) : null;
  const readAll = (): Promise<readonly Entry[]> => {
    all ??= readJournal(journal).then((whole) => whole.entries.slice(0, count));
    return all;
  };
  return {
    count,
    all: readAll,
    of: (order) => [
      ...entriesAt(journal, index?.linesOf(order) ?? []),
      ...entries.filter((entry) => orderIn(entry) === order),
    ],
    last: (wanted, fits = () => true) => {
      const late = entries.filter(fits);
      const missing = wanted - late.length;
      const earlier = missing > 0 && before > 0 ? lastEntries(journal, { before, count: missing, fits }) : [];
      return [...earlier, ...late].slice(-wanted);
    },
    upTo: async (wanted) => {
      const first = wanted < known ? { index: null, lines: await readAll() } : { index, lines: entries };
      const part = first.lines.slice(0, wanted - (first.index === null ? 0 : known));
      return openJournalSteps(journal, { index: first.index, reading: { ...reading, entries: part } });
    },
  };
}

// How much of a journal is read at once, in bytes.
const pieceLength = 64 * 1024;

function entriesAt(journal: string, places: readonly number[]): Entry[] {
  if (places.length === 0) return [];
  const { size } = statSync(journal);
  return withFile(journal, (read) =>
    places.flatMap((at) => {
      let piece = Buffer.alloc(0);
      while (!piece.includes(10) && at + piece.length < size)
        piece = Buffer.concat([piece, read(at + piece.length, pieceLength)]);
      return readableIn(piece.subarray(0, piece.indexOf(10) + 1));
    }),
  );
}

// The last readable lines that fit, before a byte at which a line ends.
function lastEntries(
  journal: string,
  { before, count, fits }: { readonly before: number; readonly count: number; readonly fits: Fits },
): Entry[] {
  return withFile(journal, (read) => {
    const found: Entry[][] = [];
    // The beginning of a line of which the rest was not read yet, and what was read behind it.
    let rest = Buffer.alloc(0);
    for (let [from, missing] = [before, count]; from > 0 && missing > 0; ) {
      const length = Math.min(from, pieceLength);
      from -= length;
      const piece = Buffer.concat([read(from, length), rest]);
      const begins = from === 0 ? 0 : piece.indexOf(10) + 1;
      const fitting = readableIn(piece.subarray(begins)).filter(fits);
      // A piece without the end of a line is the middle of a long one.
      rest = begins === 0 ? piece : piece.subarray(0, begins);
      if (begins === 0 && from > 0) continue;
      missing -= fitting.length;
      found.unshift(fitting);
    }
    return found.flat().slice(-count);
  });
}

function readableIn(text: Buffer): Entry[] {
  return text
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => {
      const entry = parseLine(line);
      return isReason(entry) ? [] : entry;
    });
}

function withFile<Result>(path: string, work: (read: (at: number, length: number) => Buffer) => Result): Result {
  const handle = openSync(path, 'r');
  try {
    return work((at, length) => {
      const piece = Buffer.alloc(length);
      return piece.subarray(0, readSync(handle, piece, 0, length, at));
    });
  } finally {
    closeSync(handle);
  }
}
