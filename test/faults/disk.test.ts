// A disk that is full, read-only or failing: said in words, nothing lost, and work goes on when it is mended.
import { expect, test } from 'vitest';
import { startDaemon, startDaemonBy } from '../kit/daemon.ts';
import { mountDisk, standingAt } from '../kit/disk.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const files = { 'src/a.ts': '1\n', 'src/b.ts': '1\n' };
const two = card('- write: src/a.ts\n  text: "2"', writes);

async function officeWith(coder: string): Promise<Office> {
  const office = await openOffice({ coder });
  await office.write('fourline.yaml', 'sandbox: off\nfree: 1k\n');
  await office.repository('shop', files);
  return office;
}

const landed = 'git -C repos/shop rev-list --count --author=coder HEAD';

test('a disk that is full holds work, status says so, and what waits is done once there is room', async () => {
  const office = await officeWith(card('- shell: "echo $FOURLINE_ID >> src/a.ts"', writes));
  await office.write('drafts/two.md', order(['src/a.ts']));
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '16m' });
  const daemon = await startDaemonBy(office, disk.enter);
  await daemon.settled('one');
  disk.fill();
  disk.shell('mv drafts/two.md inbox/coder/two.md');
  expect(await daemon.said(/work is held/)).toMatch(/the disk is full: .*→ make room on it/);
  disk.free();
  await daemon.said(/work goes on/);
  await daemon.settled('two');
  expect(await daemon.stop()).toBe(0);
  expect(await disk.standing('two')).toMatchObject({ outcome: 'done' });
  expect(disk.shell(landed)).toBe('2\n');
  expect(disk.shell('git -C repos/shop status --porcelain')).toBe('');
  expect(await disk.list('inbox/coder')).toEqual([]);
});

test('with any room that is left nothing is lost, refused or done twice', async () => {
  const office = await officeWith(card('- shell: "echo $FOURLINE_ID >> src/a.ts"', writes));
  const rooms = [4, 12, 24, 40, 60, 90, 150, 300];
  for (const room of rooms) await office.write(`drafts/n${room}.md`, order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '24m' });
  const daemon = await startDaemonBy(office, disk.enter);
  for (const room of rooms) {
    disk.fill(room);
    const heard = daemon.says(new RegExp(`work is held|n${room} +(landed|failed|returned|halted)`));
    disk.shell(`mv drafts/n${room}.md inbox/coder/n${room}.md`);
    await heard;
    disk.free();
    await daemon.settled(`n${room}`);
  }
  expect(await daemon.stop()).toBe(0);
  for (const room of rooms) expect(await disk.standing(`n${room}`)).toMatchObject({ outcome: 'done' });
  expect(disk.shell(landed)).toBe(`${rooms.length}\n`);
  expect(disk.shell('git -C repos/shop status --porcelain')).toBe('');
  expect(
    disk.shell('git -C repos/shop fsck --strict --no-dangling; git -C state/git/shop.git fsck --no-dangling'),
  ).toBe('');
});

test("an agent that fills the disk of its room spoils its own attempt and nobody else's work", async () => {
  const coder = card(
    '- shell: "if [ $FOURLINE_ATTEMPT = 1 ]; then cat /dev/zero > $TMPDIR/big; fi; echo $FOURLINE_ID >> src/a.ts"',
    writes,
  );
  const office = await officeWith(coder);
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  await office.write('inbox/coder/two.md', order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '16m' });
  const daemon = await startDaemonBy(office, disk.enter);
  await daemon.settled('one');
  await daemon.settled('two');
  expect(await daemon.stop()).toBe(0);
  for (const name of ['one', 'two'])
    expect(await disk.standing(name)).toMatchObject({ outcome: 'done', attempt: 2, spent: 1 });
  expect(disk.shell(landed)).toBe('2\n');
});

test('an order whose agent filled the whole disk ends well when there is more room', async () => {
  const fill = 'if [ $FOURLINE_ATTEMPT = 1 ]; then cat /dev/zero > waste; fi';
  const office = await officeWith(card(`- write: src/a.ts\n  text: "2"\n- shell: "${fill}"`, writes));
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '16m' });
  const daemon = await startDaemonBy(office, disk.enter);
  await daemon.said(/work is held: the disk is full/);
  disk.shell('mount -o remount,size=128m "$PWD/.."');
  await daemon.settled('one');
  expect(await daemon.stop()).toBe(0);
  expect(await disk.standing('one')).toMatchObject({ outcome: 'done' });
  expect(disk.shell(landed)).toBe('1\n');
});

test('a landing that finds no room in the repository is done once there is some, and once', async () => {
  const office = await officeWith(card('- shell: "head -c 900000 /dev/urandom > src/a.ts"', writes));
  await office.write('inbox/coder/one.md', order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '2m', folder: 'work/repos' });
  disk.fill();
  const daemon = await startDaemonBy(office, disk.enter);
  await daemon.said(/work is held: the disk is full/);
  disk.free();
  await daemon.settled('one');
  expect(await daemon.stop()).toBe(0);
  expect(await standingAt(office.root, 'one')).toMatchObject({ outcome: 'done' });
  expect(disk.shell(landed)).toBe('1\n');
  expect(disk.shell('git -C repos/shop status --porcelain')).toBe('');
});

test('on a full disk start and order say so, and leave nothing half', async () => {
  const office = await officeWith(two);
  await office.work();
  const disk = await mountDisk(office, { size: '16m' });
  disk.fill();
  const before = disk.shell('cat state/journal.jsonl | cksum; ls -A inbox/coder state');
  const args = ['order', 'coder', 'Two', '--accept', 'two', '--accept', 'b', '--accept', 'c', '--file', 'src/a.ts'];
  for (const command of [['start'], args]) {
    const ended = await office.fourlineBy(disk.enter, ...command);
    expect(ended.code).toBe(7);
    expect(ended.err).toMatch(/error\[disk-full\]: the disk is full: [\s\S]*\n {2}help: make room on it/);
  }
  expect(disk.shell('cat state/journal.jsonl | cksum; ls -A inbox/coder state')).toBe(before);
  disk.free();
  expect((await office.fourlineBy(disk.enter, ...args)).code).toBe(0);
  expect((await office.fourlineBy(disk.enter, 'start', '--once')).code).toBe(0);
  expect(disk.shell(landed)).toBe('1\n');
});

test('a workspace on a read-only disk cannot be worked, and says so', async () => {
  const office = await officeWith(two);
  const disk = await mountDisk(office, { size: '16m' });
  disk.shell('mount -o remount,ro "$PWD/.."');
  const ended = await office.fourlineBy(disk.enter, 'start');
  expect(ended.code).toBe(7);
  expect(ended.err).toMatch(
    /error\[disk-read-only\]: the disk is read-only: [\s\S]*\n {2}help: mount it writable again/,
  );
  expect((await office.fourlineBy(disk.enter, 'status')).code).toBe(0);
  disk.shell('mount -o remount,rw "$PWD/.."');
  expect((await office.fourlineBy(disk.enter, 'start', '--once')).code).toBe(0);
});

test.each([
  ['the repositories', 'work/repos'],
  ['the rooms', 'xdg'],
])('when the disk of %s becomes read-only under a daemon, work waits and goes on', async (_, folder) => {
  const office = await officeWith(two);
  await office.write('drafts/one.md', order(['src/a.ts']));
  const disk = await mountDisk(office, { size: '64m', folder });
  const daemon = await startDaemonBy(office, disk.enter);
  disk.shell(`mount -o remount,ro "$PWD/../${folder}"`);
  disk.shell('mv drafts/one.md inbox/coder/one.md');
  expect(await daemon.said(/work is held/)).toMatch(/the disk is read-only/);
  disk.shell(`mount -o remount,rw "$PWD/../${folder}"`);
  await daemon.settled('one');
  expect(await daemon.stop()).toBe(0);
  expect(await standingAt(office.root, 'one')).toMatchObject({ outcome: 'done' });
  expect(disk.shell(landed)).toBe('1\n');
});

test('a journal that could not be flushed ends the daemon in words; the next one loses nothing and does nothing twice', async () => {
  const office = await officeWith(card('- shell: "echo $FOURLINE_ID >> src/a.ts"', writes));
  for (const name of ['one', 'two', 'three']) await office.write(`inbox/coder/${name}.md`, order(['src/a.ts']));
  // strace counts for each thread.
  office.env['UV_THREADPOOL_SIZE'] = '1';
  const failing = 'inject=fdatasync:error=EIO:when=12';
  needs('strace');
  const by = ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', failing];
  const ended = await office.fourlineBy(by, 'start', '--once');
  expect(ended.code).toBe(3);
  expect(ended.err).toMatch(/error\[journal-lost\]: the journal could not be flushed: EIO/);
  expect(ended.err).toMatch(/help: mend the disk, then start again/);
  const daemon = await startDaemon(office);
  await daemon.stop();
  await office.work();
  const all = [...(await office.standings()).values()];
  expect(all.map((one) => one.outcome)).toEqual(['done', 'done', 'done']);
  expect(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD')).toBe('3');
});
