import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ensureBare } from '../../../src/platform/git/bare.ts';
import { temporaryFolder } from '../../kit/repository.ts';

function kindOf(gitDir: string): string {
  return execFileSync('git', ['-C', gitDir, 'rev-parse', '--is-bare-repository'], { encoding: 'utf8' }).trim();
}

test('a bare repository is made where there is none, and one that is there is left as it is', async () => {
  const gitDir = `${temporaryFolder()}/state/one.git`;
  await ensureBare(gitDir, { head: 'refs/heads/main' });
  expect(kindOf(gitDir)).toBe('true');
  writeFileSync(`${gitDir}/mine`, '');
  await ensureBare(gitDir);
  expect(existsSync(`${gitDir}/mine`)).toBe(true);
  expect(readdirSync(`${gitDir}/..`)).toEqual(['one.git']);
});

test.each([
  ['without anything in it', []],
  ['with an empty HEAD', ['HEAD']],
  ['that has a HEAD alone', ['HEAD=ref: refs/heads/main\n']],
])('one that was made half, %s, is set aside and made anew', async (_, files) => {
  const place = temporaryFolder();
  const gitDir = `${place}/one.git`;
  mkdirSync(gitDir);
  for (const file of files) writeFileSync(`${gitDir}/${file.split('=')[0]}`, file.split('=')[1] ?? '');
  await ensureBare(gitDir);
  expect(kindOf(gitDir)).toBe('true');
  expect(readdirSync(place)).toEqual(['.one.git.half', 'one.git']);
});

test('many at once make one', async () => {
  const place = temporaryFolder();
  await Promise.all([1, 2, 3, 4].map(() => ensureBare(`${place}/one.git`)));
  expect(kindOf(`${place}/one.git`)).toBe('true');
  expect(readdirSync(place)).toEqual(['one.git']);
});
