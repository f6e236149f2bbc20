// Why: a survey is asked about a room that somebody worked in; this opens one, lets the test work, seals it and asks.
// Promises: the plan is made as the journey makes it: base from the commit, ignore rules from the base alone. Each work
// is done in a copy and in an overlay, and both tell the same.
// Never: reads what the survey said.
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { compileIgnore, type LearningRules } from '../../src/changes/ignore-rules.ts';
import type { SurveyLayer } from '../../src/changes/layer.ts';
import { type Survey, type SurveyPlan, survey } from '../../src/changes/survey.ts';
import { composeFolder, nodeAt } from '../../src/platform/git/tree-folder.ts';
import type { Checkout } from '../../src/room/lay.ts';
import { closeRoom, openRoom, type Room, type RoomKind, sealRoom } from '../../src/room/room.ts';
import { hidingFolders } from '../../src/sandbox/overlay.ts';
import { type Content, git, makeShop, type Shop } from './repository.ts';

/** The rules that a base's .gitignore files make. */
export async function rulesOf(shop: Shop): Promise<LearningRules> {
  const names = git(shop.target.mirror, ['ls-tree', '-r', '-z', '--name-only', shop.commit]).split('\0');
  const files = [];
  for (const path of names.filter((one) => /(?:^|\/)\.gitignore$/.test(one))) {
    const object = await shop.target.objects.read(`${shop.commit}:${path}`);
    files.push({ folder: path.split('/').slice(0, -1).join('/'), text: object?.content.toString() ?? '' });
  }
  return compileIgnore(files);
}

/** A room's author, for rooms of no role. */
export const roomAuthor = { name: 'coder', email: 'coder@fourline.invalid' };

/** A room that has files of its own. */
export const copied: RoomKind = { kind: 'copy', reason: 'a test' };

/** A room over a shared checkout of a shop's; `user` is the uid that owns it, null for fourline's own. */
export function sharedIn(shop: Shop, user: number | null = null): RoomKind {
  return { kind: 'overlay', home: { folder: `${shop.root}/checkouts`, user: () => user } };
}

/** Opens a room on a shop's commit; `work` is a tree to begin with instead. */
export function openShopRoom(shop: Shop, kind: RoomKind, work: string | null = null): Promise<Room> {
  const base = { target: shop.target, branch: 'main', commit: shop.commit, work };
  return openRoom({ rooms: `${shop.root}/rooms`, run: 'run', author: roomAuthor, walled: false, kind }, base);
}

/** Surveys a sealed room of a shop; in an overlay the kernel is asked, unless `how` says otherwise. */
export async function surveySealed(
  room: Room,
  shop: Shop,
  how: Partial<Pick<SurveyPlan, 'rules'> & Pick<SurveyLayer, 'group' | 'opaque'>> = {},
): Promise<Survey> {
  const repository = await nodeAt(room.base, 'repos/shop');
  if (repository?.kind !== 'folder') throw new Error('the room has no base');
  const { over } = room;
  const { rules = [], group = null } = how;
  const layer: SurveyLayer | null =
    over === null
      ? null
      : {
          path: 'repos/shop',
          base: repository,
          upper: over.upper,
          group,
          opaque: how.opaque ?? ((asked) => hidingFolders(over, asked, false)),
        };
  return survey({
    folder: room.folder,
    inode: room.inode,
    base: over === null ? room.base : composeFolder(new Map()),
    layer,
    furniture: new Set(['order.md', 'report.md', 'mail']),
    rules,
    like: shop.commit,
  });
}

/** The result of a test's work in a room: the survey, and what `git status` in the room said before it was sealed. */
export type Surveyed = {
  readonly survey: Survey;
  readonly changes: readonly Change[];
  readonly scratch: number;
  readonly status: string;
};

type Work = (folder: string, shop: Shop) => void | Promise<void>;

/** Opens a room on a repository of these files, lets `work` loose in the repository's copy, and surveys it. */
export async function surveyWork(
  files: Readonly<Record<string, Content>> | Shop,
  work: Work,
  options: { readonly status?: boolean; readonly copy?: boolean } = {},
): Promise<Surveyed> {
  const shop = 'target' in files ? (files as Shop) : await makeShop(files as Readonly<Record<string, Content>>);
  const before = await surveyIn(shop, copied, work, options.status);
  // Only root may mount for a test. With `copy` the room stays as it is, for the test to read on.
  if (process.getuid?.() !== 0 || options.copy === true) return before;
  const over = await surveyIn(shop, sharedIn(shop), work, options.status);
  await closeRoom(`${shop.root}/rooms`, 'run');
  expect(over).toEqual(before);
  return before;
}

async function surveyIn(shop: Shop, kind: RoomKind, work: Work, status = false): Promise<Surveyed> {
  const room = await openShopRoom(shop, kind);
  const said = await inRoom(room, async () => {
    await work(room.start, shop);
    return status ? git(room.start, ['status', '--porcelain']) : '';
  });
  await sealRoom(room, 'shop');
  const ignore = await rulesOf(shop);
  const rules = [{ prefix: 'repos/shop', ignore, learn: () => Promise.resolve() }];
  const result = await surveySealed(room, shop, { rules });
  if (result.kind !== 'surveyed') throw new Error(result.kind);
  return { survey: result, changes: result.changes, scratch: result.scratch, status: said };
}

/** Does something while a room shows what its agent would see. Throws where it is an overlay and nobody may mount. */
export async function inRoom<Result>({ over, start }: Checkout, work: () => Promise<Result>): Promise<Result> {
  if (over === null) return work();
  const options = `lowerdir=${over.lower},upperdir=${over.upper},workdir=${over.work},redirect_dir=off,metacopy=off,index=off`;
  execFileSync('mount', ['-n', '-t', 'overlay', '-o', options, 'overlay', start]);
  try {
    return await work();
  } finally {
    // A process may still stand in it.
    execFileSync('umount', ['-n', '-l', start]);
  }
}

/** Changes as short lines: `modified src/a.ts`, `added run (kind-pipe)`; repository paths. */
export function shortly(changes: readonly Change[]): string[] {
  return changes.map((one) => {
    const path = one.path.replace(/^repos\/shop\//, '');
    return `${one.what} ${path}${one.flaw === null ? '' : ` (${one.flaw.code})`}`;
  });
}

/** Expects that a work left `git status` clean, and that the survey sees these changes all the same. */
export async function expectSeen(
  files: Readonly<Record<string, Content>>,
  work: (folder: string, shop: Shop) => void,
  seen: readonly string[],
): Promise<void> {
  const { changes, status } = await surveyWork(files, work, { status: true });
  expect({ status, seen: shortly(changes) }).toEqual({ status: '', seen });
}
