import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCommits } from '../../src/audit/commits.ts';
import { git, temporaryFolder, writeFiles } from '../kit/repository.ts';

const odd = `src/"odd" \u00e4.ts`;

test('differences are those from the first parent, of a root from nothing, of an empty commit none', async () => {
  const folder = temporaryFolder();
  git(folder, ['init', '-q', '-b', 'main']);
  const commit = (files: Parameters<typeof writeFiles>[1], message: string): string => {
    writeFiles(folder, files);
    git(folder, ['add', '-A']);
    git(folder, ['commit', '-q', '--allow-empty', '-m', message]);
    return git(folder, ['rev-parse', 'HEAD']).trim();
  };
  const root = commit({ 'a.ts': '1\n2\n', [odd]: 'x\n' }, 'root');
  const empty = commit({}, 'empty');
  git(folder, ['switch', '-q', '-c', 'side']);
  commit({ 'side.ts': 's\n' }, 'side');
  git(folder, ['switch', '-q', 'main']);
  const changed = commit({ 'a.ts': '1\n3\n4\n', [odd]: null }, 'changed');
  git(folder, ['merge', '-q', '--no-ff', '-m', 'merged', 'side']);
  const merged = git(folder, ['rev-parse', 'HEAD']).trim();
  const read = await readCommits(`${folder}/.git`, [root, empty, changed, merged, '0'.repeat(40)], true);
  const told = [...read.values()].map((one) => [
    one.message.trim(),
    one.parents.length,
    one.differences?.map((difference) => difference.path),
    one.added,
    one.removed,
  ]);
  expect(told).toEqual([
    ['root', 0, ['a.ts', odd], 3, 0],
    ['empty', 1, [], 0, 0],
    ['changed', 1, ['a.ts', odd], 2, 2],
    ['merged', 2, ['side.ts'], 1, 0],
  ]);
  // A tree that is missing takes only its own commit with it, and the one that is compared with it.
  const tree = git(folder, ['rev-parse', `${changed}^{tree}`]).trim();
  rmSync(`${folder}/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
  const damaged = await readCommits(`${folder}/.git`, [root, empty, changed, merged], false);
  expect([...damaged.values()].map((one) => one.differences !== null)).toEqual([true, true, false, false]);
});
