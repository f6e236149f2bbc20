// People act by hand while a run goes on: they edit, remove and restore orders, delete cards and rooms, and start two
// fourlines.
import { copyFile, link, readdir, rename, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { standingAt } from '../kit/disk.ts';
import { type Gated, gatedOffice } from '../kit/gate.ts';
import { card, openOffice, order } from '../kit/office.ts';

const steps = '- shell: "echo $FOURLINE_ID >> src/a.ts"';

async function opened(more = '', text = order(['src/a.ts'])): Promise<Gated> {
  const office = await gatedOffice(steps, more);
  await office.write('inbox/coder/x.md', text);
  await office.begun();
  return office;
}

function landings(office: Gated): number {
  return Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'));
}

// How often the journal says that an order has ended.
async function endings(office: Gated): Promise<number> {
  return (await office.read('state/journal.jsonl')).split('"step":"settled"').length - 1;
}

test("an order that is edited while it runs is done as it was claimed, and the person's text stays", async () => {
  const office = await opened();
  const edited = order(['src/b.ts'], { objective: 'Something else.' });
  await office.write('inbox/coder/0001-x.md', edited);
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.said(/there is an order 0001-x already/);
  await office.daemon.stop();
  expect(await office.read('inbox/coder/0001-x.md')).toBe(edited);
  expect([landings(office), await endings(office)]).toEqual([1, 1]);
});

test('an order that is edited where it is claimed is done as edited at its next attempt', async () => {
  const office = await opened('', order(['src/a.ts'], { accept: ['`test -e src/never` passes'] }));
  await office.write('state/active/0001-x/order.md', order(['src/a.ts'], { accept: ['`test -e src/a.ts` passes'] }));
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect([landings(office), await endings(office)]).toEqual([1, 1]);
});

test('an order that is removed while it runs is withdrawn, once, and lands nothing', async () => {
  const office = await opened();
  await rm(`${office.root}/state/active/0001-x/order.md`);
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'halted' });
  expect([landings(office), await endings(office)]).toEqual([0, 1]);
});

test.each(['', 'while nobody works '])('an order whose whole folder is removed %scounts as withdrawn', async (when) => {
  const office = await opened();
  if (when !== '') {
    office.daemon.kill('SIGKILL');
    await office.daemon.ended;
  }
  await rm(`${office.root}/state/active/0001-x`, { recursive: true });
  await office.go();
  if (when === '') {
    await office.daemon.settled('x');
    await office.daemon.stop();
  } else await office.work();
  const x = await office.standing('x');
  expect(x).toMatchObject({ outcome: 'halted' });
  expect(x.note).toMatch(/withdrawn: its file was taken out of state\/active/);
  expect([landings(office), await endings(office)]).toEqual([0, 1]);
  expect(await readdir(`${office.root}/../xdg/fourline/rooms`, { recursive: true })).not.toContain('0001-x.1');
});

test('a card that is deleted while its role runs: this order is done under it, the next waits until there is one again', async () => {
  const office = await opened();
  const text = await office.read('roles/coder.md');
  await rm(`${office.root}/roles/coder.md`);
  await office.daemon.said(/roles\/coder.md removed/);
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.said(/y +not taken +there is no role 'coder'/);
  await office.write('roles/coder.md', text);
  await office.daemon.settled('y');
  await office.daemon.stop();
  expect([landings(office), await endings(office)]).toEqual([2, 2]);
});

test('an order that is handed back to a role whose card is gone waits for it', async () => {
  const office = await opened('', order(['src/a.ts'], { accept: ['`grep 3 src/a.ts` passes'] }));
  const text = await office.read('roles/coder.md');
  await rm(`${office.root}/roles/coder.md`);
  await office.daemon.said(/roles\/coder.md removed/);
  await office.go();
  await office.daemon.said(/0001-x +not taken +there is no role 'coder'/);
  expect((await standingAt(office.root, 'x')).position).toBe('posted');
  await office.write('roles/coder.md', text.replace('echo $FOURLINE_ID', 'echo 3'));
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect([landings(office), await endings(office)]).toEqual([1, 1]);
});

test('rooms that are deleted by hand fail their own runs; those after them get rooms', async () => {
  const office = await opened();
  await rm(`${office.root}/../xdg`, { recursive: true });
  await office.go();
  await office.daemon.settled('x');
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  await office.daemon.settled('y');
  await office.daemon.stop();
  expect((await office.standing('x')).note).toMatch(/its room was removed or replaced/);
  expect(await office.standing('y')).toMatchObject({ outcome: 'done' });
  expect([landings(office), await endings(office)]).toEqual([1, 2]);
});

test('of fourlines that are started at once one works, the others name it and leave', async () => {
  const office = await openOffice({
    coder: card('- shell: "echo $FOURLINE_ID >> src/a.ts"', 'write: |\n  repos/*/src/**'),
  });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('drafts/last.md', order(['src/a.ts'], { front: 'after: [0004-d]' }));
  for (const name of ['a', 'b', 'c', 'd'])
    await office.write(`inbox/coder/000${'abcd'.indexOf(name) + 1}-${name}.md`, order(['src/a.ts']));
  const daemons = await Promise.allSettled([1, 2, 3, 4].map(() => startDaemon(office)));
  const [one, ...others] = daemons.flatMap((daemon) => (daemon.status === 'fulfilled' ? [daemon.value] : []));
  if (one === undefined) throw new Error('none works');
  expect(others).toEqual([]);
  const refused = daemons.flatMap((daemon) => (daemon.status === 'rejected' ? [String(daemon.reason)] : []));
  for (const reason of refused)
    expect(reason).toMatch(/error\[already-started\]: fourline works this workspace already/);
  await rename(`${office.root}/drafts/last.md`, `${office.root}/inbox/coder/last.md`);
  await one.settled('last');
  await one.stop();
  expect([...(await office.standings()).values()].map((order) => order.outcome)).toEqual(Array(5).fill('done'));
  expect(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD')).toBe('5');
});

test.each(['removed', 'replaced'])(
  'a journal that is %s while fourline works ends it: nothing more is done',
  async (how) => {
    const office = await opened();
    const [journal, kept, copy] = ['journal', 'kept', 'copy'].map((name) => `${office.root}/state/${name}.jsonl`);
    if (how === 'removed') await rename(`${journal}`, `${kept}`);
    else {
      // In one move, as nobody is to see it gone.
      await link(`${journal}`, `${kept}`);
      await copyFile(`${journal}`, `${copy}`);
      await rename(`${copy}`, `${journal}`);
    }
    await office.go();
    expect(await office.daemon.ended).toBe(3);
    expect(office.daemon.output()).toContain(`the journal was ${how} while fourline worked`);
    expect(landings(office)).toBe(0);
    await rename(`${kept}`, `${journal}`);
    await office.work();
    expect([landings(office), await endings(office)]).toEqual([1, 1]);
  },
);
