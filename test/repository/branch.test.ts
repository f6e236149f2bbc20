// An order lands on the branch that was checked out when it was first claimed, whatever a person does with the work
// tree later.
import { expect, test, vi } from 'vitest';
import { card, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

// The check fails once; while it runs, a person does something in the repository.
async function meanwhile(person: string): Promise<Office> {
  const office = await openOffice({
    coder: card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**\nlimits: { attempts: 3 }'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  const once = `${office.root}/once`;
  const check = `[ -e ${once} ] || { touch ${once}; cd ${office.root}/repos/shop; ${person}; exit 1; }`;
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { accept: [`\`${check}\``] }));
  await office.work();
  return office;
}

test('a second attempt lands on the branch the order began on, and accepted, landed and the report name it', async () => {
  const office = await meanwhile('git switch -q -c topic');
  const x = await office.standing('x');
  expect(x).toMatchObject({ outcome: 'done', attempt: 2, branch: 'main' });
  expect(office.git('repos/shop', 'log', '-1', '--format=%an', 'main')).toBe('coder');
  expect(office.git('repos/shop', 'log', '-1', '--format=%an', 'topic')).toBe('dana');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(office.said.join('\n')).toMatch(/accepted .* on main\n/);
  expect(office.said.join('\n')).toMatch(/landed .*[0-9a-f]{7} on main/);
  expect(await office.record('x', 'report.md')).toMatch(/^branch: "main"$/m);
});

test('an order whose branch is gone is told so with the command that helps, and nothing lands elsewhere', async () => {
  const office = await meanwhile('git switch -q -c topic; git branch -q -D main');
  const said = office.said.find((line) => line.includes('not taken'));
  expect(said).toMatch(/the branch main, on which the order began, is gone/);
  const [id] = (await office.list('inbox/coder')).filter((name) => name.endsWith('.md'));
  expect(await office.read(`inbox/coder/${id ?? ''}.problem.txt`)).toContain('git -C repos/shop branch main <commit>');
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('dana');
});
