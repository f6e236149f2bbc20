// Why: a landing can end in many ways, and its caller handles each.
// Promises: a closed union.
// Never: has a field in one end that only another end needs.

import type { CheckResult } from '../checks/check.ts';
import type { RedBranch } from '../checks/red.ts';
import type { Stray } from '../record/order-file.ts';

/**
 * The result of a landing. `back` gives the order back with feedback; `work` is the commit the next attempt goes on
 * from.
 */
export type LandingResult =
  | {
      readonly kind: 'landed';
      readonly commit: string | null;
      readonly checks: readonly CheckResult[];
      readonly left: readonly string[];
    }
  | {
      readonly kind: 'back';
      readonly reason: string;
      readonly feedback: string;
      readonly work: string | null;
      /** False if the run could not have known: no attempt is spent. */
      readonly spent?: false;
    }
  /**
   * Merged and checked, but not landed: it waits for a word. `commit` is what would land; null if only mail and state
   * would. `red` says which checks fail on the tip as well.
   */
  | { readonly kind: 'held'; readonly commit: string | null; readonly red: RedBranch | null }
  | { readonly kind: 'stopped' }
  /** Nothing landed: the order's file is no longer what was claimed. */
  | { readonly kind: 'stray'; readonly stray: Stray };
