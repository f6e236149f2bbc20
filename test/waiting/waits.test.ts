// Orders that wait: nothing waits for what never comes without anybody hearing of it, and nothing is asked or run again
// and again.
import { rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const files = { 'src/a.ts': 'export const a = 1;\n', 'docs/a.md': 'a\n' };
const writes = 'write: |\n  repos/*/src/**\n  repos/*/docs/**';
const copies = '- shell: cp src/a.ts docs/a.md';

async function shop(cards: Readonly<Record<string, string>>, settings = ''): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', files);
  if (settings !== '') await office.write('fourline.yaml', settings);
  return office;
}

test('one word of the operator is enough, whatever it is asked for, and the form names all of it', async () => {
  const own = card('- shell: date +%N > src/a.ts', `${writes}\napprove: { first: 3 }`);
  const silent = card('- exit: 1', 'limits: { attempts: 1 }');
  const office = await shop({ coder: own, writer: own, auditor: silent }, 'review: { shop: coder }\n');
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  const form = await office.read('inbox/operator/0001-fix.approval.md');
  expect(form).toContain('nobody reviews its own work; landing 1 of the first 3 of coder');
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', decisions: [{ by: 'operator' }] });
  await office.write('fourline.yaml', 'review: { shop: auditor }\n');
  await office.write('inbox/writer/text.md', order(['src/a.ts'], { objective: 'The value is newer.' }));
  await office.work();
  expect(await office.read('inbox/operator/0002-text.approval.md')).toMatch(
    /review-text ended failed without a word on it: .*; landing 1 of the first 3 of writer/,
  );
  await office.fourline('approve', '0002');
  await office.work();
  expect(await office.standing('text')).toMatchObject({ outcome: 'done' });
  const audited = await office.fourline('audit', '--verify');
  expect([audited.code, audited.out]).toEqual([0, expect.not.stringContaining('the branch is gone')]);
});

test('an approved landing whose contract changed meanwhile is run again, told, and asked about anew', async () => {
  const office = await shop({ coder: card(copies, `${writes}\napprove: { first: 3 }`) });
  await office.write('inbox/coder/fix.md', order(['docs/a.md'], { front: 'repo: shop\ncontract: src/a.ts' }));
  await office.work();
  await office.write('repos/shop/src/a.ts', 'export const a = 2;\n');
  office.git('repos/shop', 'commit', '-qam', 'two');
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({
    position: 'parked',
    waits: { on: 'approval' },
    attempt: 2,
    spent: 0,
  });
  expect((await office.fourline('show', '0001', '--diff')).out).toContain('+export const a = 2;');
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done' });
  expect(await office.read('repos/shop/docs/a.md')).toBe('export const a = 2;\n');
});

test('an order that names itself as the one it is again is not taken, and nobody goes round in it', async () => {
  const office = await shop({ coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`) });
  await office.write('inbox/coder/0005-fix.md', order(['src/a.ts'], { front: 'retries: 0005-fix' }));
  await office.work();
  expect(await office.read('inbox/coder/0005-fix.md.problem.txt')).toContain("retries: no order '0005-fix' has ended");
  await office.write('inbox/coder/0005-fix.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/0005-fix.md', order(['src/a.ts'], { front: 'retries: 0005-fix' }));
  await office.write('inbox/coder/next.md', order(['docs/a.md'], { front: 'after: [0005-fix]' }));
  await office.work();
  expect((await office.fourline('status')).out).toContain('waits for 0005-fix, which ended failed');
});

// A lead that sends what lies in a folder of the test, and whose second run opens a gate and waits there for a line of
// the journal.
function leads(until = ''): string {
  const second =
    until === ''
      ? 'true'
      : `touch "$OUT/go"; until grep -q '${until}' "$OUT"/work/state/journal.jsonl; do sleep 0.05; done`;
  const line = `case $FOURLINE_ATTEMPT in 1) cp -r "$OUT/letters"/. ../../inbox/coder/;; 2) ${second};; esac`;
  return card(
    `- shell: ${JSON.stringify(line)}\n- report: done\n  text: so it is`,
    'send: coder\nwake: each\nenv: OUT',
  );
}

async function family(cards: Record<string, string>, letters: Record<string, string>): Promise<Office> {
  const office = await shop(cards, 'sandbox: off\n');
  process.env['OUT'] = `${office.root}/..`;
  for (const [name, text] of Object.entries(letters)) await office.write(`../letters/${name}.md`, text);
  await office.write('inbox/lead/plan.md', order(['src/**', 'docs/**']));
  await office.work();
  return office;
}

const atGate = 'until [ -e "$OUT/go" ]; do sleep 0.05; done';

test('a role is woken once for orders that cannot go on, not again and again', async () => {
  const office = await family(
    { lead: leads(), coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`) },
    { one: order(['src/a.ts']), two: order(['docs/a.md'], { front: 'after: [one]' }) },
  );
  expect(await office.standing('plan')).toMatchObject({ position: 'parked', attempt: 2, wakes: 1 });
  await office.fourline('cancel', '0003');
  await office.work();
  expect(await office.standing('plan')).toMatchObject({ outcome: 'done', attempt: 3 });
});

test('an order does not end before its role has read what became of those it sent', async () => {
  const two = `case $FOURLINE_ID in *two) ${atGate}; kill $PPID;; esac`;
  const office = await family(
    {
      lead: leads('"settled","order":"0003'),
      coder: card(`- shell: ${JSON.stringify(two)}`, `${writes}\nlimits: { attempts: 1, runs: 2 }\nenv: OUT`),
    },
    { one: order(['src/a.ts']), two: order(['docs/a.md']) },
  );
  expect(await office.standing('plan')).toMatchObject({ outcome: 'done', attempt: 3 });
  expect(await office.list('inbox/lead')).toEqual([]);
});

test('an order cannot wait for the one it came from, when that one waits for it', async () => {
  const requeue = `printf -- '---\\noutcome: requeue-with-blocker\\nblocker: 0001-plan\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;
  const two = `case $FOURLINE_ID in *two) ${atGate}; ${requeue};; esac`;
  const office = await family(
    {
      lead: leads('"\\(parked\\|settled\\)","order":"0003'),
      coder: card(`- shell: ${JSON.stringify(two)}`, `${writes}\nlimits: { attempts: 1, runs: 2 }\nenv: OUT`),
    },
    {
      one: order(['src/a.ts']),
      two: order(['docs/a.md'], { branching: 'requeue-with-blocker' }),
      three: order(['docs/b.md'], { front: 'after: [0001-plan]' }),
    },
  );
  expect(await office.standing('plan')).toMatchObject({
    outcome: 'done',
    attempt: 3,
  });
  expect(await office.standing('two')).toMatchObject({
    outcome: 'halted',
    note: 'it asked to be requeued behind 0001-plan, which waits for it',
  });
  expect(await office.record('plan', 'runs/1/verdicts.json')).toContain(
    '0001-plan waits for the orders it sent, and this is one of them',
  );
});

test('a form that is removed, or has no place for an answer any more, is not waited for in silence', async () => {
  const office = await shop({ coder: card('- write: src/a.ts\n  text: two', `${writes}\napprove: { first: 1 }`) });
  const form = 'inbox/operator/0001-fix.approval.md';
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await office.write(form, 'approve\n');
  await office.work();
  expect(office.said.join('\n')).toContain('the form has no line that begins with Answer: any more');
  expect(await office.standing('fix')).toMatchObject({ position: 'parked' });
  const gone = `case $FOURLINE_ID in *more) rm "$OUT/work/${form}";; esac`;
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['OUT'] = `${office.root}/..`;
  await office.write('roles/remover.md', card(`- shell: ${JSON.stringify(gone)}\n- say: so it is`, 'env: OUT'));
  await office.write('inbox/remover/more.md', order(['src/b.ts']));
  await office.work();
  expect(await office.read(form)).toContain('fourline approve 0001-fix');
  expect((await office.fourline('approve', '0001')).code).toBe(0);
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done' });
});

test('a waiting order whose file is taken away is withdrawn, by a running daemon as well', async () => {
  const remove =
    'case $FOURLINE_ID in *more) rm "$OUT/work/state/active/0001-fix/order.md";; esac; echo two > src/a.ts';
  const office = await shop(
    { coder: card(`- shell: ${JSON.stringify(remove)}`, `${writes}\napprove: { first: 1 }\nenv: OUT`) },
    'sandbox: off\n',
  );
  process.env['OUT'] = `${office.root}/..`;
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/coder/more.md', order(['src/a.ts']));
  await office.work();
  expect(office.said.join('\n')).not.toContain('recovered');
  expect(await office.standing('fix')).toMatchObject({
    outcome: 'halted',
    note: 'withdrawn: its file was taken out of state/active',
  });
  expect(await office.record('fix', 'unlanded.patch')).toContain('+two');
  expect(await office.list('inbox/operator')).not.toContain('0001-fix.approval.md');
});

test('a waiting order that somebody puts into another inbox waits no more, and asks nothing', async () => {
  const look = '{ ls "$OUT"/work/state/active/0001-fix; ls "$OUT"/work/inbox/operator; } > src/a.ts';
  const office = await shop(
    {
      coder: card('- mail: operator/why\n  text: Which one?', `${writes}\nsend: operator`),
      writer: card(`- shell: ${JSON.stringify(look)}`, `${writes}\nenv: OUT`),
    },
    'sandbox: off\n',
  );
  process.env['OUT'] = `${office.root}/..`;
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.list('inbox/operator')).toEqual(['0001-fix.question.md']);
  await rename(`${office.root}/state/active/0001-fix/order.md`, `${office.root}/inbox/writer/0001-fix.md`);
  await office.work();
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', role: 'writer' });
  const seen = await office.read('repos/shop/src/a.ts');
  expect(seen).not.toMatch(/waiting\.json|question\.md/);
});

test('a review that is moved to another role stays a review, and is never the author’s', async () => {
  const office = await shop(
    {
      coder: card('- write: src/a.ts\n  text: two', `${writes}\nreview: auditor`),
      auditor: card(
        '- shell: rm -f "$OUT"/work/roles/auditor.md\n- say: so it is',
        'env: OUT\nlimits: { attempts: 9 }',
      ),
      second: card(
        '- write: src/b.ts\n  text: mine\n- report: raw\n  text: "---\\noutcome: approve\\n---\\nfine\\n"',
        writes,
      ),
    },
    'sandbox: off\n',
  );
  process.env['OUT'] = `${office.root}/..`;
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect((await office.fourline('status')).out).toContain(
    "0002-review-fix  auditor  not taken  there is no role 'auditor'",
  );
  const inbox = (role: string): string => `${office.root}/inbox/${role}/0002-review-fix.md`;
  await rename(inbox('auditor'), inbox('coder'));
  await office.work();
  expect(await office.read('inbox/coder/0002-review-fix.md.problem.txt')).toContain('nobody reviews its own work');
  expect((await office.fourline('status')).out).toMatch(
    /0002-review-fix +coder +not taken +it reviews 0001-fix of coder/,
  );
  await rename(inbox('coder'), inbox('second'));
  await office.work();
  expect(await office.standing('review-fix')).toMatchObject({ outcome: 'done', role: 'second', verdict: 'approved' });
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', decisions: [{ by: 'second' }] });
  expect(await office.list('repos/shop/src')).toEqual(['a.ts']);
  expect(await office.fourline('retry', '0002')).toMatchObject({ code: 2, err: expect.stringContaining('0001-fix') });
});

test('a landing waits for its review also where its branch cannot be made', async () => {
  const jam =
    'if [ $FOURLINE_ROLE = coder ]; then rm -rf "$OUT"/work/repos/shop/.git/objects/pack; touch "$OUT"/work/repos/shop/.git/objects/pack; fi';
  const free = 'rm -f "$OUT"/work/repos/shop/.git/objects/pack; mkdir "$OUT"/work/repos/shop/.git/objects/pack';
  const office = await shop(
    {
      coder: card(
        `- write: src/a.ts\n  text: two\n- shell: ${JSON.stringify(jam)}`,
        `${writes}\nreview: auditor\nenv: OUT\nlimits: { attempts: 1 }`,
      ),
      auditor: card(
        `- shell: ${JSON.stringify(free)}\n- report: raw\n  text: "---\\noutcome: approve\\n---\\nfine\\n"`,
        'env: OUT',
      ),
    },
    'sandbox: off\n',
  );
  process.env['OUT'] = `${office.root}/..`;
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(office.said.join('\n')).toContain('0001-fix: its branch fourline/0001-fix could not be made');
  expect(await office.standing('fix')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('an approval of what was edited since is said not to count, and status names what a person can do', async () => {
  const office = await shop({ coder: card('- shell: echo 2 >> src/a.ts', `${writes}\napprove: { first: 1 }`) });
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  const active = 'state/active/0001-fix/order.md';
  await office.write(active, (await office.read(active)).replace('The value is 2.', 'The value is three.'));
  await office.fourline('approve', '0001');
  await office.work();
  expect(office.said.join('\n')).toContain('approved, but the order was edited since: it is run again');
  expect(await office.standing('fix')).toMatchObject({ position: 'parked', attempt: 2, spent: 0 });
  expect((await office.fourline('status')).out).toContain('\nnext: fourline show 0001 --diff, fourline approve 0001\n');
  const once = await office.fourline('start', '--once');
  expect(once.out + once.err).toContain('0001-fix waits for approval');
});

test('no branch is left of a landing that waited and was handed back', async () => {
  const office = await shop({
    coder: card('- shell: sed -i s/1/2/ src/a.ts', `${writes}\napprove: { first: 1 }\nlimits: { attempts: 2 }`),
  });
  const branches = (): string => office.git('repos/shop', 'branch', '--list', '--format=%(refname:short)');
  for (const name of ['one', 'two']) await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
  await office.work();
  expect(branches()).toBe('fourline/0001-one\nfourline/0002-two\nmain');
  await office.write('state/active/0002-two/order.md', order(['src/a.ts'], { accept: ['a', 'b', '`false`'] }));
  await office.write('repos/shop/src/a.ts', 'export const a = 3;\n');
  office.git('repos/shop', 'commit', '-qam', 'three');
  for (const id of ['0001', '0002']) await office.fourline('approve', id);
  await office.work();
  expect(await office.standing('one')).toMatchObject({ position: 'settled', attempt: 2 });
  expect(await office.standing('two')).toMatchObject({ position: 'settled' });
  expect(branches()).toBe('main');
});
