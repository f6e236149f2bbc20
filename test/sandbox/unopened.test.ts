// bubblewrap itself fails: that is no attempt of the agent's.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { bubblewrap, runInCell } from '../kit/cell.ts';
import { startDaemon } from '../kit/daemon.ts';
import { openOffice, order } from '../kit/office.ts';

async function fragile(): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/fourline-fragile-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  const { program } = await bubblewrap();
  const text = `#!/bin/sh\nif test -e '${folder}/broken'; then echo 'bwrap: no more namespaces today' >&2; exit 1; fi\nexec '${program}' "$@"\n`;
  await writeFile(`${folder}/bwrap`, text);
  for (const path of [folder, `${folder}/bwrap`]) await chmod(path, 0o755);
  return folder;
}

test('an order whose cell cannot be opened is held with the message, and lands when it can; no attempt is spent', async () => {
  const office = await openOffice({
    coder:
      '---\nagent: command\ncommand: [sh, -c, "echo 2 > src/a.ts"]\nlimits: { attempts: 1 }\nwrite: |\n  repos/*/src/**\n---\nx\n',
  });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const folder = await fragile();
  office.env['PATH'] = `${folder}:${office.env['PATH']}`;
  const daemon = await startDaemon(office);
  await writeFile(`${folder}/broken`, '');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  expect(await daemon.said(/work is held/)).toContain('bwrap: no more namespaces today');
  expect(await office.list('inbox/operator')).toEqual([]);
  await rm(`${folder}/broken`);
  expect(await daemon.settled('x')).toContain('landed');
  expect(await daemon.stop()).toBe(0);
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(await office.record('x', 'report.md')).not.toContain('attempt');
});

test('a program that cannot be executed inside is no fault of the machine', async () => {
  const said = await runInCell(['/room/script'], { script: '#!/nowhere/interpreter\n' });
  expect(said.ended).toEqual({ kind: 'unstartable', reason: expect.stringContaining('execvp /room/script') });
});

test('a cell that was opened ends as its program ends', async () => {
  for (const status of [0, 1, 7])
    expect((await runInCell(['sh', '-c', `exit ${status}`])).ended).toEqual({ kind: 'exited', status });
  expect((await runInCell(['sh', '-c', 'kill -9 $$'])).ended).toEqual({ kind: 'exited', status: 137 });
});

test.each([
  ['the wall itself', { program: '/bin/false' }, 'it ended with status 1 and said nothing'],
  ['a part of the system that is gone', { system: [{ kind: 'bind', path: '/x', from: '/gone' }] }, '/gone'],
] as const)('%s fails: it is the wall that is to blame', async (_, change, words) => {
  const sandboxing = await bubblewrap();
  const said = await runInCell(['true'], {}, { ...sandboxing, ...change });
  expect(said.ended).toEqual({ kind: 'unstartable', wall: true, reason: expect.stringContaining(words) });
});

test.each([
  'two words',
  'a\\040b',
  'tab\there',
  'two\nlines',
  '#hash',
  'a,b:c',
  '"quotes\'',
  '$(id) `id`',
  'u\u2028\u00a0e',
  '*?[x]',
])('a cell opens where the folder of the rooms is called %j', async (name) => {
  const said = await runInCell(['/bin/cat', '/room/note'], { note: 'read\n' }, undefined, name);
  expect(said).toMatchObject({ out: 'read\n', ended: { kind: 'exited', status: 0 } });
});
