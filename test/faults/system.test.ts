// The system may refuse open files, watches, rights. fourline says so in words, and work goes on when the fault is
// mended.
import { chmodSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon, startDaemonBy } from '../kit/daemon.ts';
import { asOrdinary, letOpen, letWatch, openFiles, standingAt, watchesAtMost } from '../kit/disk.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- shell: "echo $FOURLINE_ID >> src/a.ts"', writes);
const good = order(['src/a.ts']);

async function officeWith(cards: Record<string, string> = { coder }): Promise<Office> {
  const office = await openOffice(cards);
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  return office;
}

async function expectDone(office: Office, daemon: Daemon, ...names: string[]): Promise<void> {
  expect(await daemon.stop()).toBe(0);
  for (const name of names) expect(await office.standing(name)).toMatchObject({ outcome: 'done' });
  expect(Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'))).toBe(names.length);
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
}

test('when no more files can be opened work is held, and goes on when they can', async () => {
  const office = await officeWith();
  const daemon = await startDaemon(office);
  await office.write('inbox/coder/one.md', good);
  await daemon.settled('one');
  // Enough to say so in a file, and too few to start a program.
  letOpen(daemon.pid, (await openFiles(daemon.pid)) + 2);
  await office.write('inbox/coder/two.md', good);
  expect(await daemon.said(/work is held/)).toMatch(/too many files are open: .*→ raise the limit \(ulimit -n\)/);
  expect((await office.fourline('status')).out).toMatch(/work is held: too many files are open/);
  letOpen(daemon.pid, 4096);
  await daemon.said(/work goes on/);
  await daemon.settled('two');
  expect((await office.fourline('status')).out).not.toMatch(/held/);
  await expectDone(office, daemon, 'one', 'two');
});

test('with any number of files that can be opened nothing is lost, refused or done twice', async () => {
  const office = await officeWith();
  const daemon = await startDaemon(office);
  const names: string[] = [];
  for (const more of [2, 5, 8, 11, 14, 18]) {
    const name = `n${more}`;
    names.push(name);
    const heard = daemon.says(new RegExp(`work is held|${name} +(landed|failed|returned|halted)`));
    letOpen(daemon.pid, (await openFiles(daemon.pid)) + more);
    await office.write(`inbox/coder/${name}.md`, good);
    await heard;
    letOpen(daemon.pid, 4096);
    // An order that the fault met at its very end is finished when work goes on, and said so.
    await daemon.said(new RegExp(`${name} +(landed|failed|halted) |recovered \\d+-${name}: had ended`));
  }
  await expectDone(office, daemon, ...names);
});

test('where the system watches no folders fourline looks every second and says so; when it does again, it hears again', async () => {
  const office = await officeWith();
  const daemon = await startDaemonBy(office, watchesAtMost(0));
  expect(await daemon.said(/changes can't be watched/)).toMatch(/ENOSPC.*fourline looks every second instead/);
  await office.write('inbox/coder/one.md', good);
  await daemon.settled('one');
  expect((await office.fourline('status')).out).toMatch(/changes can't be watched/);
  letWatch(daemon.pid, 1000);
  await daemon.said(/changes can be watched again/);
  expect((await office.fourline('status')).out).not.toMatch(/not heard/);
  await office.write('inbox/coder/two.md', good);
  await daemon.settled('two');
  await expectDone(office, daemon, 'one', 'two');
});

test('where the system says that it watches and does not, a file that is put there on trial tells', async () => {
  const office = await officeWith();
  needs('strace');
  const deaf = ['-e', 'trace=inotify_add_watch', '-e', 'inject=inotify_add_watch:retval=1'];
  const daemon = await startDaemonBy(office, ['strace', '-D', '-f', '--seccomp-bpf', '-o', '/dev/null', ...deaf]);
  expect(await daemon.said(/changes can't be watched/)).toMatch(/the system did not report a file put into/);
  await office.write('inbox/coder/one.md', good);
  await daemon.settled('one');
  await expectDone(office, daemon, 'one');
  expect(await office.list('inbox/coder')).toEqual([]);
});

test('in a storm of files every order is heard, and stop is heard as well', async () => {
  const office = await officeWith();
  const daemon = await startDaemon(office);
  // Stopped, it cannot listen: the system keeps 16,384 events for it and drops the rest.
  daemon.kill('SIGSTOP');
  for (let count = 0; count < 6000; count += 1) {
    await office.write('inbox/coder/.storm.tmp', '');
    await rename(`${office.root}/inbox/coder/.storm.tmp`, `${office.root}/inbox/coder/.storm-${count % 7}.tmp`);
  }
  await office.write('inbox/coder/one.md', good);
  daemon.kill('SIGCONT');
  await daemon.settled('one');
  let over = false;
  const storm = (async () => {
    for (let count = 0; !over; count += 1) await office.write(`inbox/coder/.storm-${count % 7}.tmp`, `${count}`);
  })();
  await office.write('inbox/coder/two.md', good);
  await daemon.settled('two');
  await daemon.stop();
  over = true;
  await storm;
  await expectDone(office, daemon, 'one', 'two');
});

test('a closed inbox holds up its own orders alone, and none of them counts as withdrawn', async () => {
  const fails = card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`);
  const office = await officeWith({ coder, tester: fails });
  await office.write('inbox/tester/0001-first.md', order(['src/b.ts']));
  await office.write('inbox/tester/0002-waits.md', order(['src/b.ts'], { front: 'after: [0001-first]' }));
  const daemon = await startDaemonBy(office, asOrdinary);
  await daemon.settled('first');
  close(office, 'inbox/tester');
  await daemon.said(/inbox\/tester: EACCES: .*→ give its user the right/);
  await office.write('inbox/coder/one.md', good);
  await daemon.settled('one');
  expect((await standingAt(office.root, 'waits')).position).toBe('posted');
  open(office, 'inbox/tester');
  await rm(`${office.root}/inbox/tester/0002-waits.md`);
  await daemon.said(/0002-waits +halted +withdrawn/);
  expect(await daemon.stop()).toBe(0);
});

test.each(['state/active', 'state/orders', 'roles', 'inbox'])(
  'while %s may not be used nothing is lost, and when it may, work goes on',
  async (folder) => {
    const office = await officeWith();
    const daemon = await startDaemonBy(office, asOrdinary);
    await office.write('inbox/coder/one.md', good);
    await daemon.settled('one');
    close(office, folder);
    const heard = daemon.says(/EACCES|permission/i);
    await rename(await draft(office), `${office.root}/inbox/coder/two.md`).catch(async () => {
      open(office, 'inbox');
      await rename(`${office.root}/draft.md`, `${office.root}/inbox/coder/two.md`);
      close(office, 'inbox');
    });
    await heard;
    open(office, folder);
    await daemon.settled('two');
    await expectDone(office, daemon, 'one', 'two');
  },
  90_000,
);

test('an order for a repository that may not be written waits with the reason, and no agent is started for nothing', async () => {
  const office = await officeWith();
  const daemon = await startDaemonBy(office, asOrdinary);
  close(office, 'repos/shop/.git/objects', 0o555);
  await office.write('inbox/coder/one.md', good);
  await daemon.said(/one +not taken +nothing can land in repos\/shop: .*objects may not be written/);
  open(office, 'repos/shop/.git/objects');
  await office.write('inbox/coder/one.md', good);
  await daemon.settled('one');
  await expectDone(office, daemon, 'one');
});

async function draft(office: Office): Promise<string> {
  await office.write('draft.md', good);
  return `${office.root}/draft.md`;
}

function close(office: Office, folder: string, mode = 0): void {
  chmodSync(`${office.root}/${folder}`, mode);
  onTestFinished(() => {
    mkdirSync(`${office.root}/${folder}`, { recursive: true });
    open(office, folder);
  });
}

function open(office: Office, folder: string): void {
  chmodSync(`${office.root}/${folder}`, 0o755);
}
