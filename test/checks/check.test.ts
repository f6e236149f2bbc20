import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CheckLimits, type CheckResult, checkTail, runChecks } from '../../src/checks/check.ts';
import { markName } from '../../src/platform/process/ending.ts';
import { systemClock } from '../../src/platform/text/clock.ts';
import { alive } from '../kit/program.ts';
import { temporaryFolder, writeFiles } from '../kit/repository.ts';

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

function check(
  folder: string,
  commands: readonly string[],
  options: { limits?: Partial<CheckLimits>; signal?: AbortSignal; mark?: string } = {},
): Promise<CheckResult[]> {
  const { limits, signal = new AbortController().signal, mark } = options;
  const given = mark === undefined ? env : { ...env, [markName]: mark };
  const startOf = async (command: string) => ({
    argv: ['sh', '-c', command] as [string, ...string[]],
    folder,
    env: given,
    feeds: null,
  });
  const none: CheckLimits = { each: 10, together: 60, output: 1e9, watch: () => () => undefined };
  return runChecks(commands, startOf, { ...none, ...limits }, systemClock, signal);
}

test('every command runs in the folder, also after one has failed, and says how it ended', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, { a: 'content' });
  const results = await check(folder, [
    'cat a; echo err >&2',
    'exit 3',
    'absent-program',
    'test -f a && echo "$HOME."',
  ]);
  expect(results.map(({ command, status, timedOut }) => [command, status, timedOut])).toEqual([
    ['cat a; echo err >&2', 0, false],
    ['exit 3', 3, false],
    ['absent-program', 127, false],
    ['test -f a && echo "$HOME."', 0, false],
  ]);
  expect(results[0]?.tail).toMatch(/content/);
  expect(results[0]?.tail).toMatch(/err/);
  expect(results[2]?.tail).toMatch(/absent-program/);
  expect(results[3]?.tail).toBe('.');
});

test('of a long output the end is kept', async () => {
  const [result] = await check(temporaryFolder(), ['head -c 100000 /dev/zero | tr "\\0" x; echo; echo last; exit 1']);
  expect(result?.tail.endsWith('x\nlast')).toBe(true);
  expect(result?.tail.length).toBe(checkTail - 1);
});

test('a command that reads finds nothing to read', async () => {
  const [result] = await check(temporaryFolder(), ['cat; read line || echo closed']);
  expect(result).toMatchObject({ status: 0, tail: 'closed' });
});

test('a command out of time is ended and has no status', async () => {
  const [result, next] = await check(temporaryFolder(), ['echo up; sleep 600', 'true'], {
    limits: { each: 0.001 },
  });
  expect(result).toMatchObject({
    status: null,
    timedOut: true,
    limit: 'it took more than 0.001 minutes (checks: minutes)',
  });
  expect(next?.command).toBe('true');
});

test('what a command leaves running is ended with it', async () => {
  const folder = temporaryFolder();
  const mark = `check-${process.pid}`;
  const script = 'sleep 600 & echo $! > near; setsid sleep 600 & echo $! > far; exit 0';
  const [result] = await check(folder, [script], { mark });
  expect(result?.status).toBe(0);
  for (const name of ['near', 'far']) {
    const pid = Number(readFileSync(`${folder}/${name}`, 'utf8'));
    expect([name, pid > 1, alive(pid)]).toEqual([name, true, false]);
  }
});

test('when fourline stops, the running command is ended and no further one is started', async () => {
  const folder = temporaryFolder();
  const stop = new AbortController();
  await check(folder, ['mkfifo started']);
  const running = check(folder, ['echo up > started; sleep 600', 'echo no > second; sleep 600'], {
    signal: stop.signal,
  });
  await check(folder, ['cat started']);
  stop.abort();
  const results = await running;
  expect(results[0]).toMatchObject({ status: null, timedOut: true });
  expect((await check(folder, ['! test -f second']))[0]?.status).toBe(0);
  expect(await check(folder, ['echo no > second'], { signal: stop.signal })).toEqual([]);
});

test('commands that take too long together are ended, and those after them are not started', async () => {
  const results = await check(temporaryFolder(), ['sleep 600', 'echo no'], { limits: { together: 0.001 } });
  const limit = 'all checks together took more than 0.001 minutes (checks: together)';
  expect(results).toMatchObject([
    { status: null, limit },
    { status: null, limit, milliseconds: 0, tail: '' },
  ]);
});

test('a command that prints without end is ended', async () => {
  const [result, next] = await check(temporaryFolder(), ['yes', 'echo on'], { limits: { output: 1_000_000 } });
  expect(result).toMatchObject({ status: null, limit: 'it printed more than 1 MB (checks: output)' });
  expect(result?.tail.length).toBeLessThanOrEqual(checkTail);
  expect(next).toMatchObject({ status: 0, tail: 'on' });
});

test('a command that takes too much of the disk is ended with that said; the watch ends with the command', async () => {
  const watched: string[] = [];
  const watch: CheckLimits['watch'] = (reached) => {
    watched.push('begun');
    setImmediate(() => reached('its room holds more than 1 MB (checks: room)'));
    return () => void watched.push('ended');
  };
  const [result] = await check(temporaryFolder(), ['sleep 600'], { limits: { watch } });
  expect(result).toMatchObject({ status: null, limit: 'its room holds more than 1 MB (checks: room)' });
  expect(watched).toEqual(['begun', 'ended']);
});
