// Why: a private copy of the repository, laid out like the workspace, that one run may do with as it likes. The copy is
// written out, or an overlay over a checkout that rooms share.
// Promises: a fresh folder each time; what the base holds is known exactly, path by path; sealing removes the decoy
// before anybody reads.
// Never: shares a file, a ref or a link with a repository of anybody's: git in a room reads the objects of its base,
// from a store that holds no others.

import { chmod, lstat, mkdir, writeFile } from 'node:fs/promises';
import { makeFolder } from '../platform/files/files.ts';
import { removeTree } from '../platform/files/remove.ts';
import { letGoBases } from '../platform/git/bases.ts';
import type { ObjectId } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import type { Target } from '../platform/git/target.ts';
import { composeFolder, gitFolder, type TreeFolder } from '../platform/git/tree-folder.ts';
import { Fault } from '../platform/text/fault.ts';
import { accountFiles } from '../sandbox/bubblewrap.ts';
import { type Checkout, type CheckoutFolders, type CheckoutGit, type LaidContents, layCheckout } from './lay.ts';
import { holdShared, letGoShared, type SharedHome } from './shared.ts';

/** A run's private folders, and what was put into them from the base. */
export type Room = Checkout & {
  /** The inode of `folder`: another in its place is not the room. */
  readonly inode: number;
  /** Everything of the base commit, with workspace paths. */
  readonly base: TreeFolder;
};

/**
 * How rooms are opened: over shared checkouts in a home, with clones of their files, or with files of their own.
 * `reason` is why there is nothing better.
 */
export type RoomKind =
  | { readonly kind: 'overlay'; readonly home: SharedHome }
  | { readonly kind: 'clone'; readonly home: SharedHome; readonly reason: string }
  | { readonly kind: 'copy'; readonly reason: string };

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
 * The facts for a room: its run, whose it is, whether a sandbox will show it to its agent, and how it is made.
 */
export type RoomPlan = {
  readonly rooms: string;
  readonly run: string;
  readonly author: Identity;
  readonly walled: boolean;
  readonly kind: RoomKind;
};

/** Opens a room for a run. Removes the remains of an earlier room of the same name. */
export async function openRoom(plan: RoomPlan, base: RoomBase | null): Promise<Room> {
  const room = await openBareRoom(plan);
  if (base === null) return room;
  const { target, branch, commit } = base;
  const start = repositoryIn(room, target);
  const git = { branch, author: plan.author, walled: plan.walled };
  const contents = { tree: base.work ?? commit, commit };
  const laid = await layAs(plan.kind, { ...room, start }, { target, contents, git });
  const top = composeFolder(new Map([[`repos/${target.name}`, gitFolder(target.objects, commit)]]));
  return { ...room, ...laid, base: top };
}

function repositoryIn({ folder }: Pick<Room, 'folder'>, target: Target): string {
  return `${folder}/repos/${target.name}`;
}

type LayPlan = { readonly target: Target; readonly contents: LaidContents; readonly git: CheckoutGit };

async function layAs(kind: RoomKind, folders: CheckoutFolders, { target, contents, git }: LayPlan): Promise<Checkout> {
  if (kind.kind === 'copy') return layCheckout(folders, target, contents, git, ownFiles);
  const shared = await holdShared(kind.home, target, contents.commit, folders.place);
  if (kind.kind === 'overlay') return layCheckout(folders, target, contents, git, { kind: 'over', shared });
  try {
    return await layCheckout(folders, target, contents, git, { kind: 'clone', shared });
  } finally {
    // From now on its files are its own.
    letGoShared(folders.place);
  }
}

const ownFiles = { kind: 'own' } as const;

/** Opens a room without a repository. */
export async function openBareRoom({ rooms, run }: Pick<RoomPlan, 'rooms' | 'run'>): Promise<Room> {
  const place = `${rooms}/${run}`;
  await closeRoom(rooms, run);
  await makeFolder(rooms);
  const folders = await makeRoomFolders(place, '');
  const { folder } = folders;
  for (const [name, text] of Object.entries(accountFiles)) await writeFile(`${place}/${name}`, text);
  const { ino: inode } = await lstat(folder);
  const nothing = composeFolder(new Map());
  return { ...folders, inode, start: folder, objects: null, over: null, shared: null, files: 'copied', base: nothing };
}

/**
 * Opens a fresh checkout of exactly one commit, for one check, with a new HOME and TMPDIR and a `.git` like that of a
 * room. Removes what an earlier check left.
 */
export async function openCheckout(
  room: Room,
  { target, commit, kind }: { readonly target: Target; readonly commit: ObjectId; readonly kind: RoomKind },
  git: CheckoutGit,
): Promise<Checkout> {
  for (const name of ['room', 'home', 'tmp', 'room-over']) await removeFolder(`${room.place}/check-${name}`);
  const folders = await makeRoomFolders(room.place, 'check-');
  const start = repositoryIn(folders, target);
  const contents = { tree: commit, commit };
  // A room that a landing waited in holds no checkout of its own.
  if (room.shared === null) return layAs(kind, { ...folders, start }, { target, contents, git });
  return layCheckout({ ...folders, start }, target, contents, git, { kind: 'over', shared: room.shared });
}

async function makeRoomFolders(place: string, prefix: string): Promise<Omit<CheckoutFolders, 'start'>> {
  const [folder, home, temporary] = ['room', 'home', 'tmp'].map((name) => `${place}/${prefix}${name}`) as [
    string,
    string,
    string,
  ];
  for (const one of [folder, home, temporary]) await mkdir(one, { recursive: true, mode: 0o700 });
  return { place, folder, home, temporary };
}

/** Seals a room whose run has ended: the decoy goes, before anything is read. */
export async function sealRoom(room: Room, repo: string | null): Promise<void> {
  if (repo === null) return;
  const { folder, over } = room;
  const working = over?.upper ?? `${folder}/repos/${repo}`;
  for (const one of over === null ? [folder, `${folder}/repos`, working] : [folder, working]) {
    const stat = await lstat(one).catch(() => null);
    // A link in a folder's place may lead to somebody's repository: nothing is removed through it.
    if (stat?.isDirectory() !== true) return;
    if ((stat.mode & 0o700) !== 0o700) await chmod(one, 0o700);
  }
  await removeFolder(`${working}/.git`);
}

/** Throws a room away. */
export async function closeRoom(rooms: string, run: string): Promise<void> {
  leaveRoom(rooms, run);
  await removeFolder(`${rooms}/${run}`);
}

/** Says that nothing runs in a room any more. Its folder stays; what it shares with others is free. */
export function leaveRoom(rooms: string, run: string): void {
  letGoBases(`${rooms}/${run}`);
  letGoShared(`${rooms}/${run}`);
}

async function removeFolder(path: string): Promise<void> {
  const stuck = await removeTree(path);
  if (stuck !== null)
    throw new Fault('room-stuck', `a room could not be removed: ${stuck}`, {
      where: path,
      hint: 'remove it by hand',
    });
}
