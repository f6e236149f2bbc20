// Why: an undo takes back exactly what an order landed in a repository. That is a change like any other: from the
// order's last commit to the same files without its changes.
// Promises: only paths that the order changed. Several landings are taken back one by one, the last first; what others
// did to the same lines between them is a conflict.
// Never: moves a branch; looks at the branch's tip.
import { takeBackTree } from '../commit/take-back.ts';
import { readCommitText } from '../platform/git/commit.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { type Objects, readObject } from '../platform/git/objects.ts';
import { diffTrees, editTree, type TreeDifference, treeOf } from '../platform/git/tree.ts';

/** A landing as a branch holds it now (`commit`), and as fourline made it (`made`). */
export type HeldCommit = { readonly commit: ObjectId; readonly made: ObjectId };

/** The tree without what was landed, with its differences from the last landed commit; or the paths in conflict. */
export type Inverse =
  | { readonly kind: 'inverse'; readonly tree: ObjectId; readonly differences: readonly TreeDifference[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/** Takes an order's landings back, oldest first in `landings`, all from one branch. Throws Fault `git-failed`. */
export async function invertLandings(objects: Objects, landings: readonly HeldCommit[]): Promise<Inverse> {
  const last = landings.at(-1);
  if (last === undefined) throw new Error('an order without a landing has no inverse');
  let tree = await inverseOf(objects, last);
  for (const landing of landings.slice(0, -1).reverse()) {
    const taken = await takeBackTree(objects, landing.commit, await inverseOf(objects, landing), tree);
    if (taken.kind === 'conflict') return taken;
    tree = taken.tree;
  }
  return { kind: 'inverse', tree, differences: await diffTrees(objects, last.commit, tree) };
}

// The tree of a landing without what was landed.
async function inverseOf(objects: Objects, { commit, made }: HeldCommit): Promise<ObjectId> {
  const before = await landingParent(objects, commit);
  const whole = before === null ? [] : await diffTrees(objects, before, commit);
  // Somebody amended the commit: what that person added to it is not the order's.
  const own = commit === made ? null : await landingPaths(objects, made);
  const edits = whole.filter(({ path }) => own === null || own.has(path)).map(({ path, old }) => ({ path, to: old }));
  return editTree(objects, await treeOf(objects, commit), edits);
}

async function landingParent(objects: Objects, commit: ObjectId): Promise<ObjectId | null> {
  return readCommitText((await readObject(objects, 'commit', commit)).toString()).parents[0] ?? null;
}

// Null where the commit that fourline made is not there any more.
async function landingPaths(objects: Objects, commit: ObjectId): Promise<ReadonlySet<string> | null> {
  if ((await objects.read(commit)) === null) return null;
  const parent = await landingParent(objects, commit);
  if (parent === null || (await objects.read(parent)) === null) return null;
  return new Set((await diffTrees(objects, parent, commit)).map((one) => one.path));
}
