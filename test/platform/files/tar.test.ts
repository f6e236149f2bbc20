import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { readTar, type TarPart, writeTar } from '../../../src/platform/files/tar.ts';

const long = 'd/'.repeat(90);
const parts: readonly TarPart[] = [
  { path: 'a.txt', data: Buffer.from('a\n') },
  { path: 'empty', data: Buffer.alloc(0) },
  { path: 'block', data: Buffer.alloc(512, 'x') },
  { path: `${long}b.txt`, data: Buffer.from('split in two by ustar\n') },
  { path: `${'n'.repeat(120)}.txt`, data: Buffer.from('a name that ustar cannot hold\n') },
  { path: `e/${long.repeat(3)}c.txt`, data: Buffer.from('a path that ustar cannot hold\n') },
  { path: 'f/ümlaut – ✓.txt', data: Buffer.from('no ASCII\n') },
];
const plain = (list: readonly TarPart[]): [string, string][] =>
  list.map(({ path, data }) => [path, Buffer.from(data).toString()]);
const unnamed = (): string => '';

test('an archive reads back as it was written, and the same parts make the same bytes', () => {
  const bytes = writeTar(parts);
  expect(bytes.equals(writeTar(parts))).toBe(true);
  const reading = readTar(bytes, unnamed);
  expect(reading.flaw).toBe(null);
  expect(plain(reading.parts)).toEqual(plain(parts));
  expect(readTar(writeTar([]), unnamed)).toEqual({ parts: [], flaw: null });
});

test('tar unpacks it, with every name', async () => {
  const folder = await mkdtemp(`${tmpdir()}/fourline-test-`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  writeFileSync(`${folder}/x.tar`, writeTar(parts));
  const said = execFileSync('sh', ['-c', 'tar -xf x.tar 2>&1'], { cwd: folder, encoding: 'utf8' });
  expect(said).toBe('');
  for (const { path, data } of parts) expect(readFileSync(`${folder}/${path}`).equals(data)).toBe(true);
});

test('no byte of it can be changed, and none of its end taken away, unseen', () => {
  const bytes = writeTar(parts);
  const seen = (changed: Buffer): boolean => {
    const reading = readTar(changed, unnamed);
    return reading.flaw !== null || JSON.stringify(plain(reading.parts)) !== JSON.stringify(plain(parts));
  };
  expect(seen(bytes)).toBe(false);
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(`${at} ${seen(changed)}`).toBe(`${at} true`);
  }
  for (let length = 0; length < bytes.length; length += 97) expect(seen(bytes.subarray(0, length))).toBe(true);
  expect(seen(Buffer.concat([bytes, Buffer.alloc(512)]))).toBe(true);
});
