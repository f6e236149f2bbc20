// The kernel's keyrings know no namespaces: what an agent reads and writes there would be the operator's own.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Machine } from '../../src/platform/process/call.ts';
import { buildCaller, buildTable, environment } from '../../src/platform/process/call-table.ts';
import { runInCell } from '../kit/cell.ts';
import { needs } from '../kit/needs.ts';
import { card, openOffice, order } from '../kit/office.ts';
import { minutes } from '../kit/patience.ts';

test("an agent reads nothing of the operator's session keyring, and leaves nothing in it", async () => {
  needs('bwrap', 'keyctl');
  const office = await openOffice({
    coder:
      '---\nagent: command\ncommand: [sh, -c, "keyctl show @s > src/a.ts 2>&1; keyctl add user left-behind x @s; keyctl list @u >> src/a.ts 2>&1; true"]\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const operator = 'keyctl add user for-nobody secret @s >&2; "$@"; status=$?; keyctl show @s >&2; exit $status';
  const { code, err } = await office.fourlineBy(
    ['keyctl', 'session', '-', 'sh', '-c', operator, 'sh'],
    'start',
    '--once',
  );
  expect(code).toBe(0);
  expect(err).toContain('user: for-nobody');
  expect(err).not.toContain('left-behind');
  const seen = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  expect(seen).toContain('Operation not permitted');
  expect(seen).not.toContain('for-nobody');
});

// A filter that refuses nothing (BPF_RET, SECCOMP_RET_ALLOW): behind the real one a run cannot say what its keyring is.
const openFilter = new Uint8Array([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);

test("a run's session keyring is its own even behind a filter that lets it ask, and goes with the run", async () => {
  needs('bwrap', 'keyctl');
  const inside =
    'keyctl id @s > said; read go < go; keyctl id @s; keyctl show @s; keyctl search @s user for-nobody 2>&1';
  const operator = `mkfifo -m 666 room/said room/go
keyctl add user for-nobody secret @s > /dev/null; echo operator "$(keyctl id @s)"
"$@" & read -r id < room/said
grep -c "^$(printf %08x "$id")" /proc/keys; echo go > room/go; wait "$!"`;
  const { out } = await runInCell(
    ['sh', '-c', inside],
    {},
    undefined,
    undefined,
    ({ argv, feeds: [options, , table] }) => ({
      argv: ['keyctl', 'session', '-', 'sh', '-c', operator, 'sh', ...argv],
      feeds: [options, openFilter, table].map((feed) => feed ?? new Uint8Array()),
    }),
  );
  const [, theirs, seen, own] = /^operator (\d+)\n(\d+)\n(\d+)\n/.exec(out) ?? [];
  expect(out).toMatch(/keyring: _ses\n.*Required key not available/s);
  expect(out).not.toContain('user: for-nobody');
  expect([seen, own === theirs, theirs === undefined]).toEqual(['1', false, false]);
  const listed = `${Number(own).toString(16).padStart(8, '0')} `;
  await expect.poll(() => readFileSync('/proc/keys', 'latin1').includes(listed), { timeout: minutes(1) }).toBe(false);
});

test('a kernel that refuses the keyring stops nothing, and nothing is printed', async () => {
  const machine = process.arch as Machine;
  const table = buildTable(machine, [
    { call: 'keyctl', args: [1, 0], failure: [] },
    { call: 'execve', args: ['/usr/bin/printenv', ['printenv', 'A'], environment] },
  ]);
  const files = { start: buildCaller(machine), table };
  const said = await runInCell(['sh', '-c', 'A=b ./start 0 < table'], files);
  expect([said.err, said.out]).toEqual(['', 'b\n']);
});

test('where TMPDIR is closed to programs, fourline starts its own from elsewhere', async () => {
  needs('bwrap', 'mount');
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: two', 'write: |\n  repos/**') });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const closed = 'mount -t tmpfs -o noexec none /mnt && TMPDIR=/mnt exec "$@"';
  const by = ['unshare', ...user, '--mount', 'sh', '-c', closed, 'sh'];
  const { out } = await office.fourlineBy(by, 'doctor', '--json');
  const { findings } = JSON.parse(out) as { findings: { what: string; state: string; detail: string }[] };
  expect(findings.filter((one) => one.state === 'bad' || one.what === 'keyring')).toEqual([]);
  expect((await office.fourlineBy(by, 'start', '--once')).code).toBe(0);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('two');
});

test('where no program of its own can be started, the reason says what to do', async () => {
  needs('bwrap', 'mount');
  const office = await openOffice({ coder: card('- write: src/a.ts\n  text: two', 'write: |\n  repos/**') });
  await office.write('fourline.yaml', 'sandbox: required\n');
  const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const closed =
    'for one in /mnt /dev/shm /var/tmp; do mount -t tmpfs -o noexec none "$one" || exit; done; TMPDIR=/mnt exec "$@"';
  const by = ['unshare', ...user, '--mount', 'sh', '-c', closed, 'sh'];
  const { code, err } = await office.fourlineBy(by, 'start', '--once');
  expect(code).not.toBe(0);
  expect(err).toContain('no program of ours can be started from /mnt, /dev/shm, /var/tmp (mounted noexec?): ');
});
