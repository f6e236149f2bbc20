import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listTree } from '../../src/platform/git/tree.ts';
import { filesUnder } from '../../src/platform/git/tree-folder.ts';
import { compileMatcher } from '../../src/role/grant.ts';
import { furnishRoom } from '../../src/room/furnish.ts';
import { closeRoom, openCheckout, openRoom, type Room, sealRoom } from '../../src/room/room.ts';
import { writeTree } from '../../src/room/tree.ts';
import { type Content, git, makeShop, type Shop, temporaryFolder, writeFiles } from '../kit/repository.ts';
import { copied, roomAuthor } from '../kit/surveyed.ts';

const files: Record<string, Content> = {
  'src/a.ts': 'one\r\ntwo\n',
  bytes: Buffer.from([0, 255, 13, 10]),
  run: { run: '#!/bin/sh\n' },
  link: { link: 'src/a.ts' },
  empty: '',
  'deep/er/x y\n.txt': 'odd name',
  '.gitattributes': '* text=auto eol=crlf\n*.ts ident filter=bad\n',
};

function open(shop: Shop, options: { work?: string; branch?: string } = {}): Promise<Room> {
  const base = {
    target: shop.target,
    branch: options.branch ?? 'main',
    commit: shop.commit,
    work: options.work ?? null,
  };
  const plan = { rooms: `${shop.root}/rooms`, run: '0001-a.1', author: roomAuthor, walled: false, kind: copied };
  return openRoom(plan, base);
}

function treeObject(gitDir: string, entries: readonly (readonly [string, string, string])[]): string {
  const parts = entries.map(([mode, name, id]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
  );
  return git(gitDir, ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], Buffer.concat(parts));
}

test('a room holds the bytes of the blobs, in files of its own', async () => {
  const shop = await makeShop(files);
  const room = await open(shop);
  const entries = await filesUnder(room.base, '');
  expect(entries.map((one) => one.path)).toEqual(
    (await listTree(shop.target.objects, shop.commit)).map((one) => `repos/shop/${one.path}`),
  );
  for (const entry of entries) {
    const at = `${room.folder}/${entry.path}`;
    const stat = lstatSync(at);
    const content = entry.mode === '120000' ? Buffer.from(readlinkSync(at)) : readFileSync(at);
    expect(content.equals(execFileSync('git', ['-C', shop.target.mirror, 'cat-file', 'blob', entry.id]))).toBe(true);
    expect(stat.nlink).toBe(1);
    expect(entry.mode === '120000' || (stat.mode & 0o100) !== 0).toBe(entry.mode !== '100644');
  }
  expect(readdirSync(room.folder)).toEqual(['repos']);
  expect(lstatSync(room.folder).mode & 0o777).toBe(0o700);
});

test('an agent finds a repository it can ask and commit in, and nobody else sees what it does there', async () => {
  const shop = await makeShop({ 'src/a.ts': 'one\n', run: { run: 'x' }, link: { link: 'run' } });
  shop.repository.git('branch', 'feature/x');
  const room = await open(shop, { branch: 'feature/x' });
  const refs = (): string[] => [shop.target.mirror, shop.repository.folder].map((dir) => git(dir, ['for-each-ref']));
  const objects = (): string[] =>
    [shop.target.mirror, shop.repository.folder].map((dir) => git(dir, ['count-objects', '-v']));
  const before = [refs(), objects()];
  const plain = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: room.start,
      env: { PATH: process.env['PATH'], HOME: room.home, GIT_CONFIG_NOSYSTEM: '1' },
    }).toString();
  expect(plain('status', '--porcelain')).toBe('');
  writeFiles(room.start, { 'src/a.ts': 'two\n', b: 'new' });
  expect(plain('diff', '--stat')).toContain('1 file changed');
  plain('add', '-A');
  plain('commit', '-qm', 'Inside');
  expect(plain('log', '--format=%an <%ae> %s %D').split('\n')).toEqual([
    'coder <coder@fourline.invalid> Inside HEAD -> feature/x',
    'Test <test@fourline.invalid> Begin ',
    '',
  ]);
  plain('gc', '-q', '--prune=now');
  expect([refs(), objects()]).toEqual(before);
  await sealRoom(room, 'shop');
  expect(readdirSync(room.start).sort()).toEqual(['b', 'link', 'run', 'src']);
});

test('a room begins with the work of an earlier attempt, and still counts from its base', async () => {
  const shop = await makeShop({ a: 'one\n' });
  const work = shop.repository.commitAll({ a: 'two\n', b: 'new' });
  await shop.sync();
  const room = await open(shop, { work });
  expect(readFileSync(`${room.start}/a`, 'utf8')).toBe('two\n');
  expect((await filesUnder(room.base, '')).map((one) => one.path)).toEqual(['repos/shop/a']);
  expect(git(room.start, ['status', '--porcelain'])).toBe(' M a\n?? b');
});

test('a room of the same name begins fresh, whatever the earlier one was left like', async () => {
  const shop = await makeShop({ a: 'one\n' });
  const first = await open(shop);
  writeFiles(first.folder, { 'left/over': 'x', 'closed/in': 'x' });
  writeFiles(first.home, { 'go/pkg/mod/x': 'x' });
  chmodSync(`${first.folder}/closed`, 0);
  chmodSync(`${first.home}/go/pkg/mod`, 0o555);
  const second = await open(shop);
  expect([readdirSync(second.folder), readdirSync(second.home)]).toEqual([['repos'], []]);
  await closeRoom(`${shop.root}/rooms`, '0001-a.1');
  expect(readdirSync(`${shop.root}/rooms`)).toEqual([]);
});

test('a room is thrown away however deep it was filled', async () => {
  const shop = await makeShop({ a: 'x' });
  const room = await open(shop);
  const name = 'd'.repeat(200);
  const script = `i=0; while [ $i -lt 30 ]; do mkdir ${name}; cd -P ${name} || exit 1; i=$((i+1)); done; : > end; chmod 0 .`;
  execFileSync('sh', ['-ec', script], { cwd: room.start });
  await closeRoom(`${shop.root}/rooms`, '0001-a.1');
  expect(existsSync(room.place)).toBe(false);
});

test('sealing a room removes nothing through a link, and opens what was closed', async () => {
  const shop = await makeShop({ a: 'one\n' });
  for (const work of [
    (room: Room) => writeFiles(room.folder, { 'repos/shop': { link: shop.repository.folder } }),
    (room: Room) => writeFiles(room.folder, { repos: { link: `${shop.root}/repos` } }),
    (room: Room) => writeFiles(room.folder, { 'repos/shop/.git': { link: `${shop.repository.folder}/.git` } }),
  ]) {
    const room = await open(shop);
    work(room);
    await sealRoom(room, 'shop');
    expect(shop.repository.git('status', '--porcelain')).toBe('');
  }
  const room = await open(shop);
  for (const name of ['repos/shop/.git/objects', 'repos/shop/.git', 'repos/shop', 'repos', ''])
    chmodSync(`${room.folder}/${name}`, 0o100);
  await sealRoom(room, 'shop');
  expect(readdirSync(room.start)).toEqual(['a']);
});

test('a checkout for checks is exactly one tree', async () => {
  const shop = await makeShop({ a: 'one\n', 'run.sh': { run: '#!/bin/sh\n' } });
  const room = await open(shop);
  writeFiles(room.place, { 'check-room/repos/shop/old': 'x', 'check-home/.npmrc': 'x' });
  const checkout = await openCheckout(
    room,
    { target: shop.target, commit: shop.commit, kind: copied },
    {
      branch: 'main',
      author: roomAuthor,
      walled: false,
    },
  );
  expect(readdirSync(checkout.start)).toEqual(['.git', 'a', 'run.sh']);
  expect(readdirSync(checkout.home)).toEqual([]);
});

test('a role with no repository gets an empty room', async () => {
  const root = temporaryFolder();
  const room = await openRoom(
    { rooms: `${root}/rooms`, run: 'r', author: roomAuthor, walled: false, kind: copied },
    null,
  );
  expect([room.start, await filesUnder(room.base, ''), readdirSync(room.folder)]).toEqual([room.folder, [], []]);
  await sealRoom(room, null);
});

test('nothing is written through a link that stands in a tree', async () => {
  const shop = await makeShop({ a: 'x' });
  const outside = temporaryFolder();
  const { mirror, objects } = shop.target;
  const blob = git(mirror, ['hash-object', '-w', '--stdin'], 'evil');
  const link = git(mirror, ['hash-object', '-w', '--stdin'], outside);
  const inner = treeObject(mirror, [['100644', 'b', blob]]);
  const twice = treeObject(mirror, [
    ['120000', 'dir', link],
    ['40000', 'dir', inner],
  ]);
  const folder = temporaryFolder();
  await expect(writeTree(folder, await listTree(objects, twice), objects)).rejects.toThrow();
  expect(readdirSync(outside)).toEqual([]);
});

test.each(['..', '.', '.git', '.GIT'])(
  'a tree that holds a folder named %s is a fault, and nothing of it is written',
  async (name) => {
    const shop = await makeShop({ a: 'x' });
    const { mirror, objects } = shop.target;
    const blob = git(mirror, ['hash-object', '-w', '--stdin'], 'evil');
    const tree = treeObject(mirror, [['40000', name, treeObject(mirror, [['100644', 'evil', blob]])]]);
    const root = temporaryFolder();
    mkdirSync(`${root}/inside`);
    await expect(writeTree(`${root}/inside`, await listTree(objects, tree), objects)).rejects.toMatchObject({
      code: 'tree-unsafe',
    });
    expect(readdirSync(root, { recursive: true })).toEqual(['inside']);
  },
);

test('a tree whose object is missing is a fault that says what to do', async () => {
  const shop = await makeShop({ a: 'x' });
  const entry = { path: 'a', mode: '100644', id: 'e'.repeat(40) };
  await expect(writeTree(temporaryFolder(), [entry], shop.target.objects)).rejects.toMatchObject({
    code: 'object-missing',
    hint: expect.stringContaining('mirror'),
  });
});

test('a room is furnished with the order, trays, mail and the state that the role owns, all copies', async () => {
  const root = temporaryFolder();
  const room = await openRoom(
    { rooms: `${root}/rooms`, run: 'r', author: roomAuthor, walled: false, kind: copied },
    null,
  );
  writeFiles(root, {
    'mail/0001-a.report.md': 'report',
    'mail/link.md': { link: '../state/other.json' },
    'state/pipeline.json': '{}',
    'state/other.json': 'not its own',
    'state/plans/a/b.json': '[]',
    'state/plans/a/.b.json.0123456789ab-7.tmp': 'half',
    'state/seen/s.json': '7',
    'state/plans/link.json': { link: '../other.json' },
    'state/orders/2026-01/x.json': 'fourline’s own',
    'state/journal.jsonl': 'fourline’s own',
  });
  const globs = ['state/pipeline.json', 'state/plans/**', 'state/orders/**', 'state/journal.jsonl'];
  const matcher = (globs: readonly string[]) =>
    compileMatcher(
      'roles/coordinator.md',
      globs.map((text, index) => ({ glob: { text, literal: !text.includes('*') }, line: index + 1 })),
    );
  const [write, read] = [matcher(globs), matcher(['state/seen/*.json'])];
  const plan = {
    order: 'the order\n',
    trays: ['coder', 'auditor'],
    mailFrom: `${root}/mail`,
    traysFrom: `${root}/trays`,
    refs: new Map(),
    state: `${root}/state`,
  };
  const furnished = await furnishRoom(room, { ...plan, write, read, files: { 'steps.json': '[1]' } });
  expect(furnished).toEqual({
    state: [
      { path: 'state/pipeline.json', content: '{}' },
      { path: 'state/plans/a/b.json', content: '[]' },
      { path: 'state/seen/s.json', content: '7' },
    ],
    mail: ['0001-a.report.md'],
  });
  const inside = readdirSync(room.folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() || one.name === 'coder' || one.name === 'auditor')
    .map((one) => `${one.parentPath}/${one.name}`.slice(room.folder.length + 1));
  expect(inside.sort()).toEqual([
    'inbox/auditor',
    'inbox/coder',
    'mail/0001-a.report.md',
    'order.md',
    'state/pipeline.json',
    'state/plans/a/b.json',
    'state/seen/s.json',
  ]);
  expect(readFileSync(`${room.place}/steps.json`, 'utf8')).toBe('[1]');
  expect(lstatSync(`${room.folder}/state/pipeline.json`).nlink).toBe(1);
});
