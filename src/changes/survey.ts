// Why: what changed is read from outside the room, byte by byte. Git never looks at a room: some thirteen tricks make
// `git status` lie.
// Promises: names as bytes, no link followed, every entry of the room seen: compared, or named as odd, or counted as
// scratch.
// Never: writes into the room, except to open a folder the agent closed; trusts times or sizes.
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { copySparse } from '../platform/files/sparse.ts';
import { blobId } from '../platform/git/git.ts';
import { errnoOf, type Reason } from '../platform/text/fault.ts';
import { countOf, showSize } from '../platform/text/text.ts';
import { type BaseEntry, type BlobMode, type Change, compareEntries, type RoomEntry } from './change.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { decodeName, showName } from './path.ts';

/** The facts that a survey needs about a room. Paths are workspace paths. */
export type SurveyPlan = {
  readonly folder: string;
  /** The folder's inode at opening: another in its place is not the room. */
  readonly inode: number;
  /** All that was put into the room from the base (repository files, state files). */
  readonly base: ReadonlyMap<string, BaseEntry>;
  /** Top-level names that are furniture: the order, the report, incoming mail. */
  readonly furniture: ReadonlySet<string>;
  readonly rules: readonly { readonly prefix: string; readonly ignore: IgnoreRules }[];
  /** Any object name of the repository: its length tells which hash the repository uses. */
  readonly like: string;
};

/**
 * The result of a survey. `scratch` counts ignored entries (a folder as one); `scratchIn` names the folders that hold
 * them. A survey doesn't compare a room that is too full: half a walk would read as deletions.
 */
export type Survey =
  | {
      readonly kind: 'surveyed';
      readonly changes: readonly Change[];
      readonly scratch: number;
      readonly scratchIn: readonly string[];
    }
  | { readonly kind: 'overfull'; readonly limit: number }
  | { readonly kind: 'gone' };

/**
 * Largest file that is taken from a room, in bytes; how much of all of them may be holes, which take no room and yet
 * are read; the most entries a room may hold.
 */
export const surveyLimits = { fileBytes: 256 * 1024 * 1024, holes: 1024 * 1024 * 1024, entries: 200_000 } as const;

/** How many folders with scratch are named. */
const namedFolders = 20;

type Walk = {
  readonly plan: SurveyPlan;
  readonly found: Map<string, RoomEntry>;
  readonly folders: ReadonlySet<string>;
  /** Names that are no text, as they are shown: two of them, or one and a real name, may look alike. */
  readonly nameless: string[];
  /** How many ignored files a folder has; 0 for a folder that is ignored itself. */
  readonly scratch: Map<string, number>;
  seen: number;
  /** Bytes of holes that were read so far. */
  holes: number;
};

/** Walks a sealed room and compares it with its base. Throws only for faults of the disk. */
export async function survey(plan: SurveyPlan): Promise<Survey> {
  const folders = surveyFolders(plan.base.keys());
  const walk: Walk = { plan, found: new Map(), folders, nameless: [], scratch: new Map(), seen: 0, holes: 0 };
  const top = await lstat(plan.folder).catch(() => null);
  if (top?.isDirectory() !== true || top.ino !== plan.inode) return { kind: 'gone' };
  chmodSync(plan.folder, 0o700);
  await walkFolder(walk, Buffer.from(plan.folder), '');
  if (walk.seen > surveyLimits.entries) return { kind: 'overfull', limit: surveyLimits.entries };
  for (const shown of walk.nameless) {
    let path = shown;
    while (walk.found.has(path) || plan.base.has(path)) path = `${path}?`;
    walk.found.set(path, odd('path-encoding', 'its name is not valid UTF-8'));
  }
  for (const path of plan.base.keys()) {
    // A submodule stands in the room as an empty folder; only what was put into it counts.
    if (plan.base.get(path)?.mode === '160000' && !walk.found.has(path))
      walk.found.set(path, { kind: 'blob', mode: '160000' as BlobMode, id: plan.base.get(path)?.id ?? '', size: 0 });
  }
  return { kind: 'surveyed', changes: compareEntries(plan.base, walk.found), ...tellScratch(walk.scratch) };
}

function tellScratch(folders: ReadonlyMap<string, number>): { scratch: number; scratchIn: string[] } {
  let scratch = 0;
  for (const count of folders.values()) scratch += Math.max(count, 1);
  const named = [...folders].slice(0, namedFolders);
  const scratchIn = named.map(([folder, count]) => `${folder}/${count === 0 ? '' : ` (${countOf(count, 'file')})`}`);
  if (folders.size > named.length) scratchIn.push(`and ${countOf(folders.size - named.length, 'folder')} more`);
  return { scratch, scratchIn };
}

function surveyFolders(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      const folder = path.slice(0, cut);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

async function walkFolder(walk: Walk, folder: Buffer, prefix: string): Promise<void> {
  for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
    walk.seen += 1;
    // Synchronous calls are many times faster here; now and then everybody else gets a turn.
    if (walk.seen % 256 === 0) await setImmediate();
    const decoded = decodeName(name);
    const path = prefix === '' ? (decoded ?? showName(name)) : `${prefix}/${decoded ?? showName(name)}`;
    if (prefix === '' && walk.plan.furniture.has(path)) continue;
    if (decoded === null) walk.nameless.push(path);
    else if (walk.seen > surveyLimits.entries) return;
    else await walkEntry(walk, Buffer.concat([folder, Buffer.from('/'), name]), path);
  }
}

async function walkEntry(walk: Walk, at: Buffer, path: string): Promise<void> {
  const stat = statOf(at);
  if (stat === null) {
    walk.found.set(path, odd('path-long', 'the path is longer than the system can name'));
    return;
  }
  const tracked = walk.plan.base.has(path);
  if (!tracked && !walk.folders.has(path) && isScratch(walk.plan, path, stat.isDirectory())) {
    // An empty folder is nothing, as it is to git; a layer leaves such a one where it stood.
    if (stat.isDirectory() && isEmpty(at)) return;
    const folder = stat.isDirectory() ? path : path.slice(0, path.lastIndexOf('/'));
    walk.scratch.set(folder, stat.isDirectory() ? 0 : (walk.scratch.get(folder) ?? 0) + 1);
    return;
  }
  if (stat.isDirectory()) {
    const before = walk.found.size + walk.nameless.length;
    // The room is ours: an agent that closed a folder hides nothing by it.
    if ((stat.mode & 0o700) !== 0o700) chmodSync(at, 0o700);
    await walkFolder(walk, at, path);
    if (walk.plan.base.get(path)?.mode === '160000' && walk.found.size + walk.nameless.length > before)
      walk.found.set(path, odd('kind-submodule', 'something was written into a submodule'));
    return;
  }
  walk.found.set(path, readSurveyEntry(walk, at, stat));
}

function isEmpty(folder: Buffer): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

function statOf(at: Buffer): Stats | null {
  try {
    return lstatSync(at);
  } catch (error) {
    if (errnoOf(error) === 'ENAMETOOLONG') return null;
    throw error;
  }
}

function isScratch(plan: SurveyPlan, path: string, folder: boolean): boolean {
  const rule = plan.rules.find((one) => path.startsWith(`${one.prefix}/`));
  return rule?.ignore.ignores(path.slice(rule.prefix.length + 1), folder) ?? false;
}

function odd(code: string, message: string): RoomEntry {
  return { kind: 'odd', flaw: { code, message } };
}

function readSurveyEntry(walk: Walk, at: Buffer, stat: Stats): RoomEntry {
  const { like } = walk.plan;
  if (stat.isSymbolicLink()) {
    const target = readlinkSync(at, { encoding: 'buffer' });
    return {
      kind: 'blob',
      mode: '120000',
      id: blobId(like, target),
      size: target.length,
      target: decodeName(target) ?? '/',
    };
  }
  if (stat.isFIFO()) return odd('kind-pipe', 'it is a pipe');
  if (stat.isSocket()) return odd('kind-socket', 'it is a socket');
  if (!stat.isFile()) return odd('kind-device', 'it is a device');
  if (stat.nlink > 1) return odd('kind-hard-link', `it has ${stat.nlink} hard links`);
  if ((stat.mode & 0o6000) !== 0) return odd('kind-setuid', 'it is setuid or setgid');
  if (stat.size > surveyLimits.fileBytes)
    return odd('file-too-large', `it is ${stat.size} bytes; at most ${surveyLimits.fileBytes} are taken`);
  walk.holes += Math.max(0, stat.size - stat.blocks * 512);
  if (walk.holes > surveyLimits.holes)
    return odd('file-of-holes', `${showSize(surveyLimits.holes)} of holes were read before it; no more are`);
  const content = readRoomFile(at);
  return {
    kind: 'blob',
    mode: (stat.mode & 0o100) === 0 ? '100644' : '100755',
    id: blobId(like, content),
    size: content.length,
  };
}

/** Reads a file of a sealed room: no link followed, no pipe waited for. */
export function readRoomFile(at: Buffer | string): Buffer {
  const file = openPlain(at);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function openPlain(at: Buffer | string): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(at, flags);
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    chmodSync(at, 0o600);
    return openSync(at, flags);
  }
}

/**
 * Moves what is at a path of a sealed room, when it is a plain file. Gives the bytes that had to be written for it (to
 * another disk it is copied, up to `most` real bytes), false where there is no file, and a sentence where it cannot be
 * kept.
 */
export async function moveIfFile(
  at: string,
  to: string,
  most = Number.POSITIVE_INFINITY,
): Promise<number | false | Reason> {
  const stat = await lstat(at).catch(() => null);
  if (stat?.isFile() !== true) return false;
  return rename(at, to).then(
    () => 0,
    (error: unknown) => {
      if (errnoOf(error) !== 'EXDEV') throw error;
      return copySparse(at, to, most);
    },
  );
}
