// Why: with `land: branch` each order lands on a branch of its own, so that people can look at it, or merge it, before
// it reaches theirs.
// Promises: an order that landed on its own branch stays there, whatever the settings say meanwhile; a branch of that
// name that is somebody else's is left alone.
// Never: makes the branch; the landing does.
import type { Standing } from '../ledger/standing.ts';
import { runGit } from '../platform/git/git.ts';
import type { Target } from '../platform/git/target.ts';

/** The branch of its own that an order has landed on; null while there is none. */
export function landsOn({ landing: { branch, landed } }: Standing): string | null {
  // Journals of version 0.1 don't say where an order began; then it landed where it began.
  return branch === null ? null : (landed.findLast((one) => one.branch !== branch)?.branch ?? null);
}

/** The name of an order's own branch: where it has landed already, else one that is free. */
export async function ownBranch(target: Target, standing: Standing): Promise<string> {
  const known = landsOn(standing);
  if (known !== null) return known;
  // A branch that is called as the folder is leaves no room for branches below it.
  const between = (await isTaken(target, ['refs/heads/agents'], true)) ? '-' : '/';
  for (let count = 1; ; count += 1) {
    const name = `agents${between}${standing.id}${count === 1 ? '' : `-${count}`}`;
    if (!(await isTaken(target, [`refs/heads/${name}`, `refs/remotes/*/${name}`], false))) return name;
  }
}

// Whether there is a ref that one of the patterns names: `exact`, or one below it as well (git-for-each-ref(1)).
async function isTaken(target: Target, patterns: readonly string[], exact: boolean): Promise<boolean> {
  const listed = await runGit(target.commonDir, 'for-each-ref', ['--format=%(refname)', ...patterns]);
  const refs = listed.stdout.toString().split('\n').filter(Boolean);
  return exact ? refs.some((ref) => patterns.includes(ref)) : refs.length > 0;
}
