// Why: writes a commit's files into a folder from their blobs, for rooms and for the checkouts that they share.
// Promises: the bytes are the blobs' bytes (no filter, no line-end conversion). Every file is a copy with one link. It
// writes nothing through a link or outside the folder.
// Never: runs git on the folder.

import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { removeEmpty } from '../platform/files/replace.ts';
import { isUnsafePath } from '../platform/git/checkout-path.ts';
import type { GitObject, GitReader } from '../platform/git/git-reader.ts';
import { newEntries, type TreeDifference, type TreeEntry } from '../platform/git/tree.ts';
import { Fault, machineFails } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';

/** Writes `entries` below `folder`, which is fresh and empty. Submodules become empty folders. */
export async function writeTree(folder: string, entries: readonly TreeEntry[], reader: GitReader): Promise<void> {
  // Git's own checkout refuses such names; a tree that somebody crafted can still hold them.
  const unsafe = entries.find((entry) => isUnsafePath(entry.path));
  if (unsafe !== undefined)
    throw new Fault('tree-unsafe', `the repository holds a path no checkout may write: ${escapeText(unsafe.path)}`, {
      hint: 'git fsck --strict in the repository says more; fourline does not work on such a commit',
    });
  const folders = new Set<string>();
  const links: { path: string; target: Buffer }[] = [];
  // Blobs come over one pipe, some at a time; the writes between are synchronous, which for many small files is ten
  // times faster than the thread pool.
  for (let from = 0; from < entries.length; from += treeBatch) {
    const part = entries.slice(from, from + treeBatch);
    const objects = await Promise.all(part.map((entry) => (entry.mode === '160000' ? null : reader.read(entry.id))));
    for (const [index, entry] of part.entries()) {
      const at = `${folder}/${entry.path}`;
      const parent = entry.mode === '160000' ? at : dirname(at);
      if (!folders.has(parent)) mkdirSync(parent, { recursive: true });
      folders.add(parent);
      if (entry.mode === '160000') continue;
      const content = treeContent(entry, objects[index] ?? null);
      if (entry.mode === '120000') links.push({ path: at, target: content });
      else writeFileSync(at, content, { flag: 'wx', mode: entry.mode === '100755' ? 0o755 : 0o644 });
    }
  }
  // Links come last, so that no file can be written through one.
  for (const link of links) symlinkSync(link.target, link.path);
}

/**
 * Clones the files of a shared checkout into `folder`, which is fresh and empty: the disk keeps their bytes once until
 * one of them is written. Links come from `reader`. Leaves `folder` empty and gives false if the disk makes no clones.
 */
export async function cloneTree(
  folder: string,
  entries: readonly TreeEntry[],
  tree: string,
  reader: GitReader,
): Promise<boolean> {
  const folders = new Set<string>();
  try {
    for (const { path, mode } of entries) {
      if (mode === '160000' || mode === '120000') continue;
      const parent = dirname(`${folder}/${path}`);
      if (!folders.has(parent)) mkdirSync(parent, { recursive: true });
      folders.add(parent);
      copyFileSync(`${tree}/${path}`, `${folder}/${path}`, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      chmodSync(`${folder}/${path}`, mode === '100755' ? 0o755 : 0o644);
    }
  } catch (error) {
    if (machineFails(error)) throw error;
    for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`, { recursive: true });
    return false;
  }
  await writeTree(
    folder,
    entries.filter(({ mode }) => mode === '160000' || mode === '120000'),
    reader,
  );
  return true;
}

/**
 * Changes what `writeTree` wrote into `folder` by the difference of two trees. Throws what the disk throws, also where
 * the folder is not what it was.
 */
export async function changeTree(
  folder: string,
  differences: readonly TreeDifference[],
  reader: GitReader,
): Promise<void> {
  for (const { path, old } of differences) {
    if (old === null) continue;
    if (old.mode === '160000') rmdirSync(`${folder}/${path}`);
    else rmSync(`${folder}/${path}`);
  }
  for (const { path, new: fresh } of differences) if (fresh === null) await removeEmpty(folder, path);
  await writeTree(folder, newEntries(differences), reader);
}

const treeBatch = 64;

function treeContent(entry: TreeEntry, object: GitObject | null): Buffer {
  if (object !== null) return object.content;
  throw new Fault('object-missing', `the mirror has no object ${entry.id} for ${entry.path}`, {
    hint: 'delete the mirror (state/git/<repo>.git): it is copied again',
  });
}
