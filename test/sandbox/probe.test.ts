import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { findSandboxing } from '../../src/sandbox/machine.ts';
import { probeSandbox } from '../../src/sandbox/probe.ts';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';

needs('bwrap');

/** A program in bubblewrap's place that starts the real one with other arguments: `edit` is a body over `args`. */
async function weakened(edit: string): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/fourline-weak-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  const sandboxing = await findSandboxing('required');
  if (sandboxing.kind !== 'bubblewrap') throw new Error('bubblewrap is needed here');
  const text = `#!${process.execPath}
const { spawnSync } = require('node:child_process');
let args = process.argv.slice(2);
const by = args.indexOf('--args');
if (by >= 0) args.splice(by, 2, ...require('node:fs').readFileSync(Number(args[by + 1]), 'utf8').split('\\0').slice(0, -1));
const drop = (flag, values = 0) => { for (;;) { const at = args.indexOf(flag); if (at < 0) return; args.splice(at, 1 + values); } };
${edit}
const ended = spawnSync(${JSON.stringify(sandboxing.program)}, args, { stdio: [0, 1, 2, 3, 'ignore', 5] });
process.exit(ended.status ?? 1);
`;
  await writeFile(`${folder}/bwrap`, text);
  // A run's own uid starts it too.
  for (const path of [folder, `${folder}/bwrap`]) await chmod(path, 0o755);
  return folder;
}

async function through(edit: string): Promise<string[]> {
  const folder = await weakened(edit);
  const sandboxing = await findSandboxing('required');
  if (sandboxing.kind !== 'bubblewrap') throw new Error('bubblewrap is needed here');
  // Each wall by itself: a uid of its own would hold some of it too.
  return (await probeSandbox({ ...sandboxing, owners: null, program: `${folder}/bwrap` }))
    .filter((one) => !one.held)
    .map((one) => one.name);
}

const whole = "args.splice(args.indexOf('--proc'), 0, '--bind', '/tmp', '/tmp');";

test.each([
  [
    'a folder of the host in sight',
    `${whole.replaceAll('/tmp', tmpdir())}`,
    ['read a file', 'write outside', 'a unix socket'],
  ],
  [
    'writable system folders',
    "args = args.map((one, at) => (one === '--ro-bind' && args[at + 1] === '/usr' ? '--bind' : one));",
    ['write outside'],
  ],
  ['no process space of its own', "drop('--unshare-pid')", ['among the host', 'outlive']],
  ['no network of its own', "drop('--unshare-net')", ['a server on this machine', 'a unix socket']],
  [
    'capabilities kept',
    "drop('--cap-drop', 1); drop('--uid', 1); drop('--gid', 1); args.unshift('--uid', '0', '--cap-add', 'ALL')",
    ['capability', 'be root'],
  ],
  [
    'other namespaces shared',
    "drop('--unshare-uts'); drop('--hostname', 1); drop('--unshare-ipc')",
    ['steer the kernel'],
  ],
  [
    'calls of the kernel that are not filtered',
    "drop('--disable-userns'); drop('--seccomp', 1)",
    ['make a user namespace', 'keyrings'],
  ],
  ['a variable handed in', "args.unshift('--setenv', 'FOURLINE_PROBE', 'x')", ['descriptor or variable']],
  ['a program that ends at once', "args = ['--version']", ['read a file', 'outlive']],
])('%s is found', async (_, edit, expected) => {
  const found = await through(edit);
  for (const one of expected) expect(found.join('\n')).toContain(one);
});

test('start does not go on when a probe gets through, and nothing was run', async () => {
  const office = await openOffice({
    coder: '---\nagent: rehearsal\nrehearsal:\n  - write: src/a.ts\n    text: x\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  office.env['PATH'] = `${await weakened("drop('--unshare-net')")}:${office.env['PATH']}`;
  const { code, err } = await office.fourline('start', '--once');
  expect(err).toContain('error[walls-leak]');
  expect(err).toContain('connect to a server on this machine');
  expect(code).toBe(7);
  expect(await office.list('inbox/coder')).toEqual(['x.md']);
  const doctor = await office.fourline('doctor');
  expect(doctor.out).toMatch(/bad +sandbox +bubblewrap .*connect to a server on this machine/);
});

test('descriptors that fourline inherited reach no agent', async () => {
  const office = await openOffice({
    coder:
      '---\nagent: command\ncommand: [sh, -c, "ls -l /proc/self/fd > src/a.ts"]\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const { code } = await office.fourlineBy(['bash', '-c', 'exec 57< /etc; exec "$@"', 'bash'], 'start', '--once');
  expect(code).toBe(0);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).not.toMatch(/ 57 ->/);
});

test('in a temporary folder with a long name the ways out are tried as well', async () => {
  const before = process.env['TMPDIR'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const folder = await mkdtemp(`${tmpdir()}/fourline-${'long-'.repeat(20)}`);
  onTestFinished(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  process.env['TMPDIR'] = folder;
  const sandboxing = await findSandboxing('required');
  if (sandboxing.kind !== 'bubblewrap') throw new Error('bubblewrap is needed here');
  // The test's own process hands a descriptor down.
  const held = (await probeSandbox(sandboxing)).filter((one) => one.held || one.name.includes('descriptor'));
  expect(held).toHaveLength(12);
  expect(await through("drop('--unshare-net')")).toEqual(
    expect.arrayContaining([expect.stringMatching(/unix socket/)]),
  );
});
