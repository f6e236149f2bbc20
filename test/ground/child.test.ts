import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { begin } from '../../src/ground/child.ts';

// The id of a process that a signal has ended and that nobody has asked about yet: its parent has become a program that never asks.
async function endedBy(signal: string): Promise<number> {
  const parent = spawn('sh', ['-c', `sleep 600 & kill -${signal} $!; echo $!; exec sleep 600`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

test('a child that a signal from outside ended before it began is started again', async () => {
  const started = [{ pid: await endedBy('TERM') }, { pid: await endedBy('TERM') }, { pid: process.pid }];
  expect(begin(() => started.shift() ?? {})).toEqual({ pid: process.pid });
});

test('one that lives, one that ended by something else and one that could not be started are taken as they are', async () => {
  for (const pid of [process.pid, await endedBy('KILL'), undefined, 2 ** 22 + 1]) {
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
  const pid = await endedBy('TERM');
  let count = 0;
  begin(() => {
    count += 1;
    return { pid };
  });
  expect(count).toBe(3);
});
