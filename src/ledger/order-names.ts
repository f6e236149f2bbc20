// Why: who presses Tab wants the names of orders at once. To check again that a line says only what it may takes longer
// than all the rest.
// Promises: the orders that reading the whole history gives, in a journal that this fourline wrote.
// Never: is a ground for a decision: a line that only passes its checksum is folded as it stands.
import type { OfHistory } from '../places.ts';
import { isReason } from '../platform/text/fault.ts';
import type { Entry } from './entry.ts';
import { foldEntry } from './fold.ts';
import { emptyHistory, type History } from './history.ts';
import { openIndex } from './journal-index.ts';
import { readFrom, readWhole, splitLines } from './journal-text.ts';

/** Reads a history for names alone, and hands it to `take`. Throws what reading a file throws. */
export async function readForNames<Found>(
  { history: at }: OfHistory,
  take: (history: History) => Found,
): Promise<Found> {
  const index = openIndex(at.index, at.journal);
  try {
    const history = index?.history() ?? emptyHistory();
    splitLines(await readFrom(at.journal, index?.reach.bytes ?? 0), (line) => {
      const value = readWhole(line);
      if (!isReason(value)) foldEntry(history, value as Entry);
    });
    return take(history);
  } finally {
    index?.close();
  }
}
