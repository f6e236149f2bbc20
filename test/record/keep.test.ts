import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Change, standsInCommit } from '../../src/changes/change.ts';
import { moveIfFile, readRoomFile } from '../../src/changes/room-file.ts';
import { buildCommits } from '../../src/commit/build.ts';
import { keepRefused } from '../../src/record/keep.ts';
import { type Content, coder, fourline, git, makeShop, temporaryFolder, writeFiles } from '../kit/repository.ts';
import { surveyWork } from '../kit/surveyed.ts';

type Kept = {
  readonly folder: string;
  readonly mirror: string;
  readonly commit: string;
  readonly refused: string | null;
};

// Lets a run write `files`, refuses what `refuses` says, and keeps that in a folder.
async function keep(
  base: Readonly<Record<string, Content>>,
  files: Readonly<Record<string, Content>>,
  refuses: (path: string) => boolean,
): Promise<Kept> {
  const shop = await makeShop(base);
  let room = '';
  const put = (start: string): void => {
    room = `${start}/../..`;
    writeFiles(start, files);
  };
  const { changes } = await surveyWork(shop, put, { copy: true });
  const prefix = 'repos/shop/';
  const inside = (one: Change): Change => ({ ...one, path: one.path.slice(prefix.length) });
  const refused = changes.filter((one) => refuses(one.path));
  const stands = (one: Change): boolean => one.path.startsWith(prefix) && standsInCommit(inside(one));
  const built = await buildCommits({
    objects: shop.target.objects,
    run: 'r.1',
    base: shop.commit,
    author: coder,
    committer: fourline,
    date: new Date(0),
    message: 'Message\n',
    allowed: changes.filter((one) => !refuses(one.path)).map(inside),
    refused: refused.filter(stands).map(inside),
    read: async (change) =>
      change.after?.kind === 'blob' && change.after.target !== undefined
        ? Buffer.from(change.after.target)
        : readRoomFile(`${room}/${prefix}${change.path}`),
  });
  const folder = temporaryFolder();
  await keepRefused({
    folder,
    mirror: shop.target.mirror,
    built,
    others: refused.filter((one) => !stands(one)),
    take: async (path, to) => (await moveIfFile(`${room}/${path}`, to)) !== false,
  });
  return { folder, mirror: shop.target.mirror, ...built };
}

test('the patch of what was refused applies on the commit of what was allowed, and gives the run’s whole work', async () => {
  const binary = Buffer.from([0, 1, 2, 255, 10, 13, 0]);
  const { folder, mirror, commit, refused } = await keep(
    {
      'src/a.ts': 'one\n',
      gone: 'text\n',
      'gone.bin': binary,
      run: 'x\n',
      'old name': 'same content here\n',
      end: 'x',
    },
    {
      'src/a.ts': 'two\n',
      gone: null,
      'gone.bin': null,
      'new.bin': Buffer.concat([binary, binary]),
      run: { run: 'x\n' },
      link: { link: 'src/a.ts' },
      'old name': null,
      'new näme': 'same content here\n',
      empty: '',
      end: 'y',
    },
    (path) => !path.endsWith('a.ts'),
  );
  const clone = temporaryFolder();
  // Nothing of what was refused is in this clone but what the patch brings.
  git(clone, ['init', '-q']);
  git(clone, ['fetch', '-q', mirror, 'refs/fourline/runs/*:refs/fourline/runs/*']);
  git(clone, ['checkout', '-q', '--detach', commit]);
  git(clone, ['apply', '--index', `${folder}/refused.patch`]);
  expect(git(clone, ['write-tree'])).toBe(git(mirror, ['rev-parse', `${refused}^{tree}`]));
  expect(git(clone, ['diff', '--cached', '--name-status', '--no-renames', commit]).split('\n')).toHaveLength(9);
  expect(readFileSync(`${folder}/refused.patch`, 'utf8')).not.toContain('src/a.ts b/');
  expect(readdirSync(folder)).toEqual(['refused.patch']);
});

test('what no commit can hold is kept as plain copies with an index, names made harmless', async () => {
  const { folder } = await keep(
    { a: 'x' },
    {
      '.GIT/hook': 'evil\n',
      'line\nend': 'text',
      '../../outside/..name': 'out',
      '../../link': { link: '/etc/passwd' },
    },
    () => true,
  );
  const index = readFileSync(`${folder}/refused/INDEX.txt`, 'utf8').split('\n');
  expect(index).toEqual([
    '(no content)\tadded\tlink\tthe link leads out of its repository (/etc/passwd)',
    '0002-outside_..name\tadded\toutside/..name',
    "0003-repos_shop_.GIT_hook\tadded\trepos/shop/.GIT/hook\t'.GIT' is git's own",
    '0004-repos_shop_line_end\tadded\trepos/shop/line\\u{a}end\tits name holds a control character',
    '',
  ]);
  const names = index.map((line) => line.split('\t')[0] ?? '').filter((name) => name.startsWith('0'));
  expect(readdirSync(`${folder}/refused`)).toEqual([...names, 'INDEX.txt']);
  expect(names.map((name) => readFileSync(`${folder}/refused/${name}`, 'utf8'))).toEqual(['out', 'evil\n', 'text']);
  expect(readdirSync(folder)).toEqual(['refused']);
});

test('where nothing was refused nothing is written', async () => {
  const { folder } = await keep({ a: 'x' }, { a: 'y' }, () => false);
  expect(readdirSync(folder)).toEqual([]);
});
