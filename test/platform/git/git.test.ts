import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bringForward } from '../../../src/landing/worktree.ts';
import {
  blobId,
  copyObjects,
  gitVerbs,
  hasObject,
  resolveRef,
  runGit,
  swapRef,
} from '../../../src/platform/git/git.ts';
import { type GitReader, openReader } from '../../../src/platform/git/git-reader.ts';
import type { Environment } from '../../../src/platform/process/process.ts';
import type { Fault } from '../../../src/platform/text/fault.ts';
import { git, makeRepository, makeShop, type Repository, temporaryFolder, writeFiles } from '../../kit/repository.ts';

function opened(gitDir: string): GitReader {
  const reader = openReader(gitDir);
  onTestFinished(() => reader.close());
  return reader;
}

function makeBare(folder: string, format = 'sha1'): string {
  git('/', ['init', '-q', '--bare', `--object-format=${format}`, folder]);
  return folder;
}

test.each(['sha1', 'sha256'])('a blob has the name that git gives it (%s)', (format) => {
  const bare = makeBare(`${temporaryFolder()}/bare.git`, format);
  const like = git(bare, ['hash-object', '-w', '--stdin'], 'x');
  expect(like.length).toBe(format === 'sha1' ? 40 : 64);
  for (const content of [Buffer.alloc(0), Buffer.from('text\r\n'), randomBytes(100_000), Buffer.from([0, 255, 10])])
    expect(blobId(like, content)).toBe(git(bare, ['hash-object', '--stdin'], content));
});

test('objects are copied with all they need, then only what is new, and back', async () => {
  const root = temporaryFolder();
  const from = makeRepository(`${root}/from`, { 'src/a.ts': 'one\n', run: { run: '#!/bin/sh\n' } });
  const to = makeBare(`${root}/to.git`);
  const first = from.git('rev-parse', 'HEAD');
  await copyObjects(`${from.folder}/.git`, to, first, []);
  expect(git(to, ['fsck', '--full', '--strict', first])).not.toContain('missing');
  expect(git(to, ['cat-file', 'blob', `${first}:src/a.ts`])).toBe('one');

  const second = from.commitAll({ 'src/b.ts': 'two\n' });
  const before = git(to, ['count-objects', '-v']);
  await copyObjects(`${from.folder}/.git`, to, second, [first]);
  const packed = (text: string): number => Number(/in-pack: (\d+)/.exec(text)?.[1]);
  // One blob, two trees, one commit.
  expect(packed(git(to, ['count-objects', '-v'])) - packed(before)).toBe(4);
  expect(git(to, ['rev-list', '--objects', second]).split('\n')).toHaveLength(9);

  const ours = git(to, ['commit-tree', `${second}^{tree}`, '-p', second, '-m', 'Ours']);
  expect(await hasObject(`${from.folder}/.git`, ours)).toBe(false);
  await copyObjects(to, `${from.folder}/.git`, ours, [second]);
  expect(from.git('log', '-1', '--format=%s', ours)).toBe('Ours');
});

test('copying from where the commit is not throws and leaves the other side as it was', async () => {
  const root = temporaryFolder();
  const from = makeBare(`${root}/from.git`);
  const to = makeBare(`${root}/to.git`);
  await expect(copyObjects(from, to, 'e'.repeat(40), [])).rejects.toMatchObject({ code: 'git-failed' });
  expect(git(to, ['count-objects', '-v'])).toContain('in-pack: 0');
});

test('a ref moves only from where it was said to stand', async () => {
  const { folder, commitAll, git: run } = makeRepository(temporaryFolder());
  const first = run('rev-parse', 'HEAD');
  const second = commitAll({ a: '2' });
  const third = commitAll({ a: '3' });
  const dir = `${folder}/.git`;
  const ref = 'refs/heads/side';
  expect((await swapRef(dir, ref, first, null)).moved).toBe(true);
  expect((await swapRef(dir, ref, second, null)).moved).toBe(false);
  expect((await swapRef(dir, ref, third, second)).moved).toBe(false);
  expect(await resolveRef(dir, ref)).toBe(first);
  expect((await swapRef(dir, ref, second, first)).moved).toBe(true);
  writeFiles(dir, { 'refs/heads/side.lock': '' });
  const held = await swapRef(dir, ref, third, second);
  expect(held).toMatchObject({ moved: false, reason: expect.stringContaining('side.lock') });
  writeFiles(dir, { 'refs/heads/side.lock': null });
  const both = await Promise.all([swapRef(dir, ref, third, second), swapRef(dir, ref, first, second)]);
  expect(both.filter((one) => one.moved)).toHaveLength(1);
  expect(await resolveRef(dir, ref)).toBe(both[0]?.moved === true ? third : first);
});

test('a ref is looked up by its whole name', async () => {
  const { folder, git: run } = makeRepository(temporaryFolder());
  run('branch', 'feature/login');
  run('branch', 'packed/deep');
  run('pack-refs', '--all');
  run('branch', 'other/loose');
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/packed')).toBeNull();
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/other')).toBeNull();
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/packed/deep')).toBe(run('rev-parse', 'HEAD'));
  run('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/alias')).toBe(run('rev-parse', 'HEAD'));
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/feature')).toBeNull();
  expect(await resolveRef(`${folder}/.git`, 'refs/heads/feature/login')).toBe(run('rev-parse', 'HEAD'));
});

test('a reader answers hundreds of questions at once, each with its own bytes', async () => {
  const bare = makeBare(`${temporaryFolder()}/bare.git`);
  const contents = Array.from({ length: 300 }, (_, index) =>
    index % 7 === 0
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.from(`${index}\n\0`), randomBytes((index * 997) % 70_000)]),
  );
  const script = contents.flatMap((content, index) => [
    Buffer.from(`blob\nmark :${index + 1}\ndata ${content.length}\n`),
    content,
    Buffer.from('\n'),
  ]);
  git(bare, ['fast-import', '--quiet'], Buffer.concat(script));
  const reader = opened(bare);
  const ids = contents.map((content) => blobId('0'.repeat(40), content));
  const names = ids.flatMap((id, index) => (index % 5 === 0 ? ['0'.repeat(40), id] : [id]));
  const answers = await Promise.all(names.map((name) => reader.read(name)));
  const found = answers.filter((one) => one !== null);
  expect(found.map((one) => one.id)).toEqual(ids);
  expect(found.every((one, index) => one.content.equals(contents[index] ?? Buffer.alloc(1)))).toBe(true);
  expect(answers.filter((one) => one === null)).toHaveLength(60);
});

test('a reader knows commits, trees and paths, answers null for what is not there, and sees what was added later', async () => {
  const repository = makeRepository(temporaryFolder(), { 'a b.txt': 'spaced\n', 'src/a.ts': 'x' });
  const reader = opened(`${repository.folder}/.git`);
  expect((await reader.read('HEAD:a b.txt'))?.content.toString()).toBe('spaced\n');
  expect((await reader.read('HEAD:src'))?.type).toBe('tree');
  expect((await reader.read('refs/heads/main'))?.type).toBe('commit');
  const absent = ['HEAD:absent', 'refs/heads/absent', '', 'HEAD:a\nHEAD:src/a.ts', `${'a'.repeat(40)} blob 3`, 'a\0b'];
  expect(await Promise.all(absent.map((name) => reader.read(name)))).toEqual(absent.map(() => null));
  const later = repository.commitAll({ b: 'later' });
  expect((await reader.read(`${later}:b`))?.content.toString()).toBe('later');
});

test('a reader of no repository fails its questions instead of keeping them', async () => {
  const reader = opened(`${temporaryFolder()}/absent.git`);
  const answers = await Promise.allSettled([reader.read('HEAD'), reader.read('HEAD')]);
  expect(answers.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(['git-failed', 'git-failed']);
});

// Everything a repository's own config can start, each leaving a file behind when it is started.
function arm(repository: Repository, traces: string): void {
  const { folder } = repository;
  const trap = (name: string): string => `touch ${traces}/${name}; cat`;
  const hooks = ['reference-transaction', 'post-index-change', 'post-checkout', 'pre-commit', 'post-commit', 'update'];
  for (const hook of hooks) writeFiles(`${folder}/.git/hooks`, { [hook]: { run: `#!/bin/sh\n${trap(hook)}\n` } });
  writeFiles(traces, { 'watch.sh': { run: `#!/bin/sh\n${trap('fsmonitor')}\nprintf '/\\0'\n` } });
  for (const [key, value] of [
    ['core.hooksPath', `${folder}/.git/hooks`],
    ['core.fsmonitor', `${traces}/watch.sh`],
    ['core.alternateRefsCommand', trap('alternate')],
    ['core.pager', trap('pager')],
    ['diff.external', trap('diff')],
    ['diff.bad.textconv', trap('textconv')],
    ['filter.bad.clean', trap('clean')],
    ['filter.bad.smudge', trap('smudge')],
    ['filter.bad.required', 'true'],
    ['merge.bad.driver', trap('merge')],
    ['alias.ls-files', `!${trap('alias')}`],
    ['gpg.program', `${traces}/watch.sh`],
    ['commit.gpgSign', 'true'],
  ])
    git(folder, ['config', key ?? '', value ?? '']);
  writeFiles(folder, { '.git/info/attributes': '* filter=bad diff=bad merge=bad\n' });
}

test("nothing of a hostile target's own config runs while fourline reads it and lands on it", async () => {
  const shop = await makeShop({ 'src/a.ts': 'one\n', 'src/b.ts': 'b\n' });
  const next = shop.repository.commitAll({ 'src/b.ts': 'c\n' });
  const traces = temporaryFolder();
  arm(shop.repository, traces);
  const tip = await shop.sync();
  expect(tip).toBe(next);
  const { mirror, commonDir } = shop.target;
  const blob = git(mirror, ['hash-object', '-w', '--stdin'], 'two\n');
  const tree = git(mirror, ['mktree'], `100644 blob ${blob}\ta.ts\n`);
  const top = git(mirror, ['mktree'], `040000 tree ${tree}\tsrc\n`);
  const commit = git(mirror, ['commit-tree', top, '-p', tip, '-m', 'Ours']);
  await copyObjects(mirror, commonDir, commit, [tip]);
  expect((await swapRef(commonDir, 'refs/heads/main', commit, tip)).moved).toBe(true);
  expect(await bringForward(shop.target, tip, commit)).toEqual({ files: 2, left: [] });
  expect(readdirSync(traces)).toEqual(['watch.sh']);
  expect(readFileSync(`${shop.repository.folder}/src/a.ts`, 'utf8')).toBe('two\n');
  expect(existsSync(`${shop.repository.folder}/src/b.ts`)).toBe(false);
  // The traps are armed: a plain git springs them.
  shop.repository.git('status', '--porcelain');
  expect(readdirSync(traces)).toContain('fsmonitor');
});

test('a git call that fails is a fault that names the verb and the folder', async () => {
  const folder = temporaryFolder();
  await expect(runGit(folder, 'ls-tree', ['HEAD'])).rejects.toMatchObject({
    code: 'git-failed',
    where: folder,
    message: expect.stringContaining('git ls-tree'),
  });
});

test('the caller’s git environment reaches no git of ours', async () => {
  const { folder, git: run } = makeRepository(temporaryFolder());
  process.env['GIT_DIR'] = '/nonexistent';
  process.env['GIT_CONFIG_COUNT'] = 'broken';
  try {
    expect(await resolveRef(`${folder}/.git`, 'refs/heads/main')).toBe(run('rev-parse', 'HEAD'));
  } finally {
    delete process.env['GIT_DIR'];
    delete process.env['GIT_CONFIG_COUNT'];
  }
});

const call = /\b(?:runGit|askGit|gitCommand)\(\s*(?:`[^`]*`|'[^']*'|[^'"`;]*?),\s*'([a-z-]+)'/g;

test('only the git doors name the program, and only verbs of the closed list are called', () => {
  const root = fileURLToPath(new URL('../../../src', import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(40);
  const naming: string[] = [];
  const verbs: string[] = [];
  const silent: string[] = [];
  for (const name of files) {
    const text = readFileSync(`${root}/${name}`, 'utf8');
    if (/[[(]\s*['"`](?:\/\S*\/)?git['"`]/.test(text)) naming.push(name);
    if (name === 'platform/git/git.ts') continue;
    const calls = text.match(/\b(?:runGit|askGit|gitCommand)\(/g) ?? [];
    const named = [...text.matchAll(call)].map(([, verb = '']) => verb);
    verbs.push(...named);
    if (named.length < calls.length) silent.push(name);
  }
  // The second is the operator's own git, for fetching and pushing alone.
  expect(naming).toEqual(['platform/git/git.ts', 'platform/git/remote.ts']);
  // A call whose verb is no plain word in its place cannot be checked here.
  expect(silent).toEqual([]);
  expect(verbs.filter((verb) => !(gitVerbs as readonly string[]).includes(verb))).toEqual([]);
  expect(new Set(verbs).size).toBeGreaterThan(12);
});

test('the digest of an object is the one of its algorithm', () => {
  expect(blobId('0'.repeat(64), Buffer.from('x'))).toBe(createHash('sha256').update('blob 1\0x').digest('hex'));
});

test("a repository's own configuration opens no way to fetch, in a git that doesn't know GIT_NO_LAZY_FETCH either", async () => {
  const shop = makeRepository(`${temporaryFolder()}/shop`, { 'a.ts': '1\n' });
  const mark = `${temporaryFolder()}/fetched`;
  for (const [name, value] of [
    ['core.repositoryformatversion', '1'],
    ['extensions.partialClone', 'evil'],
    ['remote.evil.promisor', 'true'],
    ['remote.evil.url', `ext::sh -c touch% ${mark}`],
    ['protocol.allow', 'always'],
    ['protocol.ext.allow', 'always'],
  ] as const)
    shop.git('config', name, value);
  // The fetch that git starts may end before git has written to it: then a signal ends git, and there is no status.
  const look = async (env: Environment): Promise<unknown> =>
    runGit(`${shop.folder}/.git`, 'cat-file', ['-e', 'e'.repeat(40)], { env }).catch((error: Fault) => error.code);
  const env = { GIT_NO_LAZY_FETCH: '0' };
  expect(await look(env)).toBe('git-failed');
  expect(existsSync(mark)).toBe(false);
  // The attack is real: git without our list runs it.
  expect(await look({ ...env, GIT_ALLOW_PROTOCOL: 'ext' })).toBe('git-failed');
  expect(existsSync(mark)).toBe(true);
});
