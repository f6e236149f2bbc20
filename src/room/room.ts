// Why: a private copy of the repository, laid out like the workspace, that one run may do with as it likes.
// Promises: a fresh folder each time; what the base holds is known exactly, path by path; sealing removes the decoy
// before anybody reads.
// Never: shares a file, a ref or a link with a repository of anybody's: git in a room reads the objects of its base,
// from a store that holds no others.

import { chmod, lstat, mkdir, writeFile } from 'node:fs/promises';
import { makeFolder } from '../platform/files/files.ts';
import { removeTree } from '../platform/files/remove.ts';
import { holdBase, letGoBases } from '../platform/git/bases.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { type Identity, identityOf } from '../platform/git/identity.ts';
import type { Target } from '../platform/git/target.ts';
import type { TreeEntry } from '../platform/git/tree.ts';
import { Fault } from '../platform/text/fault.ts';
import { accountFiles, inside } from '../sandbox/bubblewrap.ts';
import { makeDecoy } from './decoy.ts';
import { writeTree } from './tree.ts';

/**
 * A place to run programs in: a folder laid out like a workspace, a private HOME and TMPDIR, and where they are
 * started.
 */
export type Checkout = {
  readonly folder: string;
  readonly home: string;
  readonly temporary: string;
  readonly start: string;
  /**
   * The host's folder of the objects that git in it may read: those of the commit it stands on. Null without a
   * repository.
   */
  readonly objects: string | null;
};

/** A run's private folders, and what was put into them from the base. */
export type Room = Checkout & {
  /** Holds all of this run's folders; removed with them. */
  readonly place: string;
  /** The inode of `folder`: another in its place is not the room. */
  readonly inode: number;
  /** Everything of the base commit, with workspace paths. */
  readonly base: readonly TreeEntry[];
};

/**
 * The repository a room is opened on: `commit` is the base that changes are counted from; `work` is a tree to begin
 * with instead, from an earlier attempt.
 */
export type RoomBase = {
  readonly target: Target;
  readonly branch: string;
  readonly commit: ObjectId;
  readonly work: ObjectId | null;
};

/**
 * Opens a room for a run. Removes the remains of an earlier room of the same name. `walled` says that a sandbox will
 * show the room to its agent.
 */
export async function openRoom(
  rooms: string,
  run: string,
  base: RoomBase | null,
  role: string,
  domain: string,
  walled = false,
): Promise<Room> {
  const place = `${rooms}/${run}`;
  await removeFolder(place);
  await makeFolder(rooms);
  const folders = await makeRoomFolders(place, '');
  const { folder } = folders;
  const room = { place, ...folders, inode: (await lstat(folder)).ino };
  for (const [name, text] of Object.entries(accountFiles)) await writeFile(`${place}/${name}`, text);
  if (base === null) return { ...room, start: folder, objects: null, base: [] };
  const prefix = `repos/${base.target.name}`;
  const start = `${folder}/${prefix}`;
  await mkdir(start, { recursive: true });
  const objects = await holdBase(base.target.objects, base.commit, place);
  const entries = await base.target.list(base.commit);
  const first = base.work === null ? entries : await base.target.list(base.work);
  await Promise.all([
    writeTree(start, first, base.target.objects),
    makeDecoy(start, {
      mirror: base.target.mirror,
      objects: walled ? inside.objects : objects,
      branch: base.branch,
      commit: base.commit,
      entries,
      author: identityOf(role, domain),
    }),
  ]);
  return { ...room, start, objects, base: entries.map((entry) => ({ ...entry, path: `${prefix}/${entry.path}` })) };
}

/**
 * The facts for a checkout's `.git`: its branch, who commits, and whether its user is in a sandbox (`walled`), which
 * decides where the objects are.
 */
export type CheckoutGit = { readonly branch: string; readonly author: Identity; readonly walled: boolean };

/**
 * Opens a fresh checkout of exactly one commit, for one check, with a new HOME and TMPDIR. Removes what an earlier
 * check left. With `git` it gets a `.git` like that of a room.
 */
export async function openCheckout(
  room: Room,
  target: Target,
  commit: ObjectId,
  git: CheckoutGit | null = null,
): Promise<Checkout> {
  for (const name of ['room', 'home', 'tmp']) await removeFolder(`${room.place}/check-${name}`);
  const folders = await makeRoomFolders(room.place, 'check-');
  const start = `${folders.folder}/repos/${target.name}`;
  await mkdir(start, { recursive: true });
  const entries = await target.list(commit);
  await writeTree(start, entries, target.objects);
  const objects = await holdBase(target.objects, commit, room.place);
  const seen = git?.walled === true ? inside.objects : objects;
  if (git !== null) {
    const { branch, author } = git;
    await makeDecoy(start, { mirror: target.mirror, objects: seen, branch, commit, entries, author });
  }
  return { ...folders, start, objects };
}

async function makeRoomFolders(place: string, prefix: string): Promise<Omit<Checkout, 'start' | 'objects'>> {
  const [folder, home, temporary] = ['room', 'home', 'tmp'].map((name) => `${place}/${prefix}${name}`) as [
    string,
    string,
    string,
  ];
  for (const one of [folder, home, temporary]) await mkdir(one, { recursive: true, mode: 0o700 });
  return { folder, home, temporary };
}

/** Seals a room whose run has ended: the decoy goes, before anything is read. */
export async function sealRoom(room: Room, repo: string | null): Promise<void> {
  if (repo === null) return;
  const working = `${room.folder}/repos/${repo}`;
  for (const folder of [room.folder, `${room.folder}/repos`, working]) {
    const stat = await lstat(folder).catch(() => null);
    // A link in a folder's place may lead to somebody's repository: nothing is removed through it.
    if (stat?.isDirectory() !== true) return;
    if ((stat.mode & 0o700) !== 0o700) await chmod(folder, 0o700);
  }
  await removeFolder(`${working}/.git`);
}

/** Throws a room away. */
export async function closeRoom(rooms: string, run: string): Promise<void> {
  await removeFolder(`${rooms}/${run}`);
  letGoBases(`${rooms}/${run}`);
}

async function removeFolder(path: string): Promise<void> {
  const stuck = await removeTree(path);
  if (stuck !== null)
    throw new Fault('room-stuck', `a room could not be removed: ${stuck}`, {
      where: path,
      hint: 'remove it by hand',
    });
}
