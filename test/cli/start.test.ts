import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { card, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const coder = card('- shell: echo more >> src/a.ts', writes);
const files = { 'src/a.ts': '1\n' };

test('start --once ends with 1 while an order lies in an inbox that could not be taken, and says so each time', async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', files);
  await office.write('inbox/coder/good.md', order(['src/a.ts']));
  await office.write('inbox/coder/hasty.md', '**Objective:** Users can log in.\n');
  const first = await office.fourline('start', '--once');
  expect(first.code).toBe(1);
  expect(first.err.match(/hasty/g)).toHaveLength(2);
  const again = await office.fourline('start', '--once', '--json');
  expect(again.code).toBe(1);
  expect(again.err).toContain('inbox/coder/hasty.md is still not taken  → inbox/coder/hasty.md.problem.txt');
  expect(JSON.parse(again.out)).toEqual({ settled: [], held: [], untaken: ['inbox/coder/hasty.md'], stuck: 1 });
  await office.write('inbox/coder/hasty.md', order(['src/a.ts']));
  const mended = await office.fourline('start', '--once');
  expect(mended.code).toBe(0);
});

test("a file right in inbox/ is nobody's, and counts; an answer whose order is gone does not", async () => {
  const office = await openOffice({ coder });
  await office.repository('shop', files);
  await office.write('inbox/stray.md', order(['src/a.ts']));
  expect((await office.fourline('start', '--once')).code).toBe(1);
  await rm(`${office.root}/inbox/stray.md`);
  expect(await office.list('inbox')).toContain('stray.md.problem.txt');
  expect((await office.fourline('start', '--once')).code).toBe(0);
});

test('start --once ends with 1 when an order waits for one that did not get done', async () => {
  const office = await openOffice({ coder: card('- exit: 1', `${writes}\nlimits: { attempts: 1 }`) });
  await office.repository('shop', files);
  await office.write('inbox/coder/0001-first.md', order(['src/a.ts']));
  await office.write('inbox/coder/0002-second.md', order(['src/a.ts'], { front: 'after: [0001-first]' }));
  // The failure weighs more in the daemon it happens in; afterwards the order that waits is what is wrong.
  expect((await office.fourline('start', '--once')).code).toBe(4);
  const again = await office.fourline('start', '--once', '--json');
  expect(again.code).toBe(1);
  expect(JSON.parse(again.out).held).toEqual([
    { id: '0002-second', reason: 'waits for 0001-first, which ended failed' },
  ]);
});
