// Why: the daemon sleeps until the system tells of a change, and has to find out when the system doesn't (any more).
// Promises: pure. It tests at every quiet look whether changes are heard, and more often while they aren't.
// Never: takes silence for an answer: a look comes even without a knock.

/**
 * Says whether changes are heard. `deaf` says why not; `probed` is the time of the last test, in milliseconds of the
 * monotonic clock.
 */
export type Ears = { readonly deaf: string | null; readonly probed: number };

/**
 * Milliseconds between looks when nothing is heard, when nothing can be heard, and between trials whether it can again.
 */
export const lookTimes = { quiet: 30_000, deaf: 1000, mended: 10_000 } as const;

/** Ears that have not been tried. */
export const untried: Ears = { deaf: null, probed: Number.NEGATIVE_INFINITY };

/** Whether it is time to try. */
export function probeDue({ deaf, probed }: Ears, now: number): boolean {
  return now - probed >= (deaf === null ? lookTimes.quiet : lookTimes.mended);
}

/**
 * After a trial, or when the system said by itself that it can't watch: `reason` says why nothing is heard, null when
 * all is. `now` is null where nothing was tried.
 */
export function heard(ears: Ears, reason: string | null, now: number | null): Ears {
  const deaf = reason === null ? null : (ears.deaf ?? deafWords(reason));
  return { deaf, probed: now ?? ears.probed };
}

function deafWords(reason: string): string {
  return `changes can't be watched (${reason}): fourline looks every second instead`;
}

/** Milliseconds until the next look when nothing is heard until then. */
export function sleepOf({ deaf }: Ears): number {
  return deaf === null ? lookTimes.quiet : lookTimes.deaf;
}
