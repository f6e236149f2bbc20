import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { start } from '../kit/crash.ts';
import { needs } from '../kit/needs.ts';
import { type Office, openOffice } from '../kit/office.ts';

/** A card whose agent is one shell line. */
function coder(line: string, attempts = 1): string {
  return `---
description: Writes code.
agent: command
command: [sh, -c, ${JSON.stringify(line)}]
write: |
  repos/*/src/**
  repos/*/deps.txt
  repos/*/package.json
  repos/*/package-lock.json
limits: { attempts: ${attempts} }
---
You are the coder.
`;
}

function order(objective: string, bullet: string, ...files: string[]): string {
  return [
    `**Objective:** ${objective}`,
    '',
    '**Acceptance:**',
    `- \`${bullet}\` passes`,
    '- nothing else changes',
    '- the report says what was done',
    '',
    '**Files:**',
    ...(files.length === 0 ? ['src/a.txt'] : files).map((file) => `- ${file}`),
    '',
    '**Branching:** halt-with-note',
    '',
  ].join('\n');
}

// Installs what deps.txt names, as a package manager would, and counts how often it ran in a file of the layer.
const install = 'mkdir -p node_modules/dep && cp deps.txt node_modules/dep/version && date +%N > node_modules/dep/made';

async function openShop(line: string, settings: string, attempts = 1): Promise<Office> {
  const office = await openOffice({ coder: coder(line, attempts) });
  await office.repository('shop', { 'deps.txt': 'one\n', '.gitignore': 'node_modules/\n*.cache\n', 'src/a.txt': '' });
  await office.write('fourline.yaml', settings);
  return office;
}

const settings = `repos: { shop: { setup: ${JSON.stringify(install)}, key: [deps.txt], env: MODE=test } }\n`;

needs('bwrap');

test('what setup installs is in the room and in the check, and is made once', async () => {
  const office = await openShop(
    'cat node_modules/dep/version node_modules/dep/made > src/a.txt; echo $MODE >> src/a.txt',
    settings,
  );
  await office.write(
    'inbox/coder/first.md',
    order('Read the package.', 'grep one node_modules/dep/version && grep test src/a.txt'),
  );
  await office.work();
  const first = await office.read('repos/shop/src/a.txt');
  expect(first).toMatch(/^one\n\d+\ntest\n$/);
  await office.write('inbox/coder/second.md', order('Read it again.', 'test "$MODE" = test', 'src/a.txt'));
  await office.work();
  expect((await office.standing('second')).outcome).toBe('failed');
  expect(await office.read('repos/shop/src/a.txt')).toBe(first);
  expect(office.said.filter((line) => line.includes('setup:')).length).toBe(1);
});

test('what a run writes into a layer is gone with it', async () => {
  const office = await openShop(
    'cat node_modules/dep/version > src/a.txt; ls node_modules >> src/a.txt; echo bad > node_modules/dep/version; rm node_modules/dep/made; touch node_modules/mine; date +%N >> src/a.txt',
    settings,
  );
  await office.write(
    'inbox/coder/first.md',
    order('Change the package.', 'grep -x one node_modules/dep/version && test ! -e node_modules/mine'),
  );
  await office.work();
  expect((await office.standing('first')).outcome).toBe('done');
  await office.write('inbox/coder/second.md', order('Change it again.', 'test -e node_modules/dep/made'));
  await office.work();
  expect((await office.standing('second')).outcome).toBe('done');
  expect(await office.read('repos/shop/src/a.txt')).toMatch(/^one\ndep\n\d+\n$/);
});

test('changed key files are set up for the commit that would land, and for the next run', async () => {
  const office = await openShop('echo two > deps.txt; cp node_modules/dep/version src/a.txt', settings);
  await office.write(
    'inbox/coder/first.md',
    order('Take the newer package.', 'grep -x two node_modules/dep/version', 'deps.txt', 'src/a.txt'),
  );
  await office.work();
  expect((await office.standing('first')).outcome).toBe('done');
  expect(await office.read('repos/shop/src/a.txt')).toBe('one\n');
  await office.write('inbox/coder/second.md', order('Use it.', 'grep -x two src/a.txt', 'deps.txt', 'src/a.txt'));
  await office.work();
  expect((await office.standing('second')).outcome).toBe('done');
});

test('a setup that fails is the workspace’s trouble: its orders wait unspent, others go on, and it goes on when it is mended', async () => {
  const office = await openShop(
    'date +%N > src/a.txt',
    "repos: { shop: { setup: ['echo no such package; exit 3'] } }\n",
  );
  await office.repository('other', { 'src/a.txt': '' });
  await office.write('inbox/coder/waits.md', `---\nrepo: shop\n---\n${order('Wait.', 'true')}`);
  await office.write('inbox/coder/goes.md', `---\nrepo: other\n---\n${order('Go on.', 'true')}`);
  await office.work();
  expect((await office.standing('goes')).outcome).toBe('done');
  const waiting = await office.standing('waits');
  expect([waiting.position, waiting.spent]).toEqual(['posted', 0]);
  expect(office.said.join('\n')).toContain(
    'setup `echo no such package; exit 3` failed: it ended with status 3 (no such package)',
  );
  expect(readdirSync(`${office.root}/inbox/operator`).join()).toContain('setup-shop');
  await office.write('fourline.yaml', settings);
  await office.work();
  expect((await office.standing('waits')).outcome).toBe('done');
});

test('key files that break the setup are the work’s fault, and the role hears why', async () => {
  const line = 'test -z "$(ls "$FOURLINE_ROOM"/feedback* 2>/dev/null)"; echo three > deps.txt';
  const office = await openShop(
    line,
    `repos: { shop: { setup: "grep -x one deps.txt && ${install}", key: [deps.txt] } }\n`,
    2,
  );
  await office.write('inbox/coder/first.md', order('Break the lock file.', 'true', 'deps.txt'));
  await office.work();
  const standing = await office.standing('first');
  expect(standing.outcome).toBe('failed');
  expect(await office.record('first', 'report.md')).toContain('setup');
});

test('setups of two folders fill one folder of HOME: room and check find both, and programs in it by PATH', async () => {
  const fill = (name: string): string =>
    `mkdir -p ~/.tools/bin && printf '#!/bin/sh\\necho ${name}\\n' > ~/.tools/bin/${name} && chmod +x ~/.tools/bin/${name}`;
  const office = await openShop(
    'one >> src/a.txt && two >> src/a.txt && echo echo bad > ~/.tools/bin/two',
    `repos: { shop: { setup: { src: "${fill('one')}", .: "${fill('two')}" }, keep: [~/.tools], env: PATH=~/.tools/bin } }\n`,
  );
  await office.write(
    'inbox/coder/first.md',
    order('Use both.', 'test "$(one) $(two)" = "one two" && grep two src/a.txt'),
  );
  await office.work();
  expect(await office.read('repos/shop/src/a.txt')).toBe('one\ntwo\n');
});

test.each(['setup.ran', 'setup.kept'])(
  'a death at %s leaves no half layer, and the next start makes it',
  async (point) => {
    const office = await openShop('cat node_modules/dep/version > src/a.txt', settings);
    await office.write('inbox/coder/first.md', order('Read it.', 'grep one node_modules/dep/version'));
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await office.standing('first')).toMatchObject({ outcome: 'done', attempt: 1 });
    const below = office.root.replace(/\/work$/, '');
    const manifests = execFileSync('find', [below, '-path', '*/layers/*', '-name', 'manifest.json'], {
      encoding: 'utf8',
    });
    expect(manifests.trim().split('\n')).toHaveLength(1);
  },
);

test('closed folders that a setup leaves are kept, opened; more paths than a layer has are its failure', async () => {
  const closed =
    'mkdir -p node_modules/dep node_modules/x && cp deps.txt node_modules/dep/version && chmod 0 node_modules/x && chmod 555 node_modules/dep node_modules';
  const office = await openShop(
    'cat node_modules/dep/version > src/a.txt',
    `repos: { shop: { setup: ${JSON.stringify(closed)}, key: [deps.txt] } }\n`,
  );
  await office.write('inbox/coder/first.md', order('Use it.', 'grep -x one src/a.txt'));
  await office.work();
  expect((await office.standing('first')).outcome).toBe('done');
  await office.write(
    'fourline.yaml',
    "repos: { shop: { setup: 'for i in $(seq 201); do echo > $i.cache; done', key: [deps.txt] } }\n",
  );
  await office.write('inbox/coder/second.md', order('Use it.', 'true'));
  await office.work();
  expect((await office.standing('second')).position).toBe('posted');
  expect(office.said.join('\n')).toContain('name the folders that are needed under keep:');
});

test('a setup that failed is repeated at once when fourline.yaml changes anywhere', async () => {
  const office = await openShop('date +%N > src/a.txt', "repos: { shop: { setup: ['exit 3'] } }\n");
  await office.write('inbox/coder/first.md', order('Wait.', 'true'));
  await office.work();
  const failures = (): number => office.said.join('\n').split('it ended with status 3').length;
  const before = failures();
  await office.work();
  expect(failures()).toBe(before);
  await office.write('fourline.yaml', "reachable: ['127.0.0.1:1']\nrepos: { shop: { setup: ['exit 3'] } }\n");
  await office.work();
  expect(failures()).toBeGreaterThan(before);
});

test('where the setup fails on the branch as well, nobody’s attempt is spent: it is asked, and goes on by itself when it works', async () => {
  const office = await openShop('echo two > deps.txt', '');
  const registry = resolve(office.root, '../registry');
  mkdirSync(registry);
  writeFileSync(`${registry}/packages`, '');
  const fetch = `cat ${registry}/packages && ${install}`;
  await office.write(
    'fourline.yaml',
    `readable: [${registry}]\nrepos: { shop: { setup: ${JSON.stringify(fetch)}, key: [deps.txt] } }\n`,
  );
  await office.write('inbox/coder/first.md', order('Make the layer.', 'true', 'deps.txt', 'src/a.txt'));
  await office.work();
  expect((await office.standing('first')).outcome).toBe('done');
  office.git('repos/shop', 'revert', '--no-edit', 'HEAD');
  rmSync(`${registry}/packages`);
  await office.write('inbox/coder/second.md', order('Change the packages.', 'grep two deps.txt', 'deps.txt'));
  await office.work();
  const held = await office.standing('second');
  expect([held.position, held.spent, held.attempt]).toEqual(['parked', 0, 1]);
  const form = await office.read(`inbox/operator/${held.id}.approval.md`);
  expect(form).toMatch(/setup `cat .*` failed: .*; it fails on main as well now, so the checks were not run/);
  expect(form).toContain('wait: the setup is tried again every few minutes');
  writeFileSync(`${registry}/packages`, '');
  const waiting = `state/active/${held.id}/waiting.json`;
  await office.write(waiting, (await office.read(waiting)).replace(/"again": ?\d+/, '"again": 1'));
  // As five minutes later.
  const notes = execFileSync('find', [`${office.root}/..`, '-name', '*.failed.json'], { encoding: 'utf8' });
  for (const path of notes.trim().split('\n'))
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"at":\d+/, '"at":1'));
  await office.work();
  expect(await office.standing('second')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('a setup takes no run’s place: others run meanwhile, and status says what its orders wait for', async () => {
  const office = await openShop('cat node_modules/dep/version > src/a.txt', '');
  await office.repository('other', { 'src/a.txt': '' });
  const other = `${office.root}/repos/other/src`;
  // It ends when the other order has landed.
  const wait = `until grep -q . ${other}/a.txt; do sleep 0.1; done; ${install}`;
  await office.write(
    'fourline.yaml',
    `runs: 1\nreadable: [${other}]\nrepos: { shop: { setup: ${JSON.stringify(wait)}, key: [deps.txt] } }\n`,
  );
  await office.write('inbox/coder/first.md', `---\nrepo: shop\npriority: 9\n---\n${order('Wait.', 'true')}`);
  expect((await office.fourline('status')).out).toContain('waits for the setup of repos/shop');
  await office.write('inbox/coder/second.md', `---\nrepo: other\n---\n${order('Go.', 'true')}`);
  await office.write('roles/coder.md', coder('echo done > src/a.txt'));
  await office.work();
  expect((await office.standing('second')).outcome).toBe('done');
  expect((await office.standing('first')).outcome).toBe('done');
});

test('a notice of a setup that failed goes when it works, and status says why an order waits', async () => {
  const office = await openShop('date +%N > src/a.txt', "repos: { shop: { setup: ['echo none; exit 3'] } }\n");
  await office.write('inbox/coder/first.md', order('Wait.', 'true'));
  await office.work();
  const notices = (): string => readdirSync(`${office.root}/inbox/operator`).join();
  expect(notices()).toContain('setup-shop');
  expect((await office.fourline('status')).out).toMatch(/0001-first.*setup `echo none; exit 3` failed/);
  await office.write('fourline.yaml', settings);
  await office.work();
  expect((await office.standing('first')).outcome).toBe('done');
  expect(notices()).not.toContain('setup-shop');
});

test('a single file that a setup leaves can be written to in a run, and is as it was in the next', async () => {
  const office = await openShop(
    'echo mine >> build.cache && cat build.cache > src/a.txt',
    "repos: { shop: { setup: 'echo made > build.cache', key: [deps.txt] } }\n",
  );
  await office.write('inbox/coder/first.md', order('Write to it.', 'grep -x made build.cache && echo >> build.cache'));
  await office.work();
  expect(await office.read('repos/shop/src/a.txt')).toBe('made\nmine\n');
});
