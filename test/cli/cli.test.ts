import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const files = { 'src/a.ts': '1\n' };
const done = card('- write: src/a.ts\n  text: "2"\n- write: README.md\n  text: stray', writes);
// An agent that tells the outside it has begun, then waits until it is told to go on.
const slow = card(
  '- write: src/a.ts\n  text: "2"\n- shell: touch "$GATE/begun"; while [ ! -e "$GATE/go" ]; do sleep 0.05; done',
  `${writes}\nenv: GATE`,
);

async function gated(office: Awaited<ReturnType<typeof openOffice>>) {
  office.env['GATE'] = office.root;
  // The agent and the test meet in the workspace: no sandbox between them.
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['GATE'] = office.root;
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const daemon = await startDaemon(office);
  while (!existsSync(`${office.root}/begun`)) await new Promise((resolve) => setTimeout(resolve, 20));
  return daemon;
}

test('a second start on the same workspace is refused, naming the first', async () => {
  const office = await openOffice({ coder: done });
  const daemon = await startDaemon(office);
  const second = await office.fourline('start');
  expect(second.code).toBe(7);
  expect(second.err).toContain(`fourline works this workspace already (process ${daemon.pid})`);
  await daemon.stop();
});

test('stop lets what runs end and starts nothing new', async () => {
  const office = await openOffice({ coder: slow });
  const daemon = await gated(office);
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  const stopping = office.fourline('stop');
  await daemon.said(/stopping: nothing new starts/);
  await office.write('go', '');
  expect((await stopping).out).toBe('stopped\n');
  expect(await daemon.ended).toBe(0);
  expect((await office.standing('x')).outcome).toBe('done');
  expect((await office.list('inbox/coder')).some((name) => name.endsWith('y.md'))).toBe(true);
});

test('stop --now hands back what runs, with its work, and no process is left; the next start goes on from there', async () => {
  const office = await openOffice({ coder: slow });
  const daemon = await gated(office);
  expect((await office.fourline('stop', '--now')).code).toBe(0);
  await daemon.ended;
  expect(await office.list('inbox/coder')).toEqual(['0001-x.md']);
  await office.write('roles/coder.md', card('- shell: cat src/a.ts\n- write: src/b.ts\n  text: b', writes));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('2');
});

test('after SIGKILL in the middle of a run the next start ends what is left of it and hands the order back', async () => {
  const office = await openOffice({ coder: slow });
  const daemon = await gated(office);
  daemon.kill('SIGKILL');
  await daemon.ended;
  expect(await office.list('state/active/0001-x')).toContain('order.md');
  await office.write('go', '');
  await office.work();
  expect(office.said.join('\n')).toMatch(/recovered 1 order from a crash/);
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(Number(office.git('repos/shop', 'rev-list', '--count', 'HEAD'))).toBe(2);
});

test('cancel ends a running order, keeps its work, and says how to undo it; retry orders it again', async () => {
  const office = await openOffice({ coder: slow });
  const daemon = await gated(office);
  const cancel = await office.fourline('cancel', '1');
  expect(cancel.out).toContain('undo: fourline retry 0001-x');
  await daemon.settled('x');
  await daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'halted', note: 'cancelled by the operator' });
  expect(await office.record('x', 'unlanded.patch')).toContain('+2');
  await office.write('go', '');
  expect((await office.fourline('retry', '0001')).out).toContain('inbox/coder/0002-x.md');
  await office.work();
  expect((await office.standing('0002-x')).outcome).toBe('done');
  const again = await office.fourline('cancel', '0002');
  expect(again.code).toBe(2);
  expect(again.err).toContain('0002-x is settled already (done)');
});

test('cancel without a running daemon settles an order that waits', async () => {
  const office = await openOffice({ coder: done });
  await office.repository('shop', files);
  await office.write('inbox/coder/0001-x.md', order(['src/a.ts'], { front: 'after: [0002-y]' }));
  await office.write('inbox/coder/0002-y.md', order(['src/a.ts'], { front: 'after: [0001-x]' }));
  await office.work();
  expect((await office.fourline('cancel', 'nothing-like-it')).code).toBe(2);
  const cancel = await office.fourline('cancel', '0001-x');
  expect(cancel.code).toBe(0);
  expect(await office.list('inbox/coder')).not.toContain('0001-x.md');
});

test('commands answer on standard output, in JSON when asked, and their exit codes tell', async () => {
  const office = await openOffice({ coder: done });
  await office.repository('shop', files);
  const posted = await office.fourline('order', 'coder', 'Two', '--accept', 'it is 2', '--file', 'src/a.ts', '--json');
  expect(JSON.parse(posted.out)).toEqual({
    ok: true,
    warnings: [expect.objectContaining({ code: 'order-acceptance-count', level: 'warning' })],
    id: '0001-two',
    path: 'inbox/coder/0001-two.md',
    boundary: ['repos/shop/src/a.ts'],
  });
  const once = await office.fourline('start', '--once');
  expect(once.code).toBe(0);
  expect(once.err).toMatch(
    /coder +0001-two +accepted +boundary: 1 file on main\n[\s\S]*running +rehearsal\n[\s\S]*landed +1 file +[0-9a-f]{7} on main {2}→ fourline undo 0001\n[\s\S]*refused +README.md +→ fourline why 0001/,
  );
  expect(once.out).toBe('');
  for (const args of [
    ['status'],
    ['show', '1'],
    ['log'],
    ['why', '1'],
    ['audit'],
    ['can', 'coder', 'src/a.ts'],
    ['role', 'list'],
    ['role', 'show', 'coder'],
    ['check'],
    ['doctor'],
  ]) {
    const asked = await office.fourline(...args, '--json');
    expect(() => JSON.parse(asked.out), args.join(' ')).not.toThrow();
    expect(asked.out, args.join(' ')).not.toContain('\u001b');
  }
  const why = await office.fourline('why', '0001');
  expect(why.code).toBe(1);
  expect(why.out).toMatch(
    /^0001-two {2}coder {2}2 changed, 1 landed, 1 refused\n {2}refused {2}README\.md +not in the order's Files; no write: line of roles\/coder\.md matches\n {2}landed +src\/a\.ts +roles\/coder\.md:\d+ {2}repos\/\*\/src\/\*\* {3}order:\d+ {2}src\/a\.ts\n/,
  );
  expect((await office.fourline('show', '1', '--refused')).out).toContain('+stray');
  expect((await office.fourline('show', '1', '--diff')).out).toContain('+2');
  expect((await office.fourline('show', '1', '--brief')).out).toMatch(/^You are coder/);
  const can = await office.fourline('can', 'coder', 'src/a.ts', 'README.md', '--order', '1');
  expect(can.code).toBe(1);
  expect(can.out).toMatch(
    /^yes +repos\/shop\/src\/a\.ts +roles\/coder.md:\d+ +repos\/\*\/src\/\*\* {3}order:\d+ {2}src\/a\.ts\nno +repos\/shop\/README\.md/,
  );
});

const misuse: [string, string[], number, RegExp][] = [
  ['an unknown command', ['staus'], 2, /unknown command 'staus'/],
  ['an unknown option', ['status', '--all'], 2, /unknown option '--all'/],
  ['an unknown order', ['show', 'nothing'], 2, /error\[order-unknown\]: there is no order 'nothing'/],
  ['an unknown role', ['can', 'codr', 'x'], 2, /there is no role 'codr'[\s\S]*the roles are coder/],
  ['a folder that is no workspace', ['-C', '/', 'status'], 2, /is in no workspace[\s\S]*fourline init/],
  [
    'a folder that is not there',
    ['-C', '/nonexistent', 'status'],
    2,
    /\[no-workspace\]: \/nonexistent can't be entered/,
  ],
  ['somebody unknown', ['log', 'codr'], 2, /'codr' is neither a role nor an order[\s\S]*the roles are coder/],
  ['an order without objective', ['order', 'coder'], 2, /the order has no objective/],
  ['an order of an objective alone', ['order', 'coder', 'x'], 2, /has no --accept, no --file[\s\S]*--accept "/],
  [
    'an order that is no good',
    ['order', 'coder', 'x', '--accept', 'y', '--file', '/etc/passwd'],
    1,
    /absolute path[\s\S]*nothing was delivered/,
  ],
  ['an order to nobody', ['order', 'cdoer', 'x', '--accept', 'y', '--file', 'src/a.ts'], 1, /there is no role 'cdoer'/],
  ['a role that exists', ['role', 'new', 'coder'], 2, /roles\/coder\.md exists already/],
  ['a role name that cannot be', ['role', 'new', 'Operator!'], 2, /is no role name/],
  ['stop where nothing runs', ['stop'], 1, /^$/],
];

test.each(misuse)('%s is answered with what is wrong and what to do', async (_, args, code, said) => {
  const office = await openOffice({ coder: done });
  const ended = await office.fourline(...args);
  expect({ code: ended.code, err: said.test(ended.err) ? '' : ended.err }).toEqual({ code, err: '' });
});

test('audit finds a commit without an order, and one that only claims an order', async () => {
  const office = await openOffice({ coder: done });
  await office.repository('shop', files);
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect((await office.fourline('audit')).code).toBe(0);
  office.git('repos/shop', 'commit', '-q', '--allow-empty', '-m', 'a quick fix');
  office.git(
    'repos/shop',
    '-c',
    'user.name=coder',
    'commit',
    '-q',
    '--allow-empty',
    '-m',
    'forged\n\nFourline-Order: 0001-x\nFourline-Run: 0001-x.1\nFourline-Role: coder',
  );
  const audit = await office.fourline('audit');
  expect(audit.code).toBe(1);
  expect(audit.out).toMatch(/nobody {2}shop [0-9a-f]{7} {2}a quick fix {2}\(author: dana; it names no order\)/);
  expect(audit.out).toMatch(
    /nobody {2}shop [0-9a-f]{7} {2}forged {2}\(author: coder; it claims order 0001-x, and the journal does not know it\)/,
  );
  expect(audit.out).toContain('2 commits without an order');
});
