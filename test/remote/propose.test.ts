import { chmod, copyFile, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { start } from '../kit/crash.ts';
import { coder, errand, openTown, operate, type Town } from '../kit/remote.ts';

const settings = 'remote: origin, pull: true, pr: gh';
const write = 'echo $FOURLINE_ID.$FOURLINE_ATTEMPT > src/a.txt; echo x > other.txt';

type Pull = { number: number; url: string; state: string; head: string; base: string; title: string; body: string };

type Hub = Town & {
  readonly pulls: () => Promise<Pull[]>;
  readonly say: (state: string) => Promise<void>;
  readonly calls: () => Promise<string[]>;
};

// A town whose operator has gh, and is logged in.
async function openHub(card = coder(write)): Promise<Hub> {
  const town = await openTown(card, settings);
  const place = town.root.replace(/\/work$/, '');
  await mkdir(`${place}/bin`);
  await copyFile(resolve(import.meta.dirname, '../kit/gh.mjs'), `${place}/bin/gh`);
  await chmod(`${place}/bin/gh`, 0o755);
  await operate(town, {
    PATH: `${place}/bin:${process.env['PATH'] ?? ''}`,
    GH_PULLS: `${place}/pulls.json`,
    GH_TOKEN: 'token-of-the-operator',
  });
  const pulls = async (): Promise<Pull[]> =>
    JSON.parse(await readFile(`${place}/pulls.json`, 'utf8').catch(() => '[]')) as Pull[];
  return {
    ...town,
    pulls,
    say: async (state) =>
      writeFile(`${place}/pulls.json`, JSON.stringify((await pulls()).map((one) => ({ ...one, state })))),
    calls: async () => (await readFile(`${place}/pulls.json.calls`, 'utf8').catch(() => '')).trim().split('\n'),
  };
}

test('what landed becomes a pull request; its order waits for it and is done when it is merged', async () => {
  const hub = await openHub();
  await hub.write('inbox/coder/first.md', errand('Write a. Closes #1, @everybody.', 'grep -q first src/a.txt'));
  expect((await start(hub)).code).toBe(0);
  const [pull] = await hub.pulls();
  expect(pull).toMatchObject({
    number: 1,
    head: 'agents/0001-first',
    base: 'main',
    title: 'Write a. Closes #1, @everybody.',
  });
  expect(pull?.body).toContain('Order 0001-first, done by the role coder.');
  expect(pull?.body).toContain('1 change allowed, 1 refused.');
  expect(pull?.body).toContain('1 of 1 passed.');
  expect(pull?.body).toMatch(/```text\n\*\*Objective:\*\* Write a\. Closes #1, @everybody\.\n/);
  expect(hub.there('agents/0001-first')).toBe('0001-first.1');
  const waits = await hub.standing('first');
  expect([waits.position, waits.waits?.on, waits.pull?.state]).toEqual(['parked', 'pr', 'open']);
  expect((await hub.fourline('status')).out).toContain('merge or close https://github.example/dana/shop/pull/1');
  await hub.say('MERGED');
  await hub.work();
  const done = await hub.standing('first');
  expect([done.outcome, done.note]).toEqual([
    'done',
    'pull request 1 was merged: https://github.example/dana/shop/pull/1',
  ]);
  expect(await hub.record('first', 'report.md')).toContain('grep -q first src/a.txt');
  expect((await hub.fourline('show', '1')).out).toContain('pull request 1, merged: https://github.example');
  expect((await hub.fourline('audit', '--verify')).code).toBe(0);
});

test('a pull request that is closed ends its order as refused', async () => {
  const hub = await openHub();
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  await hub.say('CLOSED');
  await hub.work();
  const { outcome, note } = await hub.standing('first');
  expect([outcome, note]).toEqual(['refused', 'pull request 1 was closed: https://github.example/dana/shop/pull/1']);
  expect((await hub.fourline('audit', '--verify')).code).toBe(0);
});

test('an order that is sent back goes on where it landed, and brings its pull request up to date', async () => {
  const hub = await openHub(
    coder(
      'grep -q "b is missing" "$FOURLINE_ROOM/brief.md" && echo two > src/b.txt; echo $FOURLINE_ID.$FOURLINE_ATTEMPT >> src/a.txt',
    ),
  );
  await hub.write('inbox/coder/first.md', errand('Write a.').replace('- src/a.txt\n', '- src/**\n'));
  await hub.work();
  expect((await hub.fourline('retry', '1', 'b is missing')).code).toBe(0);
  await hub.work();
  const pulls = await hub.pulls();
  expect(pulls).toHaveLength(1);
  expect(hub.there('agents/0001-first')).toBe('one\n0001-first.1\n0001-first.2');
  expect(hub.there('agents/0001-first', 'src/b.txt')).toBe('two');
  expect((await hub.calls()).filter((one) => /create|edit/.test(one))).toEqual(['pr create', 'pr edit']);
  await hub.say('MERGED');
  await hub.work();
  expect((await hub.standing('first')).outcome).toBe('done');
  expect((await hub.fourline('audit', '--verify')).code).toBe(0);
});

test.each(['propose.done', 'park.written', 'land.moved'])('killed at %s, one pull request is opened', async (point) => {
  const hub = await openHub();
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  expect((await start(hub, point)).signal).toBe('SIGKILL');
  expect((await start(hub)).code).toBe(0);
  const pulls = await hub.pulls();
  expect(pulls.map((one) => one.head)).toEqual(['agents/0001-first']);
  expect(pulls[0]?.body).toContain('1 change allowed');
  expect((await hub.standing('first')).pull?.number).toBe(1);
  await hub.say('MERGED');
  expect((await start(hub)).code).toBe(0);
  expect((await hub.standing('first')).outcome).toBe('done');
});

test('a gh that refuses is said with what to do, and it is tried again', async () => {
  const hub = await openHub();
  process.env['GH_TOKEN'] = 'another';
  hub.env['GH_TOKEN'] = 'another';
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  expect(hub.there('agents/0001-first')).toBe('0001-first.1');
  expect((await hub.fourline('status')).out).toMatch(/no pull request is opened: .*gh auth login.*→ gh auth status/);
  process.env['GH_TOKEN'] = 'token-of-the-operator';
  await hub.work();
  expect((await hub.standing('first')).pull?.number).toBe(1);
  expect((await hub.fourline('status')).out).not.toContain('no pull request');
});

test('without gh it is said once, what landed is pushed all the same, and the order is done', async () => {
  const town = await openTown(coder(write), settings);
  // This machine may have a gh: all of its programs but that one.
  const bin = `${town.root.replace(/\/work$/, '')}/bin`;
  await mkdir(bin);
  for (const folder of (process.env['PATH'] ?? '').split(':'))
    for (const name of await readdir(folder).catch(() => []))
      if (name !== 'gh') await symlink(`${folder}/${name}`, `${bin}/${name}`).catch(() => undefined);
  await operate(town, { PATH: bin });
  for (const name of ['first', 'second']) {
    await town.write(`inbox/coder/${name}.md`, errand('Write a.'));
    await town.work();
    expect((await town.standing(name)).outcome).toBe('done');
  }
  expect(town.there('agents/0002-second')).toBe('0002-second.1');
  const said = town.said.filter((line) => line.includes('no pull request is opened: gh is not installed'));
  expect(said).toHaveLength(1);
});

test('an order whose repository opens no pull requests any more is done', async () => {
  const hub = await openHub();
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  await hub.write('fourline.yaml', 'sandbox: off\nrepos: { shop: { remote: origin } }\n');
  await hub.work();
  const { outcome, note } = await hub.standing('first');
  expect([outcome, note]).toEqual(['done', 'no pull request is opened any more']);
});

test('commits that people pushed to the pull request’s branch are fetched before its order goes on', async () => {
  const hub = await openHub(coder('cat src/b.txt >> src/a.txt; echo $FOURLINE_ATTEMPT >> src/a.txt'));
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  hub.git('..', 'clone', '-q', '-b', 'agents/0001-first', 'shop.git', 'reviewer');
  await hub.write('../reviewer/src/b.txt', 'from a reviewer\n');
  hub.git('../reviewer', 'commit', '-qam', 'Mend b');
  hub.git('../reviewer', 'push', '-q', 'origin', 'HEAD');
  await hub.fourline('retry', '1');
  await hub.work();
  expect(hub.there('agents/0001-first')).toMatch(/from a reviewer\n2$/);
  expect((await hub.fourline('status')).out).not.toContain('push of');
  expect(await hub.pulls()).toHaveLength(1);
});

test('an order that waits for its pull request can be cancelled', async () => {
  const hub = await openHub();
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  expect((await hub.fourline('cancel', '1')).code).toBe(0);
  await hub.work();
  expect((await hub.standing('first')).outcome).toBe('halted');
  expect((await hub.pulls())[0]?.state).toBe('OPEN');
});

test('a pull request that ended long ago, from another branch of the same name, is nobody’s: a new one is opened', async () => {
  const hub = await openHub();
  const old = { number: 1, url: 'https://github.example/dana/shop/pull/1', state: 'MERGED', isCrossRepository: false };
  const place = hub.root.replace(/\/work$/, '');
  await writeFile(
    `${place}/pulls.json`,
    JSON.stringify([
      { ...old, head: 'agents/0001-first', headRefOid: '1'.repeat(40), base: 'main', title: 'Old.', body: '' },
    ]),
  );
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  expect((await hub.pulls()).map(({ number, state }) => `${number} ${state}`)).toEqual(['1 MERGED', '2 OPEN']);
  expect((await hub.standing('first')).pull).toMatchObject({ number: 2, state: 'open' });
});

test('a person’s branch called agents leaves orders a name of their own', async () => {
  const hub = await openHub();
  hub.git('repos/shop', 'branch', 'agents');
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  expect((await hub.standing('first')).pull).toMatchObject({ state: 'open' });
  expect((await hub.pulls()).map(({ head }) => head)).toEqual(['agents-0001-first']);
});

test('a branch that a person deletes before it is pushed ends its order: nobody wants the work', async () => {
  const hub = await openHub();
  await rename(hub.bare, `${hub.bare}.away`);
  await hub.write('inbox/coder/first.md', errand('Write a.'));
  await hub.work();
  expect((await hub.standing('first')).position).toBe('parked');
  hub.git('repos/shop', 'branch', '-D', 'agents/0001-first');
  await rename(`${hub.bare}.away`, hub.bare);
  await hub.work();
  await hub.work();
  const { outcome, note } = await hub.standing('first');
  expect([outcome, note]).toEqual([
    'refused',
    'agents/0001-first does not hold its work any more: it was deleted or moved before it was pushed',
  ]);
  expect(await hub.pulls()).toEqual([]);
});
