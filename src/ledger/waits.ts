// Why: one list has all kinds of waiting. Each kind says how to tell it, who ends it, and what it means for the order's
// attempts.
// Promises: pure; a new kind is a row here, the step that parks for it, and its case where the order is released.
// Never: releases anything.

/** A kind of waiting. */
export type WaitKind = {
  /** Tells the thing that the order waits for, to follow "it waits". `what` is the name from the journal's line. */
  readonly words: (what: string) => string;
  /** The person's word that ends the waiting: an answer, or a yes or no; null when no person's word ends it. */
  readonly asks: 'answer' | 'decision' | null;
  /** True when `fourline retry` may end the waiting: that decides nothing. */
  readonly retries: boolean;
  /** True when the run before it did its part. Its deliveries stand, and the next run begins with all attempts. */
  readonly rests: boolean;
};

/** All kinds, by the name that the journal has for them. */
export const waitKinds = {
  order: { words: (what) => `for ${what}`, asks: null, retries: true, rests: false },
  blocker: { words: (what) => `for a blocker: ${what}`, asks: 'answer', retries: true, rests: false },
  answer: { words: (what) => `for an answer: ${what}`, asks: 'answer', retries: false, rests: false },
  review: { words: (what) => `for a review by ${what}`, asks: null, retries: false, rests: false },
  approval: { words: (what) => `for approval: ${what}`, asks: 'decision', retries: false, rests: false },
  children: { words: () => 'for the orders it sent', asks: null, retries: true, rests: true },
  pr: { words: (what) => `for the pull request of ${what}`, asks: null, retries: true, rests: true },
} as const satisfies Readonly<Record<string, WaitKind>>;

/** The name of a kind of waiting. */
export type Wait = keyof typeof waitKinds;

/** The names of all kinds. */
export const waitNames = Object.keys(waitKinds) as [Wait, ...Wait[]];

/**
 * True when an order or a file needs a person: for a word, for a pull request that is theirs to merge, for a file that
 * is no order, or for a daemon that takes up what was interrupted. `state` is that of a look's row.
 */
export function needsPerson(row: { readonly state: string; readonly waits: { readonly on: Wait } | null }): boolean {
  const { state, waits } = row;
  if (state === 'not taken' || state === 'interrupted') return true;
  return waits !== null && (waitKinds[waits.on].asks !== null || waits.on === 'pr');
}
