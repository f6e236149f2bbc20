// git in a room can read the objects of its base, and no other object of the mirror.
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { baseLimits, holdBase, letGoBases } from '../../../src/platform/git/bases.ts';
import { openReader } from '../../../src/platform/git/git-reader.ts';
import { findTarget, syncTarget } from '../../../src/platform/git/target.ts';
import { hostOf } from '../../../src/platform/process/host.ts';
import { git, makeRepository, type Repository, temporaryFolder, writeFiles } from '../../kit/repository.ts';

// A mirror stands for itself: any repository of ours does.
function mirrorOf(repository: Repository): string {
  return `${repository.folder}/.git`;
}

function make(): { repository: Repository; mirror: string; room: string } {
  const repository = makeRepository(`${temporaryFolder()}/shop`, { 'a.ts': 'one\n', 'deep/b.ts': 'two\n' });
  const room = repository.folder;
  onTestFinished(() => letGoBases(room));
  return { repository, mirror: mirrorOf(repository), room };
}

/** All objects that git finds in a store, by an empty repository that borrows from it. */
function held(objects: string): string[] {
  const bare = `${temporaryFolder()}/bare.git`;
  git('/', ['init', '-q', '--bare', bare]);
  writeFiles(bare, { 'objects/info/alternates': `${objects}\n` });
  return git(bare, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).split('\n');
}

function reached(mirror: string, commit: string): string[] {
  return git(mirror, ['rev-list', '--objects', commit])
    .split('\n')
    .map((line) => line.slice(0, 40))
    .sort();
}

function packs(folder: string): number {
  return readdirSync(`${folder}/pack`).filter((name) => name.endsWith('.pack')).length;
}

test('a store holds what its commit reaches, and nothing of what other runs made', async () => {
  const { repository, mirror, room } = make();
  const base = repository.git('rev-parse', 'HEAD');
  repository.git('checkout', '-q', '-b', 'unlanded');
  repository.commitAll({ 'secret.ts': 'work of another role\n' });
  git(mirror, ['hash-object', '-w', '--stdin'], 'loose work of another role\n');
  writeFiles(`${mirror}/bases`, { '.x.0123456789ab-1.tmp/pack/left': 'by a killed process' });
  const folder = await holdBase({ gitDir: mirror, read: openReader(mirror).read }, base, room);
  expect(held(folder)).toEqual(reached(mirror, base));
  expect(readdirSync(`${mirror}/bases`)).toEqual([base]);
});

test('a base that moved on adds one pack, one that stands costs nothing, one beside it takes nothing along', async () => {
  const { repository, mirror, room } = make();
  const first = repository.git('rev-parse', 'HEAD');
  await holdBase({ gitDir: mirror, read: openReader(mirror).read }, first, room);
  const second = repository.commitAll({ 'c.ts': 'three\n' });
  const folder = await holdBase({ gitDir: mirror, read: openReader(mirror).read }, second, room);
  expect(packs(folder)).toBe(2);
  expect(held(folder)).toEqual(reached(mirror, second));
  const before = statSync(folder).ctimeMs;
  expect(await holdBase({ gitDir: mirror, read: openReader(mirror).read }, second, room)).toBe(folder);
  expect(statSync(folder).ctimeMs).toBe(before);

  repository.git('checkout', '-q', '-b', 'beside', first);
  const beside = repository.commitAll({ 'd.ts': 'four\n' });
  const other = await holdBase({ gitDir: mirror, read: openReader(mirror).read }, beside, room);
  expect(held(other)).toEqual(reached(mirror, beside));
  expect(packs(other)).toBe(2);
  // Back to where it was before.
  expect(held(await holdBase({ gitDir: mirror, read: openReader(mirror).read }, first, room))).toEqual(
    reached(mirror, first),
  );
});

test('many small steps do not become many packs, and what no room uses goes', async () => {
  const { repository, mirror } = make();
  const first = repository.git('rev-parse', 'HEAD');
  const kept = await holdBase({ gitDir: mirror, read: openReader(mirror).read }, first, 'a room that stays');
  onTestFinished(() => letGoBases('a room that stays'));
  let folder = '';
  let tip = '';
  for (let step = 0; step < baseLimits.packs + 2; step += 1) {
    tip = repository.commitAll({ [`${step}.ts`]: `${step}\n` });
    folder = await holdBase({ gitDir: mirror, read: openReader(mirror).read }, tip, 'a room');
    letGoBases('a room');
    expect(packs(folder)).toBeLessThanOrEqual(baseLimits.packs);
  }
  expect(held(folder)).toEqual(reached(mirror, tip));
  expect(existsSync(kept)).toBe(true);
  expect(held(kept)).toEqual(reached(mirror, first));
  expect(readdirSync(`${mirror}/bases`).length).toBeLessThanOrEqual(baseLimits.kept + 2);
}, 120_000);

test('rooms that open at once on bases of their own each get theirs, and a damaged store is made again', async () => {
  const { repository, mirror, room } = make();
  const commits = [1, 2, 3].map((step) => repository.commitAll({ 'a.ts': `${step}\n` }));
  const folders = await Promise.all(
    [...commits, ...commits].map((commit) => holdBase({ gitDir: mirror, read: openReader(mirror).read }, commit, room)),
  );
  expect(folders.slice(3)).toEqual(folders.slice(0, 3));
  for (const [index, commit] of commits.entries()) expect(held(folders[index] ?? '')).toEqual(reached(mirror, commit));
  const folder = folders[0] ?? '';
  for (const name of readdirSync(`${folder}/pack`)) truncateSync(`${folder}/pack/${name}`, 0);
  await holdBase({ gitDir: mirror, read: openReader(mirror).read }, commits[0] ?? '', room);
  expect(held(folder)).toEqual(reached(mirror, commits[0] ?? ''));
});

test("a shallow clone's commit comes with its tree; a commit that is not there is a fault", async () => {
  const { repository, room } = make();
  repository.commitAll({ 'a.ts': 'later\n' });
  const root = temporaryFolder();
  git('/', ['clone', '-q', '--depth', '1', `file://${repository.folder}`, `${root}/repos/shop`]);
  const target = await findTarget(`${root}/repos`, `${root}/mirrors`, 'shop', hostOf());
  if ('kind' in target) throw new Error(target.message);
  const tip = await syncTarget(target);
  if (tip.kind === 'flaw') throw new Error(tip.message);
  // A commit, two trees, two files.
  expect(held(await holdBase(target.objects, tip.commit, room))).toHaveLength(5);
  await expect(holdBase(target.objects, 'e'.repeat(40), room)).rejects.toMatchObject({ code: 'git-failed' });
  expect(readdirSync(`${target.mirror}/bases`)).toEqual([tip.commit]);
});

test('a pack that was written before the machine started again is made anew, and what was flushed stays', async () => {
  const { repository, mirror, room } = make();
  const objects = { gitDir: mirror, read: openReader(mirror).read };
  const first = await holdBase(objects, repository.git('rev-parse', 'HEAD'), room);
  const second = repository.commitAll({ 'c.ts': 'three\n' });
  const folder = await holdBase(objects, second, room);
  const list = `${folder}/parts.json`;
  const parts = JSON.parse(readFileSync(list, 'utf8')) as { pack: string; boot?: string }[];
  expect(parts.map(({ boot }) => boot !== undefined)).toEqual([false, true]);
  const [kept, torn] = parts.map(({ pack }) => `${folder}/pack/${pack}.pack`);
  const { ino } = statSync(kept ?? '');
  truncateSync(torn ?? '', 40);
  writeFileSync(list, JSON.stringify(parts.map((one) => (one.boot === undefined ? one : { ...one, boot: 'earlier' }))));
  expect(await holdBase(objects, second, room)).toBe(folder);
  expect(held(folder)).toEqual(reached(mirror, second));
  expect(statSync(kept ?? '').ino).toBe(ino);
  expect(first).not.toBe(folder);
});
