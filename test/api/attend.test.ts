// A look may change without a step of the journal: somebody who attends is told.
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { attend } from '../../src/api/attend.ts';
import { type Lock, takeLock } from '../../src/platform/files/lock.ts';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const idle = card('- report: done\n  text: Done.');

async function openAttending(held: number) {
  const office = await openOffice({ coder: idle });
  await office.write('fourline.yaml', 'sandbox: off\n');
  const ended = new AbortController();
  onTestFinished(() => ended.abort());
  const changes = attend(office, ended.signal, { held, burst: 1 });
  const next = changes.next();
  return { office, changes, next, ended };
}

// Tells of a change until it is heard: the watch may not be there yet.
async function until(heard: Promise<unknown>, act: () => Promise<unknown>): Promise<void> {
  let over = false;
  void heard.finally(() => (over = true));
  while (!over) {
    await act();
    await new Promise((done) => setTimeout(done, 20));
  }
}

test('a file that comes into an inbox is told, also into one that was made meanwhile; and a card that is edited', async () => {
  const { office, changes, next } = await openAttending(600_000);
  await until(next, () => office.write('inbox/coder/a.md', order(['src/a.ts'])));
  await until(changes.next(), async () => {
    await rm(`${office.root}/inbox/late`, { recursive: true, force: true });
    await mkdir(`${office.root}/inbox/late`);
  });
  await until(changes.next(), () => writeFile(`${office.root}/inbox/late/b.md`, order(['src/b.ts'])));
  await until(changes.next(), () => office.write('roles/coder.md', idle));
  expect((await changes.return(undefined)).done).toBe(true);
});

test('who works there is missed when the kernel frees the lock, and noticed when it is taken, without any file', async () => {
  const { office, changes, next, ended } = await openAttending(10);
  const path = `${office.root}/state/lock.db`;
  let lock: Lock | null = null;
  let turn = 0;
  // Slower than it is asked for, so that each state is seen.
  const toggle = async (): Promise<void> => {
    turn += 1;
    if (turn % 5 !== 0) return;
    if (lock === null) lock = takeLock(path);
    else {
      lock.release();
      lock = null;
    }
  };
  await until(next, toggle);
  await until(changes.next(), toggle);
  (lock as Lock | null)?.release();
  ended.abort();
});

test('a daemon that is killed is told, and status says then that nobody works', async () => {
  const { office, changes, next, ended } = await openAttending(20);
  const daemon = await startDaemon(office);
  await next;
  daemon.kill('SIGKILL');
  await daemon.ended;
  // The daemon's last acts may be told first.
  do await changes.next();
  while (!(await office.fourline('status')).out.startsWith('nobody works'));
  const last = changes.next();
  ended.abort();
  await last;
});

test('it ends at once where it is ended before it begins', async () => {
  const { changes, next, ended } = await openAttending(600_000);
  const over = once(ended.signal, 'abort');
  ended.abort();
  await over;
  expect((await next).done).toBe(true);
  expect((await changes.next()).done).toBe(true);
});
