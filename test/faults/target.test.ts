// A repository changes while a run goes on: locks that were left, a history that was rewritten, the whole of it moved
// or gone.
import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { standingAt } from '../kit/disk.ts';
import { type Gated, gatedOffice } from '../kit/gate.ts';
import { order } from '../kit/office.ts';

const steps = '- write: src/a.ts\n  text: "2"';

async function opened(more = ''): Promise<Gated> {
  const office = await gatedOffice(steps, more);
  office.git('repos/shop', 'commit', '-q', '--allow-empty', '-m', 'second');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.begun();
  return office;
}

function landings(office: Gated): number {
  return Number(office.git('repos/shop', 'rev-list', '--count', '--author=coder', 'HEAD'));
}

test.each(['HEAD.lock', 'refs/heads/main.lock'])(
  'a %s that somebody left is waited for, said, and never removed; the work lands when it goes',
  async (name) => {
    const office = await opened();
    const lock = `${office.root}/repos/shop/.git/${name}`;
    await office.write(`repos/shop/.git/${name}`, '');
    await office.go();
    expect(await office.daemon.said(/waits +to land/)).toMatch(
      new RegExp(`${name} is there  → remove it when no git works`),
    );
    expect(existsSync(lock)).toBe(true);
    await rm(lock);
    await office.daemon.settled('x');
    await office.daemon.stop();
    expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
    expect(landings(office)).toBe(1);
  },
);

test('a landing that waits for a lock is handed back with its work when fourline has to stop now', async () => {
  const office = await opened();
  await office.write('repos/shop/.git/HEAD.lock', '');
  await office.go();
  await office.daemon.said(/waits +to land/);
  office.daemon.kill('SIGTERM');
  office.daemon.kill('SIGINT');
  expect(await office.daemon.ended).toBe(0);
  expect(await standingAt(office.root, 'x')).toMatchObject({ position: 'posted', attempt: 1, spent: 0 });
  await rm(`${office.root}/repos/shop/.git/HEAD.lock`);
  await office.work();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(landings(office)).toBe(1);
});

test('an index.lock that somebody left holds up the index alone, and the report says what to do', async () => {
  const office = await opened();
  await office.write('repos/shop/.git/index.lock', '');
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(await office.read('repos/shop/src/a.ts')).toBe('2');
  const report = await office.record('x', 'report.md');
  const said = /the index \(.*index\.lock is there: remove it when no git works there, then (git .*)\)/.exec(
    report,
  )?.[1];
  expect(said).toBe('git -C repos/shop reset -q -- src/a.ts');
  await rm(`${office.root}/repos/shop/.git/index.lock`);
  office.git('.', ...(said ?? '').split(' ').slice(1));
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
  expect(landings(office)).toBe(1);
});

test('a repository that is moved away during the run and comes back gets the work, once', async () => {
  const office = await opened();
  await rename(`${office.root}/repos/shop`, `${office.root}/elsewhere`);
  await office.go();
  await office.daemon.said(/x +not taken +it is not clear which repository/);
  expect(office.git('elsewhere', 'log', '-1', '--format=%s')).toBe('second');
  await rename(`${office.root}/elsewhere`, `${office.root}/repos/shop`);
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done' });
  expect(landings(office)).toBe(1);
  expect(await office.list('inbox/coder')).toEqual([]);
});

test('a repository that is deleted during the run: the work is kept, and lands in the one that takes its place', async () => {
  const office = await opened();
  await cp(`${office.root}/repos/shop`, `${office.root}/backup`, { recursive: true });
  await rm(`${office.root}/repos/shop`, { recursive: true });
  await office.go();
  await office.daemon.said(/x +not taken +it is not clear which repository/);
  office.git('.', 'clone', '-q', 'backup', 'repos/shop');
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(landings(office)).toBe(1);
});

test('on the last attempt the work for a repository that is gone is kept as a patch', async () => {
  const office = await opened('limits: { attempts: 1 }');
  await rm(`${office.root}/repos/shop`, { recursive: true });
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  const x = await office.standing('x');
  expect(x).toMatchObject({ outcome: 'failed' });
  expect(x.note).toMatch(/the branch main is gone from shop/);
  expect(await office.record('x', 'unlanded.patch')).toContain('+2');
});

test('a history that is rewritten during the run gets the work on top, and nothing of what was cut off', async () => {
  const office = await opened();
  await office.write('repos/shop/src/b.ts', 'new\n');
  office.git('repos/shop', 'commit', '-q', '-a', '--amend', '-m', 'second anew');
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(office.git('repos/shop', 'log', '--format=%an %s')).toMatch(/^coder .*\ndana second anew\ndana begin$/);
  expect(await office.read('repos/shop/src/b.ts')).toBe('new\n');
  expect(office.git('repos/shop', 'status', '--porcelain')).toBe('');
});

test('a history that has nothing in common with what the run began on is a conflict, and the role goes on from it', async () => {
  const office = await opened();
  await rm(`${office.root}/repos/shop`, { recursive: true });
  await office.repository('shop', { 'src/a.ts': 'another\n' });
  await office.go();
  expect(await office.daemon.said(/x +returned/)).toMatch(/conflict with main/);
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(landings(office)).toBe(1);
  expect(await office.read('repos/shop/src/a.ts')).toBe('2');
});
