// Why: a workspace is a folder, and folders are copied, moved and replaced. If two folders took themselves for the same
// workspace, both would do the work that waits in it.
// Promises: a workspace knows the folder it has always been. It tells a copy from a workspace that was moved or brought
// back.
// Never: changes anything but its own note.
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { writeDurable } from '../platform/files/files.ts';
import { whenAbsent } from '../platform/text/fault.ts';

/**
 * The identity of a workspace's folder: known, or a copy of a folder that still exists. `id` is the workspace's;
 * `inode` is the inode of its state folder.
 */
export type Place =
  | { readonly kind: 'known'; readonly id: string; readonly inode: number }
  | { readonly kind: 'copy'; readonly id: string; readonly inode: number; readonly of: string };

type PlaceNote = { readonly id: string; readonly root: string; readonly inode: number };

/**
 * Finds out the identity of a workspace's folder. `note` is the file that records it, below `state`. Changes nothing.
 */
export async function readPlace(root: string, state: string, note: string): Promise<Place> {
  const { ino: inode } = await stat(state);
  const fresh = { id: randomBytes(8).toString('hex'), inode };
  const kept = await readPlaceNote(`${state}/${note}`);
  if (kept === null) return { kind: 'known', ...fresh };
  if (kept.inode === inode || kept.root === root) return { kind: 'known', id: kept.id, inode };
  // The folder it was copied from exists, and still has its identity.
  const there = `${kept.root}${state.slice(root.length)}`;
  const original = await readPlaceNote(`${there}/${note}`);
  const lives = original?.id === kept.id && (await stat(there).catch(whenAbsent(null)))?.ino === kept.inode;
  return lives ? { kind: 'copy', ...fresh, of: kept.root } : { kind: 'known', id: kept.id, inode };
}

/** Writes down the identity of a workspace's folder. */
export async function keepPlace(root: string, state: string, note: string, { id, inode }: Place): Promise<void> {
  const kept = await readPlaceNote(`${state}/${note}`);
  if (kept?.id === id && kept.root === root && kept.inode === inode) return;
  await writeDurable(`${state}/${note}`, `${JSON.stringify({ id, root, inode })}\n`);
}

async function readPlaceNote(path: string): Promise<PlaceNote | null> {
  const text = await readFile(path, 'utf8').catch(whenAbsent(''));
  const [id, root, inode] = [
    /"id":"(\w+)"/.exec(text)?.[1],
    /"root":("(?:[^"\\]|\\.)*")/.exec(text)?.[1],
    /"inode":(\d+)/.exec(text)?.[1],
  ];
  return id === undefined || root === undefined || inode === undefined
    ? null
    : { id, root: JSON.parse(root) as string, inode: Number(inode) };
}
