// A shared checkout is what rooms stand on: it must hold its commit to the byte, whatever it held before, and never
// move under a room.
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dropIdleShared, holdShared, letGoShared, type SharedHome, sharedLimits } from '../../src/room/shared.ts';
import { openDice } from '../kit/dice.ts';
import { type Content, git, makeShop, modesBind, type Shop, temporaryFolder } from '../kit/repository.ts';

function homeIn(shop: Shop, user: SharedHome['user'] = () => null): SharedHome {
  return { folder: `${shop.root}/checkouts`, user };
}

// All that lies in a folder but its .git: modes, links and bytes.
function contentOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== '.git' && !path.startsWith('.git/'))
    .sort()
    .map((path) => {
      const stat = lstatSync(`${folder}/${path}`);
      if (stat.isDirectory()) return `${path}/`;
      if (stat.isSymbolicLink()) return `${path} -> ${readlinkSync(`${folder}/${path}`)}`;
      return `${path} ${(stat.mode & 0o111) === 0 ? '' : '*'}${readFileSync(`${folder}/${path}`, 'latin1')}`;
    });
}

// Has git write a commit out, in a folder of its own, with the index it makes.
function writtenByGit(shop: Shop, commit: string): { content: string[]; index: string } {
  const folder = temporaryFolder();
  const env = { GIT_DIR: shop.target.mirror, GIT_WORK_TREE: folder, GIT_INDEX_FILE: `${folder}.index` };
  git(folder, ['read-tree', commit], '', env);
  git(folder, ['checkout-index', '-a'], '', env);
  const index = git(folder, ['ls-files', '--stage'], '', env);
  rmSync(`${folder}.index`);
  return { content: contentOf(folder), index };
}

function indexOf(shop: Shop, tree: string): string {
  return git(tree, ['ls-files', '--stage'], '', { GIT_DIR: shop.target.mirror, GIT_INDEX_FILE: `${tree}/.git/index` });
}

test('a checkout goes from commit to commit and holds each to the byte, forty random changes long', async () => {
  const dice = openDice('shared checkouts');
  const shop = await makeShop({ a: 'one\n' });
  const names = ['a', 'b', 'c', 'c/d', 'c/d/e', 'c/f', 'x y', 'é', 'c.d', 'c-d', 'run'];
  const home = homeIn(shop);
  for (let round = 0; round < 40; round += 1) {
    const changes: Record<string, Content> = {};
    for (const name of dice.shuffle(names).slice(0, dice.roll(3))) {
      const inTheWay = Object.keys(changes).some((one) => one.startsWith(`${name}/`) || name.startsWith(`${one}/`));
      const kinds: Content[] = [`text ${round}\n`, { run: `#!/bin/sh\n# ${round}\n` }, { link: 'a' }, null];
      if (!inTheWay) changes[name] = kinds[dice.roll(4) - 1] ?? null;
    }
    changes['always'] = `${round}\n`;
    for (const name of Object.keys(changes))
      for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) {
        const above = `${shop.repository.folder}/${name.slice(0, at)}`;
        if (lstatSync(above, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(above);
      }
    shop.repository.commitAll(changes);
    const commit = await shop.sync();
    const { folder, tree } = await holdShared(home, shop.target, commit, 'room');
    letGoShared('room');
    expect(folder).toBe(`${home.folder}/shop/0`);
    const right = writtenByGit(shop, commit);
    expect({ content: contentOf(tree), index: indexOf(shop, tree) }, `round ${round}`).toEqual(right);
  }
});

test('only what differs is written when a checkout moves, and git has nothing to read in it', async () => {
  const shop = await makeShop({ a: 'one\n', 'src/b': 'one\n' });
  const home = homeIn(shop);
  const { tree } = await holdShared(home, shop.target, shop.commit, 'room');
  letGoShared('room');
  const before = lstatSync(`${tree}/src/b`).ino;
  shop.repository.commitAll({ a: 'two\n' });
  await holdShared(home, shop.target, await shop.sync(), 'room');
  expect(lstatSync(`${tree}/src/b`).ino).toBe(before);
  const env = {
    GIT_DIR: shop.target.mirror,
    GIT_WORK_TREE: tree,
    GIT_INDEX_FILE: `${tree}/.git/index`,
    GIT_CONFIG_COUNT: '3',
    ...{ GIT_CONFIG_KEY_0: 'core.checkStat', GIT_CONFIG_VALUE_0: 'minimal' },
    ...{ GIT_CONFIG_KEY_1: 'core.trustctime', GIT_CONFIG_VALUE_1: 'false' },
    ...{ GIT_CONFIG_KEY_2: 'core.bare', GIT_CONFIG_VALUE_2: 'false' },
  };
  // diff-files names what the index does not know to be clean, without a look at contents.
  expect(git(tree, ['diff-files'], '', env)).toBe('');
  writeFileSync(`${tree}/a`, 'six\n');
  expect(git(tree, ['diff-files', '--name-only'], '', env)).toBe('a');
});

test('a checkout does not move under a room; rooms of one commit share it', async () => {
  const shop = await makeShop({ a: 'one\n' });
  const home = homeIn(shop);
  const first = await holdShared(home, shop.target, shop.commit, 'room-1');
  expect((await holdShared(home, shop.target, shop.commit, 'room-2')).folder).toBe(first.folder);
  shop.repository.commitAll({ a: 'two\n' });
  const next = await shop.sync();
  const second = await holdShared(home, shop.target, next, 'room-3');
  expect(second.folder).not.toBe(first.folder);
  expect(['one\n', 'two\n']).toEqual([first, second].map(({ tree }) => readFileSync(`${tree}/a`, 'utf8')));
  letGoShared('room-1');
  letGoShared('room-3');
  // room-2 still stands on the first.
  const third = await holdShared(home, shop.target, next, 'room-4');
  expect(third.folder).toBe(second.folder);
  expect(readFileSync(`${first.tree}/a`, 'utf8')).toBe('one\n');
});

test.skipIf(modesBind)('where runs have uids of their own, each has a checkout to itself, and owns it', async () => {
  const shop = await makeShop({ a: 'one\n', 'src/b': '1\n' });
  const user = (folder: string): number => 0x70000000 + Number(folder.at(-1));
  const home = homeIn(shop, user);
  const first = await holdShared(home, shop.target, shop.commit, 'room-1');
  const second = await holdShared(home, shop.target, shop.commit, 'room-2');
  expect(second.folder).not.toBe(first.folder);
  const ownersOf = (tree: string): number[] =>
    ['', '/a', '/src', '/src/b', '/.git/index'].map((path) => lstatSync(`${tree}${path}`).uid);
  expect(ownersOf(second.tree)).toEqual(Array(5).fill(user(second.folder)));
  letGoShared('room-2');
  shop.repository.commitAll({ 'src/b': '2\n', 'new/folder/c': 'x' });
  const moved = await holdShared(home, shop.target, await shop.sync(), 'room-3');
  expect(moved.folder).toBe(second.folder);
  const fresh = ['/src/b', '/new', '/new/folder', '/new/folder/c'].map((path) => lstatSync(`${moved.tree}${path}`).uid);
  expect(fresh).toEqual(Array(4).fill(user(second.folder)));
});

test('a checkout that is not what it was is made again', async () => {
  const shop = await makeShop({ a: 'one\n', 'src/b': '1\n' });
  const home = homeIn(shop);
  const { tree, folder } = await holdShared(home, shop.target, shop.commit, 'room');
  letGoShared('room');
  // Somebody removed a file that the next commit changes.
  rmSync(`${tree}/src/b`);
  shop.repository.commitAll({ 'src/b': '2\n' });
  const commit = await shop.sync();
  await holdShared(home, shop.target, commit, 'room');
  expect(contentOf(tree)).toEqual(writtenByGit(shop, commit).content);
  letGoShared('room');
  await dropIdleShared(home, new Set());
  expect(existsSync(folder)).toBe(false);
});

test('what another process left is used again, unless it is torn or the machine was started since', async () => {
  const shop = await makeShop({ a: 'one\n' });
  const home = homeIn(shop);
  const held = await holdShared(home, shop.target, shop.commit, 'room');
  letGoShared('room');
  const note = readFileSync(`${held.folder}/made.json`, 'utf8');
  // A home of another name stands for another process: nothing is remembered of it.
  const inHome = async (name: string, text: string | null): Promise<number> => {
    const other = { folder: `${shop.root}/${name}`, user: () => null };
    cpSync(home.folder, other.folder, { recursive: true });
    if (text === null) rmSync(`${other.folder}/shop/0/made.json`);
    else writeFileSync(`${other.folder}/shop/0/made.json`, text);
    const before = lstatSync(`${other.folder}/shop/0/tree/a`).ino;
    const { tree } = await holdShared(other, shop.target, shop.commit, `room in ${name}`);
    expect(readFileSync(`${tree}/a`, 'utf8')).toBe('one\n');
    return lstatSync(`${tree}/a`).ino - before;
  };
  expect(await inHome('whole', note)).toBe(0);
  writeFileSync(`${home.folder}/shop/0/tree/a`, 'torn');
  await inHome('moving', null);
  await inHome('earlier boot', note.replace(/"boot":"\w+"/, '"boot":"x1"'));
  await inHome('torn note', note.slice(0, 20));
});

test('few checkouts are kept when nobody uses them', async () => {
  const shop = await makeShop({ a: 'one\n' });
  const home = homeIn(shop, () => (modesBind ? null : 0x70000000));
  const rooms = Array.from({ length: sharedLimits.idle + 3 }, (_, at) => `room-${at}`);
  // Each commit needs one of its own while the others are used.
  for (const room of rooms) {
    shop.repository.commitAll({ a: `${room}\n` });
    await holdShared(home, shop.target, await shop.sync(), room);
  }
  expect(readdirSync(`${home.folder}/shop`)).toHaveLength(rooms.length);
  for (const room of rooms) letGoShared(room);
  await holdShared(home, shop.target, shop.commit, 'room');
  expect(readdirSync(`${home.folder}/shop`)).toHaveLength(sharedLimits.idle + 1);
});
