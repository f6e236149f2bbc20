// Why: writes a commit's files into a folder from their blobs, for rooms and for the checkouts that checks run in.
// Promises: the bytes are the blobs' bytes (no filter, no line-end conversion); every file is a copy with one link; nothing is written through a link
// or outside the folder.
// Never: runs git on the folder.
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../ground/fault.ts';
import type { GitReader } from '../ground/git-reader.ts';
import type { TreeEntry } from '../ground/target.ts';
import { escapeText } from '../ground/text.ts';

/** Writes `entries` below `folder`, which is fresh and empty. Submodules become empty folders. */
export async function writeTree(folder: string, entries: readonly TreeEntry[], reader: GitReader): Promise<void> {
  const folders = new Set<string>();
  const links: { path: string; target: Buffer }[] = [];
  const pending: Promise<void>[] = [];
  // Git's own checkout refuses such names; a tree that somebody crafted can still hold them.
  const unsafe = entries.find((entry) => entry.path.split('/').some((name) => /^(?:|\.|\.\.|\.git)$/i.test(name)));
  if (unsafe !== undefined)
    throw new Fault('tree-unsafe', `the repository holds a path no checkout may write: ${escapeText(unsafe.path)}`, {
      hint: 'git fsck --strict in the repository says more; fourline does not work on such a commit',
    });
  for (const entry of entries) {
    const at = `${folder}/${entry.path}`;
    const parent = entry.mode === '160000' ? at : dirname(at);
    if (!folders.has(parent)) {
      await mkdir(parent, { recursive: true });
      folders.add(parent);
    }
    if (entry.mode === '160000') continue;
    pending.push(writeEntry(at, entry, reader, links));
    if (pending.length >= 64) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  // Links come last, so that no file can be written through one.
  for (const link of links) await symlink(link.target, link.path);
}

async function writeEntry(
  at: string,
  entry: TreeEntry,
  reader: GitReader,
  links: { path: string; target: Buffer }[],
): Promise<void> {
  const object = await reader.read(entry.id);
  if (object === null)
    throw new Fault('object-missing', `the mirror has no object ${entry.id} for ${entry.path}`, {
      hint: 'delete the mirror (state/git/<repo>.git): it is copied again',
    });
  if (entry.mode === '120000') {
    links.push({ path: at, target: object.content });
    return;
  }
  await writeFile(at, object.content, { flag: 'wx' });
  if (entry.mode === '100755') await chmod(at, 0o755);
}
