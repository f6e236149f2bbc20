import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crashPoints } from '../../src/ground/crash.ts';
import { writeDurable } from '../../src/ground/files.ts';
import {
  awaitHelpers,
  processMark,
  processMarkName,
  sweepRepository,
  sweepTemporary,
} from '../../src/ground/remains.ts';
import { sourceFile, startModule } from '../kit/program.ts';
import { temporaryFolder } from '../kit/repository.ts';

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
    const { writeDurable } = await import(${JSON.stringify(sourceFile('ground/files.ts'))});
    const { processMark } = await import(${JSON.stringify(sourceFile('ground/remains.ts'))});
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
    'conflict-0001-x.1.index',
  ];
  const good = ['HEAD', 'objects/pack/pack-1.pack', 'refs/heads/main', 'refs/target/main.lock'];
  for (const place of ['objects/pack', 'refs/heads', 'refs/fourline/work', 'refs/target'])
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
