// Two workspaces that take themselves for one: a copy, a lock that was removed by hand.
import { cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { gatedOffice } from '../kit/gate.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

vi.setConfig({ testTimeout: 300_000 });

const coder = card('- write: src/a.ts\n  text: "2"', 'write: |\n  repos/*/src/**');

async function linked(): Promise<Office> {
  const office = await openOffice({ coder });
  await office.write('fourline.yaml', 'sandbox: off\n');
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await rename(`${office.root}/repos/shop`, `${office.root}/../shop`);
  await symlink(`${office.root}/../shop`, `${office.root}/repos/shop`);
  return office;
}

test('what waits in a copied workspace lands by the original alone, and the copy is one of its own', async () => {
  const office = await linked();
  await office.write('inbox/coder/x.md', order(['src/a.ts'], { front: 'after: [0009-never]' }));
  await office.work();
  await office.write('inbox/coder/y.md', order(['src/a.ts'], { accept: ['src/a.ts says 2'] }));
  const copy = `${office.root}/../copy`;
  await cp(office.root, copy, { recursive: true, verbatimSymlinks: true });
  const worked = await office.fourline('-C', copy, 'start', '--once');
  expect(worked.err).toContain(`is a copy of ${office.root}`);
  expect(worked.err).toMatch(/inbox\/coder\/y\.md waits in .*set aside/);
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('dana');
  await office.work();
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('coder\ndana');
  await office.write('../copy/inbox/coder/z.md', order(['src/a.ts'], { accept: ['src/a.ts says 2'] }));
  const again = await office.fourline('-C', copy, 'start', '--once');
  expect(again.err).not.toContain('copy of');
  expect(again.err).toMatch(/z +(?:landed|done)/);
});

test('a workspace that was moved is the one it was', async () => {
  const office = await linked();
  await office.work();
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await rename(office.root, `${office.root}/../moved`);
  const worked = await office.fourline('-C', `${office.root}/../moved`, 'start', '--once');
  expect(worked.err).toMatch(/x +landed/);
  await mkdir(office.root);
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
  await office.shift.settled('x');
  await office.shift.stop();
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 1 });
});

test('nothing lands in a workspace whose folder was replaced by a copy while a run went on', async () => {
  const office = await gatedOffice('- write: src/a.ts\n  text: "2"');
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.begun();
  await rename(`${office.root}/state`, `${office.root}/state.old`);
  await cp(`${office.root}/state.old`, `${office.root}/state`, { recursive: true });
  await office.go();
  await office.shift.ended;
  expect(office.git('repos/shop', 'log', '--format=%an')).toBe('dana');
});
