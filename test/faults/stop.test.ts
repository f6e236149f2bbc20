// Stopping, sleeping, and doing nothing at all.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause, setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startDaemon, startDaemonBy } from '../kit/daemon.ts';
import { standingAt } from '../kit/disk.ts';
import { gatedOffice } from '../kit/gate.ts';
import { card, openOffice, order } from '../kit/office.ts';

const steps = '- shell: "echo $FOURLINE_ID >> src/a.ts"';
const good = order(['src/a.ts']);

test.each(['SIGTERM', 'SIGINT'] as const)(
  'after %s nothing new starts, and what runs ends and lands',
  async (signal) => {
    const office = await gatedOffice(steps);
    await office.write('inbox/coder/0001-x.md', good);
    await office.begun();
    await office.write('inbox/coder/0002-y.md', good);
    await office.daemon.said(/0002-y +accepted/);
    // As Ctrl-C does: it goes to git and everything else in the terminal's group as well.
    office.daemon.key(signal);
    await office.daemon.said(/stopping: nothing new starts/);
    await office.write('inbox/coder/0003-z.md', good);
    await office.go();
    expect(await office.daemon.ended).toBe(0);
    expect(await standingAt(office.root, 'x')).toMatchObject({ outcome: 'done', attempt: 1 });
    expect(await standingAt(office.root, 'y')).toMatchObject({ position: 'posted', attempt: 0 });
    await office.work();
    for (const name of ['y', 'z']) expect(await office.standing(name)).toMatchObject({ outcome: 'done' });
  },
);

test('Ctrl-C in the middle of everything, at any moment, breaks no landing', async () => {
  const office = await openOffice({ coder: card(steps, 'write: |\n  repos/*/src/**') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const names: string[] = [];
  for (const [count, moment] of [/accepted/, /running/, /landed/, /settled|landed/].entries()) {
    const daemon = await startDaemon(office);
    const heard = daemon.says(moment);
    names.push(`n${count}`);
    await office.write(`inbox/coder/n${count}.md`, good);
    await heard;
    daemon.key('SIGINT');
    expect(await daemon.ended).toBe(0);
    expect(daemon.output()).not.toMatch(/fault|could not/);
  }
  await office.work();
  for (const name of names) expect(await office.standing(name)).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('a second signal hands back what runs, unspent and with its work; it goes on from there', async () => {
  const office = await gatedOffice(steps);
  await office.write('inbox/coder/x.md', good);
  await office.begun();
  office.daemon.key('SIGINT');
  await office.daemon.said(/stopping/);
  office.daemon.key('SIGTERM');
  expect(await office.daemon.ended).toBe(0);
  expect(await standingAt(office.root, 'x')).toMatchObject({ position: 'posted', attempt: 1, spent: 0 });
  await office.go();
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
});

test('one press that comes more than once, as npm passes it on, is one press', async () => {
  const office = await gatedOffice(steps);
  await office.write('inbox/coder/x.md', good);
  await office.begun();
  for (let count = 0; count < 20; count += 1) {
    office.daemon.kill('SIGINT');
    await setImmediate();
  }
  await office.daemon.said(/stopping/);
  await office.go();
  expect(await office.daemon.ended).toBe(0);
  expect(await standingAt(office.root, 'x')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('fourline stop returns when the daemon is gone; with --now it does not wait for the agent', async () => {
  const office = await gatedOffice(steps);
  await office.write('inbox/coder/x.md', good);
  await office.begun();
  const stopped = await office.fourline('stop', '--now');
  expect(stopped).toMatchObject({ code: 0, out: 'stopped\n' });
  expect(await office.daemon.ended).toBe(0);
  expect(await standingAt(office.root, 'x')).toMatchObject({ position: 'posted', spent: 0 });
});

test('after a sleep the end of a run counts, not the time that went by', async () => {
  // Fifteen seconds, in which the agent has to get to its gate; it is done while fourline sleeps for longer.
  const office = await gatedOffice(`${steps}\n- shell: touch "$GATE/done"`, 'limits: { minutes: 0.25, attempts: 1 }');
  await office.write('inbox/coder/x.md', good);
  await office.begun();
  office.daemon.kill('SIGSTOP');
  await office.go();
  await office.write('inbox/coder/y.md', good);
  await pause(16_000);
  office.daemon.kill('SIGCONT');
  await office.daemon.settled('x');
  await office.daemon.settled('y');
  await office.daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(await office.standing('y')).toMatchObject({ outcome: 'done' });
});

// Gives how long the main thread of a process waits: milliseconds until its next timer, or null while it does
// something.
function sleepOf(pid: number): number | null {
  const [call, ...given] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ');
  const waits = { x64: '281', arm64: '22' }[process.arch as string];
  return call === waits ? Number(given[3]) : null;
}

// How often any thread of a process has been given a processor.
function switchesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[2]))
    .reduce((sum, one) => sum + one, 0);
}

// The engine under it looks for garbage every eight seconds for as long as it likes; that is not fourline's, and is
// left out.
const withoutCollector = ['sh', '-c', 'node=$1; shift; exec "$node" --no-memory-reducer "$@"', 'sh'];

test('a daemon that has nothing to do does nothing: no timer under thirty seconds, no thread that wakes', async () => {
  const office = await openOffice({ coder: card(steps, 'write: |\n  repos/*/src/**') });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const daemon = await startDaemonBy(office, withoutCollector);
  await office.write('inbox/coder/x.md', good);
  await daemon.settled('x');
  // The work that follows an order ends by itself; from then on nothing may happen until the next look.
  const seen: string[] = [];
  let quiet = false;
  for (let look = 0; look < 24 && !quiet; look += 1) {
    const [sleep, before] = [sleepOf(daemon.pid), switchesOf(daemon.pid)];
    await pause(5000);
    const [after, switches] = [sleepOf(daemon.pid), switchesOf(daemon.pid) - before];
    seen.push(`asleep for ${sleep} ms, then for ${after} ms, given a processor ${switches} times in between`);
    quiet = sleep !== null && sleep > 20_000 && after === sleep && switches === 0;
  }
  expect(quiet, seen.join('\n')).toBe(true);
  expect(await daemon.stop()).toBe(0);
});
