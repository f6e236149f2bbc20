// Why: when root starts fourline, all files that it writes into a person's repository would be root's. That person
// could not go on with them.
// Promises: a file there gets the owner and the group of the file that it replaces, else of its folder.
// Never: follows a link; fails a landing because an owner cannot be changed.
import { lchown, lstat, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';

type Owner = { readonly uid: number; readonly gid: number };

/** Gives a file or folder to an owner, as far as this process may. */
export async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  const now = await lstat(path).catch(() => null);
  if (now === null || (now.uid === uid && now.gid === gid)) return;
  // A user other than root may still choose among the groups it is in.
  await lchown(path, uid, gid).catch(() => lchown(path, now.uid, gid).catch(() => undefined));
}

/**
 * Gives what root made in a git folder of somebody else's to whoever owns the folders it is in. Does nothing for
 * anybody but root.
 */
export async function giveBack(gitDir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const owner = await lstat(gitDir).catch(() => null);
  if (owner === null || owner.uid === 0) return;
  // Loose objects in their folders are read-only for everybody, whoever owns them.
  await giveBelow(gitDir, owner, (path) => !/\/objects\/[0-9a-f]{2}$/.test(path));
}

async function giveBelow(folder: string, owner: Owner, enters: (path: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = `${folder}/${entry.name}`;
    if (entry.isSymbolicLink()) continue;
    const stat = await lstat(path).catch(() => null);
    if (stat?.uid === 0) await giveTo(path, owner);
    if (entry.isDirectory() && enters(path)) await giveBelow(path, owner, enters);
  }
}

/**
 * The owner that something new in a folder should have: that folder's, or that of the first one above that is there.
 */
export async function ownerAbove(path: string): Promise<Owner> {
  const folder = dirname(path);
  const stat = await lstat(folder).catch(() => null);
  return stat ?? (folder === path ? { uid: 0, gid: 0 } : ownerAbove(folder));
}
