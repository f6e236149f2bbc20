// An audit that goes on from an earlier count says what one says that counts everything.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Office, openOffice } from '../kit/office.ts';

const card = '---\nagent: command\ncommand: [sh, -c, "date +%N >> src/a.ts"]\nwrite: |\n  repos/**\n---\nWork.\n';
const order =
  '**Objective:** Edit.\n**Acceptance:**\n- a 1\n- b 2\n- c 3\n**Files:** src/a.ts\n**Branching:** halt-with-note\n';

// Commits of a person, so many of them that the audit remembers its count.
function addCommits(office: Office, count: number): void {
  for (let made = 0; made < count; made += 1)
    office.git('repos/shop', 'commit', '-q', '--allow-empty', '-m', `by hand ${made}`);
}

function countsOf(office: Office): string {
  return `${office.root}/../xdg/fourline/counts`;
}

function countsIn(office: Office): string[] {
  const [key = 'none'] = readdirSync(countsOf(office));
  return readdirSync(`${countsOf(office)}/${key}`).map((name) => `${countsOf(office)}/${key}/${name}`);
}

async function auditBothWays(office: Office): Promise<unknown> {
  const again = await office.fourline('audit', '--json');
  rmSync(countsOf(office), { recursive: true, force: true });
  const whole = await office.fourline('audit', '--json');
  expect(JSON.parse(again.out)).toEqual(JSON.parse(whole.out));
  return JSON.parse(whole.out);
}

async function openCounted(): Promise<Office> {
  const office = await openOffice({ coder: card });
  await office.repository('shop', { 'src/a.ts': 'export const a = 1;\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.write('inbox/coder/first.md', order);
  await office.work();
  addCommits(office, 210);
  await office.fourline('audit');
  expect(countsIn(office)).toHaveLength(1);
  return office;
}

test('commits that came later, by orders and by hand, are counted on top of those before', async () => {
  const office = await openCounted();
  await office.write('inbox/coder/second.md', order);
  await office.work();
  addCommits(office, 2);
  expect(await auditBothWays(office)).toMatchObject({
    roles: [{ role: 'coder', commits: 2, orders: 2, files: 2 }],
    strays: { length: 212 },
  });
});

test('a branch that was reset, amended or deleted is counted anew', async () => {
  const office = await openCounted();
  office.git('repos/shop', 'reset', '-q', '--hard', 'HEAD~5');
  expect(await auditBothWays(office)).toMatchObject({ strays: { length: 205 } });
  office.git('repos/shop', 'commit', '-q', '--amend', '--allow-empty', '-m', 'amended');
  expect(await auditBothWays(office)).toMatchObject({ strays: { length: 205 } });
  office.git('repos/shop', 'checkout', '-q', '-b', 'other');
  office.git('repos/shop', 'branch', '-q', '-D', 'main');
  expect(await auditBothWays(office)).toMatchObject({ gone: [{ repo: 'shop', branch: 'main' }] });
});

test('a count that is damaged, or of another journal, is passed over', async () => {
  const office = await openCounted();
  const [path = ''] = countsIn(office);
  const text = readFileSync(path, 'utf8');
  for (const other of ['scrawl', text.replace('"entries":', '"entries":1'), text.replace(/"tip":"../, '"tip":"00')]) {
    mkdirSync(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    writeFileSync(path, other);
    expect(await auditBothWays(office)).toMatchObject({ roles: [{ commits: 1 }], strays: { length: 210 } });
  }
});

test('the earlier count is what is gone on from, and verifying asks none', async () => {
  const office = await openCounted();
  const [path = ''] = countsIn(office);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"commits":1', '"commits":7'));
  const shown = async (...flags: string[]): Promise<unknown> =>
    JSON.parse((await office.fourline('audit', '--json', ...flags)).out);
  expect(await shown()).toMatchObject({ roles: [{ commits: 7 }] });
  expect(await shown('--verify')).toMatchObject({ roles: [{ commits: 1 }] });
});
