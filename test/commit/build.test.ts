import { expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { readRoomFile } from '../../src/changes/room-file.ts';
import { type BuildPlan, type Built, buildCommits, mergeOnto } from '../../src/commit/build.ts';
import { composeMessage } from '../../src/commit/message.ts';
import { diffTrees } from '../../src/platform/git/tree.ts';
import { type Content, coder, fourline, git, makeShop, type Shop, writeFiles } from '../kit/repository.ts';
import { surveyWork } from '../kit/surveyed.ts';

const message = composeMessage({
  objective: 'Add the login page.',
  order: '0007-add-login',
  run: '0007-add-login.1',
  role: 'coder',
  card: 'c'.repeat(64),
  agent: 'claude sonnet',
  files: 2,
  refused: 1,
});
const common = { author: coder, committer: fourline, date: new Date('2026-03-04T05:06:07Z'), message, run: 'r.1' };

type Worked = { readonly changes: readonly Change[]; readonly read: BuildPlan['read'] };

// Lets `files` be written in a room of the shop, and gives the changes with repository paths.
async function work(shop: Shop, files: Readonly<Record<string, Content>>): Promise<Worked> {
  let start = '';
  const put = (folder: string): void => {
    start = folder;
    writeFiles(folder, files);
  };
  const { changes } = await surveyWork(shop, put, { copy: true });
  return {
    changes: changes.map((one) => ({ ...one, path: one.path.slice('repos/shop/'.length) })),
    read: async (change) =>
      change.after?.kind === 'blob' && change.after.target !== undefined
        ? Buffer.from(change.after.target)
        : readRoomFile(`${start}/${change.path}`),
  };
}

function build(shop: Shop, { changes, read }: Worked, allows: (path: string) => boolean = () => true): Promise<Built> {
  const allowed = changes.filter((one) => allows(one.path));
  const refused = changes.filter((one) => !allows(one.path));
  return buildCommits({ ...common, objects: shop.target.objects, base: shop.commit, allowed, refused, read });
}

// A commit's files: path to mode and content.
function filesOf(shop: Shop, commit: string): Record<string, string> {
  const lines = git(shop.target.mirror, ['ls-tree', '-r', '-z', commit]).split('\0').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const [mode = '', , id = ''] = line.split(/[ \t]/);
      const content = mode === '160000' ? id : git(shop.target.mirror, ['cat-file', 'blob', id]);
      return [line.slice(line.indexOf('\t') + 1), `${mode} ${content}`];
    }),
  );
}

const lines = (...changed: readonly string[]): string =>
  Array.from({ length: 9 }, (_, index) => `${changed.find((one) => one.startsWith(`${index}`)) ?? index}\n`).join('');

const files = {
  'a~b': lines(),
  'src/a.ts': 'one',
  'src/b.ts': 'two',
  run: 'plain',
  swap: 'flat',
  'dir/x': 'x',
  'dir/y': 'y',
};

test('the commit holds exactly what is allowed, and one beside it what was refused', async () => {
  const shop = await makeShop(files);
  const worked = await work(shop, {
    'src/a.ts': 'edited',
    'src/b.ts': null,
    'src/"q" é.ts': 'quoted',
    run: { run: 'plain' },
    link: { link: 'src/a.ts' },
    swap: null,
    'swap/in': 'deep',
    dir: 'flat now',
    'evil.ts': 'no',
    'src/evil.ts': 'no',
  });
  const { commit, refused } = await build(shop, worked, (path) => !path.includes('evil'));
  const expected = {
    'src/a.ts': '100644 edited',
    'src/"q" é.ts': '100644 quoted',
    run: '100755 plain',
    link: '120000 src/a.ts',
    'swap/in': '100644 deep',
    dir: '100644 flat now',
    'a~b': `100644 ${lines().trim()}`,
  };
  expect(filesOf(shop, commit)).toEqual(expected);
  const evil = { 'evil.ts': '100644 no', 'src/evil.ts': '100644 no' };
  expect(filesOf(shop, refused ?? '')).toEqual({ ...expected, ...evil });
  expect(git(shop.target.mirror, ['fsck', '--strict', '--no-dangling', commit])).toBe('');
  expect(git(shop.target.mirror, ['rev-parse', 'refs/fourline/runs/r.1'])).toBe(commit);
});

test('the commit says who did it, on which order, by which card', async () => {
  const shop = await makeShop(files);
  const { commit } = await build(shop, await work(shop, { 'src/a.ts': 'x' }));
  const show = (format: string): string => git(shop.target.mirror, ['show', '-s', `--format=${format}`, commit]);
  expect(show('%an <%ae> %aI')).toBe('coder <coder@fourline.invalid> 2026-03-04T05:06:07+00:00');
  expect(show('%cn <%ce> %cI')).toBe('fourline <fourline@fourline.invalid> 2026-03-04T05:06:07+00:00');
  expect([show('%s'), show('%P')]).toEqual(['Add the login page.', shop.commit]);
  expect(show('%(trailers:only,unfold)').trim().split('\n')).toEqual([
    'Fourline-Order: 0007-add-login',
    'Fourline-Run: 0007-add-login.1',
    'Fourline-Role: coder',
    `Fourline-Card: sha256:${'c'.repeat(64)}`,
    'Assisted-by: claude:sonnet',
  ]);
});

test('binary bytes, empty files and commands of the import language arrive as they are', async () => {
  const shop = await makeShop({ a: 'x' }, { sha256: true });
  const bytes = Buffer.from([0, 10, 255, 13, 10, 0]);
  const hostile = 'x\ndone\ncommit refs/heads/main\nD a\n';
  const { commit } = await build(shop, await work(shop, { bytes, empty: '', a: hostile, 'sp ace': ' \n' }));
  expect((await shop.target.objects.read(`${commit}:bytes`))?.content).toEqual(bytes);
  expect((await shop.target.objects.read(`${commit}:a`))?.content.toString()).toBe(hostile);
  expect((await diffTrees(shop.target.objects, shop.commit, commit)).map((one) => one.path)).toEqual([
    'a',
    'bytes',
    'empty',
    'sp ace',
  ]);
});

test('with nothing allowed the commit changes nothing, and what was refused is still kept', async () => {
  const shop = await makeShop(files);
  const { commit, refused } = await build(shop, await work(shop, { evil: 'no' }), () => false);
  expect(await diffTrees(shop.target.objects, shop.commit, commit)).toEqual([]);
  expect(filesOf(shop, refused ?? '')).toMatchObject({ evil: '100644 no' });
  expect((await build(shop, await work(shop, { 'src/a.ts': 'x' }))).refused).toBeNull();
});

test('other bytes than were judged are a fault, and no branch has moved', async () => {
  const shop = await makeShop(files);
  const worked = await work(shop, { 'src/a.ts': 'judged' });
  const swapped = build(shop, { ...worked, read: async () => Buffer.from('swapped') });
  await expect(swapped).rejects.toMatchObject({
    code: 'landing-unequal',
    message: expect.stringContaining('src/a.ts'),
  });
  expect(shop.repository.git('rev-parse', 'main')).toBe(shop.commit);
});

test('an allowed file that would take a folder along is a fault', async () => {
  const shop = await makeShop(files);
  const worked = await work(shop, { dir: 'flat now' });
  await expect(build(shop, worked, (path) => path === 'dir')).rejects.toMatchObject({
    code: 'landing-unequal',
    message: expect.stringContaining('dir/x'),
  });
});

// Builds `ours` on the shop's commit, then commits `theirs` on the branch.
async function diverge(
  ours: Readonly<Record<string, Content>>,
  theirs: Readonly<Record<string, Content>>,
  base: Readonly<Record<string, Content>> = files,
): Promise<{ shop: Shop; commit: string; tip: string; allowed: Set<string> }> {
  const shop = await makeShop(base);
  const worked = await work(shop, ours);
  const { commit } = await build(shop, worked);
  shop.repository.commitAll(theirs);
  return { shop, commit, tip: await shop.sync(), allowed: new Set(worked.changes.map((one) => one.path)) };
}

test('changes that merge become one commit on the tip, with the same people and message', async () => {
  const { shop, commit, tip, allowed } = await diverge(
    { 'src/a.ts': lines('0 ours'), 'src/b.ts': null, new: 'x' },
    { 'src/a.ts': lines('8 theirs'), other: 'y' },
    { ...files, 'src/a.ts': lines() },
  );
  const merge = await mergeOnto(shop.target.objects, commit, tip, allowed, common);
  if (merge.kind !== 'merged') throw new Error(merge.paths.join());
  const { 'src/b.ts': _, ...rest } = filesOf(shop, tip);
  const merged = lines('0 ours', '8 theirs').trim();
  expect(filesOf(shop, merge.commit)).toEqual({ ...rest, 'src/a.ts': `100644 ${merged}`, new: '100644 x' });
  const show = (one: string): string => git(shop.target.mirror, ['show', '-s', '--format=%an %cn %aI %cI%n%B', one]);
  expect(show(merge.commit)).toBe(show(commit));
  expect(git(shop.target.mirror, ['rev-parse', `${merge.commit}^@`])).toBe(tip);
  expect(git(shop.target.mirror, ['rev-parse', 'refs/fourline/runs/r.1'])).toBe(merge.commit);
});

test.each<[string, Record<string, Content>, Record<string, Content>, string[]]>([
  ['both edited it', { 'src/a.ts': 'ours', new: 'fresh' }, { 'src/a.ts': 'theirs' }, ['src/a.ts']],
  ['it was edited and deleted', { 'src/a.ts': 'ours', new: 'fresh' }, { 'src/a.ts': null }, ['src/a.ts']],
  ['it was deleted and edited', { 'src/a.ts': null, new: 'fresh' }, { 'src/a.ts': 'theirs' }, ['src/a.ts']],
  ['both added it', { both: 'ours', new: 'fresh' }, { both: 'theirs' }, ['both']],
  ['both added it, one as a link', { both: { link: 'run' }, new: 'fresh' }, { both: 'theirs' }, ['both']],
  ['a file became a folder', { swap: null, 'swap/in': 'o', new: 'fresh' }, { swap: 'theirs' }, ['swap']],
  ['a folder became a file', { dir: 'flat', new: 'fresh' }, { 'dir/x': 'theirs' }, ['dir', 'dir/x']],
  ['it was edited and renamed', { 'a~b': lines('0 ours'), new: 'fresh' }, { 'a~b': null, c: lines('8 theirs') }, []],
])('where %s, the conflict is named and the work has the tip’s version there', async (_name, ours, theirs, at) => {
  const { shop, commit, tip, allowed } = await diverge(ours, theirs);
  const merge = await mergeOnto(shop.target.objects, commit, tip, allowed, common);
  if (merge.kind !== 'conflict') throw new Error('merged');
  expect(merge.paths).toEqual(expect.arrayContaining(at));
  const [work, before] = [filesOf(shop, merge.work ?? ''), filesOf(shop, tip)];
  for (const path of merge.paths) expect([path, work[path]]).toEqual([path, before[path]]);
  expect(work['new']).toBe('100644 fresh');
  expect(Object.keys(work).filter((path) => /~[0-9a-f]{40}/.test(path))).toEqual([]);
  expect(Object.values(work).join('\n')).not.toMatch(/<<<<<<<|=======|>>>>>>>/);
  expect(git(shop.target.mirror, ['rev-parse', `${merge.work}^@`])).toBe(tip);
  expect(git(shop.target.mirror, ['rev-parse', 'refs/fourline/runs/r.1'])).toBe(commit);
});

test('a file in a folder that was renamed meanwhile stays where it was judged', async () => {
  const { shop, commit, tip, allowed } = await diverge(
    { 'dir/new': 'fresh' },
    { dir: null, 'lib/x': 'x', 'lib/y': 'y' },
  );
  const merge = await mergeOnto(shop.target.objects, commit, tip, allowed, common);
  expect(merge.kind === 'merged' && filesOf(shop, merge.commit)).toMatchObject({ 'dir/new': '100644 fresh' });
});

test('what would differ from the tip outside the allowed paths is a conflict', async () => {
  const { shop, commit, tip } = await diverge({ 'src/a.ts': 'ours', stray: 'x' }, { other: 'y' });
  const merge = await mergeOnto(shop.target.objects, commit, tip, new Set(['src/a.ts']), common);
  expect(merge).toMatchObject({ kind: 'conflict', paths: ['stray'] });
  const work = filesOf(shop, (merge.kind === 'conflict' && merge.work) || '');
  expect([work['stray'], work['src/a.ts']]).toEqual([undefined, '100644 ours']);
});

test('a history that has nothing in common is a conflict without paths', async () => {
  const shop = await makeShop(files);
  const { commit } = await build(shop, await work(shop, { 'src/a.ts': 'x' }));
  shop.repository.git('checkout', '-q', '--orphan', 'new');
  shop.repository.commitAll({ 'src/a.ts': 'y' });
  const merge = await mergeOnto(shop.target.objects, commit, await shop.sync(), new Set(['src/a.ts']), common);
  expect(merge).toEqual({ kind: 'conflict', paths: [], work: null });
});
