import { readFileSync, renameSync, symlinkSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { hasObject } from '../../../src/platform/git/git.ts';
import { listRepos } from '../../../src/platform/git/repos.ts';
import { findTarget, syncTarget, type Target, type TargetFlaw } from '../../../src/platform/git/target.ts';
import { listTree } from '../../../src/platform/git/tree.ts';
import { hostOf } from '../../../src/platform/process/host.ts';
import { git, makeRepository, makeShop, temporaryFolder, writeFiles } from '../../kit/repository.ts';

async function find(root: string, name: string): Promise<Target | TargetFlaw> {
  const found = await findTarget(`${root}/repos`, `${root}/mirrors`, name, hostOf());
  if (!('kind' in found)) onTestFinished(() => found.objects.close());
  return found;
}

async function tipOf(root: string, name: string): Promise<unknown> {
  const found = await find(root, name);
  return 'kind' in found ? found.code : await syncTarget(found);
}

test('a clone is found by its .git folder, and its commit is brought into a mirror', async () => {
  const { target, commit, repository } = await makeShop({ 'src/a.ts': 'x\n', 'b c': 'y' });
  expect(target).toMatchObject({ gitDir: `${repository.folder}/.git`, workTree: repository.folder });
  expect((await listTree(target.objects, commit)).map(({ path, mode }) => [path, mode])).toEqual([
    ['b c', '100644'],
    ['src/a.ts', '100644'],
  ]);
  expect(git(target.mirror, ['fsck', '--strict', commit])).not.toContain('missing');
});

test('a linked worktree is found through its .git file: refs from the shared folder, HEAD of its own', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`);
  home.git('worktree', 'add', '-q', '-b', 'side', `${root}/repos/shop`);
  writeFiles(`${root}/repos/shop`, { a: 'x' });
  git(`${root}/repos/shop`, ['add', 'a']);
  git(`${root}/repos/shop`, ['commit', '-qm', 'Side']);
  const target = await find(root, 'shop');
  expect(target).toMatchObject({
    gitDir: `${home.folder}/.git/worktrees/shop`,
    commonDir: `${home.folder}/.git`,
    workTree: `${root}/repos/shop`,
  });
  const tip = { kind: 'tip', branch: 'side', commit: home.git('rev-parse', 'side') };
  expect(await tipOf(root, 'shop')).toEqual(tip);
});

test('a relative .git file leads to its folder', async () => {
  const root = temporaryFolder();
  const { folder } = makeRepository(`${root}/repos/shop`);
  renameSync(`${folder}/.git`, `${root}/elsewhere`);
  writeFiles(folder, { '.git': 'gitdir: ../../elsewhere\n' });
  expect(await find(root, 'shop')).toMatchObject({ gitDir: `${root}/elsewhere`, workTree: folder });
  expect(await tipOf(root, 'shop')).toMatchObject({ kind: 'tip', branch: 'main' });
});

test('a bare repository has no work tree', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`);
  git('/', ['clone', '-q', '--bare', home.folder, `${root}/repos/shop`]);
  expect(await find(root, 'shop')).toMatchObject({ gitDir: `${root}/repos/shop`, workTree: null });
  expect(await tipOf(root, 'shop')).toMatchObject({ kind: 'tip', commit: home.git('rev-parse', 'HEAD') });
});

test('a link in repos/ is the repository it leads to', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`);
  writeFiles(root, { 'repos/shop': { link: '../home' } });
  expect(await find(root, 'shop')).toMatchObject({ gitDir: `${home.folder}/.git`, workTree: home.folder });
});

test('a sha256 repository gets a sha256 mirror', async () => {
  const { commit, target, repository } = await makeShop({ a: 'x' }, { sha256: true });
  expect(commit).toMatch(/^[0-9a-f]{64}$/);
  expect(git(target.mirror, ['rev-parse', '--show-object-format'])).toBe('sha256');
  const next = repository.commitAll({ a: 'y' });
  expect(await syncTarget(target)).toMatchObject({ commit: next });
});

test('what cannot be worked with is named, with what to do', async () => {
  const root = temporaryFolder();
  expect(await find(root, 'absent')).toMatchObject({ code: 'repo-unknown', hint: expect.stringContaining('clone') });
  makeRepository(`${root}/repos/empty`, {});
  const detached = makeRepository(`${root}/repos/detached`);
  detached.git('checkout', '-q', '--detach');
  writeFiles(`${root}/repos`, {
    'plain/a': 'x',
    'note.md': 'no folder',
    'broken/.git/x': '',
    'astray/.git': 'gitdir: ../nowhere\n',
    'odd/.git': 'something else\n',
    '.hidden/a': '',
  });
  symlinkSync('nowhere', `${root}/repos/dangling`);
  const names = ['absent', 'dangling', 'plain', 'note.md', 'odd', 'empty', 'detached', 'broken', 'astray'];
  const codes: Record<string, unknown> = {};
  for (const name of names) {
    const tip = await tipOf(root, name);
    codes[name] = typeof tip === 'string' ? tip : (tip as TargetFlaw).code;
  }
  expect(codes).toEqual({
    absent: 'repo-unknown',
    dangling: 'repo-unknown',
    plain: 'repo-not-git',
    'note.md': 'repo-not-git',
    odd: 'repo-not-git',
    empty: 'repo-no-commit',
    detached: 'repo-detached',
    broken: 'repo-broken',
    astray: 'repo-broken',
  });
  expect(await find(root, 'absent')).toMatchObject({ hint: expect.stringContaining('repos/plain') });
  expect(await listRepos(`${root}/repos`)).toEqual(['astray', 'broken', 'detached', 'empty', 'odd', 'plain']);
});

test('a branch whose history was rewritten is brought again, and what the mirror had stays', async () => {
  const { repository, target, commit, sync } = await makeShop({ a: 'one\n' });
  const second = repository.commitAll({ a: 'two\n' });
  await sync();
  repository.git('checkout', '-q', '--orphan', 'new');
  const rewritten = repository.commitAll({ a: 'three\n' }, 'Rewritten');
  repository.git('branch', '-q', '-M', 'new', 'main');
  repository.git('reflog', 'expire', '--expire=now', '--all');
  repository.git('gc', '-q', '--prune=now');
  expect(() => repository.git('cat-file', '-e', second)).toThrow();
  expect(await sync()).toBe(rewritten);
  expect((await target.objects.read(`${rewritten}:a`))?.content.toString()).toBe('three\n');
  expect((await target.objects.read(`${commit}:a`))?.content.toString()).toBe('one\n');
});

test('a branch may take the place of one whose name begins its own', async () => {
  const { repository, sync } = await makeShop({ a: 'one\n' });
  repository.git('checkout', '-q', '-b', 'feature');
  repository.commitAll({ a: 'two\n' });
  await sync();
  repository.git('checkout', '-q', 'main');
  repository.git('branch', '-q', '-D', 'feature');
  repository.git('checkout', '-q', '-b', 'feature/login');
  const commit = repository.commitAll({ a: 'three\n' });
  expect(await sync()).toBe(commit);
  repository.git('checkout', '-q', 'main');
  repository.git('branch', '-q', '-D', 'feature/login');
  repository.git('checkout', '-q', '-b', 'feature');
  const last = repository.commitAll({ a: 'four\n' });
  expect(await sync()).toBe(last);
});

test('a shallow clone can be worked with', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`);
  home.commitAll({ a: 'two' });
  git('/', ['clone', '-q', '--depth', '1', `file://${home.folder}`, `${root}/repos/shop`]);
  const target = await find(root, 'shop');
  if ('kind' in target) throw new Error(target.message);
  const tip = await syncTarget(target);
  expect(tip).toMatchObject({ kind: 'tip', commit: home.git('rev-parse', 'HEAD') });
  writeFiles(`${root}/repos/shop`, { a: 'three' });
  git(`${root}/repos/shop`, ['commit', '-qam', 'Three']);
  expect(await syncTarget(target)).toMatchObject({ commit: git(`${root}/repos/shop`, ['rev-parse', 'HEAD']) });
});

test('reading a target changes nothing in it', async () => {
  const root = temporaryFolder();
  const { folder, git: run } = makeRepository(`${root}/repos/shop`, { a: 'x', b: 'y' });
  writeFiles(folder, { a: 'edited', c: 'new' });
  const files = (): string => git(folder, ['-c', 'core.quotePath=false', 'status', '--porcelain']);
  const index = (): Buffer => readFileSync(`${folder}/.git/index`);
  const before = [files(), index().toString('hex'), run('for-each-ref')];
  expect(await tipOf(root, 'shop')).toMatchObject({ kind: 'tip' });
  expect([files(), index().toString('hex'), run('for-each-ref')]).toEqual(before);
});

test('a glance reads no folder of a commit that the mirror has; a whole look mends the mirror', async () => {
  const root = temporaryFolder();
  const shop = makeRepository(`${root}/repos/shop`, { 'src/a.ts': '1\n' });
  const target = await find(root, 'shop');
  if ('kind' in target) throw new Error(target.message);
  const [commit = '', tree = ''] = shop.git('rev-parse', 'HEAD', 'HEAD^{tree}').split('\n');
  // The mirror has the commit and nothing else of it.
  git(target.mirror, ['hash-object', '-t', 'commit', '-w', '--stdin'], `${shop.git('cat-file', 'commit', 'HEAD')}\n`);
  expect(await syncTarget(target, null, 'glance')).toMatchObject({ kind: 'tip', commit });
  expect(await hasObject(target.mirror, tree)).toBe(false);
  expect(await syncTarget(target)).toMatchObject({ kind: 'tip', commit });
  expect(await hasObject(target.mirror, tree)).toBe(true);
});
