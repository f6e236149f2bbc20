// Why: a list of digests shows whether a folder still holds the same files. Anybody can check it: `sha256sum -c
// digests.txt`.
// Promises: every file below the folder is in the list, whatever its name. A file that isn't plain is in it by its
// kind.
// Never: follows a link.
import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { sweepTemporary } from '../process/remains.ts';
import { errnoOf, whenAbsent } from '../text/fault.ts';
import { readPlain, writeDurable } from './files.ts';

/** The list's own name in its folder. */
export const digestsName = 'digests.txt';

/**
 * SHA-256 by path below the folder. A file that is not plain, or that cannot be read, has a word in place of the
 * digest.
 */
export type Digests = ReadonlyMap<string, string>;

/** Reads all files below a folder, but its own list; empty where there is none. Throws what the disk throws. */
export async function digestFolder(folder: string): Promise<Digests> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(whenAbsent<Dirent[]>([]));
  const out = new Map<string, string>();
  for (const entry of entries) {
    const path = `${entry.parentPath}/${entry.name}`.slice(folder.length + 1);
    if (entry.isDirectory() || path === digestsName) continue;
    out.set(path, await digestEntry(`${folder}/${path}`, entry));
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function digestEntry(path: string, entry: Dirent): Promise<string> {
  const hash = createHash('sha256');
  if (entry.isSymbolicLink()) return `link-${hash.update(await readlink(path)).digest('hex')}`;
  if (!entry.isFile()) return 'no-file';
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch (error) {
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM') return 'unreadable';
    throw error;
  }
}

/**
 * The list as a text, as sha256sum writes it: a name with a backslash or a line end in it is escaped, and its line says
 * so.
 */
export function printDigests(digests: Digests): string {
  return [...digests]
    .map(([path, digest]) => {
      const name = path.replace(/[\\\n\r]/g, (char) => ({ '\\': '\\\\', '\n': '\\n' })[char] ?? '\\r');
      return `${name === path ? '' : '\\'}${digest}  ${name}\n`;
    })
    .join('');
}

/** Reads a list that printDigests wrote. */
export function readDigests(text: string): Digests {
  const out = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, escaped, digest = '', name = ''] = /^(\\?)([\w-]+) {2}(.*)$/s.exec(line) ?? [];
    if (escaped === undefined) continue;
    out.set(
      escaped === '' ? name : name.replace(/\\(.)/g, (_, char: string) => ({ n: '\n', r: '\r' })[char] ?? char),
      digest,
    );
  }
  return out;
}

/** Writes the list of a folder that nobody writes into any more, and returns the SHA-256 of it. Can be done again. */
export async function sealFolder(folder: string): Promise<string> {
  await sweepTemporary(folder, null);
  const text = printDigests(await digestFolder(folder));
  await writeDurable(`${folder}/${digestsName}`, text);
  return digestText(text);
}

/** Reads a folder's list; null where it is not there or no text. */
export async function readSeal(folder: string): Promise<{ readonly digests: Digests; readonly digest: string } | null> {
  const file = await readPlain(`${folder}/${digestsName}`, 64 * 1024 * 1024);
  return file.kind === 'text' ? { digests: readDigests(file.text), digest: digestText(file.text) } : null;
}

/** The SHA-256 that a list would have. */
export function digestOfList(digests: Digests): string {
  return digestText(printDigests(digests));
}

/** The SHA-256 of a text, in hex digits. */
export function digestText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
