// Why: time is an effect. The one place that reads it, so that tests and recovery can say which time they mean.
// Promises: `now` is wall time for people and records; `elapsed` is monotonic and is what limits are counted by.
// Never: decides anything.

/** Wall time and monotonic time. */
export type Clock = {
  /** The wall clock. */
  readonly now: () => Date;
  /** Milliseconds of monotonic time since some fixed start. */
  readonly elapsed: () => number;
};

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date(), elapsed: () => performance.now() };

/** `HH:MM:SS` in local time, for lines that people read. */
export function clockTime(date: Date): string {
  return date.toTimeString().slice(0, 8);
}

/** A duration in milliseconds in words: `840 ms`, `3.2 s`, `12 min`. */
export function durationOf(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
