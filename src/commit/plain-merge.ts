// Why: of runs that land on one branch at once, nearly all change files that no other has touched. To merge those needs
// no merge: one process less for each landing.
// Promises: the tree that git's merge makes. Whatever could be a rename, a conflict or a driver's work is left to git.
// Never: compares contents; writes a commit.

import { readCommitText } from '../platform/git/commit.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { leadsTo } from '../platform/git/leads-to.ts';
import { type Objects, readObject } from '../platform/git/objects.ts';
import { diffTrees, editTree, type TreeDifference, treeOf } from '../platform/git/tree.ts';
import { gitFolder, nodeAt, type TreeFolder, type TreeNode } from '../platform/git/tree-folder.ts';

/**
 * The tree of `tip` with what `commit` changes of its first parent; null where git has to merge them. Throws Fault
 * `git-failed` where an object is missing.
 */
export async function mergePlainly(objects: Objects, commit: ObjectId, tip: ObjectId): Promise<ObjectId | null> {
  const { parents } = readCommitText((await readObject(objects, 'commit', commit)).toString());
  const [base] = parents;
  if (base === undefined || parents.length !== 1 || !(await leadsTo(objects, base, tip))) return null;
  const changes = await diffTrees(objects, base, commit);
  const sides = { before: gitFolder(objects, base), theirs: gitFolder(objects, tip) };
  for (const change of changes) if (!(await isApart(change, sides))) return null;
  const edits = changes.map(({ path, new: to }) => ({ path, to }));
  return editTree(objects, await treeOf(objects, tip), edits);
}

// Whether a change meets nothing that the other side did. A file that goes may be the beginning of a move, and a folder
// that is gone may be the end of one: git follows both.
async function isApart(
  { path, old, new: fresh }: TreeDifference,
  { before, theirs }: { readonly before: TreeFolder; readonly theirs: TreeFolder },
): Promise<boolean> {
  if (fresh === null) return false;
  const there = await nodeAt(theirs, path);
  if (old === null ? there !== null : !isEntry(there, old)) return false;
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
    const folder = path.slice(0, cut);
    const above = await nodeAt(theirs, folder);
    if (above?.kind === 'folder') return true;
    if (above !== null || (await nodeAt(before, folder)) !== null) return false;
  }
  return true;
}

function isEntry(node: TreeNode | null, { mode, id }: { readonly mode: string; readonly id: ObjectId }): boolean {
  return node?.kind === 'file' && node.mode === mode && node.id === id;
}
