// Why: an undo takes back exactly what an order landed in a repository. That is a change like any other: from the
// order's last commit to the same files without its changes.
// Promises: only paths that the order changed. Several landings are taken back one by one, the last first; what others
// did to the same lines between them is a conflict.
// Never: moves a branch; looks at the branch's tip.
import { mergeOnto } from '../commit/build.ts';
import { readCommitText } from '../platform/git/commit.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { committerOf, type Identity } from '../platform/git/identity.ts';
import { type Objects, readObject } from '../platform/git/objects.ts';
import { diffTrees, editTree, type TreeDifference, treeOf } from '../platform/git/tree.ts';
import { writeCommit } from '../platform/git/write-commit.ts';

/** A landing as a branch holds it now (`commit`), and as fourline made it (`made`). */
export type HeldCommit = { readonly commit: ObjectId; readonly made: ObjectId };

/** The tree without what was landed, with its differences from the last landed commit; or the paths in conflict. */
export type Inverse =
  | { readonly kind: 'inverse'; readonly tree: ObjectId; readonly differences: readonly TreeDifference[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

/** The facts for the commits that are made on the way. `run` names them. */
export type InversePlan = {
  readonly objects: Objects;
  readonly run: string;
  readonly author: Identity;
  readonly domain: string;
  readonly date: Date;
};

/** Takes an order's landings back, oldest first in `landings`, all from one branch. Throws Fault `git-failed`. */
export async function invertLandings(plan: InversePlan, landings: readonly HeldCommit[]): Promise<Inverse> {
  const { objects } = plan;
  const last = landings.at(-1);
  if (last === undefined) throw new Error('an order without a landing has no inverse');
  let at = await inverseOf(plan, last);
  for (const landing of landings.slice(0, -1).reverse()) {
    const inverse = await inverseOf(plan, landing);
    const paths = new Set((await diffTrees(objects, landing.commit, inverse)).map((one) => one.path));
    const { author, date, run } = plan;
    const parts = { author, committer: committerOf(plan.domain), date, message: 'Undo\n', run: `${run}.undo` };
    const merge = await mergeOnto(objects, inverse, at, paths, parts);
    if (merge.kind === 'conflict') return { kind: 'conflict', paths: merge.paths };
    at = merge.commit;
  }
  const tree = await treeOf(objects, at);
  return { kind: 'inverse', tree, differences: await diffTrees(objects, last.commit, tree) };
}

// A commit on the landing that takes it back, so that git finds the landing as the base of a merge.
async function inverseOf({ objects, author, domain, date }: InversePlan, landing: HeldCommit): Promise<ObjectId> {
  const { commit, made } = landing;
  const before = await parentOf(objects, commit);
  const whole = before === null ? [] : await diffTrees(objects, before, commit);
  // Somebody amended the commit: what that person added to it is not the order's.
  const own = commit === made ? null : await pathsOf(objects, made);
  const edits = whole.filter(({ path }) => own === null || own.has(path)).map(({ path, old }) => ({ path, to: old }));
  const tree = await editTree(objects, await treeOf(objects, commit), edits);
  const seconds = Math.floor(date.getTime() / 1000);
  const commitParts = { tree, parent: commit, author, committer: committerOf(domain), seconds };
  return writeCommit(objects, { ...commitParts, message: 'Undo\n' });
}

async function parentOf(objects: Objects, commit: ObjectId): Promise<ObjectId | null> {
  return readCommitText((await readObject(objects, 'commit', commit)).toString()).parents[0] ?? null;
}

// Null where the commit that fourline made is not there any more.
async function pathsOf(objects: Objects, commit: ObjectId): Promise<ReadonlySet<string> | null> {
  if ((await objects.read(commit)) === null) return null;
  const parent = await parentOf(objects, commit);
  if (parent === null || (await objects.read(parent)) === null) return null;
  return new Set((await diffTrees(objects, parent, commit)).map((one) => one.path));
}
