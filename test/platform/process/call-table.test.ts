// The program that makes kernel calls from a table: read by it, made by this kernel.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import type { Machine } from '../../../src/platform/process/call.ts';
import {
  buildTable,
  environment,
  explainFailure,
  here,
  type KernelCall,
  mostBytes,
  openFlags,
  result,
} from '../../../src/platform/process/call-table.ts';
import { callKernel, openCaller } from '../../../src/platform/process/kernel.ts';
import { runProcess } from '../../../src/platform/process/process.ts';
import { openFolder } from '../../kit/house.ts';

const machine = process.arch as Machine;
const say = (sign: string): KernelCall[] => [{ call: 'write', args: [1, sign, 1] }];
const fails: KernelCall = { call: 'chdir', args: ['/nowhere'] };
const succeeds: KernelCall = { call: 'chdir', args: ['/'] };

test('calls are made in turn, and each goes on as its table says', async () => {
  const { said, flaw } = await callKernel([
    { ...succeeds, success: say('a'), failure: say('b') },
    { ...fails, success: say('c'), failure: [{ ...fails, failure: say('d') }, ...say('e')] },
    { ...succeeds, success: [{ ...fails, failure: [] }, ...say('f')] },
    ...say('g'),
  ]);
  expect([said.toString(), flaw]).toEqual(['adefg', null]);
});

test('a failure that nothing is said about ends it, with the call in words and why', async () => {
  const { said, flaw } = await callKernel([...say('a'), { ...fails, what: 'go there' }, ...say('b')]);
  expect([said.toString(), flaw]).toEqual(['a', 'could not go there: ENOENT, no such file or directory']);
});

test('what a call gave is passed on, and so are lists and the environment', async () => {
  const folder = openFolder();
  const table = buildTable(machine, [
    { call: 'openat', args: [here, `${folder}/é made`, openFlags.write | openFlags.make, 0o600] },
    { call: 'write', args: [result, 'text', 4] },
    { call: 'execve', args: ['/usr/bin/env', ['env', 'printenv', 'KEPT'], environment] },
  ]);
  const done = await runProcess([await openCaller(), '0'], {
    env: { KEPT: 'yes', PATH: '/usr/bin:/bin' },
    input: table,
  });
  expect([done.status, done.stdout.toString(), readFileSync(`${folder}/é made`, 'latin1')]).toEqual([
    0,
    'yes\n',
    'text',
  ]);
});

test('a table that was cut anywhere makes no call', async () => {
  const table = buildTable(machine, [...say('a'), { call: 'write', args: [1, 'x'.repeat(5000), 5000] }]);
  const caller = await openCaller();
  for (const length of [1, 8, 16, 24, 100, table.length >> 1, table.length - 8, table.length - 1]) {
    const done = await runProcess([caller, '0'], { env: {}, input: table.subarray(0, length) });
    expect([length, done.status, done.stdout.toString()]).toEqual([length, 32, '']);
  }
});

test('thousands of calls fit; more than the program can hold is refused before it starts', async () => {
  const { said } = await callKernel(Array.from({ length: 5_000 }, () => say('x')).flat());
  expect(said.length).toBe(5_000);
  const large = [{ call: 'write', args: [1, 'x'.repeat(mostBytes), 1] } as const];
  expect(() => buildTable(machine, large)).toThrow(/more than 16777216/);
  expect(() => buildTable(machine, [{ call: 'chdir', args: ['a\0b'] }])).toThrow(/null byte/);
});

test('what else a program prints is not taken for a failed call', () => {
  expect(explainFailure('bwrap: no\n', 1)).toBe(null);
  expect(explainFailure('x\nfourline could not open it\n', null)).toBe('could not open it');
  expect(explainFailure('fourline could not open it\n', 28)).toContain('ENOSPC');
});

test('the folder for the time being is left as it was', async () => {
  await openCaller();
  const { said, flaw } = await callKernel([{ call: 'chdir', args: [tmpdir()] }]);
  expect([said.length, flaw]).toEqual([0, null]);
});
