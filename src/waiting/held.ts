// Why: a landing that waits for a word outlives its process.
// Promises: held.json holds exactly this: what of a judged run is nowhere else on disk.
// Never: decides when it goes on.
import type { RedBranch } from '../checks/red.ts';
import type { ObjectId } from '../platform/git/git.ts';
import type { Base, Judged } from '../record/work.ts';

/** A word that a landing needs. `red` marks one that it needs only because checks fail on the branch as well. */
export type Need =
  | { readonly on: 'review'; readonly by: string }
  | { readonly on: 'approval'; readonly why: string; readonly red?: true };

/** A landing that waits, as held.json keeps it: what of a judged run is nowhere else on disk. */
export type Held = Pick<
  Judged,
  | 'run'
  | 'agent'
  | 'ask'
  | 'reported'
  | 'verdicts'
  | 'scratch'
  | 'scratchIn'
  | 'commit'
  | 'allowedFiles'
  | 'mail'
  | 'stateOut'
  | 'summary'
  | 'unreached'
  | 'spent'
  | 'dropped'
  | 'behind'
> & {
  readonly base: (Pick<Base, 'branch' | 'commit' | 'from'> & { readonly repo: string }) | null;
  /** The commit that was checked, on the tip of its time. */
  readonly candidate: ObjectId | null;
  readonly order: string;
  readonly card: string;
  readonly needs: readonly Need[];
  /** Checks that fail on the branch as well: its tip then, and how many words had been said. */
  readonly red?: (RedBranch & { readonly words: number }) | undefined;
};
