// Why: what changed is read from outside the room, byte by byte. Git never looks at a room: some thirteen tricks make
// `git status` lie.
// Promises: names as bytes, no link followed, every entry of the room seen: compared, or named as odd, or counted as
// scratch.
// Never: writes into the room, except to open a folder the agent closed; trusts times or sizes.
import { chmodSync, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { blobId } from '../platform/git/git.ts';
import { filesUnder, type TreeFolder, type TreeNode } from '../platform/git/tree-folder.ts';
import { errnoOf } from '../platform/text/fault.ts';
import { countOf, showSize } from '../platform/text/text.ts';
import { type BaseEntry, type Change, compareEntries, type RoomEntry } from './change.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { findOpaque, joinPath, openFolder, type SurveyLayer } from './layer.ts';
import { decodeName, showName } from './path.ts';
import { readRoomFile } from './room-file.ts';

/** The facts that a survey needs about a room. Paths are workspace paths. */
export type SurveyPlan = {
  readonly folder: string;
  /** The folder's inode at opening: another in its place is not the room. */
  readonly inode: number;
  /** All that was put into the room from the base (repository files, state files), but for a layer's. */
  readonly base: TreeFolder;
  /** The part of the room that was an overlay; null if there was none. */
  readonly layer: SurveyLayer | null;
  /** Top-level names that are furniture: the order, the report, incoming mail. */
  readonly furniture: ReadonlySet<string>;
  readonly rules: readonly SurveyRules[];
  /** Any object name of the repository: its length tells which hash the repository uses. */
  readonly like: string;
};

/**
 * The rules for scratch below `prefix`. `learn` takes in the .gitignore that the base has in a folder, by its object.
 */
export type SurveyRules = {
  readonly prefix: string;
  readonly ignore: IgnoreRules;
  readonly learn: (folder: string, id: string) => Promise<void>;
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
  /** The base's entries at the paths that may differ. */
  readonly base: Map<string, BaseEntry>;
  /** While the layer is walked: its folders that hide what the base has there. Null in the rest of the room. */
  opaque: ReadonlySet<string> | null;
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
  const { folder, layer } = plan;
  const top = await lstat(folder).catch(() => null);
  if (top?.isDirectory() !== true || top.ino !== plan.inode) return { kind: 'gone' };
  chmodSync(folder, 0o700);
  const maps = { found: new Map(), base: new Map(), nameless: [], scratch: new Map() };
  const walk: Walk = { plan, ...maps, opaque: null, seen: 0, holes: 0 };
  await walkFolder(walk, Buffer.from(folder), '', plan.base);
  if (layer !== null) {
    walk.opaque = await findOpaque(layer);
    await walkFolder(walk, Buffer.from(layer.upper), layer.path, layer.base);
  }
  if (walk.seen > surveyLimits.entries) return { kind: 'overfull', limit: surveyLimits.entries };
  for (const shown of walk.nameless) {
    let path = shown;
    while (walk.found.has(path) || walk.base.has(path)) path = `${path}?`;
    walk.found.set(path, odd('path-encoding', 'its name is not valid UTF-8'));
  }
  return { kind: 'surveyed', changes: compareEntries(walk.base, walk.found), ...tellScratch(walk.scratch) };
}

function tellScratch(folders: ReadonlyMap<string, number>): { scratch: number; scratchIn: string[] } {
  let scratch = 0;
  for (const count of folders.values()) scratch += Math.max(count, 1);
  const named = [...folders].slice(0, namedFolders);
  const scratchIn = named.map(([folder, count]) => `${folder}/${count === 0 ? '' : ` (${countOf(count, 'file')})`}`);
  if (folders.size > named.length) scratchIn.push(`and ${countOf(folders.size - named.length, 'folder')} more`);
  return { scratch, scratchIn };
}

async function walkFolder(walk: Walk, folder: Buffer, prefix: string, base: TreeFolder | null): Promise<void> {
  const names = new Map(await base?.names());
  await learnRules(walk.plan, prefix, rulesAmong(names));
  for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
    walk.seen += 1;
    // Synchronous calls are many times faster here; now and then everybody else gets a turn.
    if (walk.seen % 256 === 0) await setImmediate();
    const decoded = decodeName(name);
    const path = joinPath(prefix, decoded ?? showName(name));
    if (prefix === '' && walk.plan.furniture.has(path)) continue;
    if (decoded === null) walk.nameless.push(path);
    else if (walk.seen > surveyLimits.entries) return;
    else {
      const known = names.get(decoded) ?? null;
      names.delete(decoded);
      await walkEntry(walk, Buffer.concat([folder, Buffer.from('/'), name]), path, known);
    }
  }
  // An overlay shows what the base has besides what was written.
  const { layer } = walk.plan;
  if (layer !== null && walk.opaque?.has(prefix.slice(layer.path.length + 1)) === false) return;
  for (const [name, node] of names) await standGone(walk, joinPath(prefix, name), node);
}

/** The object of the .gitignore among a folder's names; null where there is none, or it is no plain file. */
export function rulesAmong(names: ReadonlyMap<string, TreeNode> | undefined): string | null {
  const node = names?.get('.gitignore');
  return node?.kind === 'file' && node.mode.startsWith('100') ? node.id : null;
}

async function learnRules({ rules }: SurveyPlan, folder: string, id: string | null): Promise<void> {
  const one = id === null ? undefined : rules.find(({ prefix }) => `${folder}/`.startsWith(`${prefix}/`));
  if (id !== null) await one?.learn(folder.slice(one.prefix.length + 1), id);
}

// A submodule stands in the room as an empty folder; only what was put into it counts.
async function standGone(walk: Walk, path: string, node: TreeNode): Promise<void> {
  const files = node.kind === 'folder' ? await filesUnder(node, path) : [{ path, mode: node.mode, id: node.id }];
  for (const { path: file, mode, id } of files)
    if (mode !== '160000') walk.base.set(file, { mode: mode as BaseEntry['mode'], id });
}

async function walkEntry(walk: Walk, at: Buffer, path: string, known: TreeNode | null): Promise<void> {
  const stat = statOf(at);
  if (stat === null) {
    walk.found.set(path, odd('path-long', 'the path is longer than the system can name'));
    return;
  }
  if (known !== null && isWhiteout(walk, stat)) return standGone(walk, path, known);
  if (known === null && isScratch(walk.plan, path, stat.isDirectory())) {
    // An empty folder is nothing, as it is to git; a layer leaves such a one where it stood.
    if (stat.isDirectory() && isEmpty(at)) return;
    const folder = stat.isDirectory() ? path : path.slice(0, path.lastIndexOf('/'));
    walk.scratch.set(folder, stat.isDirectory() ? 0 : (walk.scratch.get(folder) ?? 0) + 1);
    return;
  }
  if (stat.isDirectory()) return walkInner(walk, at, path, known);
  if (known?.kind === 'folder') await standGone(walk, path, known);
  else if (known !== null) walk.base.set(path, { mode: known.mode as BaseEntry['mode'], id: known.id });
  walk.found.set(path, isBeside(walk, path) ?? readSurveyEntry(walk, at, stat));
}

async function walkInner(walk: Walk, at: Buffer, path: string, known: TreeNode | null): Promise<void> {
  const before = walk.found.size + walk.nameless.length;
  openFolder(at);
  await walkFolder(walk, at, path, known?.kind === 'folder' ? known : null);
  if (known?.kind !== 'file') return;
  if (known.mode !== '160000') await standGone(walk, path, known);
  else if (walk.found.size + walk.nameless.length > before) {
    walk.base.set(path, { mode: '160000', id: known.id });
    walk.found.set(path, odd('kind-submodule', 'something was written into a submodule'));
  }
}

// By such a device an overlay marks what was removed, and nobody can make one in it (the kernel's overlayfs.rst,
// "Whiteouts and opaque directories").
function isWhiteout({ opaque }: Walk, stat: Stats): boolean {
  return opaque !== null && stat.isCharacterDevice() && stat.rdev === 0;
}

// An agent may move the folder in which the overlay is mounted, and put another in its place.
function isBeside({ plan: { layer }, opaque }: Walk, path: string): RoomEntry | null {
  const beside = opaque === null && layer !== null && `${path}/`.startsWith(`${layer.path}/`);
  return beside ? odd('kind-beside', "it was written where the repository's folder had been") : null;
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
