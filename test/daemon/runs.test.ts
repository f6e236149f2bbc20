import { expect, test } from 'vitest';
import type { PostedOrder } from '../../src/daemon/drop.ts';
import { begun, found, noRuns, oldestOf, over } from '../../src/daemon/runs.ts';

function posted(id: string, digest = 'a'): PostedOrder {
  return { id, digest } as PostedOrder;
}

const isOpen = (): boolean => true;
const run = (id: string, since = 0) => ({ order: posted(id), control: new AbortController(), since });
const ids = (orders: readonly PostedOrder[]): string[] => orders.map(({ id }) => id);

test('an order that runs is not posted, and one that is over may come again', () => {
  const some = found(noRuns, [posted('1'), posted('2')], isOpen, 0);
  const runs = begun(some, run('1'));
  expect(ids(runs.posted)).toEqual(['2']);
  expect(ids(found(runs, [posted('1'), posted('2')], isOpen, 0).posted)).toEqual(['2']);
  expect(ids(found(over(runs, '1', null), [posted('1'), posted('2')], isOpen, 0).posted)).toEqual(['1', '2']);
  expect([...some.going, ...noRuns.going]).toEqual([]);
});

const stuck = over(begun(noRuns, run('1')), '1', { reason: 'its file is closed', digest: 'a', until: 1000 });

test.each<[string, readonly PostedOrder[], () => boolean, number, string[], string[]]>([
  ['while nothing changes', [posted('1')], isOpen, 999, [], ['1']],
  ['until its time is over', [posted('1')], isOpen, 1000, ['1'], []],
  ['until its file changes', [posted('1', 'b')], isOpen, 0, ['1'], []],
  ['while its file is away', [], isOpen, 2000, [], ['1']],
  ['unless the order is over', [], () => false, 0, [], []],
])('an order that could not be claimed stays away %s', (_, lies, open, now, free, held) => {
  const runs = found(stuck, lies, open, now);
  expect(ids(runs.posted)).toEqual(free);
  expect([...runs.stuck.keys()]).toEqual(held);
});

test('the oldest run counts', () => {
  expect(oldestOf(noRuns)).toBe(null);
  expect(oldestOf(begun(begun(noRuns, run('1', 20)), run('2', 10)))).toBe(10);
});
