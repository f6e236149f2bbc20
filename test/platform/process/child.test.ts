import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { begin } from '../../../src/platform/process/child.ts';

// The id of a process that a signal has ended and that nobody has asked about: its parent has become a program that
// never asks.
async function endedBy(signal: NodeJS.Signals): Promise<number> {
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  while (readFileSync(`/proc/${parent.pid}/comm`, 'latin1') !== 'sleep\n') await pause(1);
  process.kill(pid, signal);
  while (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await pause(1);
  return pid;
}

test('a child that a signal from outside ended before it began is started again', async () => {
  const started = [{ pid: await endedBy('SIGTERM') }, { pid: await endedBy('SIGTERM') }, { pid: process.pid }];
  expect(begin(() => started.shift() ?? {})).toEqual({ pid: process.pid });
});

test('one that lives, one that ended by something else and one that could not be started are taken as they are', async () => {
  for (const pid of [process.pid, await endedBy('SIGKILL'), undefined, 2 ** 22 + 1]) {
    let count = 0;
    expect(
      begin(() => {
        count += 1;
        return { pid };
      }),
    ).toEqual({ pid });
    expect(count).toBe(1);
  }
});

test('it is not tried for ever', async () => {
  const pid = await endedBy('SIGTERM');
  let count = 0;
  begin(() => {
    count += 1;
    return { pid };
  });
  expect(count).toBe(3);
});
