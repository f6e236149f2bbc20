// Why: a run is ended at its limits. One whose live context is full can still say what is nowhere on disk, where its
// program can be told something while it works.
// Promises: who can be told is asked once to hand over, and ended when that takes too long; whatever it makes of it,
// the run's end is its limit.
// Never: asks for any other limit.
import type { Ending } from '../agent/agent.ts';

/** How long a run may take to hand over, in milliseconds; less where the card allows less silence. */
const partingTime = 120_000;

type Over = Extract<Ending, { kind: 'over-limit' }>;

/**
 * How a run is parted with. `limit` ends it; `told` says that its program can be told something; `silence` is the
 * card's, in minutes.
 */
export function openHandOver(
  limit: AbortController,
  told: boolean,
  silence: number,
): {
  /** Fires when it is to hand over. */
  readonly asked: AbortSignal;
  readonly end: (over: Over) => void;
  /** How it ended, having ended so. */
  readonly endingOf: (found: Ending) => Ending;
  readonly close: () => void;
} {
  const ask = new AbortController();
  let over: Over | null = null;
  let timer: NodeJS.Timeout | undefined;
  return {
    asked: ask.signal,
    end: (found) => {
      if (!told || found.limit !== 'context') limit.abort(found);
      if (!told || found.limit !== 'context' || over !== null) return;
      over = found;
      timer = setTimeout(() => limit.abort(found), Math.min(partingTime, silence * 60_000));
      ask.abort();
    },
    endingOf: (found) => {
      if (over === null || found.kind === 'stopped') return found;
      return found.kind === 'over-limit' && found.limit !== 'silence' ? found : over;
    },
    close: () => clearTimeout(timer),
  };
}
