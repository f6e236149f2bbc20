import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const files = { 'src/a.ts': '1\n', 'lib/b.ts': '1\n' };

test("a card can be edited while fourline runs; the edit is the next order's, recorded as the operator's", async () => {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: "2"\n- write: lib/b.ts\n  text: "2"', writes),
  });
  await office.repository('shop', files);
  const daemon = await startDaemon(office);
  await office.write('inbox/coder/one.md', order(['src/a.ts', 'lib/b.ts']));
  await daemon.settled('one');
  await office.write(
    'roles/coder.md',
    card('- write: src/a.ts\n  text: "3"\n- write: lib/b.ts\n  text: "3"', `${writes}\n  repos/*/lib/**`),
  );
  await daemon.said(/roles\/coder\.md edited/);
  await office.write('inbox/coder/two.md', order(['src/a.ts', 'lib/b.ts']));
  await daemon.settled('two');
  await daemon.stop();
  expect((await office.standing('one')).refused).toHaveLength(1);
  expect((await office.standing('two')).refused).toHaveLength(0);
  expect(office.git('state/ledger.git', 'log', '--format=%an: %s', '--', 'roles/coder.md')).toBe(
    'operator: edited the card of coder\noperator: added the role coder',
  );
  expect(office.git('state/ledger.git', 'show', 'main:roles/coder.md')).toContain('repos/*/lib/**');
});

test('a broken edit is reported, and the last good card stays in force until the next start', async () => {
  const good = card('- write: src/a.ts\n  text: "2"', writes);
  const office = await openOffice({ coder: good });
  await office.repository('shop', files);
  const daemon = await startDaemon(office);
  await office.write('roles/coder.md', good.replace('write: |', 'wirte: |'));
  await daemon.said(/roles\/coder\.md:\d+: unknown key 'wirte'; the last good card stays in force/);
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await daemon.settled('one');
  expect((await office.fourline('status')).out).toMatch(/roles\/coder\.md:\d+: .*the last good card stays in force/);
  expect((await office.fourline('can', 'coder', 'repos/shop/src/a.ts')).code).toBe(0);
  await daemon.stop();
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('one')).outcome).toBe('done');
  expect(await office.read('inbox/coder/two.md.problem.txt')).toContain('coder takes no orders');
  const check = await office.fourline('check');
  expect(check.code).toBe(1);
  expect(check.out).toMatch(
    /error\[role-key\]: unknown key 'wirte'\n {2}roles\/coder\.md:\d+:1[\s\S]*did you mean 'write'/,
  );
  expect(office.git('state/ledger.git', 'log', '--format=%s')).toMatch(
    /broke the card of coder; the last good one stays in force/,
  );
  expect(office.git('state/ledger.git', 'log', '--format=%s').match(/the role takes nothing/g)).toHaveLength(1);
});

test('the card is frozen when the order is claimed: an edit during the run changes the next one, not this one', async () => {
  const steps =
    '- write: lib/b.ts\n  text: "2"\n- write: src/a.ts\n  text: "2"\n- shell: sed -i "s#repos/./src#repos/*/lib#" "$CARDS/coder.md"';
  const office = await openOffice({ coder: card(steps, `${writes}\nenv: CARDS`) });
  // The agent plays the person at the card: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['CARDS'] = `${office.root}/roles`;
  await office.repository('shop', files);
  await office.write('inbox/coder/one.md', order(['src/a.ts', 'lib/b.ts']));
  await office.work();
  const one = await office.standing('one');
  expect(one.refused.map((change) => change.path)).toEqual(['repos/shop/lib/b.ts']);
  expect(office.git('repos/shop', 'log', '-1', '--format=%(trailers:key=Fourline-Card,valueonly)').trim()).toBe(
    `sha256:${one.card}`,
  );
  expect(await office.read('roles/coder.md')).toContain('repos/*/lib');
});

test('two cards of one name are both refused, and each is named', async () => {
  const office = await openOffice({ coder: card('- say: x', writes) });
  await office.write('roles/Coder.md', card('- say: y', writes));
  const check = await office.fourline('check');
  expect(check.code).toBe(1);
  expect(check.out).toContain('there are two cards of this name: coder.md and Coder.md');
});

test('a role that was removed takes no orders; its history stays', async () => {
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: "2"', writes) });
  await office.repository('shop', files);
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  await rm(`${office.root}/roles/coder.md`);
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await office.work();
  expect(await office.read('inbox/coder/two.md.problem.txt')).toContain("there is no role 'coder'");
  expect((await office.fourline('audit')).out).toMatch(/coder +1 +1/);
});

test('the cards that ship are good, and fit together', async () => {
  const office = await openOffice();
  await rm(`${office.root}/roles`, { recursive: true });
  expect((await office.fourline('init', office.root)).code).toBe(0);
  const check = await office.fourline('check');
  expect(check.out).toContain('3 files read, 0 with errors, 0 with warnings');
  await office.repository('shop', files);
  const asked = await Promise.all(
    ['coordinator', 'coder', 'auditor'].map((role) =>
      office.fourline('can', role, 'src/a.ts', 'docs/audits/x.md', 'package.json', '--json'),
    ),
  );
  const answers = asked.map((one) =>
    (JSON.parse(one.out) as { decision: string }[]).map((verdict) => verdict.decision),
  );
  expect(answers).toEqual([
    ['refuse', 'refuse', 'refuse'],
    ['allow', 'refuse', 'refuse'],
    ['refuse', 'allow', 'refuse'],
  ]);
});
