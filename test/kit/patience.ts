// Why: a test's time limit only ends what hangs. All limits of tests stand here, so that a slow machine needs one
// number, not forty.
// Promises: `FOURLINE_SLOW=5` allows five times as long, everywhere.
// Never: part of what a test asserts.

/** How many times slower than an ordinary machine this one is, as the environment says; 1 where it says nothing. */
export const slowness = Math.max(1, Number(process.env['FOURLINE_SLOW'] ?? '1') || 1);

/** Minutes as milliseconds of patience on this machine. */
export function minutes(count: number): number {
  return count * 60_000 * slowness;
}

/** The longest that a test may take, in milliseconds. The long suites hold thousands of orders a test. */
export const testLimit = minutes(process.env['FOURLINE_HEAVY'] || process.env['FOURLINE_CRASHES'] === 'all' ? 120 : 15);
