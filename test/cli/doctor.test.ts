import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { openOffice } from '../kit/office.ts';

type Finding = { what: string; state: string; detail: string };

test('doctor notes each repository with a filter program, which fourline does not run', async () => {
  const office = await openOffice();
  const attributes: Record<string, string> = {
    plain: '# eol=lf is not meant\n*.ts diff=ts\n',
    crlf: '',
    input: '',
    none: '',
    eol: '*.ts text eol=crlf\n',
    lfs: '*.bin filter=lfs diff=lfs merge=lfs -text\n',
  };
  for (const [name, text] of Object.entries(attributes))
    await office.repository(name, { 'a.ts': '1\n', ...(text === '' ? {} : { '.gitattributes': text }) });
  office.git('repos/crlf', 'config', 'core.autocrlf', 'true');
  office.git('repos/input', 'config', 'core.autoCRLF', 'input');
  office.git('repos/none', 'config', 'core.autocrlf', 'false');
  await office.repository('broken', { 'a.ts': '1\n' });
  await office.write('repos/broken/.git/refs/heads/main', `${'1'.repeat(40)}\n`);
  const doctor = await office.fourline('doctor', '--json');
  const { findings } = JSON.parse(doctor.out) as { findings: Finding[] };
  const notes = findings.filter((one) => one.what.startsWith('repos/') && one.state === 'note');
  expect(notes.map((one) => one.what)).toEqual(['repos/lfs']);
  expect(notes[0]?.detail).toContain('its .gitattributes name a filter program: fourline runs none');
  expect(findings.filter((one) => one.state === 'bad').map((one) => one.what)).toEqual(['repos/broken']);
  expect(doctor.code).toBe(7);
});

test('doctor says which agent CLIs are there and in which version, which card has none, and what no proxy can be', async () => {
  const office = await openOffice();
  const folder = `${office.root}/../programs`;
  await office.write('../programs/claude', '#!/bin/sh\necho "9.8.7 (Claude Code)"\n');
  await office.write('../programs/gemini', '#!/bin/sh\nexit 3\n');
  for (const name of ['claude', 'gemini']) await chmod(`${folder}/${name}`, 0o755);
  office.env['HTTPS_PROXY'] = 'socks5://proxy.example:1080';
  office.env['PATH'] = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`;
  for (const name of ['claude', 'codex', 'auto'])
    await office.write(`roles/of-${name}.md`, `---\nagent: ${name}\nwrite: |\n  repos/*/src/**\n---\nWork.\n`);
  const { findings } = JSON.parse((await office.fourline('doctor', '--json')).out) as { findings: Finding[] };
  const of = (what: string): string[] =>
    findings.filter((one) => one.what === what).map((one) => `${one.state} ${one.detail.replace(folder, '')}`);
  expect(of('proxy')).toEqual([
    'bad HTTPS_PROXY names a proxy of another kind (socks5://); fourline speaks to http:// and https:// proxies',
  ]);
  expect(of('claude')).toEqual(['ok 9.8.7  /claude']);
  expect(of('codex')).toEqual(['note not installed']);
  expect(of('gemini')).toEqual(['note /gemini is there, but does not say its version']);
  expect(of('role of-claude')).toEqual(['ok claude']);
  expect(of('role of-auto')).toEqual(['ok claude']);
  expect(of('role of-codex')).toEqual(["bad its agent 'codex' is not on PATH"]);
});
