// Why: a survey is asked about a room that somebody worked in; this opens one, lets the test work, seals it and asks.
// Promises: the plan is made as the journey makes it: base from the commit, ignore rules from the base alone.
// Never: reads what the survey said.
import { expect } from 'vitest';
import type { BaseEntry, Change } from '../../src/changes/change.ts';
import { compileIgnore, type IgnoreRules } from '../../src/changes/ignore-rules.ts';
import { type Survey, survey } from '../../src/changes/survey.ts';
import { openRoom, sealRoom } from '../../src/room/room.ts';
import { type Content, git, makeShop, type Shop } from './repository.ts';

/** The rules that a base's .gitignore files make. */
export async function rulesOf(shop: Shop): Promise<IgnoreRules> {
  const names = git(shop.target.mirror, ['ls-tree', '-r', '-z', '--name-only', shop.commit]).split('\0');
  const files = [];
  for (const path of names.filter((one) => /(?:^|\/)\.gitignore$/.test(one))) {
    const object = await shop.target.objects.read(`${shop.commit}:${path}`);
    files.push({ folder: path.split('/').slice(0, -1).join('/'), text: object?.content.toString() ?? '' });
  }
  return compileIgnore(files);
}

/** The result of a test's work in a room: the survey, and what `git status` in the room said before it was sealed. */
export type Surveyed = {
  readonly survey: Survey;
  readonly changes: readonly Change[];
  readonly scratch: number;
  readonly status: string;
};

/** Opens a room on a repository of these files, lets `work` loose in the repository's copy, and surveys it. */
export async function surveyWork(
  files: Readonly<Record<string, Content>> | Shop,
  work: (folder: string, shop: Shop) => void | Promise<void>,
  options: { readonly status?: boolean } = {},
): Promise<Surveyed> {
  const shop = 'target' in files ? (files as Shop) : await makeShop(files as Readonly<Record<string, Content>>);
  const base = { target: shop.target, branch: 'main', commit: shop.commit, work: null };
  const room = await openRoom(`${shop.root}/rooms`, 'run', base, 'coder', 'fourline.invalid');
  await work(room.start, shop);
  const status = options.status === true ? git(room.start, ['status', '--porcelain']) : '';
  await sealRoom(room, 'shop');
  const result = await survey({
    folder: room.folder,
    inode: room.inode,
    base: new Map(room.base.map(({ path, mode, id }) => [path, { mode: mode as BaseEntry['mode'], id }])),
    furniture: new Set(['order.md', 'report.md', 'mail']),
    rules: [{ prefix: 'repos/shop', ignore: await rulesOf(shop) }],
    like: shop.commit,
  });
  if (result.kind !== 'surveyed') throw new Error(result.kind);
  return { survey: result, changes: result.changes, scratch: result.scratch, status };
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
