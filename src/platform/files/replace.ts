// Why: fourline replaces or removes a person's file while that person, an editor or a git that switches branches works
// beside it.
// Promises: the old file is moved aside first and looked at again. In the end only a file that is certainly the old
// version is removed. Until then all of it can be taken back, also after a crash.
// Never: writes over a file; writes through a symbolic link; leaves root as the owner of what is somebody else's.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, lstat, mkdir, open, rename, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../text/fault.ts';
import { crashPoint } from './crash.ts';
import { flushFolder } from './files.ts';
import { giveTo, ownerAbove } from './owner.ts';

/** The content for a path: its mode as git has it, and the bytes for a work tree. */
export type NewFile = { readonly mode: string; readonly bytes: Uint8Array };

/** A file that was replaced or removed, and can be put back. */
export type Replaced = {
  readonly root: string;
  readonly path: string;
  readonly placed: Stats | null;
  /** The folders that were made for it, from the root of the tree. */
  readonly made: readonly string[];
};

/**
 * Puts a file (null: nothing) where `seen` stood, as it was looked at (null: nothing stood there). Null when something
 * else came to stand there meanwhile: it stays. Throws what the disk throws, with all as it was.
 */
export async function replaceFile(
  root: string,
  path: string,
  seen: Stats | null,
  file: NewFile | null,
): Promise<Replaced | null> {
  const { at, draft, aside } = besides(root, path);
  const made = file === null ? [] : await makeFolders(root, dirname(path));
  if (file !== null) await writeDraft(draft, file, seen, at);
  crashPoint('land.drafted');
  try {
    if (seen !== null) {
      await rename(at, aside);
      crashPoint('land.aside');
      if (!sameFile(seen, await lstat(aside))) {
        await putBack(aside, at);
        return null;
      }
    }
    const placed = file === null ? null : await lstat(draft);
    if (file === null || (await place(draft, at, file))) return { root, path, placed, made };
    if (seen !== null) await putBack(aside, at);
    return null;
  } catch (error) {
    await putBack(aside, at).catch(() => undefined);
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Takes a replacement back. */
export async function takeBack({ root, path, placed }: Replaced): Promise<void> {
  const { at, aside } = besides(root, path);
  const now = await lstat(at).catch(() => null);
  if (placed !== null && now !== null && now.ino === placed.ino && now.mtimeMs === placed.mtimeMs) await unlink(at);
  await putBack(aside, at);
}

/** Makes a replacement final: the old version goes. */
export async function settleFile(root: string, path: string): Promise<void> {
  await unlink(besides(root, path).aside).catch(absentFile);
}

/**
 * Looks for the remains of a crash in a replacement: true when an old version lies aside. Removes a half-written draft.
 */
export async function wasInterrupted(root: string, path: string): Promise<boolean> {
  const { draft, aside } = besides(root, path);
  await unlink(draft).catch(() => undefined);
  return (await lstat(aside).catch(() => null)) !== null;
}

/**
 * Takes back what a crash left of a replacement. `isOurs` says whether what stands in its place is what was put there.
 */
export async function mendFile(root: string, path: string, isOurs: (at: string) => Promise<boolean>): Promise<void> {
  const { at, aside } = besides(root, path);
  if ((await lstat(at).catch(() => null)) !== null && (await isOurs(at))) await unlink(at);
  await putBack(aside, at);
}

/** Removes the folders above a path that are empty now. */
export async function removeEmpty(root: string, path: string): Promise<void> {
  for (let at = dirname(path); at !== '.' && at !== ''; at = dirname(at)) {
    const removed = await rmdir(`${root}/${at}`).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/**
 * Flushes each folder that something came into or went out of, once: where these paths are, and where `done` made
 * folders. A path that is not done now was done before a crash: any folder above it may be new. A folder that is gone
 * went out of the one above it. The old versions lie at the root.
 */
export async function flushReplaced(root: string, paths: readonly string[], done: readonly Replaced[]): Promise<void> {
  const folders = new Set(['.']);
  const made = new Map(done.map((one) => [one.path, one.made]));
  for (const path of paths) for (const one of [path, ...(made.get(path) ?? wayTo(path))]) folders.add(dirname(one));
  for (const folder of folders) {
    const there = await flushFolder(`${root}/${folder}`).then(() => true, absentFile);
    if (there !== true) folders.add(dirname(folder));
  }
}

function wayTo(path: string): string[] {
  const above = dirname(path);
  return above === '.' ? [] : [...wayTo(above), above];
}

// The same names each time for a file, so that we find what a crash left of it when we replace the file again. The old
// version lies at the top of the work tree: its folder may have to go.
function besides(root: string, path: string): { readonly at: string; readonly draft: string; readonly aside: string } {
  const at = `${root}/${path}`;
  const stem = `.fourline-${createHash('sha256').update(at).digest('hex').slice(0, 12)}`;
  return { at, draft: `${dirname(at)}/${stem}.tmp`, aside: `${root}/${stem}.old` };
}

async function makeFolders(root: string, folder: string): Promise<string[]> {
  if (folder === '.' || (await lstat(`${root}/${folder}`).catch(() => null)) !== null) return [];
  const made = await makeFolders(root, dirname(folder));
  await mkdir(`${root}/${folder}`).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
  });
  await giveTo(`${root}/${folder}`, await ownerAbove(`${root}/${folder}`));
  return [...made, folder];
}

// A file keeps its permissions but for those that its new mode gives or takes.
async function writeDraft(draft: string, file: NewFile, seen: Stats | null, at: string): Promise<void> {
  await unlink(draft).catch(() => undefined);
  if (file.mode === '120000') await symlink(Buffer.from(file.bytes), draft);
  else {
    const kept = seen?.isFile() === true ? seen.mode & 0o777 : null;
    const runs = file.mode === '100755';
    const handle = await open(draft, 'wx', runs ? 0o777 : 0o666);
    try {
      await handle.writeFile(file.bytes);
      if (kept !== null) await handle.chmod(runs ? kept | ((kept & 0o444) >> 2) : kept & ~0o111);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await giveTo(draft, seen ?? (await ownerAbove(at)));
}

// A hard link takes no place that is taken. Where a disk has none, nothing stood there a moment ago.
async function place(draft: string, at: string, { mode, bytes }: NewFile): Promise<boolean> {
  try {
    if (mode === '120000' && process.platform !== 'linux') await symlink(Buffer.from(bytes), at);
    else await link(draft, at);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errnoOf(error) ?? '')) throw error;
    if ((await lstat(at).catch(() => null)) !== null) return false;
    await rename(draft, at);
    return true;
  }
}

// When somebody made the path anew meanwhile, both files stay: the old one gets a name that people see.
async function putBack(aside: string, at: string): Promise<void> {
  if ((await lstat(aside).catch(() => null)) === null) return;
  await mkdir(dirname(at), { recursive: true });
  if ((await lstat(at).catch(() => null)) === null) await rename(aside, at);
  else await rename(aside, `${at}.aside-${Date.now()}`);
}

function sameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.mode === b.mode;
}

function absentFile(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
}
