// Whatever stands in an order, a name or an output, its order is remembered, and so is who sent it.

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { unheard } from '../../src/event.ts';
import { lookAt } from '../../src/workspace/look.ts';
import { start } from '../kit/crash.ts';
import { card, letter, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

const odd = 'a\u2028b\u2029c\u0085d\ufeffe';

async function verify(office: Office): Promise<{ code: number; out: string }> {
  return office.fourline('audit', '--verify');
}

test('an order with line separators in its text, in a name and in what its check prints is worked, remembered and verified', async () => {
  const named = 'src/a\u2028b\u2029c.ts';
  const office = await openOffice({
    coder: card(
      `- write: ${JSON.stringify(named)}\n  text: "2"`,
      'write: |\n  repos/*/src/**\nlimits: { attempts: 1 }',
    ),
  });
  await office.write('fourline.yaml', 'sandbox: off\nruns: 1\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const accept = [`\`printf '${odd}'; false\` passes`, `nothing ${odd} changes`, 'the file ends in a newline'];
  await office.write('inbox/coder/x.md', order(['src/**'], { objective: `The total${odd}is 2.`, accept }));
  await office.write('inbox/coder/y.md', order(['src/a.ts'], { objective: `The sum${odd}is 2.` }));
  await office.work();
  const { history, damaged } = await lookAt(office.root, unheard, office.host());
  expect(damaged).toEqual([]);
  expect([...history.orders.values()].map((one) => [one.asked.title, one.position])).toEqual([
    [`The total${odd}is 2.`, 'settled'],
    [`The sum${odd}is 2.`, 'settled'],
  ]);
  expect((await office.fourline('status')).out).not.toContain('torn');
  expect(await verify(office)).toMatchObject({ code: 0 });
});

test.each(['deliver.posted', 'deliver.recorded', 'settle.moved'])(
  "a role's letter with line separators stays its own after dying at %s",
  async (point) => {
    const text = order(['src/a.ts'], { objective: `Look at ${odd} again.` });
    const office = await openOffice({
      planner: card(letter('coder/look', text), 'send: coder'),
      coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**'),
    });
    await office.write('fourline.yaml', 'sandbox: off\nruns: 1\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    await office.write('inbox/planner/plan.md', order(['src/a.ts'], { objective: `Plan ${odd} well.` }));
    expect(await start(office, point)).toMatchObject({ signal: 'SIGKILL' });
    expect(await start(office)).toMatchObject({ signal: null });
    expect(await office.standing('look')).toMatchObject({ from: 'planner', outcome: 'done' });
    expect(await verify(office)).toMatchObject({ code: 0 });
  },
);

// Makes the line that posted an order unreadable.
function spoil(office: Office, id: string): void {
  const path = `${office.root}/state/journal.jsonl`;
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(
    path,
    lines
      .map((line) =>
        line.includes('"posted"') && line.includes(`"order":"${id}"`) ? line.replace('"v":1', '"v":2') : line,
      )
      .join('\n'),
  );
}

test("an order whose line is lost is nobody's, not the operator's, whether it waits or is claimed", async () => {
  const text = order(['src/a.ts'], { objective: 'Look again.' });
  const office = await openOffice({
    planner: card(letter('coder/look', text), 'send: coder'),
    coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\nruns: 1\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/planner/plan.md', order(['src/a.ts']));
  expect(await start(office, 'claim.recorded:2')).toMatchObject({ signal: 'SIGKILL' });
  spoil(office, '0002-look');
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.standing('look')).toMatchObject({ from: 'nobody', outcome: 'done' });
  // Somebody must hear of it all the same.
  expect(await office.list('inbox/operator')).toContain('0002-look.report.md');
});

test("a letter that waits in its inbox when its line is lost is posted as nobody's", async () => {
  const text = order(['src/a.ts'], { objective: 'Look again.' });
  const office = await openOffice({
    planner: card(letter('coder/look', text), 'send: coder'),
    coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\nruns: 1\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/planner/plan.md', order(['src/a.ts']));
  expect(await start(office, 'claim.moved:2')).toMatchObject({ signal: 'SIGKILL' });
  await mkdir(`${office.root}/inbox/coder`, { recursive: true });
  await rename(`${office.root}/state/active/0002-look/order.md`, `${office.root}/inbox/coder/0002-look.md`);
  spoil(office, '0002-look');
  expect(await start(office)).toMatchObject({ signal: null });
  expect(await office.standing('look')).toMatchObject({ from: 'nobody', parent: '0001-plan', outcome: 'done' });
  // A file that a person drops is that person's, damage or not.
  await office.write('inbox/coder/mine.md', order(['src/a.ts']));
  await office.work();
  expect((await office.standing('mine')).from).toBe('operator');
});
