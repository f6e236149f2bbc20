// Why: a promise on disk is kept only when the bytes are down, under the right name, and the folder knows it.
// Promises: writeDurable leaves either the old file or the whole new one. moveDurable flushes the destination folder
// before the source. readPlain never follows a link, never blocks on a pipe, never reads more than it was told.
// Never: interprets what it reads. A failed fsync is thrown, not retried: the kernel has already forgotten the bytes.
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { temporaryName } from '../process/remains.ts';
import { errnoOf, Fault } from '../text/fault.ts';
import { crashPoint } from './crash.ts';

/** Largest hand-written file (order, card, report, settings) that is read, in bytes. */
export const plainLimit = 256 * 1024;

/** The result of reading a foreign file. */
export type PlainFile =
  | { readonly kind: 'text'; readonly text: string; readonly stat: FileStamp }
  | { readonly kind: 'absent' }
  | { readonly kind: 'flawed'; readonly flaw: string };

/** Tells one state of a file from another: same stamp, same bytes (FINDINGS: on two looks). */
export type FileStamp = {
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
};

/** True when two looks saw the same state of a file. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified && a.changed === b.changed;
}

/** A look at a file's state without reading it; null when there is none. Links are not followed. */
export async function stampOf(path: string): Promise<FileStamp | null> {
  const stat = await lstat(path, { bigint: true }).catch(() => null);
  return stat === null ? null : { inode: stat.ino, size: stat.size, modified: stat.mtimeNs, changed: stat.ctimeNs };
}

/** Flushes a folder's entries to disk. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and its parents; each new one is flushed into its parent. One by one: made all at once, a disk's
 * refusal is told as a missing parent.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (errnoOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    return makeFolder(folder);
  }
  await flushFolder(dirname(folder));
}

async function writeWhole(handle: FileHandle, data: Uint8Array): Promise<void> {
  let at = 0;
  while (at < data.length) at += (await handle.write(data, at)).bytesWritten;
  await handle.sync();
  const { size } = await handle.stat();
  if (size !== data.length) throw new Fault('short-write', `wrote ${size} of ${data.length} bytes`);
}

/**
 * Writes a text or bytes, down to the disk, beside the place they are for; returns the draft's path, to be renamed or
 * unlinked. `mode` is the permission bits. Throws what the disk throws, leaving nothing behind.
 */
export async function draftFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<string> {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  const draft = `${dirname(path)}/${temporaryName(basename(path))}`;
  const handle = await open(draft, 'wx', mode);
  try {
    await writeWhole(handle, data).finally(() => handle.close());
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  crashPoint('file.drafted');
  return draft;
}

/**
 * Writes a file so that a crash leaves the old one or the whole new one. `mode` is the permission bits. With `replace:
 * false` an existing file is left alone and false is returned; otherwise true. Throws what the disk throws, leaving
 * nothing behind.
 */
export async function writeDurable(
  path: string,
  content: string | Uint8Array,
  options: { readonly replace?: boolean; readonly mode?: number } = {},
): Promise<boolean> {
  const draft = await draftFile(path, content, options.mode);
  try {
    if (options.replace === false) {
      const fresh = await linkNew(draft, path);
      await unlink(draft);
      await flushFolder(dirname(path));
      return fresh;
    }
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await flushFolder(dirname(path));
  return true;
}

async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Renames `from` to `to` and flushes the destination folder, then the source folder. Throws what rename throws. */
export async function moveDurable(from: string, to: string): Promise<void> {
  await rename(from, to);
  crashPoint('file.moved');
  await flushFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await flushFolder(dirname(from));
}

/**
 * Renames `from` to `to`, which must be free: false where it is not. The name is taken first, so that two who want it
 * don't replace each other's.
 */
export async function moveFresh(from: string, to: string): Promise<boolean> {
  try {
    await (await open(to, 'wx')).close();
    crashPoint('cancel.aside');
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await moveDurable(from, to);
    return true;
  } catch (error) {
    await unlink(to);
    throw error;
  }
}

/** Removes a file if it is there; its folder is flushed. True when something was removed. */
export async function removeFile(path: string): Promise<boolean> {
  const removed = await dropFile(path);
  if (removed) await flushFolder(dirname(path));
  return removed;
}

/** Removes a file if it is there; a power cut may bring it back. True when something was removed. */
export async function dropFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Flushes one file's bytes (what `cp` wrote is not down yet). */
export async function flushFile(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads a text that somebody else wrote: a regular file with one link, at most `limit` bytes, strict UTF-8. Links are
 * not followed and pipes don't block. Answers with what is wrong instead of throwing; throws only for faults of the
 * disk.
 */
export async function readPlain(path: string, limit: number = plainLimit): Promise<PlainFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'absent' };
    if (errno === 'ELOOP') return { kind: 'flawed', flaw: 'it is a symbolic link; only plain files are read' };
    if (errno === 'ENXIO' || errno === 'ENODEV')
      return { kind: 'flawed', flaw: 'it is a socket or device; only plain files are read' };
    if (errno === 'EACCES' || errno === 'EPERM')
      return { kind: 'flawed', flaw: 'it may not be read (permission denied)' };
    throw error;
  }
  try {
    return await readHandle(handle, limit);
  } finally {
    await handle.close();
  }
}

/** A text that is not on disk yet, as `readPlain` would answer if it were. */
export function asPlainFile(text: string, limit: number = plainLimit): PlainFile {
  const size = Buffer.byteLength(text);
  if (size > limit) return tooLong(size, limit);
  return { kind: 'text', text, stat: { inode: 0n, size: BigInt(size), modified: 0n, changed: 0n } };
}

function tooLong(size: number | bigint, limit: number): PlainFile {
  return { kind: 'flawed', flaw: `it is ${size} bytes long; at most ${limit} are read` };
}

async function readHandle(handle: FileHandle, limit: number): Promise<PlainFile> {
  const stat = await handle.stat({ bigint: true });
  if (stat.isDirectory()) return { kind: 'flawed', flaw: 'it is a folder; only plain files are read' };
  if (!stat.isFile()) return { kind: 'flawed', flaw: 'it is a pipe or device; only plain files are read' };
  if (stat.nlink > 1n)
    return { kind: 'flawed', flaw: `it has ${stat.nlink} hard links; only a file of its own is read` };
  if (stat.size > BigInt(limit)) return tooLong(stat.size, limit);
  const buffer = Buffer.alloc(Number(stat.size));
  let at = 0;
  while (at < buffer.length) {
    const { bytesRead } = await handle.read(buffer, at, buffer.length - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, at));
    return {
      kind: 'text',
      text,
      stat: { inode: stat.ino, size: stat.size, modified: stat.mtimeNs, changed: stat.ctimeNs },
    };
  } catch {
    return { kind: 'flawed', flaw: 'it is not UTF-8 text' };
  }
}

/** The names in a folder, sorted; an absent folder has none. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
