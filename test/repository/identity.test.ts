// Two workspaces that take themselves for one: a copy, a lock that was removed by hand.
import { cp, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test, vi } from 'vitest';
import { gatedOffice } from '../kit/gate.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

async function linked(front: string): Promise<Office> {
  const coder = card('- write: src/a.ts\n  text: "2"', `write: |\n  repos/*/src/**\n${front}`);
  const office = await openOffice({ coder });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const shop = `${dirname(office.root)}/shop`;
  await rename(`${office.root}/repos/shop`, shop);
  await symlink(shop, `${office.root}/repos/shop`);
  return office;
}

test('what waits in a copied workspace lands by the original alone, and the copy is one of its own', async () => {
  const office = await linked('approve: { first: 3 }');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('x')).toMatchObject({ position: 'parked' });
  await office.write('inbox/coder/y.md', order(['src/a.ts']));
  const copy = `${dirname(office.root)}/copy`;
  await cp(office.root, copy, { recursive: true, verbatimSymlinks: true });
  const worked = await office.fourline('-C', copy, 'start', '--once');
  expect(worked.err).toContain(`is a copy of ${office.root}`);
  expect(worked.err).toMatch(/0001-x +halted +not done here/);
  expect(worked.err).toMatch(/inbox\/coder\/y\.md waits in .*set aside/);
  expect((await office.fourline('-C', copy, 'approve', '1')).code).not.toBe(0);
  expect((await office.fourline('approve', '1')).code).toBe(0);
  await office.work();
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana');
  const again = await office.fourline('-C', copy, 'start', '--once');
  expect([again.code, again.err]).toEqual([0, expect.not.stringContaining('copy of')]);
});

test('a workspace that was moved is the one it was', async () => {
  const office = await linked('');
  await office.work();
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  const moved = `${dirname(office.root)}/moved`;
  await rename(office.root, moved);
  const worked = await office.fourline('-C', moved, 'start', '--once');
  expect(worked.err).toMatch(/x +landed/);
});

test('with the lock removed by hand a second fourline is refused all the same, and the first goes on', async () => {
  const office = await gatedOffice('- write: src/a.ts\n  text: "2"');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.begun();
  await rm(`${office.root}/state/lock.db`);
  const second = await office.fourline('start', '--once');
  expect([second.code, second.err]).toEqual([
    expect.any(Number),
    expect.stringContaining('works this workspace already'),
  ]);
  expect((await office.fourline('status')).out).toContain('working since');
  await office.go();
  await office.daemon.settled('x');
  await office.daemon.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('nothing lands in a workspace whose folder was replaced by a copy while a run went on', async () => {
  const office = await gatedOffice('- write: src/a.ts\n  text: "2"');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.begun();
  await rename(`${office.root}/state`, `${office.root}/state.old`);
  await cp(`${office.root}/state.old`, `${office.root}/state`, { recursive: true });
  await office.go();
  await office.daemon.ended;
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('dana');
});
