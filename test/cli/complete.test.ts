import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { card, cli, type Office, openOffice, order } from '../kit/office.ts';

async function shop(): Promise<Office> {
  const office = await openOffice({
    coder: card('- exit: 0', 'write: |\n  repos/*/src/**'),
    tester: card('- exit: 0'),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'src/$(touch pwned)': '', 'package.json': '{}\n' });
  await office.write('inbox/coder/0001-add-login.md', order(['src/a.ts'], { objective: 'Users can log in.' }));
  return office;
}

async function words(office: Office, ...typed: string[]): Promise<string[]> {
  const { out } = await office.fourline('complete', '--', ...typed);
  return out
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '');
}

test('commands, flags, roles and paths that a role may change are completed', async () => {
  const office = await shop();
  expect(await words(office, 'st')).toEqual(['start', 'stop', 'status', 'statusline']);
  expect(await words(office, 'role', 's')).toEqual(['show']);
  expect(await words(office, 'order', 'coder', '--pri')).toEqual(['--priority']);
  expect(await words(office, 'order', '')).toEqual(['coder', 'tester']);
  expect(await words(office, 'can', 'coder', 'repos/shop/')).toEqual(['repos/shop/src/']);
  expect(await words(office, 'order', 'coder', '--file', 'repos/shop/src/')).toEqual(['repos/shop/src/a.ts']);
  expect(await words(office, 'can', 'tester', 'repos/shop/src/')).toEqual(['']);
  await office.work();
  expect((await office.fourline('complete', '--', 'show', '0')).out).toBe('0001-add-login\tUsers can log in.\n');
  expect(await words(office, '-C', '/', 'order', '')).toEqual(['']);
});

test('bash completes, and runs nothing that stands on its line', async () => {
  const office = await shop();
  const line = `fourline() { "${process.execPath}" "${cli}" -C "${office.root}" "$@"; }
source <(fourline complete bash)
COMP_WORDS=(fourline '$(touch pwned)' co); COMP_CWORD=2; _fourline
COMP_WORDS=(fourline order co); COMP_CWORD=2; _fourline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { env: office.env, cwd: office.root, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'coder\n', stderr: '' });
  expect(await office.list('')).not.toContain('pwned');
});

test('fish completes, with what each word stands for', async () => {
  needs('fish');
  const office = await shop();
  const line = `function fourline; "${process.execPath}" "${cli}" -C "${office.root}" $argv; end
fourline complete fish | source
complete -C 'fourline order co'; complete -C 'fourline plan --mer'`;
  const env = { ...office.env, XDG_CONFIG_HOME: office.root, XDG_DATA_HOME: office.root };
  const { stdout } = spawnSync('fish', ['--no-config', '-c', line], { env, cwd: office.root, encoding: 'utf8' });
  expect(stdout).toBe('coder\n--mermaid\tas a graph\n');
});

test('another shell is told which are known', async () => {
  const { code, err } = await (await shop()).fourline('complete', 'tcsh');
  expect(code).toBe(2);
  expect(err).toContain("fourline completes for bash and fish, not for 'tcsh'");
});
