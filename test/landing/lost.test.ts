// No file of a person's is lost, whenever a landing's work on the work tree is killed and whatever branch is checked
// out afterwards.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bringForward } from '../../src/landing/worktree.ts';
import { copyObjects, swapRef } from '../../src/platform/git/git.ts';
import { findTarget, syncTarget, type Target } from '../../src/platform/git/target.ts';
import { hostOf } from '../../src/platform/process/host.ts';
import { sourceFile, startModule } from '../kit/program.ts';
import { git, makeRepository, temporaryFolder, writeFiles } from '../kit/repository.ts';

vi.setConfig({ testTimeout: 300_000 });

async function targetIn(root: string): Promise<Target> {
  const target = await findTarget(`${root}/repos`, `${root}/mirrors`, 'shop', hostOf());
  if ('kind' in target) throw new Error(target.message);
  onTestFinished(() => target.objects.close());
  return target;
}

// A branch that moved by an edit, a deletion and a new file; `topic` is where it was.
async function moved(): Promise<{ root: string; folder: string; from: string; to: string }> {
  const root = temporaryFolder();
  const repository = makeRepository(`${root}/repos/shop`, { 'a.ts': 'a\n', 'gone.ts': 'g\n', 'deep/gone.ts': 'd\n' });
  repository.git('branch', 'topic');
  const target = await targetIn(root);
  const tip = await syncTarget(target);
  if (tip.kind === 'flaw') throw new Error(tip.message);
  git(root, ['clone', '-q', repository.folder, 'other']);
  const other = makeRepository(`${root}/other`, {});
  const to = other.commitAll({ 'a.ts': '2\n', 'gone.ts': null, 'deep/gone.ts': null, 'new.ts': 'n\n' });
  await copyObjects(`${root}/other/.git`, target.mirror, to, [tip.commit]);
  await copyObjects(target.mirror, target.commonDir, to, [tip.commit]);
  await swapRef(target.commonDir, 'refs/heads/main', to, tip.commit);
  return { root, folder: repository.folder, from: tip.commit, to };
}

// Brings the work tree forward in a process that dies at that point.
async function killedAt(point: string, root: string, from: string, to: string): Promise<void> {
  const program = startModule(`
    process.env.FOURLINE_CRASH = '${point}';
    const { findTarget } = await import(${JSON.stringify(sourceFile('platform/git/target.ts'))});
    const { hostOf } = await import(${JSON.stringify(sourceFile('platform/process/host.ts'))});
    const { bringForward } = await import(${JSON.stringify(sourceFile('landing/worktree.ts'))});
    const target = await findTarget('${root}/repos', '${root}/mirrors', 'shop', hostOf());
    await bringForward(target, '${from}', '${to}', 'main');
    console.log('it went on');`);
  expect(await program.line()).toBeUndefined();
}

test.each(['land.drafted', 'land.aside', 'land.file', 'land.files', 'land.indexed'])(
  'killed at %s, with another branch checked out by the time it goes on',
  async (point) => {
    const { root, folder, from, to } = await moved();
    await killedAt(point, root, from, to);
    rmSync(`${folder}/.git/index.lock`, { force: true });
    // A person's own way to another branch, with what the kill left in the work tree taken along.
    git(folder, ['symbolic-ref', 'HEAD', 'refs/heads/topic']);
    git(folder, ['read-tree', 'topic']);
    writeFiles(folder, { 'mine.txt': 'mine\n' });
    const target = await targetIn(root);
    expect(await bringForward(target, from, to, 'main')).toEqual({ files: 4, left: [] });
    const status = git(folder, ['status', '--porcelain']).split('\n');
    expect(status.filter((line) => line.startsWith(' D'))).toEqual([]);
    expect(status).toContain('?? mine.txt');
  },
);

test.each(['land.files', 'land.indexed'])(
  'killed at %s, what was written with other line ends is known again',
  async (point) => {
    const root = temporaryFolder();
    const { folder } = makeRepository(`${root}/repos/shop`, {
      '.gitattributes': '# none\n',
      'x.bat': 'one\n',
      'y.bat': 'one\n',
    });
    git(root, ['clone', '-q', folder, 'other']);
    const other = makeRepository(`${root}/other`, {});
    const to = other.commitAll({ '.gitattributes': '*.bat text eol=crlf\n', 'x.bat': 'two\n', 'y.bat': 'two\n' });
    const target = await targetIn(root);
    const tip = await syncTarget(target);
    if (tip.kind === 'flaw') throw new Error(tip.message);
    await copyObjects(`${root}/other/.git`, target.mirror, to, [tip.commit]);
    await copyObjects(target.mirror, target.commonDir, to, [tip.commit]);
    await swapRef(target.commonDir, 'refs/heads/main', to, tip.commit);
    await killedAt(point, root, tip.commit, to);
    expect(await bringForward(target, tip.commit, to, 'main')).toEqual({ files: 3, left: [] });
    expect(readdirSync(folder).sort()).toEqual(['.git', '.gitattributes', 'x.bat', 'y.bat']);
    expect(['x.bat', 'y.bat'].map((path) => readFileSync(`${folder}/${path}`, 'utf8'))).toEqual(['two\r\n', 'two\r\n']);
    expect(git(folder, ['status', '--porcelain'])).toBe('');
  },
);

test('a branch that is switched away from while its files are brought forward has them as they were', async () => {
  const { root, folder, from, to } = await moved();
  const target = await targetIn(root);
  const read = target.objects.read;
  const switching: Target = {
    ...target,
    objects: {
      ...target.objects,
      // In the middle of it, as a git that has done with the index moves HEAD.
      read: async (name) => {
        git(folder, ['symbolic-ref', 'HEAD', 'refs/heads/topic']);
        return read(name);
      },
    },
  };
  await bringForward(switching, from, to, 'main');
  expect(git(folder, ['status', '--porcelain'])).toBe('');
});

test('a path that leads out of the work tree, or into its .git, is left and named', async () => {
  const { root, folder, from } = await moved();
  const target = await targetIn(root);
  const blob = git(folder, ['hash-object', '-w', '--stdin'], 'owned');
  const entry = (mode: string, name: string, id: string): Buffer =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
  const tree = (...entries: Buffer[]): string =>
    git(folder, ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], Buffer.concat(entries));
  const hooks = tree(entry('40000', 'hooks', tree(entry('100755', 'post-checkout', blob))));
  const evil = tree(
    entry('40000', '..', tree(entry('100644', 'owned', blob))),
    entry('40000', '.git', hooks),
    entry('100644', 'fine', blob),
  );
  const to = git(folder, ['commit-tree', evil, '-p', from, '-m', 'evil']);
  await copyObjects(target.commonDir, target.mirror, to, [from]);
  const { left } = await bringForward(target, from, to, 'main');
  expect(left.filter((one) => one.includes('no checkout'))).toEqual([
    '../owned (no checkout may write it)',
    '.git/hooks/post-checkout (no checkout may write it)',
  ]);
  expect([existsSync(`${folder}/../owned`), existsSync(`${folder}/.git/hooks/post-checkout`)]).toEqual([false, false]);
  expect(readFileSync(`${folder}/fine`, 'utf8')).toBe('owned');
});
