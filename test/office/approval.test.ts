// A plan that waits for the operator is read whole, and edited, before a word is said; an answer that is not plain is
// asked again.
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const one = order(['src/one.ts'], { objective: 'The first is there.', accept: ['one says 1'] });
const two = order(['src/two.ts'], { objective: 'The second is there.', front: 'after: [one]' });

async function plan(): Promise<Office> {
  const office = await openOffice({
    lead: card(
      `${letter('coder/one', one)}\n${letter('coder/two', two)}\n- say: two orders`,
      'send: coder\napprove: { plan: true }',
    ),
    coder: card('- shell: "echo new > src/$(echo $FOURLINE_ID | cut -c6-).ts"', writes),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/plan.md', order(['src/**']));
  await office.work();
  return office;
}

const form = 'inbox/operator/0001-plan.approval.md';
const drafts = 'inbox/operator/0001-plan.orders';

test('form, show --diff and plan show its orders; approved, they are sent as they are', async () => {
  const office = await plan();
  const asked = await office.read(form);
  for (const words of [
    '## order to coder: 0002-one',
    '> **Objective:** The first is there.',
    '> - one says 1',
    '> - src/one.ts',
    'order to coder: 0003-two, after 0002-one',
  ])
    expect(asked).toContain(words);
  const shown = await office.fourline('show', '0001', '--diff');
  expect([shown.code, shown.out]).toEqual([
    0,
    expect.stringMatching(/> order to coder: 0002-one[\s\S]*> - src\/one\.ts[\s\S]*> - src\/two\.ts/),
  ]);
  const planned = await office.fourline('plan');
  expect(planned.out).toMatch(/0003-two +coder +asked for +waits for 0002-one; sent when 0001-plan is approved/);
  expect((await office.fourline('plan', '--mermaid')).out).toContain('0002-one<br>coder');
  expect((await office.list(drafts)).sort()).toEqual(['0002-one.md', '0003-two.md']);
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('two')).toMatchObject({ outcome: 'done' });
  expect(await office.list('inbox/operator')).toEqual(['0001-plan.report.md']);
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test('an order that was edited is sent as it stands now, one that was removed is not, and the audit agrees', async () => {
  const office = await plan();
  await rm(`${office.root}/${drafts}/0002-one.md`);
  await office.write(`${drafts}/0003-two.md`, order(['src/three.ts'], { objective: 'The third is there.' }));
  expect((await office.fourline('show', '0001', '--diff')).out).toContain('> - src/three.ts');
  await office.fourline('approve', '0001');
  await office.work();
  expect([...(await office.standings()).keys()]).toEqual(['0001-plan', '0003-two']);
  expect(await office.standing('two')).toMatchObject({
    title: 'The third is there.',
    from: 'lead',
    parent: '0001-plan',
    files: ['repos/shop/src/three.ts'],
  });
  expect(await office.read('state/journal.jsonl')).toContain('"edited":["0003-two"]');
  expect(await office.fourline('audit', '--verify')).toMatchObject({ code: 0 });
});

test.each<[string, (office: Office) => Promise<void>, string]>([
  [
    'waits for one that was removed',
    (office) => rm(`${office.root}/${drafts}/0002-one.md`),
    "there is no order '0002-one'",
  ],
  ['reaches beyond the plan', (office) => office.write(`${drafts}/0002-one.md`, order(['docs/**'])), 'reach beyond'],
  ['cannot be read', (office) => office.write(`${drafts}/0002-one.md`, 'nothing\n'), '0002-one.md, line'],
  ['is none of them', (office) => office.write(`${drafts}/mine.md`, one), 'mine.md is not one of its orders'],
])('an edited order that %s is not sent: the word is asked for again', async (_, edit, expected) => {
  const office = await plan();
  await edit(office);
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('plan')).toMatchObject({ position: 'parked', decisions: [] });
  expect(await office.read(form)).toContain(expected);
  // Put right, and answered once more, it goes out.
  await rm(`${office.root}/${drafts}`, { recursive: true });
  await office.fourline('approve', '0001');
  await office.work();
  expect(await office.standing('two')).toMatchObject({ outcome: 'done' });
});

test.each(['no objections, go ahead', 'yes, but rename it first'])(
  '%s: asked again, and no attempt is spent',
  async (answer) => {
    const office = await plan();
    await office.write(form, (await office.read(form)).replace(/Answer:\n$/, `Answer: ${answer}\n`));
    await office.work();
    expect(await office.standing('plan')).toMatchObject({ position: 'parked', attempt: 1, spent: 0, decisions: [] });
    const again = await office.read(form);
    expect(again).toContain(`Answer: ${answer}\n`);
    expect(again).toContain('not plainly approve or reject');
    await office.write(form, again.replace(answer, 'approve'));
    await office.work();
    expect(await office.standing('plan')).toMatchObject({ outcome: 'done' });
  },
);

test('what waits for a review is told the same by approve and by retry', async () => {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: two', `${writes}\nreview: auditor`),
    auditor: card('- say: hm', 'env: OUT'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  process.env['OUT'] = `${office.root}/..`;
  // A reviewer whose card goes while it works: its review lies there, and nobody can take it.
  const leaves = JSON.stringify('rm "$OUT"/work/roles/auditor.md');
  await office.write('roles/auditor.md', card(`- shell: ${leaves}`, 'env: OUT\nlimits: { attempts: 3 }'));
  await office.write('inbox/coder/fix.md', order(['src/a.ts']));
  await office.work();
  for (const said of [await office.fourline('approve', '0001'), await office.fourline('retry', '0001')]) {
    expect(said.err).toContain('waits for a review by auditor');
    expect(said.err).toContain('end the review: fourline cancel 0002-review-fix');
  }
});
