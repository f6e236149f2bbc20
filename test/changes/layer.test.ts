// A room that was an overlay is read by what was written alone. It must tell what a whole walk tells, whatever was
// done.
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { handTo } from '../../src/platform/process/run-user.ts';
import { sealRoom } from '../../src/room/room.ts';
import { folderGroup } from '../../src/room/shared.ts';
import { openDice, seed } from '../kit/dice.ts';
import { makeShop, modesBind, type Shop } from '../kit/repository.ts';
import { copied, inRoom, openShopRoom, sharedIn, shortly, surveySealed, surveyWork } from '../kit/surveyed.ts';

const files = {
  a: 'a\n',
  'src/a': '1\n',
  'src/b': '2\n',
  'src/deep/c': '3\n',
  'src/deep/er/d': '4\n',
  'src/deep/er/e': '5\n',
  'lib/f': '6\n',
  'lib/link': { link: 'f' },
  'logs/.keep': '',
  '.gitignore': '*.log\ntmp/\n',
  'src/.gitignore': 'made\n!kept.log\n',
};

const places = ['a', 'src', 'src/a', 'src/deep', 'src/deep/c', 'src/deep/er', 'src/deep/er/d', 'lib', 'lib/link'];
const fresh = ['new', 'src/new', 'src/deep/er/new', 'tmp/x', 'src/made', 'src/kept.log', 'x.log', 'lib/f/under'];

// One act of an agent, as a line of shell; some of them fail, as an agent's do.
function actOf(roll: (sides: number) => number, count: number): string {
  const pick = (from: readonly string[]): string => from[roll(from.length) - 1] ?? 'a';
  const [one, other] = [pick([...places, ...fresh]), pick([...places, ...fresh])];
  const acts = [
    `rm -rf ${one}`,
    `rm -rf ${one} && mkdir -p ${one}`,
    `rm -rf ${one} && mkdir -p ${one} && echo ${count} > ${one}/again`,
    `mkdir -p $(dirname ${one}) && echo ${count} > ${one}`,
    `mv -f ${one} ${other}`,
    `cp -r ${one} ${other}`,
    `chmod +x ${one}`,
    `rm -rf ${one} && ln -s a ${one}`,
    `mkdir -p ${one}`,
    `mv ${one} held && mv held ${one}`,
  ];
  return acts[roll(acts.length) - 1] ?? 'true';
}

function scriptOf(acts: readonly string[]): string {
  return acts.map((act) => `{ ${act}; } 2>/dev/null || true`).join('\n');
}

test.each(Array.from({ length: 12 }, (_, at) => at))(
  `an overlay tells what a copy tells, after thirty acts (${seed}, %i)`,
  async (at) => {
    const { roll } = openDice(`overlay ${seed} ${at}`);
    const acts = Array.from({ length: 30 }, (_, count) => actOf(roll, count));
    // surveyWork does the work in both and compares.
    const { changes } = await surveyWork(files, (folder) => {
      execFileSync('sh', ['-c', scriptOf(acts)], { cwd: folder });
    });
    expect(changes.length, acts.join('\n')).toBeGreaterThan(0);
  },
);

test.each(Array.from({ length: 6 }, (_, at) => at))(
  `a room that begins with earlier work tells the same as an overlay and as a copy (${seed}, %i)`,
  async (at) => {
    const { roll } = openDice(`earlier work ${seed} ${at}`);
    const shop = await makeShop(files);
    const acts = Array.from({ length: 12 }, (_, count) => actOf(roll, count));
    execFileSync('sh', ['-c', scriptOf(acts)], { cwd: shop.repository.folder });
    shop.repository.commitAll({ always: 'x\n' });
    const work = await shop.sync();
    const told = [];
    for (const kind of modesBind ? [copied] : [copied, sharedIn(shop)]) {
      const room = await openShopRoom(shop, kind, work);
      const there = await inRoom(room, async () => {
        execFileSync('git', ['status'], { cwd: room.start, env: { PATH: process.env['PATH'], HOME: shop.root } });
        return readdirSync(room.start, { recursive: true, encoding: 'utf8' }).filter((one) => !one.startsWith('.git/'));
      });
      await sealRoom(room, 'shop');
      const result = await surveySealed(room, shop);
      told.push({ there: there.sort(), result });
    }
    for (const one of told) expect(one).toEqual(told[0]);
  },
);

test.skipIf(modesBind)(
  'a repository folder that is moved away and replaced hides nothing and brings nothing',
  async () => {
    const shop = await makeShop(files);
    const room = await openShopRoom(shop, sharedIn(shop));
    await inRoom(room, async () => writeFileSync(`${room.start}/a`, 'edited\n'));
    await sealRoom(room, 'shop');
    renameSync(`${room.folder}/repos`, `${room.folder}/away`);
    mkdirSync(`${room.folder}/repos/shop/src`, { recursive: true });
    writeFileSync(`${room.folder}/repos/shop/src/a`, 'beside\n');
    const result = await surveySealed(room, shop, { opaque: () => Promise.resolve(new Set<string>()) });
    if (result.kind !== 'surveyed') throw new Error(result.kind);
    expect(shortly(result.changes)).toEqual(['modified a', 'added src/a (kind-beside)']);
  },
);

test.skipIf(modesBind)('no run writes into the checkout that its room stands on', async () => {
  const shop = await makeShop(files);
  const room = await openShopRoom(shop, sharedIn(shop));
  const { shared } = room;
  if (shared === null) throw new Error('the room shares nothing');
  const state = (): string[] =>
    readdirSync(shared.tree, { recursive: true, encoding: 'utf8' })
      .sort()
      .map(
        (path) => `${path} ${lstatSync(`${shared.tree}/${path}`).mtimeMs} ${lstatSync(`${shared.tree}/${path}`).ino}`,
      );
  const before = state();
  await inRoom(room, async () => {
    const line =
      'echo x >> a; chmod +x src/a; rm -r lib src/deep; ln src/b src/b2; chmod u+s src/b; rm -rf .git; mknod z c 0 0';
    execFileSync('sh', ['-c', `${line}; true`], { cwd: room.start, stdio: 'ignore' });
  });
  expect(state()).toEqual(before);
});

// A room whose shared checkout has a uid of its own; `as` starts a program under it.
async function openOwned(shop: Shop) {
  const user = 0x70000123;
  const room = await openShopRoom(shop, sharedIn(shop, user));
  const { over } = room;
  if (over === null) throw new Error('the room is no overlay');
  await handTo(user, [over.upper], []);
  return { room, over, as: ['--reuid', `${user}`, '--regid', `${user}`, '--clear-groups'] };
}

test.skipIf(modesBind)('a folder that a run made is never of the group by which copied folders are known', async () => {
  const shop = await makeShop(files);
  const { room, over, as } = await openOwned(shop);
  await inRoom(room, async () => {
    const tries = [
      'echo x >> src/deep/er/d',
      'chmod g+s src; mkdir src/made; mkdir src/deep/made',
      'cp -a src src2; rm -rf src; mv src2 src',
      'rm -r lib; mkdir lib; chgrp 0 lib; chown 0:0 lib; unshare -r chgrp 0 lib',
    ];
    for (const line of tries)
      execFileSync('setpriv', [...as, 'unshare', '--map-root-user', 'sh', '-c', `{ ${line}; } 2>/dev/null; true`], {
        cwd: room.start,
      });
  });
  const groupOf = (path: string): number => lstatSync(`${over.upper}/${path}`).gid;
  expect(
    ['src', 'src/made', 'src/deep', 'src/deep/er', 'lib'].map(groupOf).filter((gid) => gid === folderGroup),
  ).toEqual([]);
});

test.skipIf(modesBind)(
  'a folder that was only written into keeps the group, and nobody is asked about it',
  async () => {
    const shop = await makeShop(files);
    const { room, as } = await openOwned(shop);
    await inRoom(room, async () => {
      const line = 'echo x >> src/deep/er/d; rm lib/f';
      execFileSync('setpriv', [...as, 'sh', '-c', line], { cwd: room.start });
    });
    await sealRoom(room, 'shop');
    const asked: unknown[] = [];
    const opaque = (one: unknown): Promise<Set<string>> => {
      asked.push(one);
      return Promise.resolve(new Set());
    };
    const result = await surveySealed(room, shop, { group: folderGroup, opaque });
    expect(result.kind === 'surveyed' ? shortly(result.changes) : []).toEqual([
      'deleted lib/f',
      'modified src/deep/er/d',
    ]);
    expect(asked).toEqual([]);
  },
);
