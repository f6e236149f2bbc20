// An index that is changed without git must be, to the byte, the one that git would have written.
import { appendFileSync, copyFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { IndexEntry } from '../../../src/platform/git/index-lines.ts';
import { readPlainIndex } from '../../../src/platform/git/plain-index.ts';
import { openDice, runsOf, seed } from '../../kit/dice.ts';
import { git, makeRepository, temporaryFolder, writeFiles } from '../../kit/repository.ts';

type Changes = Map<string, IndexEntry | null>;

const parts = ['a', 'a-b', 'a.d', 'B', 'é\u2028', '"q"\t', `long${'n'.repeat(200)}`];
const flagSets = [[], [], ['skip-worktree'], ['assume-unchanged'], ['skip-worktree', 'assume-unchanged']] as const;

// A repository with a random index: folders that are known trees and others, all flags, conflicts that are open or
// resolved, files that were only announced.
function randomIndex(name: string, sha256: boolean): { folder: string; blobs: string[] } {
  const dice = openDice(name);
  const pick = <Item>(items: readonly Item[]): Item => items[dice.roll(items.length) - 1] as Item;
  const repository = makeRepository(temporaryFolder(), { start: 'x' }, { sha256 });
  const { folder } = repository;
  const blobs = ['1\n', '2\n', ''].map((text) => git(folder, ['hash-object', '-w', '--stdin'], text));
  const info = (lines: readonly string[]): void =>
    void git(folder, ['update-index', '-z', '--index-info'], lines.map((line) => `${line}\0`).join(''));
  const paths = Array.from({ length: dice.roll(40) }, () => randomPath(pick, dice.roll(4)));
  info(paths.map((path) => `${pick(['100644', '100755', '120000'])} ${pick(blobs)}\t${path}`));
  git(folder, ['write-tree']);
  writeFiles(folder, { real: 'a file', announced: 'later' });
  git(folder, ['add', 'real']);
  if (dice.roll(2) === 1) git(folder, ['add', '-N', 'announced']);
  const listed = git(folder, ['ls-files', '-z']).split('\0').filter(Boolean);
  for (const flag of ['--skip-worktree', '--assume-unchanged'])
    git(folder, ['update-index', flag, '-z', '--stdin'], listed.filter(() => dice.roll(4) === 1).join('\0'));
  const sides = (path: string): string[] => [1, 2, 3].map((stage) => `100644 ${pick(blobs)} ${stage}\t${path}`);
  if (dice.roll(2) === 1) {
    info(sides('solved'));
    writeFiles(folder, { solved: 'as it shall be' });
    git(folder, ['add', 'solved']);
  }
  if (dice.roll(3) === 1) info(sides('open').slice(0, dice.roll(3)));
  return { folder, blobs };
}

function randomPath(pick: <Item>(items: readonly Item[]) => Item, depth: number): string {
  return Array.from({ length: depth }, () => pick(parts)).join('/');
}

function randomChanges(name: string, paths: readonly string[], blobs: readonly string[]): Changes {
  const dice = openDice(name);
  const pick = <Item>(items: readonly Item[]): Item => items[dice.roll(items.length) - 1] as Item;
  const changes: Changes = new Map();
  for (let count = dice.roll(6); count > 0; count -= 1) {
    const path = dice.roll(3) === 1 ? `${randomPath(pick, dice.roll(3))}${pick(['', '+', '/new'])}` : pick(paths);
    const entry = { mode: pick(['100644', '100755', '120000']), id: pick(blobs), flags: pick(flagSets) };
    changes.set(path, dice.roll(3) === 1 ? null : entry);
  }
  return changes;
}

// Git's own way, in a copy that is younger than every file in it: git looks into none of them.
function changeByGit(folder: string, changes: Changes): Buffer {
  const copy = `${folder}/.git/copy`;
  copyFileSync(`${folder}/.git/index`, copy);
  const later = new Date(Date.now() + 60_000);
  utimesSync(copy, later, later);
  const env = { GIT_INDEX_FILE: copy };
  const zero = '0'.repeat(git(folder, ['rev-parse', 'HEAD']).length);
  const lines = [...changes].map(([path, one]) => `${one?.mode ?? 0} ${one?.id ?? zero}\t${path}\0`);
  git(folder, ['update-index', '-z', '--index-info'], lines.join(''), env);
  for (const flag of ['skip-worktree', 'assume-unchanged'] as const) {
    const paths = [...changes].filter(([, one]) => one?.flags.includes(flag)).map(([path]) => `${path}\0`);
    utimesSync(copy, later, later);
    if (paths.length > 0) git(folder, ['update-index', `--${flag}`, '-z', '--stdin'], paths.join(''), env);
  }
  return readFileSync(copy);
}

// Reads what git lists: a mark, the mode, the name, the side of a conflict.
function listed(folder: string): Map<string, IndexEntry | null> {
  const lines = git(folder, ['ls-files', '--stage', '-v', '-z']).split('\0').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [tag = '', mode = '', id = '', stage = ''] = line.slice(0, line.indexOf('\t')).split(' ');
      const flags = [
        ...(/s/i.test(tag) ? ['skip-worktree' as const] : []),
        ...(/[a-z]/.test(tag) ? ['assume-unchanged' as const] : []),
      ];
      return [line.slice(line.indexOf('\t') + 1), stage === '0' ? { mode, id, flags } : null];
    }),
  );
}

// Paths that are in conflict, and files in the place of folders that stay, are git's to change.
function isForGit(changes: Changes, before: ReadonlyMap<string, IndexEntry | null>): boolean {
  const stay = [...before.keys()].filter((path) => changes.get(path) !== null);
  return [...changes].some(
    ([path, one]) =>
      before.get(path) === null ||
      (one !== null &&
        [...stay, ...[...changes].filter(([, other]) => other !== null).map(([other]) => other)].some(
          (other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`),
        )),
  );
}

test.each(Array.from({ length: runsOf(12, 200) }, (_, round) => `${seed}.${round}`))(
  'a random index is read and changed as git does it (%s)',
  (name) => {
    const sha256 = openDice(`${name} format`).roll(2) === 1;
    const { folder, blobs } = randomIndex(name, sha256);
    const entries = listed(folder);
    const index = readPlainIndex(readFileSync(`${folder}/.git/index`));
    expect([...new Set(index?.entries.ending(''))]).toEqual([...entries.keys()]);
    for (const path of [...entries.keys(), 'a/none', '', 'zz'])
      expect([path, index?.entries.get(path)]).toEqual([path, entries.get(path)]);
    const ending = [...entries.keys()].filter((path) => path.endsWith('/a'));
    expect([...new Set(index?.entries.ending('/a'))]).toEqual(ending);
    for (let round = 0; round < 6; round += 1) {
      const changes = randomChanges(`${name} ${round}`, [...entries.keys()], blobs);
      const changed = index?.change(changes) ?? null;
      if (isForGit(changes, entries)) {
        expect(changed).toBeNull();
        continue;
      }
      const gits = changeByGit(folder, changes);
      expect([...changes, changed?.equals(gits)]).toEqual([...changes, true]);
    }
  },
);

const files = { 'a.ts': '1\n', 'src/b.ts': '2\n' };

test.each<[string, (folder: string) => void]>([
  ['version 4', (folder) => void git(folder, ['update-index', '--index-version', '4'])],
  ['a split index', (folder) => void git(folder, ['update-index', '--split-index'])],
  ['an untracked cache', (folder) => void git(folder, ['update-index', '--force-untracked-cache'])],
  [
    'folders that a sparse index leaves whole',
    (folder) => void git(folder, ['sparse-checkout', 'set', '--cone', '--sparse-index', 'other']),
  ],
  [
    'a checksum that was left out',
    (folder) => {
      const bytes = readFileSync(`${folder}/.git/index`);
      writeFileSync(`${folder}/.git/index`, bytes.fill(0, bytes.length - 20));
    },
  ],
  ['bytes behind its end', (folder) => appendFileSync(`${folder}/.git/index`, 'x')],
  ['nothing in it', (folder) => writeFileSync(`${folder}/.git/index`, '')],
])('an index with %s is left to git', (_, change) => {
  const { folder } = makeRepository(temporaryFolder(), files);
  expect(readPlainIndex(readFileSync(`${folder}/.git/index`))).not.toBeNull();
  change(folder);
  expect(readPlainIndex(readFileSync(`${folder}/.git/index`))).toBeNull();
});

test('a name that is no text, and one that no checkout may write, are left to git', () => {
  const { folder } = makeRepository(temporaryFolder(), files);
  const index = readPlainIndex(readFileSync(`${folder}/.git/index`));
  const entry = { mode: '100644', id: 'a'.repeat(40), flags: [] };
  expect(index?.change(new Map([['b', entry]]))).not.toBeNull();
  for (const path of ['b\ufffd', '.git/b', '../b', 'b/'])
    expect([path, index?.change(new Map([[path, entry]]))]).toEqual([path, null]);
  expect(index?.change(new Map([['b', { ...entry, id: 'a'.repeat(64) }]]))).toBeNull();
});

test('an entry that was changed in a second makes the index one of new entries in that second', () => {
  const { folder } = makeRepository(temporaryFolder(), files);
  rmSync(`${folder}/.git/index`);
  const at = (seconds: number): void => utimesSync(`${folder}/a.ts`, seconds, seconds);
  at(1000.5);
  utimesSync(`${folder}/src/b.ts`, 10, 10);
  git(folder, ['add', '.']);
  const index = readPlainIndex(readFileSync(`${folder}/.git/index`));
  expect([999, 1000, 1001].map((second) => index?.isAsNewAs(second))).toEqual([true, true, false]);
});
