// Why: a fault of the machine (a full disk, too many open files) holds all work up until it is mended. The daemon tries
// again ever more rarely.
// Promises: pure; `patience` doubles with each hold that follows the last, and is short again once an order is settled.
// Never: says which fault holds work up; `troubleOf` knows.

/** A fault that holds up all work. `error` is the thrown error. */
export type Outage = { readonly words: string; readonly error: unknown };

/** How the machine is doing. Times are milliseconds of the monotonic clock. */
export type Health = {
  readonly trouble: Outage | null;
  /** Until when nothing is tried while there is trouble. */
  readonly heldUntil: number;
  /** For how long the next hold lasts. */
  readonly patience: number;
  /** When orders that broke off are looked at again; infinite while there are none. */
  readonly mendAt: number;
};

/** Milliseconds until held work is tried again: doubled each time, up to the longest. */
export const holdTimes = { first: 1000, longest: 30_000 } as const;

/** A machine without trouble. A crash may have left orders that broke off, so they are looked at once, `mendAt`. */
export function healthy(mendAt: number): Health {
  return { trouble: null, heldUntil: 0, patience: holdTimes.first, mendAt };
}

/**
 * Work is held for a fault. A fault within a hold changes its words and not its end: many orders meet the same fault at
 * once.
 */
export function troubled(health: Health, trouble: Outage, now: number): Health {
  if (now < health.heldUntil) return { ...health, trouble };
  const patience = Math.min(2 * health.patience, holdTimes.longest);
  return { ...health, trouble, heldUntil: now + health.patience, patience };
}

/** Work goes on. */
export function recovered(health: Health): Health {
  return { ...health, trouble: null };
}

/** An order was settled: the machine works. */
export function proven(health: Health): Health {
  return { ...health, patience: holdTimes.first };
}

/** Whether anything may be tried now. */
export function mayTry({ trouble, heldUntil }: Health, now: number): boolean {
  return trouble === null || now >= heldUntil;
}

/** Says what holds work up; null when nothing does. */
export function heldWords({ trouble }: Health): string | null {
  return trouble === null ? null : `work is held: ${trouble.words}`;
}
