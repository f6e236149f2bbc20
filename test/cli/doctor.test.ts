import { chmod, chown, rm, stat, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, openOffice } from '../kit/office.ts';
import { inTerminal } from '../kit/terminal.ts';

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

const plain = (): string => card('- exit: 0', 'write: |\n  repos/*/src/**');

test('doctor --fix shows what it would mend, asks, and mends that alone', async () => {
  needs('ssh-keygen');
  const office = await openOffice({ coder: plain() });
  await office.repository('shop', { 'package.json': '{}\n', 'package-lock.json': '{}\n' });
  await office.fourline('init', office.root, '--sign');
  const signers = await office.read('roles/allowed_signers');
  await office.write('roles/late.md', plain());
  await rm(`${office.root}/inbox/coder`, { recursive: true });
  const asked = await office.fourline('doctor', '--fix');
  expect([asked.code, asked.err.includes('add --yes')]).toEqual([2, true]);
  expect(asked.err.split('\n').slice(0, 4)).toEqual([
    'inbox/coder/  make the folder',
    'inbox/late/  make the folder',
    'roles/allowed_signers  add a signing key and a line for late',
    'fourline.yaml  write it, with the setup of repos/shop',
  ]);
  // Without --fix, the same is told and nothing is mended.
  expect((await office.fourline('doctor')).out).toMatch(/- +inbox\/late\/ +fourline doctor --fix can make the folder/);
  const refused = inTerminal(office, 'doctor', '--fix');
  await refused.until('[y/N]');
  refused.press('n\n');
  await refused.until('nothing is mended');
  await refused.ended;
  expect(await office.list('inbox')).toEqual(['operator']);
  expect(await office.read('roles/allowed_signers')).toBe(signers);
  const { out } = await office.fourline('doctor', '--fix', '--yes');
  expect(out.split('\n').filter((line) => line.startsWith('mended'))).toHaveLength(4);
  expect(await office.list('inbox')).toEqual(['coder', 'late', 'operator']);
  expect(await office.read('fourline.yaml')).toContain('setup:');
  // The line that was there stays as it was.
  expect((await office.read('roles/allowed_signers')).split('late@')[0]).toBe(signers);
  const again = await office.fourline('doctor', '--fix', '--yes');
  expect(again.err).toContain('there is nothing that doctor can mend');
});

test('of several doctor --fix at once, none fails and no key is made or listed twice', async () => {
  needs('ssh-keygen');
  const office = await openOffice({ coder: plain() });
  await office.fourline('init', office.root, '--sign');
  const late = Array.from({ length: 6 }, (_, at) => `late-${at}`);
  for (const name of late) await office.write(`roles/${name}.md`, plain());
  const ran = await Promise.all([0, 1, 2].map(() => office.fourline('doctor', '--fix', '--yes')));
  for (const { out } of ran) expect(out).not.toContain('not mended');
  const lines = (await office.read('roles/allowed_signers')).trim().split('\n');
  const listed = lines.map((line) => /^late-\d/.exec(line)?.[0]).filter((name) => name !== undefined);
  expect(listed.sort()).toEqual(late);
});

test('doctor --fix leaves a key alone that is not the one named for its role, and a file that a person wrote', async () => {
  needs('ssh-keygen');
  const office = await openOffice({ coder: plain() });
  await office.repository('shop', { 'package.json': '{}\n', 'package-lock.json': '{}\n' });
  await office.fourline('init', office.root, '--sign');
  const other = (await office.read('roles/allowed_signers')).replace(/AAAA\S+/, (key) => `${key.slice(0, -4)}AAAA`);
  await office.write('roles/allowed_signers', other);
  await office.write('fourline.yaml', 'runs: 2\n');
  expect((await office.fourline('doctor', '--fix', '--yes')).err).toContain('there is nothing that doctor can mend');
  expect(await office.read('roles/allowed_signers')).toBe(other);
  expect(await office.read('fourline.yaml')).toBe('runs: 2\n');
});

test('doctor names what stands in the place of a folder, and settings that are broken; --fix leaves both alone', async () => {
  const office = await openOffice({ coder: plain(), writer: plain() });
  await rm(`${office.root}/inbox/coder`, { recursive: true });
  await rm(`${office.root}/inbox/writer`, { recursive: true });
  await office.write('inbox/coder', 'mine\n');
  await symlink('nowhere', `${office.root}/inbox/writer`);
  await office.write('fourline.yaml', 'runs: [\n');
  const { code, out } = await office.fourline('doctor', '--fix', '--yes');
  expect(code).toBe(7);
  expect(out).toMatch(/bad +fourline.yaml +line 2: Flow sequence/);
  expect(out).toMatch(/bad +inbox\/coder +it is no folder: move it away/);
  expect(out).toMatch(/bad +inbox\/writer +it is a link that leads to nothing/);
  expect(out).not.toContain('mended  inbox');
  expect(await office.read('inbox/coder')).toBe('mine\n');
  expect(await office.read('fourline.yaml')).toBe('runs: [\n');
});

test('doctor --fix on a read-only disk says which places were not mended, and why', async () => {
  needs('mount');
  const office = await openOffice({ coder: plain() });
  for (const name of ['inbox/coder', 'repos']) await rm(`${office.root}/${name}`, { recursive: true });
  const lines = `mount --bind "${office.root}" "${office.root}" && mount -o remount,bind,ro "${office.root}" && exec "$@"`;
  const readOnly = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', lines, 'sh'];
  const { code, out } = await office.fourlineBy(readOnly, 'doctor', '--fix', '--yes');
  expect(code).toBe(7);
  expect(out).toMatch(/^not mended {2}repos\/ {2}make the folder: EROFS: .*\nnot mended {2}inbox\/coder\/ /);
  expect(out).toMatch(/bad +workspace +\S+ can't be written: EROFS/);
});

test('a place that cannot be mended keeps no other from being mended', async () => {
  needs('ssh-keygen');
  const office = await openOffice({ coder: plain() });
  await office.repository('shop', { 'package.json': '{}\n', 'package-lock.json': '{}\n' });
  await office.fourline('init', office.root, '--sign');
  await office.write('roles/late.md', plain());
  await office.write('../bin/ssh-keygen', '#!/bin/sh\nexit 1\n');
  await chmod(`${office.root}/../bin/ssh-keygen`, 0o755);
  office.env['PATH'] = `${office.root}/../bin:${office.env['PATH'] ?? ''}`;
  const { code, out } = await office.fourline('doctor', '--fix', '--yes');
  expect([code, out.split('\n').map((line) => line.split(/ {2,}|: /)[1])]).toEqual([
    7,
    expect.arrayContaining(['inbox/late/', 'roles/allowed_signers', 'fourline.yaml']),
  ]);
  expect(out).toMatch(/^not mended {2}roles\/allowed_signers {2}add a signing key and a line for late: \S/m);
  expect(await office.read('fourline.yaml')).toContain('setup:');
});

test.skipIf(process.getuid?.() !== 0)("what root's doctor --fix makes belongs to the workspace's owner", async () => {
  const office = await openOffice({ coder: plain() });
  await rm(`${office.root}/inbox/coder`, { recursive: true });
  await chown(`${office.root}/inbox`, 65_534, 65_534);
  await office.fourline('doctor', '--fix', '--yes');
  expect((await stat(`${office.root}/inbox/coder`)).uid).toBe(65_534);
});
