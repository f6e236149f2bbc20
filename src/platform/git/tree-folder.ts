// Why: whoever asks about a few paths of a commit should not read all of it. A folder is read when it is asked.
// Promises: a folder names what a commit holds there, in git's modes. Nothing is read twice for one folder.
// Never: lists a whole tree unless it is asked for all that is below.

import type { ObjectId } from './git.ts';
import type { ObjectReader } from './objects.ts';
import { readFolder, type TreeEntry, treeOf } from './tree.ts';

/** A file, link or submodule in a folder; `mode` is git's. */
export type TreeFile = { readonly kind: 'file'; readonly mode: string; readonly id: ObjectId };

/** A folder of a commit, or one that is put together like it. `names` throws what reading objects throws. */
export type TreeFolder = { readonly kind: 'folder'; readonly names: () => Promise<ReadonlyMap<string, TreeNode>> };

/** One name in a folder. */
export type TreeNode = TreeFile | TreeFolder;

/** The top folder of a commit or tree. Throws, when asked, Fault `git-failed` where there is no such object. */
export function gitFolder(objects: ObjectReader, id: ObjectId): TreeFolder {
  let known: ReturnType<TreeFolder['names']> | null = null;
  const read = async (): Promise<ReadonlyMap<string, TreeNode>> => {
    const items = await readFolder(objects, await treeOf(objects, id));
    return new Map(
      items.map(({ name, folder, ...item }) => [
        name,
        folder ? gitFolder(objects, item.id) : { kind: 'file' as const, ...item },
      ]),
    );
  };
  return {
    kind: 'folder',
    names: () => {
      known ??= read().catch((error: unknown) => {
        known = null;
        throw error;
      });
      return known;
    },
  };
}

/** A folder put together of nodes, by their paths. A path that goes through another node is left out. */
export function composeFolder(nodes: ReadonlyMap<string, TreeNode>): TreeFolder {
  const names = new Map<string, TreeNode>();
  const below = new Map<string, Map<string, TreeNode>>();
  for (const [path, node] of nodes) {
    const cut = path.indexOf('/');
    if (cut < 0) names.set(path, node);
    else {
      const top = path.slice(0, cut);
      below.set(top, (below.get(top) ?? new Map()).set(path.slice(cut + 1), node));
    }
  }
  for (const [name, inner] of below) if (!names.has(name)) names.set(name, composeFolder(inner));
  return { kind: 'folder', names: () => Promise.resolve(names) };
}

/** The node at a path; null where there is none. */
export async function nodeAt(top: TreeFolder, path: string): Promise<TreeNode | null> {
  let node: TreeNode = top;
  for (const name of path.split('/')) {
    const found: TreeNode | undefined = node.kind === 'folder' ? (await node.names()).get(name) : undefined;
    if (found === undefined) return null;
    node = found;
  }
  return node;
}

/** All files below a folder, with their paths; `prefix` is the folder's own path. */
export async function filesUnder(folder: TreeFolder, prefix: string): Promise<TreeEntry[]> {
  const parts = await Promise.all(
    [...(await folder.names())].map(([name, node]): TreeEntry[] | Promise<TreeEntry[]> => {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      return node.kind === 'folder' ? filesUnder(node, path) : [{ path, mode: node.mode, id: node.id }];
    }),
  );
  return parts.flat();
}

/**
 * The paths around some paths: the files of all folders on the way to them, and all that is below a path that is a
 * folder. A folder on no way stands as its path with a slash. `alike` gives one name for names that some disk may take
 * for one: a folder that is alike to one on the way is looked into as well.
 */
export async function standingAround(
  top: TreeFolder,
  paths: Iterable<string>,
  alike: (name: string) => string,
): Promise<string[]> {
  type Way = { ends: boolean; readonly next: Map<string, Way> };
  const start: Way = { ends: false, next: new Map() };
  for (const path of paths) {
    let way = start;
    for (const name of path.split('/')) {
      const next = way.next.get(alike(name)) ?? { ends: false, next: new Map() };
      way.next.set(alike(name), next);
      way = next;
    }
    way.ends = true;
  }
  const out: string[] = [];
  const look = async (folder: TreeFolder, prefix: string, way: Way): Promise<void> => {
    for (const [name, node] of await folder.names()) {
      const path = `${prefix}${name}`;
      const next = way.next.get(alike(name));
      if (node.kind === 'file') out.push(path);
      else if (next === undefined) out.push(`${path}/`);
      else if (next.ends) out.push(...(await filesUnder(node, path)).map((one) => one.path));
      else await look(node, `${path}/`, next);
    }
  };
  await look(top, '', start);
  return out;
}
