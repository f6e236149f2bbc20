// Orders that wait for themselves, in chains as long as an agent can make them.
import { expect, test } from 'vitest';
import { waitsFor } from '../../../src/delegation/family.ts';
import { foldEntry } from '../../../src/ledger/fold.ts';
import { emptyHistory } from '../../../src/ledger/history.ts';
import { findCircles } from '../../../src/platform/text/circle.ts';

const chain = (length: number): { id: string; after: string[] }[] =>
  Array.from({ length }, (_, at) => ({ id: `o${at}`, after: [`o${at + 1}`] }));

test('a chain of any length has no circle, and one that is closed is named in short', () => {
  expect(findCircles(chain(40_000)).size).toBe(0);
  const closed = [...chain(40_000), { id: 'o40000', after: ['o39998'] }];
  const found = findCircles(closed);
  expect([...found.keys()].sort()).toEqual(['o39998', 'o39999', 'o40000']);
  expect(found.get('o39999')).toBe('o39998 → o39999 → o40000 → o39998');
  const long = findCircles([...chain(2000), { id: 'o2000', after: ['o0'] }]);
  expect([long.size, long.get('o7')?.endsWith('o9 → … (2001 in all) → o0')]).toEqual([2001, true]);
});

test('what only leads into a circle is not in it; two circles are told apart', () => {
  const found = findCircles([
    { id: 'in', after: ['a'] },
    { id: 'a', after: ['b'] },
    { id: 'b', after: ['a', 'c'] },
    { id: 'c', after: ['c'] },
  ]);
  expect(Object.fromEntries(found)).toEqual({ a: 'a → b → a', b: 'a → b → a', c: 'c → c' });
});

test('whether an order waits for another is found over a chain of any length', () => {
  const history = emptyHistory();
  for (const { id, after } of chain(20_000))
    foldEntry(history, {
      ...{ v: 1, at: '2026-07-21T12:00:00Z', step: 'posted', order: id, role: 'coder', from: 'operator', title: '' },
      ...{ repo: null, files: [], digest: '', after },
    });
  expect(waitsFor(history, new Map(), 'o0', 'o19999')).toBe(true);
  expect(waitsFor(history, new Map(), 'o5', 'o4')).toBe(false);
});
