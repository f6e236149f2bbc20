// Why: trees are read, compared and changed as objects, without a work tree. Only the folders that differ cost
// anything, whatever the size of the repository.
// Promises: names are bytes as git keeps them, in git's order. A folder that holds nothing is not there. Two trees of
// one name are never opened.
// Never: knows content; runs git on its own account.

import { Fault } from '../text/fault.ts';
import type { ObjectId } from './git.ts';
import { type ObjectReader, type Objects, readObject } from './objects.ts';

/** An entry of a whole listing, with its repository path. `mode` is git's: 100644, 100755, 120000 or 160000. */
export type TreeEntry = { readonly path: string; readonly mode: string; readonly id: ObjectId };

/** A difference between two trees. `old` and `new` are null where the path is gone. */
export type TreeDifference = {
  readonly path: string;
  readonly old: { mode: string; id: string } | null;
  readonly new: { mode: string; id: string } | null;
};

/** A change of one path. `to` null means: delete. */
export type TreeEdit = { readonly path: string; readonly to: { readonly mode: string; readonly id: ObjectId } | null };

// One entry of one tree object; `name` has a character for each byte, `written` is the mode as it stands there.
type Item = { readonly name: string; readonly mode: string; readonly written: string; readonly id: ObjectId };

const folderMode = '40000';

/** The tree of a commit, or the tree itself. Throws Fault `git-failed` where it is neither, or not there. */
export async function treeOf(objects: ObjectReader, id: ObjectId): Promise<ObjectId> {
  const found = await objects.read(id);
  if (found?.type === 'tree') return id;
  const tree = found?.type === 'commit' ? /^tree ([0-9a-f]+)\n/.exec(found.content.toString('latin1'))?.[1] : undefined;
  if (tree !== undefined) return tree;
  throw new Fault('git-failed', `${id} is no commit that can be read, and no tree`, { where: objects.gitDir });
}

/** Reads one tree object, with its names as texts. Throws Fault `git-failed` where it is no tree, or not there. */
export async function readFolder(
  objects: ObjectReader,
  tree: ObjectId,
): Promise<{ name: string; mode: string; id: ObjectId; folder: boolean }[]> {
  const items = await readItems(objects, tree);
  return items.map(({ name, mode, id }) => ({ name: nameText(name), mode, id, folder: mode === folderMode }));
}

/** All blobs, links and submodules of a commit or tree, with their repository paths, in git's order. */
export async function listTree(objects: ObjectReader, id: ObjectId): Promise<TreeEntry[]> {
  const list = async (tree: ObjectId, prefix: string): Promise<TreeEntry[]> => {
    const items = await readItems(objects, tree);
    const parts = await Promise.all(
      items.map((item) =>
        item.mode === folderMode
          ? list(item.id, `${prefix}${nameText(item.name)}/`)
          : [{ path: `${prefix}${nameText(item.name)}`, mode: item.mode, id: item.id }],
      ),
    );
    return parts.flat();
  };
  return list(await treeOf(objects, id), '');
}

/** The differences between two commits or trees, without renames, in the order of their paths. */
export async function diffTrees(objects: ObjectReader, from: ObjectId, to: ObjectId): Promise<TreeDifference[]> {
  const out: TreeDifference[] = [];
  const sideOf = (item: Item | undefined): TreeDifference['old'] =>
    item === undefined || item.mode === folderMode ? null : { mode: item.mode, id: item.id };
  const compare = async (old: ObjectId | null, fresh: ObjectId | null, prefix: string): Promise<void> => {
    if (old === fresh) return;
    const [before, after] = await Promise.all([itemsOf(objects, old), itemsOf(objects, fresh)]);
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(name), after.get(name)];
      if (was?.id === is?.id && was?.mode === is?.mode) continue;
      const path = `${prefix}${nameText(name)}`;
      const [wasFile, isFile] = [sideOf(was), sideOf(is)];
      if (wasFile !== null || isFile !== null) out.push({ path, old: wasFile, new: isFile });
      if (was?.mode === folderMode || is?.mode === folderMode) await compare(subtreeOf(was), subtreeOf(is), `${path}/`);
    }
  };
  await compare(await treeOf(objects, from), await treeOf(objects, to), '');
  return out.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The entries that a difference brings. */
export function newEntries(differences: readonly TreeDifference[]): TreeEntry[] {
  return differences.flatMap(({ path, new: fresh }) => (fresh === null ? [] : [{ path, ...fresh }]));
}

/** The listing of a tree, from that of another and their differences. Both are in git's order. */
export function changeListing(entries: readonly TreeEntry[], differences: readonly TreeDifference[]): TreeEntry[] {
  const changed = new Set(differences.map(({ path }) => path));
  const kept = changed.size === 0 ? [...entries] : entries.filter(({ path }) => !changed.has(path));
  const fresh = newEntries(differences).sort(compareBytes);
  const parts: TreeEntry[][] = [];
  let from = 0;
  for (const entry of fresh) {
    const at = insertAt(kept, entry, from);
    parts.push(kept.slice(from, at), [entry]);
    from = at;
  }
  return [...parts, kept.slice(from)].flat();
}

// The first place, from one on, at which an entry may stand.
function insertAt(entries: readonly TreeEntry[], entry: TreeEntry, from: number): number {
  let [low, high] = [from, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = entries[middle];
    if (other !== undefined && compareBytes(other, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareBytes(one: TreeEntry, other: TreeEntry): number {
  return Buffer.compare(Buffer.from(one.path), Buffer.from(other.path));
}

/**
 * The trees and blobs that `to` (a tree) has where `from` has others or none: all that is new in it, and perhaps
 * something that only moved.
 */
export async function newInTree(objects: ObjectReader, from: ObjectId | null, to: ObjectId): Promise<ObjectId[]> {
  if (from === to) return [];
  const before = await itemsOf(objects, from);
  const out = [to];
  for (const item of await readItems(objects, to)) {
    const was = before.get(item.name);
    if (was?.id === item.id) continue;
    if (item.mode === folderMode) out.push(...(await newInTree(objects, subtreeOf(was), item.id)));
    else if (item.mode !== '160000') out.push(item.id);
  }
  return out;
}

/**
 * Writes the tree that comes of changing paths in another (null: an empty one); deletions come first, so that a file
 * may take a folder's name and the other way round. Gives the name of the new tree.
 */
export async function editTree(objects: Objects, tree: ObjectId | null, edits: readonly TreeEdit[]): Promise<ObjectId> {
  return (
    (await editFolder(
      objects,
      tree,
      edits.map(({ path, to }) => ({ names: nameBytes(path).split('/'), to })),
    )) ?? objects.write('tree', Buffer.alloc(0))
  );
}

type EditStep = { readonly names: readonly string[]; readonly to: TreeEdit['to'] };

// Null where nothing is left in the folder.
async function editFolder(
  objects: Objects,
  tree: ObjectId | null,
  steps: readonly EditStep[],
): Promise<ObjectId | null> {
  const items = await itemsOf(objects, tree);
  const below = new Map<string, EditStep[]>();
  for (const { names, to } of steps) {
    const [name = '', ...rest] = names;
    if (rest.length > 0) below.set(name, [...(below.get(name) ?? []), { names: rest, to }]);
    else if (to === null) items.delete(name);
  }
  for (const [name, inner] of below) {
    const folder = await editFolder(objects, subtreeOf(items.get(name)), inner);
    // A deletion below what is a file now deletes nothing.
    if (folder !== null) items.set(name, { name, mode: folderMode, written: folderMode, id: folder });
    else if (items.get(name)?.mode === folderMode) items.delete(name);
  }
  for (const { names, to } of steps) {
    const [name = '', ...rest] = names;
    if (rest.length === 0 && to !== null) items.set(name, { name, written: to.mode, ...to });
  }
  if (items.size === 0) return null;
  const sorted = [...items.values()].sort((one, other) => (sortName(one) < sortName(other) ? -1 : 1));
  return objects.write(
    'tree',
    Buffer.concat(
      sorted.flatMap(({ written, name, id }) => [
        Buffer.from(`${written} ${name}\0`, 'latin1'),
        Buffer.from(id, 'hex'),
      ]),
    ),
  );
}

// Git sorts a folder as if its name ended in a slash.
function sortName({ mode, name }: Item): string {
  return mode === folderMode ? `${name}/` : name;
}

function subtreeOf(item: Item | undefined): ObjectId | null {
  return item?.mode === folderMode ? item.id : null;
}

// Compared and changed is only what git could have written: each name once, in order.
async function itemsOf(objects: ObjectReader, tree: ObjectId | null): Promise<Map<string, Item>> {
  const items = tree === null ? [] : await readItems(objects, tree);
  const last = items.findIndex((item, at) => at > 0 && sortName(items[at - 1] ?? item) >= sortName(item));
  const found = new Map(items.map((item) => [item.name, item]));
  if (last > 0 || found.size < items.length) throw unsound(objects, tree ?? '');
  return found;
}

function unsound({ gitDir }: ObjectReader, tree: ObjectId): Fault {
  return new Fault('git-failed', `the tree ${tree} is not sound: git fsck --strict says more`, { where: gitDir });
}

async function readItems(objects: ObjectReader, tree: ObjectId): Promise<Item[]> {
  const content = await readObject(objects, 'tree', tree);
  const length = tree.length / 2;
  const out: Item[] = [];
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const end = content.indexOf(0, space);
    const name = content.toString('latin1', space + 1, end);
    if (space < 0 || end < space + 2 || name.includes('/') || content.length < end + 1 + length)
      throw unsound(objects, tree);
    const written = content.toString('latin1', at, space);
    out.push({
      name,
      mode: plainMode(Number.parseInt(written, 8)),
      written,
      id: content.toString('hex', end + 1, end + 1 + length),
    });
    at = end + 1 + length;
  }
  return out;
}

// Old tools wrote other permission bits; git reads them as one of these (tree-walk.c, canon_mode).
function plainMode(mode: number): string {
  switch (mode & 0o170000) {
    case 0o100000:
      return (mode & 0o100) === 0 ? '100644' : '100755';
    case 0o120000:
      return '120000';
    case 0o040000:
      return folderMode;
    default:
      return '160000';
  }
}

function nameText(name: string): string {
  return Buffer.from(name, 'latin1').toString();
}

function nameBytes(path: string): string {
  return Buffer.from(path).toString('latin1');
}
