// A claimed order stays a person's to take away, to move and to edit: nothing lands by what was taken back.
import { readdir, rename, rm } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { start } from '../kit/crash.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

const writes = 'write: |\n  repos/*/src/**\nlimits: { attempts: 1 }';
const active = 'state/active/0001-x/order.md';

// The coder's run never ends by itself; the auditor's and a second attempt of the coder's do at once.
async function opened(): Promise<Office> {
  const office = await openOffice({
    coder: card(
      '- shell: "[ $FOURLINE_ATTEMPT = 2 ] || { echo early > src/a.ts; sleep 3000; }; grep -o three $FOURLINE_ORDER > src/a.ts"',
      writes,
    ),
    auditor: card('- shell: "echo audited > src/a.ts"', writes),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  return office;
}

function commitsOf(office: Office): string[] {
  return office.git('repos/shop', 'log', '--reverse', '--format=%an').split('\n');
}

test('an order that is removed while it runs is withdrawn: its run is ended and nothing lands', async () => {
  const office = await opened();
  const daemon = await startDaemon(office);
  await daemon.said(/running/);
  const text = await office.read(active);
  await rm(`${office.root}/${active}`);
  await daemon.settled('x');
  await daemon.stop();
  expect(await office.standing('x')).toMatchObject({
    outcome: 'halted',
    note: 'withdrawn: its file was taken out of state/active while it ran',
  });
  expect(commitsOf(office)).toEqual(['dana']);
  // Its record has what the run was given, and what it had done.
  expect(await office.record('x', 'order.md')).toBe(text);
  expect(await office.list('state/active')).toEqual([]);
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});

test("an order that is moved to another inbox while it runs is that role's, and nothing of the first run lands", async () => {
  const office = await opened();
  const daemon = await startDaemon(office);
  await daemon.said(/running/);
  await rename(`${office.root}/${active}`, `${office.root}/inbox/auditor/0001-x.md`);
  await daemon.settled('x');
  await daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', role: 'auditor', from: 'operator' });
  expect(commitsOf(office)).toEqual(['dana', 'auditor']);
  expect(await office.read('repos/shop/src/a.ts')).toBe('audited\n');
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});

test('an order that is moved under another name is an order of that role, and the first is withdrawn', async () => {
  const office = await opened();
  const daemon = await startDaemon(office);
  await daemon.said(/running/);
  await rename(`${office.root}/${active}`, `${office.root}/inbox/auditor/order.md`);
  await daemon.idle(2);
  await daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'halted' });
  expect(await office.standing('order')).toMatchObject({ outcome: 'done', role: 'auditor' });
  expect(commitsOf(office)).toEqual(['dana', 'auditor']);
});

test('an order that is edited while it runs is said to be, and done as it now stands; no attempt is spent', async () => {
  const office = await opened();
  const daemon = await startDaemon(office);
  await daemon.said(/running/);
  await office.write(active, order(['src/a.ts'], { objective: 'The value is three.' }));
  await daemon.said(/edited +nothing lands by what it said before/);
  await daemon.settled('x');
  await daemon.stop();
  expect(await office.standing('x')).toMatchObject({
    outcome: 'done',
    attempt: 2,
    spent: 0,
    title: 'The value is three.',
  });
  expect(commitsOf(office)).toEqual(['dana', 'coder']);
  expect(await office.read('repos/shop/src/a.ts')).toBe('three\n');
  expect(await office.record('x', 'order.md')).toContain('three');
  expect(await office.record('x', 'order-1.md')).toContain('The value is 2.');
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});

// Checks run when the run has been judged: what they do comes right before the landing intends.
test.each([
  ['removed', (at: string) => `rm ${at}/${active}`, 'halted', ['dana']],
  ['moved', (at: string) => `mv ${at}/${active} ${at}/inbox/auditor/0001-x.md`, 'done', ['dana', 'auditor']],
  ['edited', (at: string) => `sed -i /rm/d ${at}/${active}; sed -i /sed/d ${at}/${active}`, 'done', ['dana', 'coder']],
])(
  'an order that is %s when its run is over and its checks go on lands nothing',
  async (what, act, outcome, commits) => {
    const office = await openOffice({
      coder: card('- shell: "echo 2$FOURLINE_ATTEMPT > src/a.ts"', writes),
      auditor: card('- shell: "echo audited > src/a.ts"', writes),
    });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    const command = `test -e ${office.root}/acted || { touch ${office.root}/acted; ${act(office.root)}; }`;
    await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: [`\`${command}\` passes`, 'b', 'c'] }));
    await office.work();
    const x = await office.standing('x');
    expect(x).toMatchObject({ outcome });
    expect(commitsOf(office)).toEqual(commits);
    if (what === 'edited') expect(await office.read('repos/shop/src/a.ts')).toBe('22\n');
    expect((await office.fourline('audit', '--verify')).code).toBe(0);
  },
);

test('an order whose landing died with its file in hand lands after all, and withdrawn meanwhile it does not', async () => {
  for (const withdrawn of [false, true]) {
    const office = await openOffice({ coder: card('- shell: "echo 2 > src/a.ts"', 'write: |\n  repos/*/src/**') });
    await office.write('fourline.yaml', 'sandbox: off\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    expect(await start(office, 'land.taken')).toMatchObject({ signal: 'SIGKILL' });
    expect(await readdir(`${office.root}/state/active/0001-x`)).toContain('landing.md');
    if (withdrawn) await rm(`${office.root}/state/active/0001-x/landing.md`);
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await office.standing('x')).toMatchObject({ outcome: withdrawn ? 'halted' : 'done' });
    expect(commitsOf(office)).toEqual(withdrawn ? ['dana'] : ['dana', 'coder']);
  }
});

test("a waiting order that is put into the operator's inbox is withdrawn, and its file stays there", async () => {
  const office = await openOffice({ coder: card('- exit: 1', writes) });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0001-x.md', order(['src/a.ts']));
  await office.write('inbox/coder/0002-y.md', order(['src/a.ts'], { front: 'after: [0001-x]' }));
  await office.work();
  await rename(`${office.root}/inbox/coder/0002-y.md`, `${office.root}/inbox/operator/0002-y.md`);
  await office.work();
  expect(await office.standing('y')).toMatchObject({
    outcome: 'halted',
    note: 'withdrawn: its file was taken out of inbox/coder',
  });
  expect(await office.list('inbox/operator')).toContain('0002-y.md');
});
