// Why: rooms of one repository differ by what is written in them. Their common files stand on the disk once, and each
// room is an overlay over them: opening one costs the same for any number of files.
// Promises: a shared checkout holds exactly the files of its commit. It follows the branch by the difference between
// commits, and never while a room uses it: then another is made. In doubt (a torn write, a restart of the machine) it
// is thrown away and made again.
// Never: is written by a run.
import { existsSync, lchownSync, lstatSync, readdirSync, utimesSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { listFolder, makeFolder } from '../platform/files/files.ts';
import { removeTree } from '../platform/files/remove.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { changeIndex, composeIndex, type DraftEntry, type FileFacts } from '../platform/git/index-draft.ts';
import type { Target } from '../platform/git/target.ts';
import { diffTrees, listTree, newEntries, type TreeDifference, type TreeEntry } from '../platform/git/tree.ts';
import { bootOf } from '../platform/process/living.ts';
import { handTo } from '../platform/process/run-user.ts';
import { openTurns } from '../platform/process/turns.ts';
import { machineFails, whenAbsent } from '../platform/text/fault.ts';
import { changeTree, writeTree } from './tree.ts';

/**
 * The place of shared checkouts, and whose they are: `user` gives the uid of runs over the checkout in a folder. If
 * that is not null, only one run at a time works over it. `open` says that runs outside a sandbox can touch them: then
 * one that was touched since it was made is made again.
 */
export type SharedHome = {
  readonly folder: string;
  readonly user: (folder: string) => number | null;
  readonly open?: true;
};

/** A shared checkout that a room holds. `tree` has the files of `commit`, and an index in `.git`. */
export type Shared = { readonly folder: string; readonly tree: string; readonly commit: ObjectId };

type Slot = { readonly folder: string; commit: ObjectId | null; readonly rooms: Set<string> };

/** The group of a shared checkout's folders where runs have uids of their own: root's. */
export const folderGroup = 0;

/** Checkouts that are kept though no room uses them: the next runs begin at once. */
export const sharedLimits = { idle: 4 } as const;

const madeNote = 'made.json';
const slots = new Map<string, Slot[]>();
/** By repository. Checkouts are made and moved one after another. */
const slotTurn = openTurns();

/**
 * The checkout of a commit, for a room until it lets go. Throws Fault `git-failed` where the mirror lacks the commit,
 * and what the disk throws.
 */
export function holdShared(home: SharedHome, target: Target, commit: ObjectId, room: string): Promise<Shared> {
  const all = `${home.folder}/${target.name}`;
  return slotTurn(all, async () => {
    const known = await slotsIn(all);
    const isFree = (slot: Slot): boolean => [...slot.rooms].every((one) => one === room);
    const same = known.find((slot) => slot.commit === commit && (isFree(slot) || home.user(slot.folder) === null));
    const slot = same ?? known.find(isFree) ?? addSlot(all, known);
    slot.rooms.add(room);
    try {
      if (home.open === true && slot.commit !== null && wasTouched(slot)) slot.commit = null;
      if (slot.commit !== commit) await moveSlot(slot, target, commit, home.user(slot.folder));
    } catch (error) {
      slot.rooms.delete(room);
      await dropSlot(known, slot);
      throw error;
    }
    const idle = known.filter(({ rooms }) => rooms.size === 0);
    for (const one of idle.slice(sharedLimits.idle)) await dropSlot(known, one);
    return { folder: slot.folder, tree: `${slot.folder}/tree`, commit };
  });
}

/** Says that a room is gone. */
export function letGoShared(room: string): void {
  for (const known of slots.values()) for (const slot of known) slot.rooms.delete(room);
}

/**
 * Removes the checkouts that no room uses, but for those of repositories to `keep`. They are made again when needed.
 */
export async function dropIdleShared(home: SharedHome, keep: ReadonlySet<string>): Promise<void> {
  for (const name of await listFolder(home.folder)) {
    if (keep.has(name)) continue;
    const all = `${home.folder}/${name}`;
    await slotTurn(all, async () => {
      const known = await slotsIn(all);
      for (const slot of known.filter(({ rooms }) => rooms.size === 0)) await dropSlot(known, slot);
      if (known.length === 0) await rmdir(all).catch(() => undefined);
    });
  }
}

function addSlot(all: string, known: Slot[]): Slot {
  const taken = new Set(known.map(({ folder }) => folder));
  let count = 0;
  // A folder that could not be removed keeps its number.
  while (taken.has(`${all}/${count}`) || existsSync(`${all}/${count}`)) count += 1;
  const slot = { folder: `${all}/${count}`, commit: null, rooms: new Set<string>() };
  known.push(slot);
  return slot;
}

async function dropSlot(known: Slot[], slot: Slot): Promise<void> {
  known.splice(known.indexOf(slot), 1);
  await rm(`${slot.folder}/${madeNote}`, { force: true });
  await removeTree(slot.folder);
}

async function slotsIn(all: string): Promise<Slot[]> {
  const known = slots.get(all) ?? (await findSlots(all));
  slots.set(all, known);
  return known;
}

// Finds the checkouts of an earlier process. A checkout from before the machine was started may be torn.
async function findSlots(all: string): Promise<Slot[]> {
  const found: Slot[] = [];
  for (const name of await listFolder(all)) {
    const folder = `${all}/${name}`;
    const text = await readFile(`${folder}/${madeNote}`, 'utf8').catch(whenAbsent(''));
    const made = /^\{"boot":"(\w+)","commit":"([0-9a-f]{40,64})"\}$/.exec(text);
    if (made?.[1] === bootOf() && made[2] !== undefined) found.push({ folder, commit: made[2], rooms: new Set() });
    else await removeTree(folder);
  }
  return found;
}

// Nobody can set the time at which a file or folder was changed last (ctime, stat(2)).
function wasTouched({ folder }: Slot): boolean {
  const { ctimeMs: made } = lstatSync(`${folder}/${madeNote}`);
  const changed = (path: string): boolean => lstatSync(path).ctimeMs > made;
  return (
    changed(`${folder}/tree`) ||
    readdirSync(`${folder}/tree`, { recursive: true, encoding: 'utf8' }).some((path) =>
      changed(`${folder}/tree/${path}`),
    )
  );
}

async function moveSlot(slot: Slot, target: Target, commit: ObjectId, user: number | null): Promise<void> {
  const { folder, commit: from } = slot;
  slot.commit = null;
  await rm(`${folder}/${madeNote}`, { force: true });
  const differences = from === null ? null : await diffTrees(target.objects, from, commit).catch(whenMade);
  const moved =
    differences !== null && (await followBranch(slot, target, differences, user).then(() => true, whenMade));
  if (moved !== true) await makeWhole(slot, target, commit, user);
  await writeFile(`${folder}/${madeNote}`, JSON.stringify({ boot: bootOf(), commit }));
  slot.commit = commit;
}

// A checkout that is not as it was is made again; a machine that fails would fail at that too.
function whenMade(error: unknown): null {
  if (machineFails(error)) throw error;
  return null;
}

async function makeWhole({ folder }: Slot, target: Target, commit: ObjectId, user: number | null): Promise<void> {
  await removeTree(folder);
  await makeFolder(dirname(folder));
  // Everything above is closed to other users; a run's own uid reaches its checkout through its mounts alone.
  for (const one of ['', '/tree', '/tree/.git']) await mkdir(`${folder}${one}`, { mode: 0o755 });
  for (const one of ['', '/tree']) await chmod(`${folder}${one}`, 0o755);
  const tree = `${folder}/tree`;
  const entries = await listTree(target.objects, commit);
  await writeTree(tree, entries, target.objects);
  const index = composeIndex(withFacts(tree, entries), target.objects.format);
  if (index !== null) await writeFile(`${tree}/.git/index`, index);
  if (user === null) return;
  await handTo(user, [tree], []);
  handFolders(tree, user, entries);
}

async function followBranch(
  { folder }: Slot,
  target: Target,
  differences: readonly TreeDifference[],
  user: number | null,
): Promise<void> {
  const tree = `${folder}/tree`;
  await changeTree(tree, differences, target.objects);
  const entries = withFacts(tree, newEntries(differences));
  if (user !== null) {
    for (const { path } of entries) lchownSync(`${tree}/${path}`, user, user);
    handFolders(tree, user, entries);
  }
  const path = `${tree}/.git/index`;
  const before = await readFile(path).catch(whenAbsent(null));
  if (before === null) return;
  const changes = new Map<string, DraftEntry | null>(differences.map((one) => [one.path, null]));
  for (const entry of entries) changes.set(entry.path, entry);
  const index = changeIndex(before, changes, target.objects.format);
  if (index === null) await rm(path);
  else await writeFile(path, index);
}

// The folders on the way to files keep a group that no run has: a folder of that group was never made by one.
function handFolders(tree: string, user: number, entries: readonly TreeEntry[]): void {
  const folders = new Set<string>();
  for (const { path, mode } of entries) {
    if (mode === '160000') folders.add(path);
    for (let at = dirname(path); at !== '.' && !folders.has(at); at = dirname(at)) folders.add(at);
  }
  for (const at of folders) lchownSync(`${tree}/${at}`, user, folderGroup);
}

// Git takes a file for unchanged if size and second are those of the index, unless the file is as young as the index
// (git's racy-git.txt). A file of this second is dated back by one, so that an edit in this second still shows.
function withFacts(tree: string, entries: readonly TreeEntry[]): DraftEntry[] {
  const now = Math.floor(Date.now() / 1000);
  return entries.map((entry) => {
    if (entry.mode === '160000') return entry;
    const path = `${tree}/${entry.path}`;
    const found = lstatSync(path);
    let seconds = Math.floor(found.mtimeMs / 1000);
    if (seconds >= now && entry.mode !== '120000') {
      seconds = now - 1;
      utimesSync(path, seconds, seconds);
    }
    const facts: FileFacts = { seconds, size: found.size };
    return { ...entry, facts };
  });
}
