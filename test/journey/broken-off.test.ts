// A misspelling in cards or settings is never in force by halves: nothing starts, or the last good one stays, and
// fourline says so by file and line.
import { rm, symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { unheard } from '../../src/event.ts';
import { defaultSettings } from '../../src/workspace/settings.ts';
import { openWorkspace, refreshSettings } from '../../src/workspace/workspace.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const bills = card('- write: src/billing/x.ts\n  text: "2"', writes);
const shop = { 'src/a.ts': '1\n', 'src/b.ts': '1\n', 'src/billing/x.ts': '1\n' };

test.each([
  ['a misspelt key', 'aprove: { paths: [ "repos/*/src/billing/**" ] }\n', /fourline\.yaml:1: unknown key 'aprove'/],
  [
    'a misspelt value',
    'runs: 1\napprove: { path: [ "repos/*/src/billing/**" ] }\n',
    /fourline\.yaml:2: approve: unknown key 'path'/,
  ],
  [
    'a pattern of other tools',
    'approve: { paths: [ "repos/*/src/[ab]/**" ] }\n',
    /fourline\.yaml:1: approve: .* is no choice here/,
  ],
  ['a link to somewhere else', null, /fourline\.yaml:1: it cannot be read/],
])('%s in fourline.yaml stops start, and nothing lands', async (_name, text, words) => {
  const office = await openOffice({ coder: bills });
  await office.repository('shop', shop);
  if (text === null) office.git('.', 'config', '--file', 'elsewhere', 'a.b', 'c');
  if (text === null) await symlink('elsewhere', `${office.root}/fourline.yaml`);
  else await office.write('fourline.yaml', text);
  await office.write('inbox/coder/one.md', order(['src/billing/x.ts']));
  const start = await office.fourline('start', '--once');
  expect(start.code).toBe(3);
  expect(start.err).toMatch(words);
  expect(start.err).toMatch(/fourline check/);
  const status = await office.fourline('status');
  expect(status.out).toMatch(words);
  expect(status.out).toContain('nothing starts until it is mended');
  expect(office.git('repos/shop', 'rev-list', '--count', 'HEAD')).toBe('1');
  expect(await office.read('repos/shop/src/billing/x.ts')).toBe('1\n');
});

test('a file that is broken while fourline runs changes nothing, and status says so until it is mended', async () => {
  const office = await openOffice({ coder: bills });
  await office.repository('shop', shop);
  await office.write('fourline.yaml', 'approve: { paths: [ "repos/*/src/billing/**" ] }\n');
  const daemon = await startDaemon(office);
  await office.write('fourline.yaml', 'aprove: { paths: [ "repos/*/src/billing/**" ] }\n');
  await daemon.said(/fourline\.yaml:1: unknown key 'aprove'; the last good settings stay in force/);
  expect((await office.fourline('status')).out).toMatch(/fourline\.yaml:1: .*the last good settings stay in force/);
  await office.write('inbox/coder/one.md', order(['src/billing/x.ts']));
  await daemon.said(/one .*waits/);
  expect(await office.read('repos/shop/src/billing/x.ts')).toBe('1\n');
  await office.write('fourline.yaml', 'runs: 2\n');
  await daemon.said(/fourline\.yaml edited/);
  expect((await office.fourline('status')).out).not.toMatch(/stay in force/);
  await daemon.stop();
});

test('settings: what can be read whole takes effect, sandbox and domain at the next start', async () => {
  const office = await openOffice({ coder: bills });
  await office.write('fourline.yaml', 'runs: 2\n');
  const workspace = await openWorkspace(office.root, { listener: unheard, host: office.host() });
  expect(await refreshSettings(workspace)).toBeNull();
  await office.write('fourline.yaml', 'runs: 3\nsandbox: off\n');
  expect(await refreshSettings(workspace)).toBe('later');
  expect(workspace.settings).toEqual({ ...defaultSettings, runs: 3 });
  await office.write('fourline.yaml', 'runs: x\n');
  expect(await refreshSettings(workspace)).toBe('broken');
  expect(await refreshSettings(workspace)).toBeNull();
  expect(workspace.settings.runs).toBe(3);
  await rm(`${office.root}/fourline.yaml`);
  expect(await refreshSettings(workspace)).toBe('gone');
  expect(workspace.settings.runs).toBe(3);
});

test('a card that is broken when fourline starts means its role takes nothing, whatever was in force before', async () => {
  const wide = card('- write: src/a.ts\n  text: "2"\n- write: src/b.ts\n  text: "2"', writes);
  const office = await openOffice({ coder: wide });
  await office.repository('shop', shop);
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  const narrow =
    '---\ndescription: only a, because: b is frozen\nagent: command\ncommand: [sh, -c, "date > src/b.ts"]\nwrite: |\n  repos/*/src/a.ts\n---\nYou are the coder.\n';
  await office.write('roles/coder.md', narrow);
  await office.write('inbox/coder/two.md', order(['src/a.ts', 'src/b.ts']));
  const start = await office.fourline('start', '--once');
  expect(start.code).toBe(1);
  const words = /roles\/coder\.md:2: .*; coder takes no orders/;
  expect(start.err).toMatch(words);
  expect(await office.read('inbox/coder/two.md.problem.txt')).toMatch(words);
  expect((await office.fourline('status')).out).toMatch(words);
  expect((await office.fourline('can', 'coder', 'repos/shop/src/a.ts')).code).toBe(2);
  expect(await office.read('repos/shop/src/b.ts')).toBe('1\n');
  expect(office.git('state/ledger.git', 'log', '-1', '--format=%s', '--grep=broke the card')).toBe(
    'broke the card of coder; the role takes nothing',
  );
  await office.write('roles/coder.md', narrow.replace('because: b', 'because b'));
  await office.fourline('start', '--once');
  expect((await office.standing('two')).refused.map((one) => one.path)).toEqual(['repos/shop/src/b.ts']);
});
