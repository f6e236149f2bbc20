// Why: timings of a shared machine have outliers; each bench tells the middle one.
// Promises: pure.
// Never: rounds.

/** The middle one of some values, the upper of two; 0 of none. */
export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
