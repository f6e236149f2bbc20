import { expect, test } from 'vitest';
import { card, openOffice } from '../kit/office.ts';

const cli = (agent: string): string => `---\ndescription: d\n${agent}\n---\nA role.\n`;

test('role list names the agent of each card as the card does', async () => {
  const office = await openOffice({
    a: cli('agent: claude\nmodel: sonnet'),
    b: cli('agent: codex'),
    c: cli('agent: auto'),
    d: cli('agent: command\ncommand: [node, my-agent.mjs]'),
    e: cli('agent: acp\ncommand: [some-acp]\nmodel: small'),
    f: card('- exit: 0'),
  });
  const { out } = await office.fourline('role', 'list');
  const agents = out.split('\n').map((line) => line.split(/ {2,}/)[1]);
  expect(agents.slice(1, 7)).toEqual(['claude sonnet', 'codex', 'auto', 'node', 'some-acp small', 'rehearsal']);
  const rows = JSON.parse((await office.fourline('role', 'list', '--json')).out) as { agent: string }[];
  expect(rows.map((row) => row.agent)).toEqual(['claude', 'codex', 'auto', 'node', 'some-acp', 'rehearsal']);
});

test('role list names the agents of the cards that init makes', async () => {
  const office = await openOffice();
  await office.fourline('init');
  const { out } = await office.fourline('role', 'list');
  expect(out).toMatch(/^coder +claude sonnet /m);
  expect(out).not.toContain('rehearsal');
});

test('role list counts the files of the repositories that the gate lets each role change', async () => {
  const office = await openOffice({
    coder: card('- exit: 0', 'write: |\n  repos/*/src/**\ndeny: |\n  repos/*/src/b.ts'),
    reader: card('- exit: 0'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/b.ts': '1\n', 'src/.envrc': '1\n', 'README.md': '1\n' });
  await office.repository('cart', { 'src/c.ts': '1\n' });
  const rows = JSON.parse((await office.fourline('role', 'list', '--json')).out) as { name: string; files: number }[];
  expect(rows.map(({ name, files }) => `${name} ${files}`)).toEqual(['coder 2', 'reader 0']);
  expect((await office.fourline('role', 'list')).out).toMatch(/^ROLE +AGENT +FILES +WRITES.*\ncoder +rehearsal +2 /);
});
