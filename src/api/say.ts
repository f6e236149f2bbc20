// Why: a person has one way to say a word on an order, whichever word it is.
// Promises: each word is carried out by its own code, which is loaded when it is said.
// Never: knows what a word does.
import type { Cancelled } from './cancel.ts';
import type { Replied, Reply } from './reply.ts';
import type { Retried } from './retry.ts';
import type { Site } from './site.ts';
import type { Undone } from './undo.ts';

/** The answer to a word: `Retried`, `Cancelled` and `Undone` after those words, else `Replied`. */
export type Said<Given extends Word> = Given extends { readonly kind: 'retry' }
  ? Retried
  : Given extends { readonly kind: 'cancel' }
    ? Cancelled
    : Given extends { readonly kind: 'undo' }
      ? Undone
      : Replied;

/** A word on an order. */
export type Word =
  | Reply
  | { readonly kind: 'retry'; readonly text?: string }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'undo' };

/** Says a word on an order, by its id. Throws what that word throws. */
export async function sayWord(site: Site, id: string, word: Word): Promise<Retried | Cancelled | Undone | Replied> {
  if (word.kind === 'retry') return (await import('./retry.ts')).retry(site, id, word.text);
  if (word.kind === 'undo') return (await import('./undo.ts')).undo(site, id);
  if (word.kind === 'cancel') return (await import('./cancel.ts')).cancel(site, id);
  return (await import('./reply.ts')).reply(site, id, word);
}
