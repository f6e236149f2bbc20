// Why: the parts of a card that say when an order of the role is run again: after a bad end, or for reports on orders
// it sent.
// Promises: an unknown word is an error with its line and the words that are known.
// Never: runs anything.
import { type KeyReader, showValue, tellNone } from '../platform/text/fields.ts';
import { oneOf } from '../platform/text/readers.ts';

/**
 * The bad ends of a run after which a card may have its order tried again: the program died (a signal, an exit status
 * other than 0, a failure it has no name for), a limit of the card ended it, its report cannot be read, or nothing came
 * of it.
 */
export const badEnds = ['died', 'limit', 'report', 'nothing'] as const;
/** A bad end. */
export type BadEnd = (typeof badEnds)[number];

/** `try-again:` of a card: some of the bad ends, or the word none. */
export const tryAgain: KeyReader<readonly BadEnd[]> = {
  read: ({ value }, fail) => {
    const words: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(/[\s,]+/);
    const named = words.filter((one) => one !== '');
    if (named.length === 1 && named[0] === 'none') return [];
    const strange = named.find((one) => !badEnds.includes(one as BadEnd));
    const hint = `try-again: none, or some of ${badEnds.join(', ')}`;
    if (named.length === 0) return tellNone(fail, 'is empty', hint);
    if (strange !== undefined) return tellNone(fail, `does not know '${showValue(strange)}'`, hint);
    return badEnds.filter((one) => named.includes(one));
  },
  schema: {
    anyOf: [
      { type: 'string', pattern: `^\\s*(?:none|(?:(?:${badEnds.join('|')})(?:[\\s,]+|$))+)\\s*$` },
      { type: 'array', minItems: 1, items: { enum: badEnds } },
      { const: ['none'] },
    ],
  },
};

/** When reports wake a role: each one, all of a batch together, or only when something did not end well. */
export const wakes = ['each', 'batch', 'escalation'] as const;
/** A way to be woken. */
export type Wake = (typeof wakes)[number];

/** `wake:` of a card. */
export const wake: KeyReader<Wake> = oneOf(wakes, {
  hint: 'each, batch, escalation; without it the order ends when its orders are sent',
});
