import { expect, test } from 'vitest';
import { openOffice, order } from '../kit/office.ts';

const card =
  '---\nagent: rehearsal\nrehearsal:\n  - write: src/a.ts\n    text: x\nlimits: { runs: 4 }\nwrite: |\n  repos/*/src/**\n---\nx\n';

test('plan says what is next, what waits and why, and what is not taken; as text, graph and JSON', async () => {
  const office = await openOffice({ coder: card });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/0001-a.md', order(['src/a.ts']));
  await office.write('inbox/coder/0002-b.md', order(['src/a.ts']));
  await office.write('inbox/coder/bad.md', 'no order\n');
  const { code, out } = await office.fourline('plan');
  expect(code).toBe(0);
  expect(out).toMatch(/0001-a +coder +next/);
  expect(out).toMatch(/0002-b +coder +waits +its Files overlap those of 0001-a/);
  expect(out).toMatch(/bad +coder +not taken/);
  expect(out).toContain('0 orders running, 1 could start now, 1 wait, 1 not taken');
  const graph = (await office.fourline('plan', '--mermaid')).out;
  expect(graph).toMatch(/^graph LR\n {2}n0\["0001-a<br>coder"\]:::next\n/);
  const data = JSON.parse((await office.fourline('--json', 'plan')).out) as { held: { id: string }[] };
  expect(data.held.map((one) => one.id)).toEqual(['0002-b']);
});

test('mail that waits for each other is refused with the circle, and nothing of it is sent', async () => {
  const letter = (name: string, after: string): string =>
    `  - mail: coder/${name}\n    text: |\n${`---\nafter: [${after}]\n---\n${order(['src/a.ts'])}`
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n')}\n`;
  const office = await openOffice({
    coder: card,
    lead: `---\nagent: rehearsal\nrehearsal:\n${letter('a', 'b')}${letter('b', 'a')}${letter('c', 'a')}send: coder\n---\nx\n`,
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/lead/plan.md', order(['src/a.ts']));
  await office.work();
  const plan = await office.standing('plan');
  expect(plan.refused.map((one) => `${one.path}: ${one.sentence}`)).toEqual([
    'inbox/coder/a.md: after: they wait for each other: inbox/coder/a.md → inbox/coder/b.md → inbox/coder/a.md',
    'inbox/coder/b.md: after: they wait for each other: inbox/coder/a.md → inbox/coder/b.md → inbox/coder/a.md',
    "inbox/coder/c.md: after: 'a' was refused",
  ]);
  expect([...(await office.standings()).values()]).toHaveLength(1);
});
