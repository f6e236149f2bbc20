// A file of holes is copied with its holes, and within what it may take.
import { closeSync, existsSync, ftruncateSync, openSync, statSync, symlinkSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { copySparse, longestCopied } from '../../../src/platform/files/sparse.ts';
import { temporaryFolder } from '../../kit/repository.ts';

const mebi = 1024 * 1024;

function makeFile(path: string, size: number, filled: number, at = 0): void {
  const file = openSync(path, 'w');
  writeSync(file, Buffer.alloc(filled, 'x'), 0, filled, at);
  ftruncateSync(file, size);
  closeSync(file);
}

test('what is written is what is there, and the copy reads the same', async () => {
  const folder = temporaryFolder();
  makeFile(`${folder}/from`, 40 * mebi + 7, 3 * mebi, 20 * mebi + 5);
  const written = await copySparse(`${folder}/from`, `${folder}/to`, 4 * mebi);
  expect(written).toBeLessThan(4 * mebi);
  expect((await readFile(`${folder}/to`)).equals(await readFile(`${folder}/from`))).toBe(true);
  expect(statSync(`${folder}/to`).blocks * 512).toBeLessThan(5 * mebi);
});

test('what takes more than was allowed, or is longer than is read, is said and leaves nothing', async () => {
  const folder = temporaryFolder();
  makeFile(`${folder}/full`, mebi, mebi);
  makeFile(`${folder}/long`, longestCopied + 1, 1);
  expect(await copySparse(`${folder}/full`, `${folder}/to`, mebi / 2)).toMatch(/it takes .* on disk/);
  expect(await copySparse(`${folder}/long`, `${folder}/to`, mebi)).toMatch(/long; at most/);
  expect(existsSync(`${folder}/to`)).toBe(false);
  expect(await copySparse(`${folder}/full`, `${folder}/to`, mebi)).toBe(mebi);
});

test('no link is followed', async () => {
  const folder = temporaryFolder();
  makeFile(`${folder}/full`, mebi, mebi);
  symlinkSync(`${folder}/full`, `${folder}/link`);
  await expect(copySparse(`${folder}/link`, `${folder}/to`, mebi)).rejects.toMatchObject({ code: 'ELOOP' });
});
