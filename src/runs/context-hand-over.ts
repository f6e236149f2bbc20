// Why: a run is ended at its limits. If a run's context is full and its program accepts messages, we first ask it for
// what it knows but hasn't saved.
// Promises: a program that accepts messages is asked once to hand over, and ended if that takes too long. Whatever it
// answers, the run ends by its limit.
// Never: asks for any other limit.
import type { Ending } from '../agent/agent.ts';

/** How long a run may take to hand over, in milliseconds; less if the card allows less silence. */
const partingTime = 120_000;

type Over = Extract<Ending, { kind: 'over-limit' }>;

/**
 * Opens the hand-over of a run. `limit` ends it; `told` says that its program accepts messages; `silence` is the card's
 * limit, in minutes.
 */
export function openHandOver(
  limit: AbortController,
  told: boolean,
  silence: number,
): {
  /** Fires when the run must hand over. */
  readonly asked: AbortSignal;
  readonly end: (over: Over) => void;
  /** The ending of a run that was asked to hand over and ended with `found`. */
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
