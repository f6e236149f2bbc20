import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { crashPoints } from '../../../src/platform/files/crash.ts';
import { writeDurable } from '../../../src/platform/files/files.ts';
import {
  awaitHelpers,
  makeTemporary,
  processMark,
  processMarkName,
  sweepRepository,
  sweepTemporary,
  sweepTemporaryFolders,
} from '../../../src/platform/process/remains.ts';
import { sourceFile, startModule } from '../../kit/program.ts';
import { git, temporaryFolder } from '../../kit/repository.ts';

test('temporary files of one process are told from those of others and from what people call .tmp', async () => {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/inner`);
  const left = [
    `.a.md.${processMark}-1.tmp`,
    '.a.md.0123456789ab-7.tmp',
    '.mine.tmp',
    'a.tmp',
    'inner/.b.0123456789ab-8.tmp',
  ];
  for (const name of left) writeFileSync(`${folder}/${name}`, '');
  await sweepTemporary(folder, processMark);
  expect(readdirSync(folder).sort()).toEqual([...left.slice(1, 4), 'inner'].sort());
  await sweepTemporary(folder, null);
  expect(readdirSync(folder).sort()).toEqual(['.mine.tmp', 'a.tmp', 'inner']);
  await sweepTemporary(folder, null, true);
  expect(readdirSync(`${folder}/inner`)).toEqual([]);
});

test('a process that dies while it writes leaves a file that carries its mark', async () => {
  const folder = temporaryFolder();
  const writer = startModule(`
    process.env.FOURLINE_CRASH = 'file.drafted';
    const { writeDurable } = await import(${JSON.stringify(sourceFile('platform/files/files.ts'))});
    const { processMark } = await import(${JSON.stringify(sourceFile('platform/process/remains.ts'))});
    console.log(processMark);
    await writeDurable('${folder}/a', 'text');
    console.log('still here');`);
  const mark = (await writer.line()) ?? '';
  expect(await writer.line()).toBeUndefined();
  expect(readdirSync(folder)).toEqual([`.a.${mark}-1.tmp`]);
  await sweepTemporary(folder, mark);
  expect(readdirSync(folder)).toEqual([]);
  await writeDurable(`${folder}/a`, 'text');
  expect(readdirSync(folder)).toEqual(['a']);
});

test('what a killed git leaves in a repository of our own is removed, and nothing else', async () => {
  const folder = temporaryFolder();
  const left = [
    'fast_import_crash_12',
    'objects/pack/tmp_pack_x1Y2z3',
    'refs/heads/main.lock',
    'refs/fourline/work/a.lock',
    'refs/target/main.lock',
    'packed-refs.lock',
    'objects/ab/tmp_obj_x1Y2z3',
    'conflict-0001-x.1.index',
  ];
  const good = ['HEAD', 'objects/pack/pack-1.pack', 'objects/ab/cdef', 'refs/heads/main'];
  for (const place of ['objects/ab', 'objects/pack', 'refs/heads', 'refs/fourline/work', 'refs/target'])
    mkdirSync(`${folder}/${place}`, { recursive: true });
  for (const name of [...left, ...good]) writeFileSync(`${folder}/${name}`, '');
  await sweepRepository(folder);
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(found.map((one) => `${one.parentPath}/${one.name}`.slice(folder.length + 1)).sort()).toEqual(good.sort());
});

test('a helper that is still at work is waited for', async () => {
  const helper = startModule(`
    const { spawn } = await import('node:child_process');
    const child = spawn('sh', ['-c', 'echo begun; read go'], { env: { ${processMarkName}: '0123456789ab' }, stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdout.once('data', () => console.log('begun'));`);
  await helper.line();
  expect(await awaitHelpers('0123456789ab', 50)).toBe(false);
  const waited = awaitHelpers('0123456789ab', 60_000);
  await helper.kill();
  expect(await waited).toBe(true);
  expect(await awaitHelpers('ffffffffffff', 0)).toBe(true);
});

test('no crash point has the name of another', () => {
  expect(new Set(crashPoints).size).toBe(crashPoints.length);
});

test('a git that writes below a folder of ours is waited for, whoever asked for it; one that reads is not', async () => {
  const folder = temporaryFolder();
  mkdirSync(`${folder}/own.git`);
  git(folder, ['init', '-q', '--bare', 'own.git']);
  const start = (verb: string): ChildProcess => {
    const args = [`--git-dir=${folder}/own.git`, verb, ...(verb === 'cat-file' ? ['--batch'] : ['--stdin'])];
    const env = { PATH: process.env['PATH'] ?? '', [processMarkName]: 'abcdefabcdef' };
    const child = spawn('git', args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  start('cat-file');
  const writer = start('update-ref');
  await once(writer, 'spawn');
  expect(await awaitHelpers(null, 0, folder)).toBe(false);
  expect(await awaitHelpers(null, 0, `${folder}/other`)).toBe(true);
  writer.stdin?.end();
  await once(writer, 'exit');
  expect(await awaitHelpers(null, 0, folder)).toBe(true);
});

test('a folder for the time being goes with the next start, once its process was killed and not before', async () => {
  const place = temporaryFolder();
  process.env['TMPDIR'] = place;
  onTestFinished(() => void delete process.env['TMPDIR']);
  const source = JSON.stringify(sourceFile('platform/process/remains.ts'));
  const other = startModule(`
    const { makeTemporary } = await import(${source});
    console.log(await makeTemporary('probe'));
    setInterval(() => undefined, 1000);`);
  const theirs = basename((await other.line()) ?? '');
  const mine = basename(await makeTemporary('door'));
  for (const name of ['fourline-probe-x1Y2z3', 'fourline-demo-x1Y2z3']) mkdirSync(`${place}/${name}`);
  await sweepTemporaryFolders();
  expect(readdirSync(place)).toContain(theirs);
  await other.kill();
  await sweepTemporaryFolders();
  expect(readdirSync(place).sort()).toEqual([mine, 'fourline-demo-x1Y2z3', 'fourline-probe-x1Y2z3'].sort());
});
