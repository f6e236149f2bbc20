// A role is paused and let go on, with and without a daemon.
import { expect, test } from 'vitest';
import { startDaemon } from '../kit/daemon.ts';
import { card, openOffice, order } from '../kit/office.ts';

const works = card('- shell: echo 2 > src/a.ts\n- report: done\n  text: Done.', 'write: |\n  repos/*/src/**');

test('orders of a paused role wait and say so, through restarts, while others go on', async () => {
  const office = await openOffice({ coder: works, other: works });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  expect(await office.fourline('pause', 'coder')).toMatchObject({
    code: 0,
    out: 'coder is paused; undo: fourline resume coder\n',
  });
  expect((await office.fourline('pause', 'coder')).out).toContain('is paused already');
  await office.write('inbox/coder/mine.md', order(['src/a.ts']));
  await office.write('inbox/other/theirs.md', order(['src/a.ts']));
  await office.work();
  expect(await office.standing('mine')).toMatchObject({ position: 'posted' });
  expect(await office.standing('theirs')).toMatchObject({ outcome: 'done' });
  const { out } = await office.fourline('status');
  expect(out).toMatch(/^coder is paused {2}→ fourline resume coder$/m);
  expect(out).toMatch(/0001-mine +coder +posted +coder is paused/);
  expect((await office.fourline('role')).out).toMatch(/^coder .* paused$/m);
  expect((await office.fourline('log')).out).toContain('paused coder: its orders wait');

  const daemon = await startDaemon(office);
  const resumed = daemon.settled('mine');
  expect(JSON.parse((await office.fourline('resume', 'coder', '--json')).out)).toMatchObject({
    ...{ role: 'coder', paused: false, changed: true },
  });
  await resumed;
  expect((await office.fourline('resume', 'coder')).out).toBe('coder is not paused\n');
  await daemon.stop();
});

test('what runs goes on to its end, and a role that is not there is named', async () => {
  const office = await openOffice();
  await office.write('fourline.yaml', 'sandbox: off\n');
  const wait = `- shell: while ! test -e '${office.root}/go'; do sleep 0.1; done\n- shell: echo 2 > src/a.ts\n- report: done\n  text: Done.`;
  await office.write('roles/coder.md', card(wait, 'write: |\n  repos/*/src/**'));
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  await office.write('inbox/coder/second.md', order(['src/a.ts'], { front: 'after: [first]' }));
  const daemon = await startDaemon(office);
  await daemon.said(/first +running/);
  expect((await office.fourline('pause', 'coder')).out).toContain('1 run of it ends as it would');
  await office.write('go', '');
  await daemon.settled('first');
  await daemon.stop();
  await office.work();
  expect(await office.standing('second')).toMatchObject({ position: 'posted' });
  const unknown = await office.fourline('pause', 'codr');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("there is no role 'codr'")]);
});
