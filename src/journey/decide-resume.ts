// Why: how an order goes on that broke off, by a crash or by a fault, is one table.
// Promises: pure; once a branch holds an order's commit, the order only goes forward.
// Never: looks at the disk or the repository; resume.ts does.
import type { FlatStanding } from '../ledger/standing.ts';

/** The remains of an order that broke off. */
export type Remains = {
  /** The commit by which the branch holds what was intended; null when it holds nothing of it. */
  readonly landed: string | null;
  /** True when its file lies nowhere any more. */
  readonly gone: boolean;
  /** True when an approved landing of it waits. No run of it broke off, and the approval stands. */
  readonly keeps: boolean;
  /** True when a signal takes it away. */
  readonly fired: boolean;
  /** The attempts that its card allows; null when this one does not count. */
  readonly limit: number | null;
};

/** How a broken-off order goes on. */
export type WayOn =
  /** The claim is not on record: no attempt of it began, and what an earlier one left stands as it was. */
  | { readonly kind: 'unclaim' }
  /** The intended landing is done, or stands on the branch: fourline delivers the rest of it. */
  | { readonly kind: 'finish'; readonly intent: NonNullable<FlatStanding['intent']> }
  | { readonly kind: 'withdraw' }
  | { readonly kind: 'fail'; readonly limit: number }
  | { readonly kind: 'return'; readonly spent: boolean };

/** How far an order came: what it intended, and how many attempts count against its limit. */
export type Progress = Pick<FlatStanding, 'position' | 'intent' | 'spent'>;

/** Says how an order goes on, given what the journal and what is left say of it. */
export function decideResume(
  { position, intent, spent }: Progress,
  { landed, gone, keeps, fired, limit }: Remains,
): WayOn {
  if (position === 'posted') return { kind: 'unclaim' };
  if (intent !== null && (intent.commit === null || landed !== null)) return { kind: 'finish', intent };
  if (gone) return { kind: 'withdraw' };
  if (limit === null || keeps) return { kind: 'return', spent: false };
  return spent + 1 >= limit && !fired ? { kind: 'fail', limit } : { kind: 'return', spent: true };
}
