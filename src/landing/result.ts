// Why: a landing has many ends, and each is handled by its caller.
// Promises: a closed union.
// Never: holds what only one end needs in another.

import type { CheckResult } from '../checks/check.ts';
import type { RedBranch } from '../checks/red.ts';
import type { Stray } from '../record/order-file.ts';

/**
 * What landing came to. `back` gives the order back with feedback; `work` is the commit the next attempt goes on from.
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
      /** False where the run could not have known: no attempt is spent. */
      readonly spent?: false;
    }
  /**
   * Merged and checked, and not landed: it waits for a word. `commit` is what would land; null where only mail and
   * state would. `red` says which checks fail on the tip as well.
   */
  | { readonly kind: 'held'; readonly commit: string | null; readonly red: RedBranch | null }
  | { readonly kind: 'stopped' }
  /** Nothing landed: the order's file is not what was claimed any more. */
  | { readonly kind: 'stray'; readonly stray: Stray };
