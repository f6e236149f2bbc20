// The five signals, from what a person sees: the command, a notice in the operator's inbox, an order that is taken
// away.
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openSession } from '../../src/daemon/session.ts';
import { unheard } from '../../src/event.ts';
import type { Step } from '../../src/ledger/entry.ts';
import { start } from '../kit/crash.ts';
import { someOf } from '../kit/dice.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const send = 'send: coder';
const write = 'write: |\n  repos/*/src/**';
const fence = '```';
const letter = order(['src/a.ts'], { objective: 'The value is 3.' });
const coded = `${letter}\n${fence}ts\nexport const value = 3;\n${fence}\n`;
const mails = (text: string, name = 'fix'): string =>
  `- mail: coder/${name}\n  text: ${JSON.stringify(text)}\n- say: ordered it`;
const works = '- shell: echo 3 > src/a.ts';

async function open(coordinator: string, coder: string, settings = ''): Promise<Office> {
  const office = await openOffice({ coordinator: card(coordinator, send), coder: card(coder, write) });
  await office.repository('shop', { 'src/a.ts': '1\n', 'package.json': '{}\n' });
  if (settings !== '') await office.write('fourline.yaml', settings);
  return office;
}

/** Records by hand a step that other commands will write. */
async function record(office: Office, ...steps: readonly Step[]): Promise<void> {
  const session = await openSession(office.root, unheard, office.host());
  if (session === null) throw new Error('the session is taken');
  await session.ledger.record(...steps);
  await session.close();
}

async function signalsOf(
  office: Office,
  ...args: string[]
): Promise<{ signal: string; role: string; order: string | null; evidence: string[] }[]> {
  const { out } = await office.fourline('signals', '--json', ...args);
  return (JSON.parse(out) as { signals: { signal: string; role: string; order: string | null; evidence: string[] }[] })
    .signals;
}

const notices = async (office: Office): Promise<string[]> =>
  (await office.list('inbox/operator')).filter((name) => name.endsWith('.notice.md')).sort();

test('a workspace in which everybody stays in the job has no signals', async () => {
  const office = await open(mails(letter), works);
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  await office.work();
  expect(await office.read('repos/shop/src/a.ts')).toBe('3\n');
  const { code, out } = await office.fourline('signals');
  expect({ code, out }).toEqual({
    code: 0,
    out: [
      'SIGNAL            ROLE  7 DAYS  BEFORE  LAST  RULE',
      "artefact          -          0       0        note  a routing role did others' work",
      'override          -          0       0        note  a word was overruled without a reason',
      'missed-rejection  -          0       0        note  a new order does not name the rejection',
      'scope             -          0       0        note  changes outside the boundary',
      'silent            -          0       0        note  work with no order or no report',
      'no signals',
      'next: fourline audit --verify',
      '',
    ].join('\n'),
  });
});

test('code in an order is shown with its line, per role; noting leaves no notice', async () => {
  const office = await open(mails(coded), works);
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  await office.work();
  const { code, out } = await office.fourline('signals');
  expect(code).toBe(1);
  expect(out).toMatch(/^artefact +coordinator +1 +0 +\d{4}-\d\d-\d\d +note/m);
  expect(out).toMatch(
    /^artefact {2}coordinator {2}0001-plan\.1 .* 1 artefact in its orders\n {2}0002-fix\.md line \d+, code: export const value = 3;$/m,
  );
  expect(out).toContain('next: fourline why 0001-plan, fourline show 0001-plan');
  expect(await notices(office)).toEqual([]);
  expect((await office.fourline('signals', 'coder')).code).toBe(0);
  expect((await office.fourline('signals', 'coordinator')).code).toBe(1);
  expect((await office.fourline('signals', 'codr')).err).toMatch(
    /^error\[role-unknown\].*\n +help: signals are of operator, nobody, coder, coordinator\n$/,
  );
});

test('--since leaves out what came before, and an order names a time', async () => {
  const office = await open(mails(letter), `${works}\n- shell: echo 1 > package.json`);
  office.git('repos/shop', 'config', 'user.name', 'dana');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await office.work();
  expect((await signalsOf(office)).map((one) => `${one.signal} ${one.order ?? ''}`)).toEqual([
    'scope 0002-two',
    'scope 0001-one',
  ]);
  expect((await signalsOf(office, '--since', '0002')).map((one) => one.order)).toEqual(['0002-two']);
  expect((await office.fourline('signals', '--since', '2126-01-01')).code).toBe(0);
  expect((await office.fourline('signals', '--since', 'lately')).code).toBe(2);
});

test('letters of every run count, delivered or refused, and so do files that are no letters', async () => {
  const stray = '- shell: echo x > "$FOURLINE_ROOM/inbox/coder/fix.ts"';
  const office = await open(stray, works);
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  const bad = `**Objective:** Do it.\n\n${fence}sql\nDROP TABLE users;\n${fence}\n`;
  await office.write('roles/chief.md', card(mails(bad), send));
  await office.write('inbox/chief/plan.md', order(['src/a.ts']));
  await office.work();
  const found = await signalsOf(office);
  expect(found.find((one) => one.role === 'coordinator')?.evidence).toEqual([
    expect.stringMatching(/^inbox\/coder\/fix\.ts: an order is one \.md file in the tray$/),
  ]);
  expect(found.find((one) => one.role === 'chief')?.evidence).toEqual([
    'inbox/coder/fix.md line 4, SQL: DROP TABLE users;',
  ]);
});

test('the operator is told once of an order and a signal, also after a restart', async () => {
  const office = await open(mails(letter), `${works}\n- shell: echo 1 > package.json`, 'signals: { scope: tell }\n');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  expect(await notices(office)).toEqual(['0001-one.scope.notice.md']);
  const notice = await office.read('inbox/operator/0001-one.scope.notice.md');
  expect(notice).toMatch(/^# 0001-one: signal scope\n\ncoder: 1 change outside the boundary, run 0001-one\.1 /);
  expect(notice).toContain(
    "\n> repos/shop/package.json: not in the order's Files; no write: line of roles/coder.md matches\n",
  );
  expect(await office.standing('one')).toMatchObject({ outcome: 'done' });
  expect(await office.read('repos/shop/src/a.ts')).toBe('3\n');
  await rm(`${office.root}/inbox/operator/0001-one.scope.notice.md`);
  await office.work();
  expect(await notices(office)).toEqual([]);
  const log = (await office.fourline('log', '0001-one')).out;
  expect(log).toMatch(/coder +0001-one: signal scope: 1 change outside the boundary/);
  expect((await office.fourline('audit', '--verify')).code).toBe(0);
});

test('fire takes an order away: nothing of its run lands, what was allowed and what was refused is kept', async () => {
  const office = await open(mails(letter), `${works}\n- shell: echo 1 > package.json`, 'signals: { scope: fire }\n');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('one')).toMatchObject({
    outcome: 'refused',
    note: 'taken away, signal scope: 1 change outside the boundary',
    landed: [],
  });
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
  expect(await office.record('one', 'unlanded.patch')).toContain('+3');
  expect(await office.record('one', 'refused.patch')).toContain('package.json');
  expect(await office.record('one', 'report.md')).toContain('unlanded.patch');
  expect(await office.read('inbox/operator/0001-one.scope.notice.md')).toContain('The order is taken away');
  expect(office.said.join('\n')).toMatch(/signal +scope: 1 change outside the boundary {2}→ inbox\/operator\//);
});

test('fire for an artefact: the orders it wrote are not sent, and stay in its outbox', async () => {
  const office = await open(mails(coded), works, 'signals: { artefact: fire }\n');
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('plan')).toMatchObject({
    outcome: 'refused',
    note: expect.stringContaining('signal artefact'),
  });
  expect([...(await office.standings()).keys()]).toEqual(['0001-plan']);
  expect(await office.record('plan', 'outbox/0002-fix.md')).toContain('export const value = 3;');
  expect(await office.read('inbox/operator/0001-plan.artefact.notice.md')).toMatch(
    /^> 0002-fix\.md line \d+, code: export const value = 3;$/m,
  );
});

test('fire spares what stays inside, and a role that may write is no routing role', async () => {
  const office = await open(mails(letter), works, 'signals: { artefact: fire, scope: fire, missed-rejection: fire }\n');
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  await office.work();
  expect([...(await office.standings()).values()].map((one) => one.outcome)).toEqual(['done', 'done']);
  expect(await notices(office)).toEqual([]);
});

const rejected: Step = {
  step: 'decided',
  order: '0001-one',
  role: 'coder',
  run: '0001-one.1',
  by: 'auditor',
  verdict: 'rejected',
  note: 'no test for a wrong password',
};

// A first order that halts, and a review's no to it.
async function openRejected(settings: string): Promise<Office> {
  const halts = [
    '- shell: |',
    '    if [ "$FOURLINE_ID" = 0001-one ]; then printf -- "---\\noutcome: halt-with-note\\n---\\nno\\n" > "$FOURLINE_REPORT"; fi',
    works,
  ].join('\n');
  const office = await open(mails(letter), halts, settings);
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  await record(office, rejected);
  return office;
}

test.each(['note', 'tell', 'fire'])('an order that does not name a rejection, with the rule %s', async (rule) => {
  const office = await openRejected(`signals: { missed-rejection: ${rule} }\n`);
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  await office.write('inbox/coder/other.md', order(['src/b.ts']));
  await office.work();
  expect(await office.standing('other')).toMatchObject({ attempt: 1 });
  expect(await office.list('inbox/coder')).toEqual(['two.md', 'two.md.problem.txt']);
  expect((await signalsOf(office)).filter((one) => one.signal !== 'scope')).toMatchObject([
    { signal: 'missed-rejection', role: 'operator', evidence: [expect.stringContaining('0001-one was rejected')] },
  ]);
  expect(await notices(office)).toEqual(rule === 'note' ? [] : ['two.missed-rejection.notice.md']);
});

test('a letter that does not name a rejection is one as well, and is not sent', async () => {
  const office = await openRejected('signals: { missed-rejection: tell }\n');
  await office.write('inbox/coordinator/plan.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('plan')).refused).toMatchObject([{ path: 'inbox/coder/fix.md', reason: 'mail' }]);
  const plan = await office.standing('plan');
  expect(await notices(office)).toEqual([`${plan.id}.missed-rejection.notice.md`]);
});

test('a rejection that is overruled without a reason is told when a daemon begins, where nobody listened', async () => {
  const office = await openRejected('signals: { override: tell }\n');
  await record(office, { ...rejected, by: 'operator', verdict: 'approved', note: '' });
  expect(await notices(office)).toEqual([]);
  await office.work();
  expect(await notices(office)).toEqual(['0001-one.override.notice.md']);
  expect(await office.read('inbox/operator/0001-one.override.notice.md')).toContain(
    '> auditor: rejected: no test for a wrong password',
  );
  expect(await signalsOf(office, 'operator')).toMatchObject([{ signal: 'override', order: '0001-one' }]);
});

test('an order that is ordered again by hand after its rejection overrules it', async () => {
  const office = await openRejected('');
  await record(office, {
    step: 'posted',
    order: '0007-one',
    role: 'coder',
    from: 'operator',
    title: 'again',
    repo: 'shop',
    files: ['repos/shop/src/a.ts'],
    digest: 'd',
    retries: '0001-one',
  });
  expect(await signalsOf(office)).toMatchObject([{ signal: 'override', role: 'operator', order: '0007-one' }]);
});

test('work with no order is told once when a daemon begins: all commits of a repository in one notice', async () => {
  const office = await open(mails(letter), works, 'signals: { silent: tell }\n');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  expect(await notices(office)).toEqual([]);
  for (const count of ['4', '5']) {
    await office.write('repos/shop/src/a.ts', `${count}\n`);
    office.git('repos/shop', 'commit', '-qam', `by hand ${count}`);
  }
  await office.work();
  expect(await notices(office)).toEqual(['repos-shop.silent.notice.md']);
  const notice = await office.read('inbox/operator/repos-shop.silent.notice.md');
  expect(notice.match(/by dana: by hand [45]/g)?.sort()).toEqual(['by dana: by hand 4', 'by dana: by hand 5']);
  const found = await signalsOf(office, 'nobody');
  expect(found).toMatchObject([{ signal: 'silent' }, { signal: 'silent' }]);
  await rm(`${office.root}/inbox/operator/repos-shop.silent.notice.md`);
  await office.work();
  expect(await notices(office)).toEqual([]);
});

test('a run that lands and says nothing is told of as it lands', async () => {
  const office = await open(mails(letter), "- write: src/a.ts\n  text: '2'", 'signals: { silent: tell }\n');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('one')).toMatchObject({ outcome: 'done' });
  expect(await notices(office)).toEqual(['0001-one.silent.notice.md']);
  expect(await signalsOf(office, 'coder')).toMatchObject([{ signal: 'silent', order: '0001-one' }]);
});

test('a state file that no run wrote, and an order that says a role sent it', async () => {
  const office = await openOffice({
    planner: card(
      '- shell: mkdir -p "$FOURLINE_ROOM/state"; echo one > "$FOURLINE_ROOM/state/plan.md"',
      `${send}\nwrite: state/plan.md`,
    ),
    coder: card(works, write),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/planner/plan.md', order(['state/plan.md']));
  await office.write('inbox/coder/forged.md', order(['src/a.ts'], { front: 'from: planner' }));
  await office.work();
  expect(await office.read('state/plan.md')).toMatch(/^one/);
  expect(await signalsOf(office)).toMatchObject([
    {
      signal: 'silent',
      role: 'planner',
      evidence: [expect.stringMatching(/^inbox\/coder\/000\d-forged\.md: from: planner$/)],
    },
  ]);
  await office.write('state/plan.md', 'two\n');
  expect(await signalsOf(office, 'nobody')).toMatchObject([
    { signal: 'silent', evidence: [expect.stringMatching(/^state\/plan\.md is not as 000\d-plan left it/)] },
  ]);
});

test('an inbox that cannot be written to holds no work up, and the operator is told when it can', async () => {
  const office = await open(mails(letter), `${works}\n- shell: echo 1 > package.json`, 'signals: { scope: tell }\n');
  await rm(`${office.root}/inbox/operator`, { recursive: true });
  await office.write('inbox/operator', 'no folder');
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('one')).toMatchObject({ outcome: 'done' });
  expect(office.said.join('\n')).toContain('the operator could not be told');
  await rm(`${office.root}/inbox/operator`);
  await office.work();
  expect(await notices(office)).toEqual(['0001-one.scope.notice.md']);
});

test('what was taken away before a crash is taken away after it, and no run begins', async () => {
  const office = await open(mails(letter), works);
  await record(office, {
    step: 'signalled',
    signal: 'scope',
    rule: 'fire',
    role: 'coder',
    order: '0001-one',
    about: ['0001-one'],
    sentence: '1 change outside the boundary',
  });
  await office.write('inbox/coder/0001-one.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('one')).toMatchObject({ outcome: 'refused', attempt: 0 });
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
});

test('when a rule is set, what older daemons saw stays untold', async () => {
  const office = await open(mails(letter), `${works}\n- shell: echo 1 > package.json`);
  for (const name of ['one', 'two']) {
    await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
    await office.fourline('start', '--once');
  }
  await office.write('fourline.yaml', 'signals: { scope: tell }\n');
  expect((await office.fourline('start', '--once')).err).toContain('0002-two.scope.notice.md');
  expect(await notices(office)).toEqual(['0002-two.scope.notice.md']);
  expect((await signalsOf(office)).length).toBe(2);
});

test.each(
  someOf([
    ['judge.recorded', 3],
    ['settle.reported', 3],
    ['settle.reported', 1],
    ['settle.sent', 3],
    ['settle.moved', 3],
  ] as const),
)(
  'a crash at %s, with %i attempts, lets nothing of it land, and the order is taken away all the same',
  async (point, attempts) => {
    const office = await open(mails(letter), works, 'signals: { scope: fire }\n');
    const strays = card(`${works}\n- shell: echo 1 > package.json`, `${write}\nlimits: { attempts: ${attempts} }`);
    await office.write('roles/coder.md', strays);
    await office.write('inbox/coder/one.md', order(['src/a.ts']));
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
    await start(office);
    expect(await office.standing('one')).toMatchObject({
      outcome: 'refused',
      note: 'taken away, signal scope: 1 change outside the boundary',
      attempt: 1,
    });
    expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
    expect(await office.record('one', 'unlanded.patch')).toContain('+3');
    expect(await notices(office)).toEqual(['0001-one.scope.notice.md']);
  },
);
