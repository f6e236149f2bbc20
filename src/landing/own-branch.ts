// Why: with `land: branch` each order lands on a branch of its own, so that people can look at it, or merge it, before
// it reaches theirs.
// Promises: an order that landed on its own branch stays there, however the settings change. If somebody else has a
// branch of that name, it is left alone.
// Never: makes the branch; the landing does.
import type { Standing } from '../ledger/standing.ts';
import { runGit } from '../platform/git/git.ts';
import type { Target } from '../platform/git/target.ts';

/** The own branch on which an order has landed; null while there is none. */
export function landsOn({ landing: { branch, landed } }: Standing): string | null {
  // Journals of version 0.1 don't say on which branch an order began; such an order landed on that branch.
  return branch === null ? null : (landed.findLast((one) => one.branch !== branch)?.branch ?? null);
}

/** The name of an order's own branch: the branch it has landed on already, else a free name. */
export async function ownBranch(target: Target, standing: Standing): Promise<string> {
  const known = landsOn(standing);
  if (known !== null) return known;
  // A branch named like the folder leaves no room for branches below it.
  const between = (await isTaken(target, ['refs/heads/agents'], true)) ? '-' : '/';
  for (let count = 1; ; count += 1) {
    const name = `agents${between}${standing.id}${count === 1 ? '' : `-${count}`}`;
    if (!(await isTaken(target, [`refs/heads/${name}`, `refs/remotes/*/${name}`], false))) return name;
  }
}

// Whether there is a ref that one of the patterns names. `exact` counts that ref alone; otherwise refs below it count
// too (git-for-each-ref(1)).
async function isTaken(target: Target, patterns: readonly string[], exact: boolean): Promise<boolean> {
  const listed = await runGit(target.commonDir, 'for-each-ref', ['--format=%(refname)', ...patterns]);
  const refs = listed.stdout.toString().split('\n').filter(Boolean);
  return exact ? refs.some((ref) => patterns.includes(ref)) : refs.length > 0;
}
