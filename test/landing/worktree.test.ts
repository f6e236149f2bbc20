import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { bringForward, type WorktreeFollowed } from '../../src/landing/worktree.ts';
import { copyObjects, swapRef } from '../../src/platform/git/git.ts';
import { findTarget, syncTarget } from '../../src/platform/git/target.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import {
  type Content,
  git,
  makeRepository,
  makeShop,
  type Shop,
  temporaryFolder,
  writeFiles,
} from '../kit/repository.ts';

type Files = Readonly<Record<string, Content>>;

const files: Files = { 'src/a.ts': 'one\n', 'src/b.ts': 'two\n', run: 'x', swap: 'flat', 'dir/x': 'x', gone: 'g' };

// Makes a commit on top of the shop's in another clone, and moves the shop's branch to it behind its work tree's back.
async function land(shop: Shop, changed: Files): Promise<string> {
  const root = temporaryFolder();
  git(root, ['clone', '-q', shop.repository.folder, 'other']);
  const other = { ...makeRepository(`${root}/other`, {}), folder: `${root}/other` };
  const commit = other.commitAll(changed);
  await copyObjects(`${root}/other/.git`, shop.target.mirror, commit, [shop.commit]);
  await copyObjects(shop.target.mirror, shop.target.commonDir, commit, [shop.commit]);
  expect((await swapRef(shop.target.commonDir, 'refs/heads/main', commit, shop.commit)).moved).toBe(true);
  return commit;
}

async function forward(shop: Shop, changed: Files): Promise<WorktreeFollowed> {
  return bringForward(shop.target, shop.commit, await land(shop, changed));
}

const status = (shop: Shop): string => shop.repository.git('status', '--porcelain');
const read = (shop: Shop, path: string): string => readFileSync(`${shop.repository.folder}/${path}`, 'utf8');

test('the work tree and the index follow the branch, and doing it again changes nothing', async () => {
  const shop = await makeShop(files);
  const commit = await land(shop, {
    'src/a.ts': 'edited\n',
    'src/new/c.ts': 'new\n',
    run: { run: 'x' },
    link: { link: 'src/a.ts' },
    gone: null,
    'dir/x': null,
  });
  expect(status(shop)).not.toBe('');
  for (const round of ['first', 'again']) {
    expect([round, await bringForward(shop.target, shop.commit, commit)]).toEqual([round, { files: 6, left: [] }]);
    expect(status(shop)).toBe('');
  }
  const { folder } = shop.repository;
  expect([read(shop, 'src/a.ts'), read(shop, 'src/new/c.ts'), readlinkSync(`${folder}/link`)]).toEqual([
    'edited\n',
    'new\n',
    'src/a.ts',
  ]);
  expect(statSync(`${folder}/run`).mode & 0o100).toBe(0o100);
  expect([existsSync(`${folder}/gone`), existsSync(`${folder}/dir`)]).toEqual([false, false]);
});

test('what was half done before a crash is finished', async () => {
  const shop = await makeShop(files);
  const commit = await land(shop, { 'src/a.ts': 'edited\n', 'src/b.ts': null, new: 'n' });
  writeFiles(shop.repository.folder, { 'src/a.ts': 'edited\n', 'src/b.ts': null });
  expect(await bringForward(shop.target, shop.commit, commit)).toEqual({ files: 3, left: [] });
  expect(status(shop)).toBe('');
});

test('a file takes the place of a folder, and a folder that of a file', async () => {
  const shop = await makeShop(files);
  const { left } = await forward(shop, { swap: null, 'swap/in': 'deep', dir: 'flat' });
  expect([left, status(shop)]).toEqual([[], '']);
  expect([read(shop, 'swap/in'), read(shop, 'dir')]).toEqual(['deep', 'flat']);
});

test('a folder with files of somebody’s own stays, whatever should take its place', async () => {
  const shop = await makeShop(files);
  writeFiles(shop.repository.folder, { 'dir/mine': 'mine' });
  const { left } = await forward(shop, { dir: 'flat', gone: null });
  expect(left).toEqual(['dir (it is a folder)']);
  expect([read(shop, 'dir/mine'), existsSync(`${shop.repository.folder}/dir/x`)]).toEqual(['mine', false]);
});

test('a local edit is left and named, the rest follows', async () => {
  const shop = await makeShop(files);
  writeFiles(shop.repository.folder, {
    'src/a.ts': 'mine\n',
    new: 'mine too\n',
    gone: 'mine as well',
    'src/b.ts': null,
  });
  const { left } = await forward(shop, {
    'src/a.ts': 'theirs\n',
    new: 'theirs\n',
    gone: null,
    'src/b.ts': 'b\n',
    run: 'y',
  });
  expect([...left].sort()).toEqual(
    ['gone', 'new', 'src/a.ts', 'src/b.ts'].map((path) => `${path} (it has local edits)`),
  );
  expect([read(shop, 'src/a.ts'), read(shop, 'new'), read(shop, 'gone'), read(shop, 'run')]).toEqual([
    'mine\n',
    'mine too\n',
    'mine as well',
    'y',
  ]);
  expect(status(shop)).toBe(' M new\n M src/a.ts\n D src/b.ts\n?? gone');
});

test('a mode or a kind that was changed locally is a local edit', async () => {
  const shop = await makeShop({ ...files, link: { link: 'run' } });
  writeFiles(shop.repository.folder, { run: { run: 'x' }, link: 'run' });
  const { left } = await forward(shop, { run: 'y', link: { link: 'gone' } });
  expect(left).toEqual(['link (it has local edits)', 'run (it has local edits)']);
  expect(read(shop, 'link')).toBe('run');
});

test('what somebody staged stays staged', async () => {
  const shop = await makeShop(files);
  writeFiles(shop.repository.folder, { 'src/a.ts': 'staged\n', mine: 'new' });
  shop.repository.git('add', '-A');
  const { left } = await forward(shop, { 'src/a.ts': 'theirs\n', run: 'y' });
  expect(left).toEqual(['src/a.ts (it has local edits)']);
  expect(shop.repository.git('show', ':src/a.ts')).toBe('staged');
  expect(status(shop)).toBe('A  mine\nM  src/a.ts');
});

test('nothing is written or removed through a link', async () => {
  const shop = await makeShop(files);
  const outside = temporaryFolder();
  writeFiles(outside, { 'a.ts': 'one\n', 'b.ts': 'two\n' });
  writeFiles(shop.repository.folder, { src: { link: outside } });
  const { left } = await forward(shop, { 'src/a.ts': 'edited\n', 'src/b.ts': null, 'src/deep/c.ts': 'new' });
  expect([...left].sort()).toEqual([
    'src/a.ts (src is a symbolic link)',
    'src/b.ts (src is a symbolic link)',
    'src/deep/c.ts (src is a symbolic link)',
  ]);
  expect([readFileSync(`${outside}/a.ts`, 'utf8'), readFileSync(`${outside}/b.ts`, 'utf8')]).toEqual([
    'one\n',
    'two\n',
  ]);
  expect(existsSync(`${outside}/deep`)).toBe(false);
});

test('what is in the way of a path is named, and its other files follow', async () => {
  const shop = await makeShop(files);
  writeFiles(shop.repository.folder, { blocked: 'a file' });
  git(shop.repository.folder, ['config', 'core.excludesFile', '/dev/null']);
  const { left } = await forward(shop, { 'blocked/in': 'x', run: 'y' });
  expect(left).toEqual([expect.stringMatching(/^blocked\/in \(/)]);
  expect([read(shop, 'blocked'), read(shop, 'run')]).toEqual(['a file', 'y']);
});

test('what lands has the line ends on disk that the target asks for', async () => {
  const shop = await makeShop({ ...files, '.gitattributes': '*.txt text eol=crlf\n' });
  await forward(shop, { 'a.txt': 'one\ntwo\n' });
  expect(read(shop, 'a.txt')).toBe('one\r\ntwo\r\n');
  expect(status(shop)).toBe('');
});

test('a locked index is named, and the next time brings it forward', async () => {
  const shop = await makeShop(files);
  const commit = await land(shop, { run: 'y' });
  writeFiles(`${shop.repository.folder}/.git`, { 'index.lock': '' });
  const { left } = await bringForward(shop.target, shop.commit, commit);
  expect(left).toEqual([expect.stringMatching(/^the index \(.*index\.lock/)]);
  writeFiles(`${shop.repository.folder}/.git`, { 'index.lock': null });
  expect(await bringForward(shop.target, shop.commit, commit)).toEqual({ files: 1, left: [] });
  expect(status(shop)).toBe('');
});

test('a linked worktree has its own index brought forward, a bare repository none', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`, files);
  home.git('worktree', 'add', '-q', '-b', 'side', `${root}/repos/shop`);
  git('/', ['clone', '-q', '--bare', home.folder, `${root}/repos/bare`]);
  for (const [name, clean] of Object.entries({ shop: '', bare: undefined })) {
    const target = await findTarget(`${root}/repos`, `${root}/mirrors`, name, hostOf());
    if ('kind' in target) throw new Error(target.message);
    onTestFinished(() => target.objects.close());
    const tip = await syncTarget(target);
    if (tip.kind === 'flaw') throw new Error(tip.message);
    const shop = { root, repository: home, target, commit: tip.commit, sync: async () => tip.commit };
    const from = `${root}/repos/${name}`;
    git(root, ['clone', '-q', '-b', tip.branch, from, `other-${name}`]);
    const other = makeRepository(`${root}/other-${name}`, {});
    const commit = other.commitAll({ 'src/a.ts': 'edited\n' });
    await copyObjects(`${other.folder}/.git`, target.mirror, commit, [shop.commit]);
    await copyObjects(target.mirror, target.commonDir, commit, [shop.commit]);
    await swapRef(target.commonDir, `refs/heads/${tip.branch}`, commit, tip.commit);
    expect(await bringForward(target, tip.commit, commit)).toEqual({ files: 1, left: [] });
    if (clean !== undefined) expect(git(from, ['status', '--porcelain'])).toBe(clean);
  }
  expect(readFileSync(`${root}/repos/shop/src/a.ts`, 'utf8')).toBe('edited\n');
  expect(home.git('status', '--porcelain')).toBe('');
});
