// The work tree and index of a person's repository, in the layouts and with the settings that git offers.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bringForward, catchUp } from '../../src/landing/worktree.ts';
import { copyObjects, swapRef } from '../../src/platform/git/git.ts';
import { findTarget, syncTarget, type Target } from '../../src/platform/git/target.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import { type Content, git, makeRepository, temporaryFolder, writeFiles } from '../kit/repository.ts';

vi.setConfig({ testTimeout: 180_000 });

type Files = Readonly<Record<string, Content>>;

// The repository at repos/shop below a folder.
async function targetAt(root: string): Promise<Target> {
  const target = await findTarget(`${root}/repos`, `${root}/mirrors`, 'shop', hostOf());
  if ('kind' in target) throw new Error(target.message);
  onTestFinished(() => target.objects.close());
  return target;
}

// Moves a branch of the target by a commit made elsewhere; returns both ends.
async function moveBranch(target: Target, changed: Files): Promise<{ from: string; to: string }> {
  const tip = await syncTarget(target);
  if (tip.kind === 'flaw') throw new Error(tip.message);
  const place = temporaryFolder();
  git(place, ['clone', '-q', '-b', tip.branch, target.commonDir, 'other']);
  const other = makeRepository(`${place}/other`, {});
  git(other.folder, ['config', 'core.autocrlf', 'false']);
  writeFiles(other.folder, changed);
  for (const [path, content] of Object.entries(changed)) {
    if (content === null) git(other.folder, ['rm', '-q', '--cached', path]);
    else {
      const id = git(other.folder, ['hash-object', '-w', '--no-filters', path]);
      git(other.folder, ['update-index', '--add', '--cacheinfo', `100644,${id},${path}`]);
    }
  }
  git(other.folder, ['commit', '-q', '-m', 'Change']);
  const to = git(other.folder, ['rev-parse', 'HEAD']);
  await copyObjects(`${place}/other/.git`, target.mirror, to, [tip.commit]);
  await copyObjects(target.mirror, target.commonDir, to, [tip.commit]);
  expect((await swapRef(target.commonDir, `refs/heads/${tip.branch}`, to, tip.commit)).moved).toBe(true);
  return { from: tip.commit, to };
}

// A repository with what `setUp` does to it, and what bringing a landing forward in it comes to.
async function landed(
  files: Files,
  changed: Files,
  setUp: (folder: string) => void = () => undefined,
): Promise<{ folder: string; left: readonly string[]; status: string; read: (path: string) => string }> {
  const root = temporaryFolder();
  const { folder } = makeRepository(`${root}/repos/shop`, files);
  setUp(folder);
  const target = await targetAt(root);
  const { from, to } = await moveBranch(target, changed);
  const { left } = await bringForward(target, from, to);
  return {
    folder,
    left,
    status: git(folder, ['status', '--porcelain']),
    read: (path) => readFileSync(`${folder}/${path}`, 'latin1'),
  };
}

test('files with other line ends on disk follow, by attributes and by configuration', async () => {
  const files = { '.gitattributes': '*.bat text eol=crlf\n', 'x.bat': 'one\r\ntwo\r\n', 'y.txt': 'y\n' };
  const changed = { 'x.bat': 'one\n2\n', 'new.bat': 'new\n', 'y.txt': 'z\n' };
  const byAttributes = await landed(files, changed);
  expect([byAttributes.left, byAttributes.status]).toEqual([[], '']);
  expect(['x.bat', 'new.bat', 'y.txt'].map(byAttributes.read)).toEqual(['one\r\n2\r\n', 'new\r\n', 'z\n']);
  const byConfiguration = await landed(
    { 'y.txt': 'y\n', 'gone.txt': 'g\n' },
    { 'y.txt': 'z\n', 'gone.txt': null },
    (folder) => {
      git(folder, ['config', 'core.autocrlf', 'true']);
      writeFiles(folder, { 'y.txt': 'y\r\n', 'gone.txt': 'g\r\n' });
    },
  );
  expect([byConfiguration.left, byConfiguration.status]).toEqual([[], '']);
  expect([byConfiguration.read('y.txt'), existsSync(`${byConfiguration.folder}/gone.txt`)]).toEqual(['z\r\n', false]);
});

test('attributes that land with the files count for them already', async () => {
  const { left, status, read } = await landed(
    { 'a.ts': 'a\n' },
    { '.gitattributes': '*.bat eol=crlf\n', 'x.bat': 'x\n' },
  );
  expect([left, status, read('x.bat')]).toEqual([[], '', 'x\r\n']);
});

test('a local edit of a file that is converted is left all the same', async () => {
  const files = { '.gitattributes': '*.bat text eol=crlf\n', 'x.bat': 'one\r\n' };
  const { left, read } = await landed(files, { 'x.bat': 'two\n' }, (folder) =>
    writeFiles(folder, { 'x.bat': 'mine\r\n' }),
  );
  expect([left, read('x.bat')]).toEqual([['x.bat (it has local edits)'], 'mine\r\n']);
});

test('no filter program is run; what git wrote through one is known by the index', async () => {
  const root = temporaryFolder();
  const { folder } = makeRepository(`${root}/repos/shop`, {
    '.gitattributes': '*.enc filter=up\n',
    'x.enc': 'PLAIN\n',
  });
  for (const [key, change] of [
    ['clean', 'a-z A-Z'],
    ['smudge', 'A-Z a-z'],
  ])
    git(folder, ['config', `filter.up.${key ?? ''}`, `touch ${root}/ran; tr ${change ?? ''}`]);
  rmSync(`${folder}/x.enc`);
  git(folder, ['checkout', '-q', '--', 'x.enc']);
  expect(readFileSync(`${folder}/x.enc`, 'utf8')).toBe('plain\n');
  const target = await targetAt(root);
  const { from, to } = await moveBranch(target, { 'x.enc': 'SECOND\n' });
  rmSync(`${root}/ran`);
  // Git looks into a file again that is no older than its index.
  utimesSync(`${folder}/.git/index`, new Date(), new Date(Date.now() + 60_000));
  expect(await bringForward(target, from, to)).toEqual({ files: 1, left: [] });
  expect([readFileSync(`${folder}/x.enc`, 'utf8'), existsSync(`${root}/ran`)]).toEqual(['SECOND\n', false]);
  expect(git(folder, ['status', '--porcelain'])).toBe('');
});

// How git sees the work tree, without the index that `git status` writes on the way.
const seen = (folder: string): string => git(folder, ['status', '--porcelain'], '', { GIT_OPTIONAL_LOCKS: '0' });

// Makes the index older or newer than its files, by seconds: git looks into files that are no older than their index.
function dateIndex(folder: string, seconds: number): void {
  const at = new Date(Date.now() + seconds * 1000);
  utimesSync(`${folder}/.git/index`, at, at);
}

// Lands, and returns what was left.
async function land(target: Target, changed: Files): Promise<readonly string[]> {
  const { from, to } = await moveBranch(target, changed);
  return (await bringForward(target, from, to)).left;
}

test('line ends that git does not convert back are judged by its stamps, and by what it would write', async () => {
  const root = temporaryFolder();
  const names = ['x.bat', 'y.bat', 'z.bat'];
  const { folder } = makeRepository(`${root}/repos/shop`, Object.fromEntries(names.map((name) => [name, 'a\r\nb\n'])));
  const read = (path: string): string => readFileSync(`${folder}/${path}`, 'latin1');
  const target = await targetAt(root);
  expect(await land(target, { '.gitattributes': '*.bat text eol=crlf\n' })).toEqual([]);
  for (const name of names) rmSync(`${folder}/${name}`);
  git(folder, ['checkout', '-q', '--', '.']);
  dateIndex(folder, 60);
  expect([names.map(read), seen(folder)]).toEqual([Array(3).fill('a\r\nb\r\n'), '']);
  writeFiles(folder, { 'y.bat': 'mine, and longer\r\n' });
  const edited = ['y.bat (it has local edits)'];
  expect(await land(target, { 'x.bat': 'c\r\nd\n', 'y.bat': 'c\r\nd\n' })).toEqual(edited);
  expect(names.map(read)).toEqual(['c\r\nd\r\n', 'mine, and longer\r\n', 'a\r\nb\r\n']);
  // No stamp says anything of a file that fourline wrote, or of one that is as new as the index.
  dateIndex(folder, -60);
  expect(seen(folder)).toBe(' M x.bat\n M y.bat\n M z.bat');
  expect(await land(target, { 'x.bat': 'e\r\nf\n', 'y.bat': 'e\n', 'z.bat': null })).toEqual(edited);
  expect(['x.bat', 'y.bat'].map(read)).toEqual(['e\r\nf\r\n', 'mine, and longer\r\n']);
  expect(existsSync(`${folder}/z.bat`)).toBe(false);
});

test('files committed with CRLF follow after text=auto was set; an edit among them is left', async () => {
  const root = temporaryFolder();
  const old = 'a\r\nb\r\n';
  const { folder } = makeRepository(`${root}/repos/shop`, { 'x.txt': old, 'y.txt': old, 'z.txt': old });
  const target = await targetAt(root);
  expect(await land(target, { '.gitattributes': '* text=auto\n' })).toEqual([]);
  for (const seconds of [60, -60]) {
    dateIndex(folder, seconds);
    writeFiles(folder, { 'y.txt': 'mine\r\nb\r\n' });
    const next = seconds > 0 ? 'c\r\nd\r\n' : 'e\nf\n';
    expect(await land(target, { 'x.txt': next, 'y.txt': next })).toEqual(['y.txt (it has local edits)']);
    expect(readFileSync(`${folder}/x.txt`, 'latin1')).toBe(next);
    expect(readFileSync(`${folder}/y.txt`, 'latin1')).toBe('mine\r\nb\r\n');
    expect(seen(folder)).toBe(' M y.txt');
  }
});

test('a file whose filter gives other bytes back is judged by its stamps; where they say nothing it is left', async () => {
  const root = temporaryFolder();
  const files = { '.gitattributes': '*.enc filter=odd\n', 'x.enc': 'one\n', 'y.enc': 'one\n', 'z.enc': 'one\n' };
  const { folder } = makeRepository(`${root}/repos/shop`, files);
  for (const [key, program] of [
    ['clean', 'sed s/$/+/'],
    ['smudge', 'tr a-z A-Z'],
  ])
    git(folder, ['config', `filter.odd.${key ?? ''}`, `touch ${root}/ran; ${program ?? ''}`]);
  for (const name of ['x.enc', 'y.enc', 'z.enc']) rmSync(`${folder}/${name}`);
  git(folder, ['checkout', '-q', '--', '.']);
  rmSync(`${root}/ran`);
  dateIndex(folder, 60);
  writeFiles(folder, { 'y.enc': 'mine, and longer\n' });
  const target = await targetAt(root);
  const word = 'it may have local edits: only its filter program could tell, and fourline runs none';
  expect(await land(target, { 'x.enc': 'two\n', 'y.enc': 'two\n' })).toEqual([`y.enc (${word})`]);
  dateIndex(folder, -60);
  expect(await land(target, { 'x.enc': 'three\n', 'z.enc': 'two\n' })).toEqual([`z.enc (${word})`]);
  expect(['x.enc', 'y.enc', 'z.enc'].map((path) => readFileSync(`${folder}/${path}`, 'utf8'))).toEqual([
    'three\n',
    'mine, and longer\n',
    'ONE\n',
  ]);
  expect(existsSync(`${root}/ran`)).toBe(false);
});

test('an edit of the size and time of the old file is one for git still, and is left, after the index was written', async () => {
  const root = temporaryFolder();
  const { folder } = makeRepository(`${root}/repos/shop`, {
    '.gitattributes': '*.enc filter=up\n',
    'a.ts': 'one\n',
    'b.ts': 'one\n',
    'x.enc': 'one\n',
  });
  git(folder, ['config', 'core.trustctime', 'false']);
  git(folder, ['config', 'filter.up.clean', `touch ${root}/ran; tr a-z A-Z`]);
  const { mtime } = statSync(`${folder}/a.ts`);
  writeFileSync(`${folder}/a.ts`, 'two\n');
  for (const path of ['a.ts', '.git/index']) utimesSync(`${folder}/${path}`, mtime, mtime);
  const target = await targetAt(root);
  expect(await land(target, { 'b.ts': 'three\n' })).toEqual([]);
  expect(existsSync(`${root}/ran`)).toBe(false);
  expect(seen(folder)).toContain(' M a.ts');
  expect(await land(target, { 'a.ts': 'theirs\n' })).toEqual(['a.ts (it has local edits)']);
  expect(readFileSync(`${folder}/a.ts`, 'utf8')).toBe('two\n');
});

test('a sparse checkout keeps its marks, and what lands outside of it stays outside', async () => {
  const files = { 'docs/d.md': 'd\n', 'src/a.ts': 'a\n', 'src/gone.ts': 'g\n' };
  const changed = {
    'src/a.ts': 'b\n',
    'src/new.ts': 'n\n',
    'docs/new.md': 'n\n',
    'docs/d.md': 'e\n',
    'src/gone.ts': null,
  };
  for (const cone of ['--cone', '--no-cone']) {
    const { folder, left, status } = await landed(
      files,
      changed,
      (at) => void git(at, ['sparse-checkout', 'set', cone, cone === '--cone' ? 'docs' : '/docs/']),
    );
    expect([cone, left, status]).toEqual([cone, [], '']);
    expect(existsSync(`${folder}/src`)).toBe(false);
    expect(git(folder, ['ls-files', '-t'])).toBe('H docs/d.md\nH docs/new.md\nS src/a.ts\nS src/new.ts');
    expect(readFileSync(`${folder}/docs/new.md`, 'utf8')).toBe('n\n');
  }
});

test('marks that a person put on index entries stay', async () => {
  const { folder, left } = await landed(
    { 'a.ts': 'a\n', 'b.ts': 'b\n' },
    { 'a.ts': '2\n', 'b.ts': '3\n' },
    (at) => void git(at, ['update-index', '--assume-unchanged', 'a.ts']),
  );
  expect([left, git(folder, ['ls-files', '-v'])]).toEqual([[], 'h a.ts\nH b.ts']);
});

test('every work tree of the branch follows, in the layout of a bare repository with work trees beside it', async () => {
  const root = temporaryFolder();
  const home = makeRepository(`${root}/home`, { 'src/a.ts': 'a\n', 'gone.ts': 'g\n' });
  const shop = `${root}/repos/shop`;
  mkdirSync(shop, { recursive: true });
  git('/', ['clone', '-q', '--bare', home.folder, `${shop}/.bare`]);
  writeFiles(shop, { '.git': 'gitdir: ./.bare\n' });
  git(shop, ['worktree', 'add', '-q', 'main', 'main']);
  git(shop, ['worktree', 'add', '-q', '-b', 'topic', 'topic']);
  const target = await targetAt(root);
  const { from, to } = await moveBranch(target, { 'src/a.ts': 'b\n', 'gone.ts': null, 'new.ts': 'n\n' });
  expect(await bringForward(target, from, to)).toEqual({ files: 3, left: [] });
  expect(git(`${shop}/main`, ['status', '--porcelain'])).toBe('');
  expect(readFileSync(`${shop}/main/src/a.ts`, 'utf8')).toBe('b\n');
  expect(git(`${shop}/topic`, ['status', '--porcelain'])).toBe('');
  expect(readFileSync(`${shop}/topic/gone.ts`, 'utf8')).toBe('g\n');
  expect(existsSync(`${shop}/new.ts`) || existsSync(`${shop}/src`)).toBe(false);
});

test('a work tree elsewhere that has the branch checked out follows, and is named with what is left there', async () => {
  const root = temporaryFolder();
  const repository = makeRepository(`${root}/repos/shop`, { 'a.ts': 'a\n', 'b.ts': 'b\n' });
  repository.git('worktree', 'add', '-q', '-b', 'side', `${root}/side`);
  const target = await targetAt(root);
  const { from, to } = await moveBranch(target, { 'a.ts': '2\n', 'b.ts': '3\n' });
  repository.git('update-ref', 'refs/heads/side', to);
  repository.git('update-ref', 'refs/heads/main', from);
  writeFiles(`${root}/side`, { 'b.ts': 'mine\n' });
  expect(await bringForward(target, from, to, 'side')).toEqual({
    files: 2,
    left: [`${root}/side: b.ts (it has local edits)`],
  });
  expect(git(`${root}/side`, ['status', '--porcelain'])).toBe(' M b.ts');
  expect(repository.git('status', '--porcelain')).toBe('');
});

test('an index that is damaged is made anew, and the damaged one is kept', async () => {
  const { folder, left, status } = await landed({ 'a.ts': 'a\n', 'b.ts': 'b\n' }, { 'a.ts': '2\n' }, (at) =>
    writeFiles(`${at}/.git`, { index: 'damaged' }),
  );
  expect(left).toEqual([
    `the index (it was damaged and is made anew; the damaged one is ${folder}/.git/index.damaged)`,
  ]);
  expect([status, readFileSync(`${folder}/.git/index.damaged`, 'utf8')]).toEqual(['', 'damaged']);
});

test.skipIf(process.getuid?.() !== 0)(
  'as root all that is written has the owner and group of what was there',
  async () => {
    const root = temporaryFolder();
    const { folder } = makeRepository(`${root}/repos/shop`, { 'src/a.ts': 'a\n' });
    const target = await targetAt(root);
    const { from, to } = await moveBranch(target, { 'src/a.ts': '2\n', 'new/c.ts': 'c\n' });
    execFileSync('chown', ['-R', '1234:2345', folder]);
    chmodSync(`${folder}/src/a.ts`, 0o640);
    const made = ['.git/refs/heads/main', '.git/logs/HEAD', '.git/objects/pack'];
    for (const path of made) chownSync(`${folder}/${path}`, 0, 0);
    expect(await bringForward(target, from, to)).toEqual({ files: 2, left: [] });
    for (const path of ['src/a.ts', 'new', 'new/c.ts', '.git/index', ...made])
      expect([path, statSync(`${folder}/${path}`).uid, statSync(`${folder}/${path}`).gid]).toEqual([path, 1234, 2345]);
    expect(statSync(`${folder}/src/a.ts`).mode & 0o777).toBe(0o640);
  },
);

test('what is behind for a lock catches up when the lock is gone, however many landings later; what a person staged since stays', async () => {
  const root = temporaryFolder();
  const { folder } = makeRepository(`${root}/repos/shop`, { 'a.ts': 'a\n', 'b.ts': 'b\n', 'c.ts': 'c\n' });
  const target = await targetAt(root);
  writeFiles(`${folder}/.git`, { 'index.lock': '' });
  const first = await moveBranch(target, { 'a.ts': '2\n', 'b.ts': '2\n' });
  const brought = await bringForward(target, first.from, first.to);
  expect(brought.behind).toEqual([{ gitDir: `${folder}/.git`, from: first.from, files: false }]);
  const second = await moveBranch(target, { 'c.ts': '3\n' });
  await bringForward(target, second.from, second.to);
  const [behind] = brought.behind ?? [];
  if (behind === undefined) throw new Error('nothing is behind');
  expect(await catchUp(target, 'main', second.to, behind)).toBe(null);
  writeFiles(`${folder}/.git`, { 'index.lock': null });
  writeFiles(folder, { 'b.ts': 'staged\n' });
  git(folder, ['add', 'b.ts']);
  expect(await catchUp(target, 'main', second.to, behind)).toEqual(['b.ts (it has local edits)']);
  expect(git(folder, ['status', '--porcelain'])).toBe('M  b.ts');
  expect(git(folder, ['show', ':b.ts'])).toBe('staged');
});
