// A check's checkout is exactly its commit, also where it is the difference to a shared one; a run's room lets go of
// what it shares as soon as nothing runs in it.
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openCheckout } from '../../src/room/room.ts';
import { mountLayers } from '../../src/setup/mount.ts';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';
import { git, makeShop, modesBind, type Shop } from '../kit/repository.ts';
import { copied, inRoom, openShopRoom, roomAuthor, sharedIn } from '../kit/surveyed.ts';

async function openOn(shop: Shop) {
  const kind = modesBind ? copied : sharedIn(shop);
  const room = await openShopRoom(shop, kind);
  const git = { branch: 'main', author: roomAuthor, walled: false };
  return { room, check: (commit: string) => openCheckout(room, { target: shop.target, commit, kind }, git) };
}

function contentOf(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((path) => path !== '.git' && !path.startsWith('.git/')).sort();
}

test('a folder that became a submodule is an empty folder in a check', async () => {
  const shop = await makeShop({ a: '1\n', 'lib/x': '1\n', 'lib/deep/y': '1\n' });
  const { check } = await openOn(shop);
  const inner = git(shop.repository.folder, ['rev-parse', 'HEAD']);
  shop.repository.git('rm', '-rq', 'lib');
  shop.repository.git('update-index', '--add', '--cacheinfo', `160000,${inner},lib`);
  shop.repository.git('commit', '-qm', 'lib is a submodule');
  const checkout = await check(await shop.sync());
  expect(await inRoom(checkout, async () => contentOf(checkout.start))).toEqual(['a', 'lib']);
});

test('git in a check stands on its commit and finds nothing changed', async () => {
  const shop = await makeShop({ a: '1\n', 'src/b': '1\n', 'src/c/d': '1\n', link: { link: 'a' } });
  const { check } = await openOn(shop);
  shop.repository.commitAll({ a: null, 'src/b': '2\n', 'src/c': 'now a file\n', 'new/e': 'x\n', link: 'no link\n' });
  const commit = await shop.sync();
  const checkout = await check(commit);
  await inRoom(checkout, async () => {
    expect(contentOf(checkout.start)).toEqual(['link', 'new', 'new/e', 'src', 'src/b', 'src/c']);
    expect(git(checkout.start, ['status', '--porcelain'])).toBe('');
    expect(git(checkout.start, ['rev-parse', 'HEAD'])).toBe(commit);
  });
});

test.skipIf(modesBind)('a layer lies where a commit took a tracked folder away', async () => {
  const shop = await makeShop({ a: '1\n', 'dist/x': '1\n' });
  const { room, check } = await openOn(shop);
  shop.repository.commitAll({ 'dist/x': null });
  const { over, start } = await check(await shop.sync());
  if (over === null) throw new Error('the checkout is no overlay');
  expect(lstatSync(`${over.upper}/dist`).isCharacterDevice()).toBe(true);
  mkdirSync(`${shop.root}/layer/tree/dist`, { recursive: true });
  writeFileSync(`${shop.root}/layer/tree/dist/made`, 'x');
  const layer = { folder: `${shop.root}/layer`, paths: ['dist'], home: [] } as unknown as Parameters<
    typeof mountLayers
  >[0][0];
  const ground = {
    repository: { outside: [over.upper, over.lower], inside: '/room/repos/shop' },
    home: { outside: [start], inside: '/home/agent' },
  };
  const { binds } = await mountLayers([layer], true, room.place, 'layer', ground);
  expect(binds.map(({ to }) => to)).toEqual(['/room/repos/shop/dist']);
});

test('a link in the place of a small file is judged like any other change', async () => {
  const office = await openOffice({
    coder: `---\nagent: command\ncommand: [sh, -c, "rm src/a && ln -s b src/l"]\nwrite: |\n  repos/*/src/**\n---\nx\n`,
  });
  await office.repository('shop', { 'src/a': 'a\n', 'src/b': 'b\n' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'ls-tree', '-r', '--name-only', 'HEAD').split('\n')).toEqual(['src/b', 'src/l']);
});

test('a failed attempt keeps no shared checkout from the next one', async () => {
  needs('bwrap');
  const office = await openOffice({
    coder: `---\nagent: command\ncommand: [sh, -c, "echo x >> src/a; test $(wc -l < src/a) -gt 2"]\nwrite: |\n  repos/*/src/**\nlimits: { attempts: 3 }\n---\nx\n`,
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.repository('shop', { 'src/a': '' });
  await office.write('inbox/coder/x.md', order(['src/**']));
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect((await office.standing('x')).attempt).toBe(3);
  const checkouts = `${office.env['XDG_STATE_HOME']}/fourline/checkouts`;
  const [workspace = ''] = readdirSync(checkouts);
  // One after the other, each attempt had the same.
  expect(readdirSync(`${checkouts}/${workspace}/shop`)).toEqual(['0']);
});
