import { expect, test, vi } from 'vitest';
import { crashPoints } from '../../src/ground/crash.ts';
import { flawsOf, goodOrder, openWorks, start } from '../kit/crash.ts';

vi.setConfig({ testTimeout: 180_000 });

// Those have ways of their own (ways.test.ts); together the two files pass every point there is.
const elsewhere = /^(?:return|withdraw|cancel|recover|route|hold|park|review|release)\./;

test.each(crashPoints.filter((name) => !elsewhere.test(name)))('dies at %s', async (point) => {
  const office = await openWorks(1);
  const beyond = goodOrder('w1', 'shop')
    .replaceAll('src/', 'docs/')
    .replace(/^- state.*\n/m, '');
  await office.write('inbox/coder/beyond.md', beyond);
  const first = await start(office, point);
  expect(first).toMatchObject({ signal: 'SIGKILL' });
  const second = await start(office);
  expect({ ...second, flaws: await flawsOf(office, ['w1']) }).toMatchObject({ signal: null, flaws: [] });
});
