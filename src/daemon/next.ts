// Why: what the daemon does after each look is one decision, and it must be seen whole.
// Promises: pure; nothing ends while a run or an errand goes on.
// Never: looks at anything but what it is given.
import { type Health, holdTimes } from './health.ts';

/** Where the daemon stands when a look is over. Times are milliseconds. */
export type Moment = {
  readonly health: Health;
  /** A run or an errand goes on. */
  readonly busy: boolean;
  /** A change was heard of since the look began. */
  readonly knocked: boolean;
  /** Nothing new may begin: it drains or halts. */
  readonly stopping: boolean;
  /** It ends when nothing is left to do. */
  readonly once: boolean;
  /** Held work was tried again in this look, and is held again. */
  readonly failedAgain: boolean;
  /** Until something waits that the look found; null when nothing does. */
  readonly wait: number | null;
  /** Until a look comes when nothing is heard. */
  readonly quiet: number;
  readonly now: number;
};

/** The daemon's next step. `sleep` ends early at a knock. */
export type Next =
  | { readonly kind: 'look' }
  | { readonly kind: 'sleep'; readonly milliseconds: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'fail'; readonly error: unknown };

/** Decides what comes next. */
export function nextStep(moment: Moment): Next {
  const { health, busy, knocked, stopping, once, failedAgain, wait, quiet, now } = moment;
  const { trouble } = health;
  if (!busy) {
    if (stopping) return { kind: 'done' };
    if (once && trouble !== null && (failedAgain || health.patience === holdTimes.longest))
      return { kind: 'fail', error: trouble.error };
    if (once && trouble === null && wait === null && !knocked) return { kind: 'done' };
  }
  if (trouble !== null) return { kind: 'sleep', milliseconds: Math.max(health.heldUntil - now, 0) };
  return knocked ? { kind: 'look' } : { kind: 'sleep', milliseconds: wait ?? quiet };
}

/** True when nothing runs, and nothing will start unless something changes. */
export function isIdle({ busy, stopping, wait, health }: Moment, { kind }: Next): boolean {
  return !busy && !stopping && wait === null && health.trouble === null && (kind === 'sleep' || kind === 'done');
}
