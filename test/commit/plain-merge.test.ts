// A merge without git must be git's merge: it is held against git's own, over random changes of both sides.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mergePlainly } from '../../src/commit/plain-merge.ts';
import { openDice, seed } from '../kit/dice.ts';
import { git, makeShop, type Shop, writeFiles } from '../kit/repository.ts';

// The result of git's own merge: the tree, or null where it has conflicts.
function mergedByGit(shop: Shop, tip: string, commit: string): string | null {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', tip, commit];
  const done = spawnSync('git', ['-C', shop.target.mirror, ...args], { encoding: 'utf8' });
  return done.status === 0 ? (done.stdout.split('\0')[0] ?? '') : null;
}

const names = ['a', 'b', 'd/a', 'd/b', 'd/c', 'd/e/a', 'f/a', 'f/b', 'd.x', 'new', 'd/new', 'g/new', 'f/g/new', 'd/e'];
const text = (name: string, round: string): string =>
  `${Array.from({ length: 12 }, (_, at) => `${name} ${at}`).join('\n')}\n${round}\n`;

// Some random changes in the work tree: files are written, made programs, removed, moved, and whole folders are.
function change(shop: Shop, roll: (sides: number) => number, round: string): void {
  const { folder } = shop.repository;
  for (let count = roll(3); count > 0; count -= 1) {
    const name = names[roll(names.length) - 1] ?? 'a';
    const kind = roll(9);
    const put = (content: Parameters<typeof writeFiles>[1][string]): void => {
      for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) clear(`${folder}/${name.slice(0, at)}`);
      rmSync(`${folder}/${name}`, { recursive: true, force: true });
      writeFiles(folder, { [name]: content });
    };
    if (kind < 6) put(text(name, round));
    else if (kind === 6) put({ run: text(name, round) });
    else if (kind === 7) rmSync(`${folder}/${name}`, { recursive: true, force: true });
    else if (kind === 8) spawnSync('mv', ['-T', `${folder}/d`, `${folder}/moved-${roll(2)}`], { stdio: 'ignore' });
    else spawnSync('mv', ['-T', `${folder}/${name}`, `${folder}/moved-${roll(3)}`], { stdio: 'ignore' });
  }
}

// A file in a folder's place goes.
function clear(path: string): void {
  spawnSync('sh', ['-c', '[ -d "$1" ] || rm -f "$1"', 'sh', path]);
}

test(`what is merged without git is what git merges, in eighty pairs of random changes (${seed})`, async () => {
  const dice = openDice(`plain merges ${seed}`);
  const shop = await makeShop(Object.fromEntries(names.slice(0, 8).map((name) => [name, text(name, 'begin')])));
  const { repository } = shop;
  let plain = 0;
  for (let round = 0; round < 80; round += 1) {
    const base = git(repository.folder, ['rev-parse', 'HEAD']).trim();
    const side = (name: string): string => {
      git(repository.folder, ['checkout', '-q', '--detach', base]);
      git(repository.folder, ['clean', '-fdq']);
      change(shop, dice.roll, `${name} ${round}`);
      git(repository.folder, ['add', '-A']);
      git(repository.folder, ['commit', '-q', '--allow-empty', '-m', `${name} ${round}`]);
      return git(repository.folder, ['rev-parse', 'HEAD']).trim();
    };
    const ours = side('ours');
    const theirs = side('theirs');
    for (const one of [ours, theirs])
      git(shop.target.mirror, ['fetch', '-q', repository.folder, `${one}:refs/heads/${one}`]);
    const tree = await mergePlainly(shop.target.objects, ours, theirs);
    if (tree === null) continue;
    plain += 1;
    expect(tree, `round ${round}: ${ours} onto ${theirs}`).toBe(mergedByGit(shop, theirs, ours));
    // The next round begins from there now and then, so that all sorts of trees are met.
    if (round % 3 !== 0) git(repository.folder, ['checkout', '-q', '--detach', base]);
  }
  expect(plain).toBeGreaterThan(15);
});

test('files that others did not touch are merged without git', async () => {
  const shop = await makeShop({ a: '1\n', 'd/b': '1\n' });
  const base = shop.commit;
  shop.repository.commitAll({ a: '2\n', 'new/c': '1\n' });
  const tip = await shop.sync();
  git(shop.repository.folder, ['checkout', '-q', '--detach', base]);
  shop.repository.commitAll({ 'd/b': '2\n', 'd/new': '1\n', 'new/e': '1\n' });
  const commit = git(shop.repository.folder, ['rev-parse', 'HEAD']).trim();
  git(shop.target.mirror, ['fetch', '-q', shop.repository.folder, `${commit}:refs/heads/side`]);
  expect(await mergePlainly(shop.target.objects, commit, tip)).toBe(mergedByGit(shop, tip, commit));
  expect(mergedByGit(shop, tip, commit)).not.toBe(null);
});
