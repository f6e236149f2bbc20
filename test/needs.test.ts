// Tests whose needs a fresh machine lacks don't run there, are named at the end, and fail in CI. This tries it with a
// run of vitest of its own.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linesAbout } from './kit/lacking.ts';

const top = resolve(import.meta.dirname, '..');

const suite = `
import { describe, test } from 'vitest';
import { needs } from '${top}/test/kit/needs.ts';
test('one', () => needs('strace'));
describe('two and three', () => {
  needs('strace', 'keyctl');
  test('two', () => {});
  test('three', () => {});
});
test('four', () => {});
`;

// Runs the suite where PATH has nothing but what vitest itself needs. Returns the exit status and the lines of its
// output.
function runBare(env: NodeJS.ProcessEnv): { status: number | null; lines: string[] } {
  const place = realpathSync(mkdtempSync(`${tmpdir()}/fourline-needs-`));
  onTestFinished(() => rmSync(place, { recursive: true }));
  for (const folder of ['bin', 'test']) mkdirSync(`${place}/${folder}`);
  symlinkSync(process.execPath, `${place}/bin/node`);
  symlinkSync(`${top}/node_modules`, `${place}/node_modules`);
  writeFileSync(`${place}/test/suite.test.ts`, suite);
  const argv = [`${top}/node_modules/vitest/vitest.mjs`, 'run', '--root', place, '--config', `${top}/vitest.config.ts`];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: place,
    env: { PATH: `${place}/bin`, HOME: place, TMPDIR: place, NO_COLOR: '1', ...env },
    encoding: 'utf8',
  });
  return { status, lines: `${stderr}${stdout}`.trimEnd().split('\n') };
}

test('where programs are missing, the run passes, and its last lines say what was not run and what brings it', () => {
  const { status, lines } = runBare({});
  expect(status).toBe(0);
  expect(lines.slice(-3)).toEqual([
    '3 tests were not run, for what this machine lacks:',
    '      3 for strace           apt-get install strace',
    '      2 for keyctl           apt-get install keyutils',
  ]);
  expect(lines.find((line) => /^ +Tests /.test(line))).toMatch(/1 passed \| 3 skipped/);
});

test('in CI nothing may be missing', () => {
  const { status, lines } = runBare({ CI: 'true' });
  expect(status).toBe(1);
  expect(lines.find((line) => /^ +Tests /.test(line))).toMatch(/3 failed \| 1 passed/);
  expect(lines.join('\n')).toContain('missing, and in CI nothing may be: strace (apt-get install strace)');
});

test('a run in which every test ran has no such lines', () => {
  expect(linesAbout([])).toEqual([]);
});
