// The office at work: orders that are moved on, wait, are asked about, reviewed, approved, and wake who sent them.
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { appears } from '../kit/gate.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const files = { 'src/a.ts': 'export const a = 1;\n', 'docs/a.md': 'a\n' };
const writes = 'write: |\n  repos/*/src/**\n  repos/*/docs/**';

/** A report step. */
function report(head: string, text = 'so it is'): string {
  return `- report: raw\n  text: "---\\n${head.replaceAll('\n', '\\n').replaceAll('"', '\\"')}\\n---\\n${text}\\n"`;
}

/** A shell step, whatever characters it holds. */
function shell(line: string): string {
  return `- shell: ${JSON.stringify(line)}`;
}

/** A script that does the first thing in the first attempt, and the second later. */
function turns(first: string, later: string): string {
  return shell(`if [ "$FOURLINE_ATTEMPT" = 1 ]; then ${first}; else ${later}; fi`);
}

/** A report written by the shell. */
function says(head: string): string {
  return `printf -- '---\\n${head.replaceAll('\n', '\\n')}\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;
}

async function shop(cards: Readonly<Record<string, string>>, settings = ''): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', files);
  if (settings !== '') await office.write('fourline.yaml', settings);
  return office;
}

function steps(office: Office, id: string): Promise<string[]> {
  return office.read('state/journal.jsonl').then((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: string; order?: string })
      .filter((one) => one.order?.includes(id))
      .map((one) => one.step),
  );
}

test('a route moves the order on with its history, and the other role finishes it', async () => {
  const office = await shop({
    coder: card(
      `- write: src/a.ts\n  text: half\n${report('outcome: route-to-writer\nnote: these are texts')}`,
      writes,
    ),
    writer: card('- write: src/a.ts\n  text: done', writes),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts'], { branching: 'halt-with-note, route-to-writer' }));
  await office.work();
  const fix = await office.standing('fix');
  expect(fix).toMatchObject({ outcome: 'done', role: 'writer', hops: ['coder'], from: 'operator' });
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('writer\ndana');
  expect(await office.record('fix', 'routed-1.patch')).toContain('+half');
  const brief = await office.record('fix', 'brief.md');
  expect(brief).toContain('coder had it before you and passed it on to you:\n> these are texts');
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('an order is never routed round in a circle, nor further than hops allow', async () => {
  const pass = (to: string): string => card(report(`outcome: route-to-${to}\nnote: not mine`), writes);
  const branching = 'halt-with-note, route-to-b, route-to-c, route-to-a';
  const office = await shop({ a: pass('b'), b: pass('c'), c: pass('a') });
  await office.write('inbox/a/round.md', order(['src/a.ts'], { branching }));
  await office.work();
  expect(await office.standing('round')).toMatchObject({ outcome: 'halted', role: 'c', hops: ['a', 'b'] });
  expect((await office.standing('round')).note).toContain('a circle: a → b → c → a');
  await office.write('fourline.yaml', 'hops: 1\n');
  await office.write('inbox/a/far.md', order(['src/a.ts'], { branching }));
  await office.work();
  expect(await office.standing('far')).toMatchObject({ outcome: 'halted', role: 'b', limit: 'hops' });
});

test('a route to a role that cannot take the order ends as halted, and says why', async () => {
  const office = await shop({
    coder: card(report('outcome: route-to-reader\nnote: not mine'), writes),
    reader: card('- say: hello', 'write: |\n  repos/*/docs/**'),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts'], { branching: 'route-to-reader' }));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'halted', role: 'coder' });
  expect((await office.standing('fix')).note).toContain('reader cannot take it: the boundary is empty');
});

test('an order is not requeued behind one that waits for it', async () => {
  const office = await shop({
    coder: card(report('outcome: requeue-with-blocker\nblocker: 0002'), writes),
    writer: card('- write: docs/a.md\n  text: written', writes),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts'], { branching: 'requeue-with-blocker' }));
  await office.write('inbox/writer/text.md', order(['docs/a.md'], { front: 'after: [0001-fix]' }));
  await office.work();
  const fix = await office.standing('fix');
  expect(fix).toMatchObject({
    outcome: 'halted',
    note: 'it asked to be requeued behind 0002-text, which waits for it',
  });
});

test('a blocker that is an order releases the waiting one when it is done', async () => {
  const office = await shop({
    coder: card(
      turns(
        `echo half > src/a.ts; ${says('outcome: requeue-with-blocker\nblocker: 0001-text')}`,
        'echo more >> src/a.ts',
      ),
      `${writes}\nlimits: { runs: 2 }`,
    ),
    writer: card(
      turns(says('outcome: requeue-with-blocker\nblocker: the words are missing'), 'echo words > docs/a.md'),
      writes,
    ),
  });
  await office.write('inbox/writer/text.md', order(['docs/a.md'], { branching: 'requeue-with-blocker' }));
  await office.work();
  expect(await office.standing('text')).toMatchObject({
    position: 'parked',
    waits: { on: 'blocker', what: 'the words are missing' },
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts'], { branching: 'requeue-with-blocker' }));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', waits: { on: 'order', what: '0001-text' } });
  const status = await office.fourline('status');
  expect(status.out).toContain('for 0001-text');
  expect(status.out).toContain('fourline retry 0001');
  expect((await office.fourline('retry', '0001')).code).toBe(0);
  await office.work();
  expect(await office.standing('text')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', spent: 0 });
  expect(await office.read('repos/shop/src/a.ts')).toBe('half\nmore\n');
  expect(await steps(office, 'fix')).toEqual([
    'posted',
    'claimed',
    'opened',
    'ran',
    'judged',
    'parked',
    'released',
    'claimed',
    'opened',
    'ran',
    'judged',
    'intended',
    'landed',
    'settled',
  ]);
});

test('a question pauses its order until the operator answers, in the file or by command; the answer is in the next brief', async () => {
  const asks = turns(
    'echo half > src/a.ts; mkdir -p ../../inbox/operator; printf "Which value?\\nAnswer: 7\\n" > ../../inbox/operator/value.md',
    'grep -q "> forty" ../../brief.md && echo forty > src/a.ts',
  );
  const office = await shop({ coder: card(asks, `${writes}\nsend: operator`) });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', waits: { on: 'answer' } });
  const form = 'inbox/operator/0001-fix.question.md';
  expect(await office.read(form)).toContain('> Which value?\n> Answer: 7\n');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', attempt: 1 });
  expect((await office.fourline('approve', '0001')).code).toBe(2);
  expect(await office.fourline('answer', '0001', 'forty')).toMatchObject({ code: 0 });
  expect((await office.fourline('answer', '0001', 'two')).err).toContain('has an answer already: forty');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done' });
  expect(await office.read('repos/shop/src/a.ts')).toBe('forty\n');
  expect(await office.record('fix', 'question-1.md')).toContain('Answer: forty');
  expect(await office.list('inbox/operator')).toEqual(['0001-fix.report.md']);
  expect((await office.fourline('log', '0001')).out).toContain('answered: forty');
});

test('whatever a person answers is an answer', async () => {
  const asks = turns('mkdir -p ../../inbox/operator; echo why > ../../inbox/operator/q.md', 'echo two > src/a.ts');
  const office = await shop({ coder: card(asks, `${writes}\nsend: operator`) });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await office.fourline('answer', '0001', 'look again');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done' });
});

test('without send: operator a question is refused like any other mail', async () => {
  const office = await shop({
    coder: card('- shell: mkdir -p ../../inbox/operator; echo why > ../../inbox/operator/q.md', writes),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'refused' });
});

test('an empty question is none', async () => {
  const office = await shop({
    coder: card(
      '- shell: echo two > src/a.ts; mkdir -p ../../inbox/operator; echo > ../../inbox/operator/q.md',
      `${writes}\nsend: operator`,
    ),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({
    outcome: 'done',
    refused: [{ path: 'inbox/operator/q.md', sentence: 'the question is empty' }],
  });
});

const reviewed = `${writes}\nreview: auditor\nlimits: { attempts: 2 }`;

test('a landing waits on its branch for a review, and lands when it is approved; the reviewer reads what would land and writes nothing', async () => {
  const office = await shop({
    coder: card('- write: src/a.ts\n  text: two', reviewed),
    auditor: card(
      `- shell: grep -q two src/a.ts && grep -q "^+two" ../../mail/changes.patch && echo x > src/a.ts; echo x > docs/a.md\n${report('outcome: approve\nnote: it is two')}`,
      `${writes}\nsend: coder`,
    ),
  });
  await office.write(
    'inbox/coder/fix.md',
    order(['src/a.ts'], { accept: ['`grep -q two src/a.ts` passes', 'b is c', 'c is d'] }),
  );
  await office.work();
  const fix = await office.standing('fix');
  expect(fix).toMatchObject({ outcome: 'done', attempt: 1 });
  const review = await office.standing('review-fix');
  expect(review).toMatchObject({
    outcome: 'done',
    verdict: 'approved',
    reviews: '0001-fix',
    role: 'auditor',
    landed: [],
  });
  expect(review.refused.map((one) => one.path).sort()).toEqual(['repos/shop/docs/a.md', 'repos/shop/src/a.ts']);
  expect(await office.read('repos/shop/src/a.ts')).toBe('two');
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana');
  expect(office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)')).toBe('main');
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
  expect(await office.list('inbox/operator')).toEqual(['0001-fix.report.md']);
});

test('a rejection goes back to the coder, whose next brief carries it', async () => {
  const office = await shop({
    coder: card(
      turns('echo two > src/a.ts', 'grep -q "> it must be three" ../../brief.md && echo three > src/a.ts'),
      reviewed,
    ),
    auditor: card(
      shell(
        `if grep -q three src/a.ts; then ${says('outcome: approve')}; else ${says('outcome: reject\nnote: it must be three')}; fi`,
      ),
    ),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', attempt: 2, spent: 1, rejection: null });
  expect(await office.read('repos/shop/src/a.ts')).toBe('three\n');
  const words = (await office.fourline('log', '0001')).out;
  expect(words).toContain('rejected: it must be three');
  expect(words).toContain('approved');
});

test('after the last attempt a rejected order ends, and the next order about the same files must name it', async () => {
  const office = await shop({
    coder: card('- write: src/a.ts\n  text: two', reviewed),
    auditor: card(report('outcome: reject\nnote: it must be three')),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'refused', limit: 'attempts', position: 'settled' });
  expect(await office.record('fix', 'unlanded.patch')).toContain('+two');
  expect(office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)')).toBe('main');
  await office.write('inbox/coder/anew.md', order(['src/**']));
  await office.work();
  const answer = await office.read('inbox/coder/anew.md.problem.txt');
  expect(answer).toContain('order-names-no-rejection');
  expect(answer).toContain('answers: [0001-fix]');
  await office.write('inbox/coder/anew.md', order(['src/**'], { front: 'answers: [0001-fix]' }));
  await office.work();
  const brief = await office.record('anew', 'brief.md');
  expect(brief).toContain('0001-fix, which this order answers, was rejected by auditor:\n> it must be three');
});

test('a review that says neither is asked again, and at last the operator decides', async () => {
  const office = await shop({
    coder: card('- write: src/a.ts\n  text: two', reviewed),
    auditor: card('- say: looks fine', 'limits: { attempts: 2 }'),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('review-fix')).toMatchObject({ outcome: 'failed', attempt: 2 });
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', waits: { on: 'approval' } });
  expect((await office.fourline('show', '0001', '--diff')).out).toContain('+two');
  expect((await office.fourline('approve', '0001', 'I looked')).code).toBe(0);
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', attempt: 1 });
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('what a card or fourline.yaml names waits for the operator: paths, first landings, a plan', async () => {
  const approve = 'approve:\n  paths: [repos/*/src/**]\n  first: 1';
  const office = await shop(
    {
      coder: card(
        '- write: docs/a.md\n  text: two\n- shell: if grep -q src/a "$FOURLINE_ORDER"; then echo three > src/a.ts; fi',
        writes,
      ),
    },
    approve,
  );
  await office.write('inbox/coder/one.md', order(['docs/a.md']));
  await office.work();
  expect(await office.standing('one')).toMatchObject({
    position: 'parked',
    waits: { on: 'approval', what: 'landing 1 of the first 1 of coder (fourline.yaml)' },
  });
  const form = 'inbox/operator/0001-one.approval.md';
  await office.write(form, (await office.read(form)).replace(/Answer:\n$/, 'Answer: maybe\n'));
  await office.work();
  expect(office.said.join('\n')).toContain("'maybe' is neither approve nor reject");
  await office.write(form, (await office.read(form)).replace('maybe', 'yes, go'));
  await office.work();
  expect(await office.standing('one')).toMatchObject({ outcome: 'done' });
  await office.write('inbox/coder/two.md', order(['src/a.ts', 'docs/a.md']));
  await office.work();
  expect(await office.standing('two')).toMatchObject({
    waits: { what: 'repos/shop/src/a.ts (fourline.yaml:2 repos/*/src/**)' },
  });
  expect((await office.fourline('reject', '0002', 'not now')).code).toBe(0);
  expect((await office.fourline('cancel', '0002')).code).toBe(0);
  expect(await office.standing('two')).toMatchObject({ outcome: 'halted', note: 'cancelled by the operator' });
  expect(office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)')).toBe('main');
});

test('a plan waits whole for the operator, before any of its orders starts', async () => {
  const office = await shop({
    lead: card(letter('coder/fix', order(['src/a.ts'])), 'send: coder\napprove: { plan: true }'),
    coder: card('- write: src/a.ts\n  text: two', writes),
  });
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  expect(await office.standing('plan')).toMatchObject({ position: 'parked', waits: { on: 'approval' } });
  expect(await office.list('inbox/coder')).toEqual([]);
  expect(await office.read('inbox/operator/0001-plan.approval.md')).toContain('order to coder: 0002-fix');
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', parent: '0001-plan' });
  expect(await office.standing('plan')).toMatchObject({ outcome: 'done' });
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('a role that wakes for a batch is run once more when all it sent has ended, with the reports', async () => {
  const lead = turns('cp -r "$LETTERS"/. ../../inbox/coder/', says('outcome: done'));
  const office = await shop(
    {
      lead: card(lead, 'send: coder\nwake: batch\nenv: LETTERS'),
      coder: card(
        '- shell: echo "$FOURLINE_ID" > src/$(echo $FOURLINE_ID | cut -c6-).ts',
        `${writes}\nlimits: { runs: 3 }`,
      ),
    },
    'sandbox: off',
  );
  process.env['LETTERS'] = `${office.root}/../letters`;
  for (const name of ['x', 'y', 'z']) await office.write(`../letters/${name}.md`, order([`src/${name}.ts`]));
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  const plan = await office.standing('plan');
  expect(plan).toMatchObject({ outcome: 'done', attempt: 2, wakes: 1 });
  expect(await office.list(`state/orders/${plan.month ?? ''}/${plan.id}/mail`)).toEqual([
    '0002-x.report.md',
    '0003-y.report.md',
    '0004-z.report.md',
  ]);
  expect(await office.record('plan', 'brief.md')).toContain('> - 0002-x, coder: done');
  expect(await office.list('inbox/lead')).toEqual([]);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('two orders of one role wait each for what it sent, and get no report of the other', async () => {
  const lead = turns('cp "$LETTERS"/$(echo $FOURLINE_ID | cut -c6-)* ../../inbox/coder/', says('outcome: done'));
  const asks =
    'case $FOURLINE_ID in *-one-b) mkdir -p ../../inbox/operator; echo why > ../../inbox/operator/q.md;; esac';
  const office = await shop(
    {
      lead: card(lead, 'send: coder\nwake: batch\nenv: LETTERS\nlimits: { runs: 2 }'),
      coder: card(
        `${shell(asks)}\n- shell: echo "$FOURLINE_ID" > src/$(echo $FOURLINE_ID | cut -c6-).ts`,
        `${writes}\nsend: operator`,
      ),
    },
    'sandbox: off',
  );
  process.env['LETTERS'] = `${office.root}/../letters`;
  for (const name of ['one-a', 'one-b', 'two-a'])
    await office.write(`../letters/${name}.md`, order([`src/${name}.ts`]));
  // Half of the first is still asked about, and the report on its other half lies there.
  await office.write('inbox/lead/one.md', order(['src/one-a.ts', 'src/one-b.ts']));
  await office.work();
  const waiting = (await office.list('inbox/lead')).filter((name) => name.endsWith('-one-a.report.md'));
  expect(waiting).toHaveLength(1);
  await office.write('inbox/lead/two.md', order(['src/two-a.ts']));
  await office.work();
  const two = await office.standing('two');
  expect(two).toMatchObject({ outcome: 'done', attempt: 2 });
  const mail = await office.list(`state/orders/${two.month ?? ''}/${two.id}/mail`);
  expect(mail.map((name) => name.slice(5))).toEqual(['two-a.report.md']);
  expect((await office.list('inbox/lead')).filter((name) => name.endsWith('.report.md'))).toEqual(waiting);
});

test('a role that waits for escalations is woken by what did not end well, and by what cannot go on', async () => {
  const lead = turns('cp -r "$LETTERS"/. ../../inbox/coder/', says('outcome: halt-with-note\nnote: it cannot be done'));
  const office = await shop(
    {
      lead: card(lead, 'send: coder\nwake: escalation\nenv: LETTERS'),
      coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`),
    },
    'sandbox: off',
  );
  process.env['LETTERS'] = `${office.root}/../letters`;
  await office.write('../letters/x.md', order(['src/x.ts']));
  await office.write('../letters/y.md', order(['src/y.ts'], { front: 'after: [x]' }));
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  const plan = await office.standing('plan');
  expect(plan).toMatchObject({ outcome: 'halted', note: 'it cannot be done', attempt: 2 });
  expect(await office.record('plan', 'brief.md')).toContain('> - 0003-y, coder: cannot go on');
  expect(await office.standing('y')).toMatchObject({ position: 'posted' });
  expect(await office.read('inbox/operator/0002-x.report.md')).toContain('0003-y; fourline retry 0002-x');
});

test('what waited for an order waits for it when it is ordered again', async () => {
  const office = await shop({
    coder: card(
      '- shell: if [ -e docs/ready ]; then echo $FOURLINE_ID > src/$(echo $FOURLINE_ID | cut -c6-).ts; else exit 1; fi\n- shell: test -e docs/ready || kill $PPID',
      `${writes}\nlimits: { attempts: 1 }`,
    ),
  });
  await office.write('inbox/coder/x.md', order(['src/x.ts']));
  await office.work();
  await office.write('inbox/coder/y.md', order(['src/y.ts'], { front: 'after: [0001-x]' }));
  await office.work();
  expect(await office.standing('y')).toMatchObject({ position: 'posted' });
  await office.write('repos/shop/docs/ready', 'x');
  office.git('repos/shop', 'add', '-A');
  office.git('repos/shop', 'commit', '-qm', 'ready');
  expect((await office.fourline('retry', '0001')).code).toBe(0);
  await office.work();
  expect(await office.standing('0003-x')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('y')).toMatchObject({ outcome: 'done' });
});

test.each([
  ['order', 'inbox/coder/0001-fix.md', 'the order was edited since'],
  ['card', 'roles/coder.md', 'your card was edited since'],
])('an approval is of what was judged: with the %s edited since, the order is run again', async (what, path, words) => {
  const office = await shop({
    coder: card('- shell: echo "$FOURLINE_ATTEMPT" > src/a.ts', `${writes}\napprove: { paths: [repos/*/src/**] }`),
  });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  const active = 'state/active/0001-fix/order.md';
  const from = what === 'order' ? active : path;
  await office.write(from, (await office.read(from)).replace(/changes|A rehearsed role/, 'x'));
  expect((await office.fourline('approve', '0001')).code).toBe(0);
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', attempt: 2, waits: { on: 'approval' } });
  expect(await office.read('state/active/0001-fix/brief.md')).toContain(`approved, but ${words}`);
  expect(office.git('repos/shop', 'rev-list', '--count', 'HEAD')).toBe('1');
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.read('repos/shop/src/a.ts')).toBe('2\n');
});

test('nobody reviews its own work, and a reviewer without a card is none: the operator is asked', async () => {
  const office = await shop(
    { auditor: card('- write: src/a.ts\n  text: two', writes), coder: card('- write: docs/a.md\n  text: two', writes) },
    'review: { shop: auditor }',
  );
  await office.write('inbox/auditor/own.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('own')).toMatchObject({ waits: { on: 'approval' } });
  expect(await office.read('inbox/operator/0001-own.approval.md')).toContain('nobody reviews its own work');
  await office.write('fourline.yaml', 'review: { shop: inspector }');
  await office.write('inbox/coder/other.md', order(['docs/a.md']));
  await office.work();
  expect(await office.standing('other')).toMatchObject({
    waits: { on: 'approval', what: 'its reviewer inspector has no card' },
  });
});

test('an order that is cancelled while it is reviewed does not land, whatever the review says', async () => {
  const gate = 'touch "$GATE/begun"; while [ ! -e "$GATE/go" ]; do sleep 0.05; done';
  const office = await shop(
    {
      coder: card('- write: src/a.ts\n  text: two', reviewed),
      auditor: card(`${shell(gate)}\n${report('outcome: approve')}`, 'env: GATE'),
    },
    'sandbox: off',
  );
  office.env['GATE'] = `${office.root}/../gate`;
  await office.write('../gate/.keep', '');
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  const daemon = await startDaemon(office);
  await appears(`${office.root}/../gate`, 'begun');
  expect((await office.fourline('cancel', '0001')).code).toBe(0);
  await daemon.said(/0001-fix +halted/);
  await office.write('../gate/go', '');
  await daemon.said(/0002-review-fix +(?:done|halted)/);
  await daemon.stop();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'halted', landed: [] });
  expect(await office.record('fix', 'unlanded.patch')).toContain('+two');
  expect(office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)')).toBe('main');
});
