// Why: a git process costs more than an object. An order writes some thirty objects. Written as loose files
// (gitformat-loose(5)), they cost no process.
// Promises: an object is there whole or not at all, under the name git gives it. An object that is there already is not
// written again. Objects that are not loose files are read through git.
// Never: writes into a repository that isn't fourline's own.
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { deflate, deflateSync, inflate, inflateSync } from 'node:zlib';
import { temporaryName } from '../process/remains.ts';
import { Fault, whenAbsent } from '../text/fault.ts';
import type { ObjectId } from './git.ts';
import { type GitObject, type GitReader, openReader } from './git-reader.ts';

/** The kinds of objects that are written. */
export type ObjectKind = 'blob' | 'tree' | 'commit';

/** The objects of one of fourline's own repositories. `format` is the hash their names are made with. */
export type Objects = GitReader & {
  readonly gitDir: string;
  readonly format: 'sha1' | 'sha256';
  /** Writes an object and gives its name. Throws what the disk throws. */
  readonly write: (kind: ObjectKind, content: Uint8Array) => Promise<ObjectId>;
};

/**
 * The repository whose objects are opened. With `flush` each write waits for the disk: a commit that a promise hangs on
 * must outlast a power cut.
 */
export type ObjectsPlan = { readonly gitDir: string; readonly format: 'sha1' | 'sha256'; readonly flush: boolean };

/**
 * Opens the objects of one of fourline's own repositories. A git process is started for what is packed alone. `close`
 * ends it and forgets what was read: the repository may be another one afterwards.
 */
export function openObjects({ gitDir, format, flush }: ObjectsPlan): Objects {
  const packed = openReader(gitDir);
  const known = keepRecent();
  return {
    gitDir,
    format,
    read: async (name) => {
      const kept = known.get(name);
      if (kept !== null) return kept;
      const found = (await readLoose(gitDir, name)) ?? (await packed.read(name));
      // A name may also be a ref, which moves.
      if (found?.id === name) known.keep(found);
      return found;
    },
    close: () => {
      known.forget();
      packed.close();
    },
    write: (kind, content) => writeLoose({ gitDir, format, flush }, kind, content),
  };
}

// The same trees are read again and again, for each order and each look at a history.
const recentBytes = 4 * 1024 * 1024;

type Recent = {
  readonly get: (id: ObjectId) => GitObject | null;
  readonly keep: (object: GitObject) => void;
  readonly forget: () => void;
};

// Keeps trees and commits that were read of late. An object never changes, so none is looked at twice.
function keepRecent(): Recent {
  const objects = new Map<ObjectId, GitObject>();
  let bytes = 0;
  return {
    get: (id) => {
      const found = objects.get(id);
      if (found === undefined) return null;
      objects.delete(id);
      objects.set(id, found);
      return found;
    },
    keep: (object) => {
      if (object.type === 'blob' || objects.has(object.id) || object.content.length > recentBytes / 16) return;
      objects.set(object.id, object);
      bytes += object.content.length;
      for (const [id, oldest] of objects) {
        if (bytes <= recentBytes) break;
        objects.delete(id);
        bytes -= oldest.content.length;
      }
    },
    forget: () => {
      objects.clear();
      bytes = 0;
    },
  };
}

/** Reads objects, also from a repository that isn't fourline's own. */
export type ObjectReader = Pick<Objects, 'read' | 'gitDir'>;

/** Reads an object that must be there. Throws Fault `git-failed` where it isn't, or is of another kind. */
export async function readObject(objects: ObjectReader, kind: ObjectKind, id: ObjectId): Promise<Buffer> {
  const found = await objects.read(id);
  if (found?.type === kind) return found.content;
  throw new Fault('git-failed', `the ${kind} ${id} is ${found === null ? 'missing' : `a ${found.type}`}`, {
    where: objects.gitDir,
  });
}

function pathOf(gitDir: string, id: ObjectId): string {
  return `${gitDir}/objects/${id.slice(0, 2)}/${id.slice(2)}`;
}

// A power cut leaves empty and torn files; we write those anew. We write small objects synchronously, which is many
// times faster than the thread pool.
async function writeLoose(
  { gitDir, format, flush }: ObjectsPlan,
  kind: ObjectKind,
  content: Uint8Array,
): Promise<ObjectId> {
  const header = Buffer.from(`${kind} ${content.length}\0`);
  const id = createHash(format).update(header).update(content).digest('hex');
  const path = pathOf(gitDir, id);
  if ((await readLoose(gitDir, id)) !== null) return id;
  const whole = Buffer.concat([header, content]);
  const data = whole.length > smallObject ? await deflated(whole, { level: 1 }) : deflateSmall(whole);
  mkdirSync(dirname(path), { recursive: true });
  // The name that git gives its own: whoever sweeps the repository knows it.
  const draft = `${dirname(path)}/tmp_obj_${temporaryName('').replace(/\W/g, '_')}`;
  const file = openSync(draft, 'wx', 0o444);
  try {
    writeFileSync(file, data);
    if (flush) await flushed(file);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return id;
}

const smallObject = 128 * 1024;

/**
 * Compresses bytes as git does, in as little memory as they need: what zlib takes by default (zconf.h: 256 KiB) takes
 * longer to get than a small object takes to compress.
 */
export function deflateSmall(bytes: Uint8Array): Buffer {
  const windowBits = Math.min(15, Math.max(9, 32 - Math.clz32(bytes.length)));
  const memLevel = Math.max(1, windowBits - 7);
  return deflateSync(bytes, { level: 1, windowBits, memLevel, chunkSize: Math.max(64, bytes.length + 64) });
}

async function readLoose(gitDir: string, name: string): Promise<GitObject | null> {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return null;
  const data = readOrNull(pathOf(gitDir, name));
  if (data === null) return null;
  const plain = await (data.length > smallObject ? inflated(data) : inflateNow(data)).catch(() => null);
  const end = plain?.indexOf(0) ?? -1;
  const [, type, size] = /^(\w+) (\d+)$/.exec(plain?.toString('latin1', 0, Math.max(end, 0)) ?? '') ?? [];
  // A file that isn't whole is git's to judge: it may know the object from a pack as well.
  if (plain === null || type === undefined || plain.length - end - 1 !== Number(size)) return null;
  return { id: name, type, content: plain.subarray(end + 1) };
}

function readOrNull(path: string): Buffer | null {
  // Asked first: most objects are packed, and an exception for each of them is slow.
  if (!existsSync(path)) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    return whenAbsent(null)(error);
  }
}

async function inflateNow(data: Uint8Array): Promise<Buffer> {
  return inflateSync(data, { chunkSize: Math.max(256, data.length * 4) });
}

const flushed = promisify(fsync);
const deflated = promisify(deflate) as (data: Uint8Array, options: { level: number }) => Promise<Buffer>;
const inflated = promisify(inflate) as (data: Uint8Array) => Promise<Buffer>;
