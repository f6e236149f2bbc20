// Why: an undo puts the difference between two trees onto a third. Git's merge of whole trees would look for renames,
// and could then change paths that the undone order never touched.
// Promises: path by path, by its three versions. Git merges only the texts of files that are there three times. Nothing
// but the paths of the difference changes, or it is a conflict.
// Never: leaves a conflict marker anywhere; guesses where a file went.
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Objects } from '../platform/git/objects.ts';
import { diffTrees, editTree, listTree, type TreeDifference, type TreeEdit, treeOf } from '../platform/git/tree.ts';
import { writeCommit } from '../platform/git/write-commit.ts';

/** The tree that came out, or the paths in conflict. */
export type TakenBack =
  | { readonly kind: 'merged'; readonly tree: ObjectId }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] };

type Side = TreeDifference['old'];
type File = NonNullable<Side>;
/** A file that differs in all three versions. */
type Contested = { readonly path: string; readonly base: File; readonly ours: File; readonly theirs: File };

/**
 * Puts the difference from `base` to `theirs` onto `ours`; each is a commit or a tree. Throws Fault `git-failed` where
 * an object is missing.
 */
export async function takeBackTree(
  objects: Objects,
  base: ObjectId,
  theirs: ObjectId,
  ours: ObjectId,
): Promise<TakenBack> {
  const since = new Map((await diffTrees(objects, base, ours)).map((one) => [one.path, one.new]));
  const edits: TreeEdit[] = [];
  const contested: Contested[] = [];
  const conflicts: string[] = [];
  for (const { path, old, new: to } of await diffTrees(objects, base, theirs)) {
    const now = since.has(path) ? (since.get(path) ?? null) : old;
    if (isSameSide(now, old)) edits.push({ path, to });
    else if (isSameSide(now, to)) continue;
    else if (now === null || old === null || to === null) conflicts.push(path);
    else contested.push({ path, base: old, ours: now, theirs: to });
  }
  const texts = await mergeContested(objects, contested);
  for (const one of contested) {
    const mode = pick(one.base.mode, one.ours.mode, one.theirs.mode);
    const id = texts.get(one.path) ?? null;
    if (mode === null || id === null) conflicts.push(one.path);
    else edits.push({ path: one.path, to: { mode, id } });
  }
  if (conflicts.length > 0) return { kind: 'conflict', paths: conflicts.sort() };
  const tree = await editTree(objects, await treeOf(objects, ours), edits);
  // A file came where others made a folder since, or the other way round.
  const meant = new Set(edits.map((one) => one.path));
  const strays = (await diffTrees(objects, ours, tree)).map((one) => one.path).filter((path) => !meant.has(path));
  return strays.length === 0 ? { kind: 'merged', tree } : { kind: 'conflict', paths: strays };
}

function isSameSide(one: Side, other: Side): boolean {
  return one?.id === other?.id && one?.mode === other?.mode;
}

// Takes the change of one side, or of both if they are alike; null when they differ.
function pick(base: string, ours: string, theirs: string): string | null {
  if (ours === base) return theirs;
  return theirs === base || theirs === ours ? ours : null;
}

// Gives the merged content of each file by its path; a file in conflict is absent. Git sees these files alone: where
// none comes or goes, there are no renames to be found.
async function mergeContested(objects: Objects, files: readonly Contested[]): Promise<Map<string, ObjectId>> {
  const out = new Map<string, ObjectId>();
  const open: Contested[] = [];
  for (const one of files) {
    const id = pick(one.base.id, one.ours.id, one.theirs.id);
    if (id !== null) out.set(one.path, id);
    else if ([one.base, one.ours, one.theirs].every(({ mode }) => mode.startsWith('100'))) open.push(one);
  }
  if (open.length === 0) return out;
  const base = await treeCommit(objects, open, 'base', null);
  const [ours, theirs] = [
    await treeCommit(objects, open, 'ours', base),
    await treeCommit(objects, open, 'theirs', base),
  ];
  const args = ['--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  const merged = await runGit(objects.gitDir, 'merge-tree', args, { answers: [1] });
  const [tree = '', ...conflicted] = merged.stdout.toString().split('\0').filter(Boolean);
  for (const { path, id } of await listTree(objects, tree)) if (!conflicted.includes(path)) out.set(path, id);
  return out;
}

// A commit of these files alone. All have one mode: modes are decided apart.
async function treeCommit(
  objects: Objects,
  files: readonly Contested[],
  side: 'base' | 'ours' | 'theirs',
  parent: ObjectId | null,
): Promise<ObjectId> {
  const edits = files.map((one) => ({ path: one.path, to: { mode: '100644', id: one[side].id } }));
  const nobody = { name: 'fourline', email: 'fourline@fourline.invalid' };
  const tree = await editTree(objects, null, edits);
  return writeCommit(objects, { tree, parent, author: nobody, committer: nobody, seconds: 0, message: 'Undo\n' });
}
