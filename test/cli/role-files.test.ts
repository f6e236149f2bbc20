import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { openOffice } from '../kit/office.ts';

test('agent files come in all or none, and never over a card', async () => {
  const office = await openOffice();
  const folder = `${office.root}/.claude/agents`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/checker.md`, '---\nname: checker\ncolor: red\n---\nCheck.\r\n');
  await writeFile(`${folder}/odd.md`, Buffer.from([45, 45, 45, 10, 255, 254]));
  const both = await office.fourline('role', 'import', '.claude/agents/checker.md', '.claude/agents/odd.md');
  expect(both.err).toContain('UTF-8');
  expect((await office.fourline('role', 'show', 'checker')).code).not.toBe(0);
  const one = await office.fourline('role', 'import', '.claude/agents/checker.md');
  expect(one.out).toContain('not carried color: red');
  const text = await readFile(`${office.root}/roles/checker.md`, 'utf8');
  expect(text.endsWith('---\nCheck.\r\n')).toBe(true);
  const again = await office.fourline('role', 'import', '.claude/agents/checker.md');
  expect(again.err).toContain('roles/checker.md exists already');
  await writeFile(`${office.root}/roles/checker.md`, text.replace('---\n', '---\nwrite: repos/*/src/**\n'));
  const edited = await readFile(`${office.root}/roles/checker.md`, 'utf8');
  const forced = await office.fourline('role', 'import', '--force', '.claude/agents/checker.md');
  expect(forced.code).toBe(0);
  expect(await readFile(`${office.root}/roles/checker.md`, 'utf8')).toBe(text);
  expect(await readFile(/undo: cp (\S+) /.exec(forced.out)?.[1] ?? '', 'utf8')).toBe(edited);
  expect((await office.fourline('can', 'checker', 'repos/x/a')).code).toBe(1);
  await writeFile(`${office.root}/plain.md`, 'Check.\n');
  expect((await office.fourline('role', 'import', 'plain.md')).err).toContain('--from');
});

test('cards go out below a folder, and never over a file', async () => {
  const office = await openOffice({ a: '---\nagent: claude\nwrite: |\n  repos/*/a\n---\nWork.\n' });
  const first = await office.fourline('role', 'export', '--to', 'codex', '--out', 'out');
  expect(first.out).toContain('not carried write:');
  expect(await readFile(`${office.root}/out/.codex/agents/a.toml`, 'utf8')).toContain('Work.');
  expect((await office.fourline('role', 'export', '--to', 'codex', '--out', 'out')).err).toContain('exists already');
  expect((await office.fourline('role', 'export', '--to', 'emacs')).err).toContain('copilot');
});
