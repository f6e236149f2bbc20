// Why: the journal's lines and the files of records have parts in common. zod lives here alone.
// Promises: pure; a part means the same wherever it stands.
// Never: says where a part stands; entry.ts and record/format.ts do.

import { z } from 'zod';
import { waitNames } from './waits.ts';

/** The door to zod. */
export { z };

/** How an order ended this time. */
export const outcomeSchema = z.enum(['done', 'halted', 'routed', 'requeued', 'refused', 'failed']);

/** A reviewer's or the operator's word. */
export const verdictSchema = z.enum(['approved', 'rejected']);

/** The kind of thing that a parked order waits for. */
export const waitSchema = z.enum(waitNames);

/** An Acceptance command as it was executed. */
export const checkSchema = z.object({
  command: z.string(),
  status: z.number().nullable(),
  milliseconds: z.number(),
  tail: z.string(),
  timedOut: z.boolean(),
  limit: z.string().optional(),
  /** How it ends on the branch, where it fails there as well. */ branch: z.string().optional(),
});

/**
 * A file pinned for a plan, as workspace path: the role that owns it (null: whoever names it to the letter), and the
 * order that pinned it.
 */
export const pinSchema = z.object({ path: z.string(), owner: z.string().nullable(), plan: z.string() });

/** A state file that a landing writes, with the digest of what it writes; null where it removes the file. */
export const stateSchema = z.object({ path: z.string(), digest: z.string().nullable() });
/** Mail that a landing delivers. */
export const mailSchema = z.object({ id: z.string(), role: z.string(), file: z.string() });

const tokens = z.number();
/** The usage of a run. */
export const spentSchema = z.object({
  usage: z.object({ fresh: tokens, reread: tokens, written: tokens, output: tokens, reasoning: tokens }),
  turns: z.number(),
  peak: tokens,
  context: tokens,
  /** Live context of its first answer: what the agent CLI itself brings, and the brief. */ first: tokens.optional(),
  usd: z.number().nullable(),
  model: z.string().nullable(),
  /** True when the money comes from a price table, and not from the program. */
  estimated: z.boolean(),
});
