// This tests the profile that fourline builds, not what macOS does with it: there is no macOS where these tests run.
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { loadSeatbelt, type SeatbeltPlan } from '../../../src/platform/process/seatbelt.ts';

const plan: SeatbeltPlan = {
  writable: ['/rooms/x/room', '/rooms/x/home'],
  readable: ['/Users/dana/tools'],
  hidden: ['/Users', '/work'],
  shared: false,
  port: null,
};

async function wrapped(over: Partial<SeatbeltPlan>, argv: readonly string[] = ['true']): Promise<string> {
  const wrap = await loadSeatbelt();
  if (typeof wrap === 'string') throw new Error(wrap);
  const [shell, option, line = '', ...more] = wrap({ ...plan, ...over }, argv);
  expect([shell, option, more]).toEqual(['/bin/sh', '-c', []]);
  return line;
}

/** The rules of one action, as the profile has them. */
const rules = (line: string, action: string): string[] =>
  [...line.matchAll(new RegExp(`^\\(${action.replaceAll('*', '\\*')}\\n((?:  .*\\n?)*)`, 'gm'))].map(
    (one) => one[1] ?? '',
  );

test('all is denied that is not allowed; only the named folders are writable', async () => {
  const line = await wrapped({});
  expect(line).toMatch(/\(version 1\)\n\(deny default/);
  const [writable = ''] = rules(line, 'allow file-write*');
  expect([...writable.matchAll(/"([^"]+)"\)$/gm)].map((one) => one[1]).slice(0, 2)).toEqual(plan.writable);
  expect(writable).not.toContain('"/"');
});

test('what is hidden is out of sight but for what is named', async () => {
  const line = await wrapped({});
  const [hidden = ''] = rules(line, 'deny file-read*');
  expect(hidden).toContain('(subpath "/Users")');
  expect(hidden).toContain('(subpath "/work")');
  const [named = ''] = rules(line, 'allow file-read*');
  expect(named).toContain('(subpath "/Users/dana/tools")');
  expect(named).toContain('(subpath "/rooms/x/room")');
});

test.each([
  ['no network', {}, [], ['(allow network-outbound', '(allow network*)']],
  [
    'one port of a proxy',
    { port: 4711 },
    ['(allow network-outbound (remote ip "localhost:4711"))', 'HTTPS_PROXY=http://localhost:4711'],
    ['(allow network*)'],
  ],
  ['the open network', { shared: true }, ['(allow network*)'], []],
] as const)('%s', async (_, over, there, absent) => {
  const line = await wrapped(over);
  for (const text of there) expect(line).toContain(text);
  for (const text of absent) expect(line).not.toContain(text);
});

test('folders whose names look like patterns are names', async () => {
  const [writable = ''] = rules(await wrapped({ writable: ['/rooms/[a]*/room'] }), 'allow file-write*');
  expect(writable).toContain('(subpath "/rooms/[a]*/room")');
});

test('each word of the command arrives as it was, through both shells', async () => {
  const folder = await mkdtemp(`${tmpdir()}/fourline-seatbelt-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  // In the place of the system's program: drops the profile, starts what is left.
  await writeFile(`${folder}/sandbox-exec`, '#!/bin/sh\nshift 2\nexec "$@"\n');
  await chmod(`${folder}/sandbox-exec`, 0o755);
  const words = ['a b', "it's", '"q"', '$HOME', '`id`', 'a\nb', '\\', '*', '-n', ';', 'ü'];
  const line = await wrapped({}, [process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words]);
  const said = execFileSync('/bin/sh', ['-c', line.replace('/usr/bin/sandbox-exec', `${folder}/sandbox-exec`)]);
  expect(JSON.parse(said.toString())).toEqual(words);
});
