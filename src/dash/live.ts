// Why: an open page shows each step when it happens, and each file that comes. One reader of the journal serves all
// pages.
// Promises: a page hears every entry behind the line that it shows, once and in order; where too many are behind it, it
// is told to look again. Only while a page listens, other changes than steps are heard of as well.
// Never: keeps the journal in memory, but for its last entries.
import { authorOf, type Followed, type Fourline, tellEntry } from '../api.ts';

/** How many of the last entries are kept for pages that come back. */
const keptEntries = 500;

/** A step as a page hears it. */
export type LiveStep = {
  readonly line: number;
  readonly step: string;
  readonly order: string | null;
  readonly role: string;
  readonly words: string;
};

/**
 * Hears steps. `stale`: the page shows too old a line, and looks again. `changed`: so does it, for something that is no
 * step. `lost`: the journal can't be followed.
 */
export type LiveListener = (step: LiveStep | 'stale' | 'changed' | 'lost') => void;

/** The one reader, and those who listen to it. */
export type LiveJournal = {
  /** Tells a listener all steps behind a line, and each new one. Gives what ends that. */
  readonly listen: (after: number, listener: LiveListener) => () => void;
  readonly close: () => void;
};

/** Follows the journal from a line on. */
export function openLive(fourline: Pick<Fourline, 'follow' | 'attend'>, from: number): LiveJournal {
  const listeners = new Set<LiveListener>();
  const kept: LiveStep[] = [];
  const ended = new AbortController();
  // All lines behind this one are among the kept.
  let covered = from;
  let lost = false;
  const read = async (): Promise<void> => {
    for await (const entry of fourline.follow(from, { signal: ended.signal })) {
      const step = liveStep(entry);
      kept.push(step);
      if (kept.length > keptEntries) covered = kept.shift()?.line ?? covered;
      for (const listener of [...listeners]) listener(step);
    }
  };
  read().catch(() => {
    lost = true;
    for (const listener of [...listeners]) listener('lost');
  });
  // Ends the watch over everything but the journal; null while nobody listens.
  let attending: AbortController | null = null;
  const attend = async (signal: AbortSignal): Promise<void> => {
    for await (const _ of fourline.attend(signal)) for (const listener of [...listeners]) listener('changed');
  };
  const leave = (listener: LiveListener): void => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    attending?.abort();
    attending = null;
  };
  return {
    listen: (after, listener) => {
      if (lost) listener('lost');
      else if (after < covered) listener('stale');
      else for (const step of kept) if (step.line > after) listener(step);
      listeners.add(listener);
      if (attending === null) {
        attending = new AbortController();
        attend(attending.signal).catch(() => undefined);
      }
      return () => leave(listener);
    },
    close: () => {
      ended.abort();
      attending?.abort();
      listeners.clear();
    },
  };
}

function liveStep(entry: Followed): LiveStep {
  const order = 'order' in entry && entry.order !== undefined ? entry.order : null;
  return { line: entry.line, step: entry.step, order, role: authorOf(entry), words: tellEntry(entry).subject };
}
