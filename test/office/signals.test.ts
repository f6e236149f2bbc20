// `fire` for each of the five signals, through real files and real runs; and the signs that nobody saw before.
import { expect, test } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const shell = (line: string): string => `- shell: ${JSON.stringify(line)}`;
const report = (head: string): string => `printf -- '---\\n${head}\\n---\\nso it is\\n' > "$FOURLINE_REPORT"`;
const writes = 'write: |\n  repos/*/src/**';
const halts = card(shell(report('outcome: halt-with-note\\nnote: not applicable here')), writes);

async function shop(cards: Readonly<Record<string, string>>, signals: string): Promise<Office> {
  const office = await openOffice(cards);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', `signals: ${signals}\n`);
  return office;
}

async function signalsOf(office: Office): Promise<string[]> {
  const { out } = await office.fourline('signals', '--json');
  return (JSON.parse(out) as { signals: { signal: string; role: string; order: string | null }[] }).signals
    .map((one) => `${one.signal} ${one.role} ${one.order ?? '-'}`)
    .sort();
}

const noted = (signal: string): string => `taken away, signal ${signal}`;

test('fire, override: what was rejected for good and is ordered again without a reason is taken away; with one it runs', async () => {
  const office = await shop(
    {
      coder: card(
        `${shell('date +%N > src/a.ts')}\n- say: done`,
        `${writes}\nreview: auditor\nlimits: { attempts: 1 }`,
      ),
      auditor: card(shell(report('outcome: reject\\nnote: no test'))),
    },
    '{ override: fire }',
  );
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect((await office.fourline('retry', '0001')).code).toBe(0);
  await office.work();
  const again = [...(await office.standings()).values()].at(-1);
  expect(again).toMatchObject({ outcome: 'refused', attempt: 0, note: expect.stringContaining(noted('override')) });
  expect(await office.fourline('retry', again?.id ?? '', 'the test is in 0008')).toMatchObject({ code: 0 });
  expect(await signalsOf(office)).toEqual([`override operator ${again?.id ?? ''}`]);
  await office.write('roles/auditor.md', card(shell(report('outcome: approve'))));
  await office.work();
  expect([...(await office.standings()).values()].filter((one) => /^\d+-fix$/.test(one.id)).at(-1)).toMatchObject({
    outcome: 'done',
  });
  expect(await signalsOf(office)).toEqual([`override operator ${again?.id ?? ''}`]);
});

test('the reason of a retry is in its brief, and what was rejected too', async () => {
  const office = await shop(
    {
      coder: card(
        `${shell('date +%N > src/a.ts')}\n- say: done`,
        `${writes}\nreview: auditor\nlimits: { attempts: 1 }`,
      ),
      auditor: card(shell(report('outcome: reject\\nnote: no test'))),
    },
    '{ override: fire }',
  );
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await office.fourline('retry', '0001', 'the test is in 0008');
  await office.work();
  const again = [...(await office.standings()).values()].filter((one) => /^\d+-fix$/.test(one.id)).at(-1);
  const brief = (await office.fourline('show', again?.id ?? '', '--brief')).out;
  expect(brief).toContain('> the test is in 0008');
  expect(brief).toContain('> no test');
  expect(await signalsOf(office)).toEqual([]);
});

test.each<[string, (office: Office) => Promise<unknown>, boolean]>([
  ['by retry', (office) => office.fourline('retry', '0001'), true],
  ['by retry, with a reason', (office) => office.fourline('retry', '0001', 'it is applicable since 0008'), false],
  ['as the same file', (office) => office.write('inbox/coder/again.md', order(['src/a.ts'])), true],
  [
    'as the same file that answers it',
    (office) => office.write('inbox/coder/again.md', order(['src/a.ts'], { front: 'answers: [0001-fix]' })),
    false,
  ],
  [
    'as another order',
    (office) => office.write('inbox/coder/again.md', order(['src/a.ts'], { objective: 'The value is 3.' })),
    false,
  ],
])('override: what its role halted is ordered again %s', async (_, again, expected) => {
  const office = await shop({ coder: halts }, '{ override: fire }');
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await again(office);
  await office.work();
  const last = [...(await office.standings()).values()].at(-1);
  expect(await signalsOf(office)).toEqual(expected ? [`override operator ${last?.id ?? ''}`] : []);
  expect(last).toMatchObject({ outcome: expected ? 'refused' : 'halted' });
});

test('what fourline or the operator ended is nobody’s word, and may be ordered again', async () => {
  const office = await shop({ coder: halts }, '{ override: fire }');
  await office.write('inbox/coder/fix.md', order(['src/a.ts'], { branching: 'requeue-with-blocker' }));
  await office.work();
  await office.fourline('retry', '0001');
  await office.work();
  expect(await signalsOf(office)).toEqual([]);
});

const letter = order(['src/a.ts'], { objective: 'The value is 3.' });
const mails = (text: string): string => `- mail: coder/fix\n  text: ${JSON.stringify(text)}`;
const sql = 'SELECT id, name\n  FROM users\n  WHERE age > 3;';

test.each<[string, string]>([
  ['code over several lines in an order', `${mails(`${letter}\n${sql}\n`)}\n- say: ordered it`],
  ['SQL in small letters', `${mails(`${letter}\nselect id, name\nfrom users\nwhere age > 3\n`)}\n- say: ordered it`],
  [
    'SQL in its report',
    `${mails(letter)}\n${shell(`printf -- '---\\noutcome: done\\n---\\nRun this:\\n\\n${sql.replaceAll('\n', '\\n')}\\n' > "$FOURLINE_REPORT"`)}`,
  ],
  ['SQL in its last words', `${mails(letter)}\n- say: ${JSON.stringify(`Run this: \n${sql}`)}`],
])('fire, artefact: %s', async (_, steps) => {
  const office = await shop(
    { lead: card(steps, 'send: coder'), coder: card('- say: hm', writes) },
    '{ artefact: fire }',
  );
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  expect(await office.standing('plan')).toMatchObject({
    outcome: 'refused',
    note: expect.stringContaining(noted('artefact')),
  });
  expect(await office.list('inbox/coder')).toEqual([]);
  expect(await signalsOf(office)).toEqual(['artefact lead 0001-plan']);
});

test('fire, missed-rejection: a run that orders about rejected files and does not name the rejection', async () => {
  const office = await shop(
    {
      lead: card(`${mails(letter)}\n- say: ordered it`, 'send: coder'),
      coder: card(
        `${shell('date +%N > src/a.ts')}\n- say: done`,
        `${writes}\nreview: auditor\nlimits: { attempts: 1 }`,
      ),
      auditor: card(shell(report('outcome: reject\\nnote: no test'))),
    },
    '{ missed-rejection: fire }',
  );
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  expect(await office.standing('plan')).toMatchObject({
    outcome: 'refused',
    note: expect.stringContaining(noted('missed-rejection')),
  });
});

test.each<[string, string]>([
  ['scope', `${shell('echo x > package.json; echo 2 > src/a.ts')}\n- say: done`],
  ['silent', "- write: src/a.ts\n  text: '2'"],
])('fire, %s: nothing of the run lands, and what it did is kept', async (signal, steps) => {
  const office = await shop({ coder: card(steps, writes) }, `{ ${signal}: fire }`);
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('fix')).toMatchObject({
    outcome: 'refused',
    note: expect.stringContaining(noted(signal)),
  });
  expect(await office.read('repos/shop/src/a.ts')).toBe('1\n');
  expect(await office.record('fix', 'unlanded.patch')).toContain('+2');
});
