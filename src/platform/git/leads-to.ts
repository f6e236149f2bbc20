// Why: whether a branch only went forward is asked for each order, and the answer is nearly always a few commits away.
// Promises: what git says; it is asked only where the commits' own first parents don't tell.
// Never: writes.
import { readCommitText } from './commit.ts';
import { isAncestor, type ObjectId } from './git.ts';
import type { ObjectReader } from './objects.ts';

/** How many first parents are followed before git is asked. */
const steps = 16;

/** True when `commit` is in the history of `of`, or is the same. False when either isn't there. */
export async function leadsTo(objects: ObjectReader, commit: ObjectId, of: ObjectId): Promise<boolean> {
  let at: ObjectId | undefined = of;
  for (let step = 0; at !== undefined && step < steps; step += 1) {
    const found = await objects.read(at);
    if (found?.type !== 'commit') break;
    if (at === commit) return true;
    at = readCommitText(found.content.toString()).parents[0];
  }
  return isAncestor(objects.gitDir, commit, of);
}
