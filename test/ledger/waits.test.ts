import { expect, test } from 'vitest';
import { needsPerson, type Wait, waitKinds, waitNames } from '../../src/ledger/waits.ts';

const rows: [Wait, string, 'answer' | 'decision' | null, string][] = [
  ['order', 'for 0002-b', null, 'may be retried'],
  ['blocker', 'for a blocker: 0002-b', 'answer', 'may be retried'],
  ['answer', 'for an answer: 0002-b', 'answer', ''],
  ['review', 'for a review by 0002-b', null, ''],
  ['approval', 'for approval: 0002-b', 'decision', ''],
  ['children', 'for the orders it sent', null, 'may be retried, rests'],
  ['pr', 'for the pull request of 0002-b', null, 'may be retried, rests'],
];

test.each(rows)('what waits on %s waits %s', (kind, words, asks, means) => {
  const { retries, rests, ...one } = waitKinds[kind];
  expect([one.words('0002-b'), one.asks]).toEqual([words, asks]);
  expect([retries ? 'may be retried' : '', rests ? 'rests' : ''].filter(Boolean).join(', ')).toBe(means);
});

test('there are no other kinds', () => {
  expect(rows.map(([kind]) => kind)).toEqual(waitNames);
});

test('a person is needed by what asks them, by files that are no order and by what was interrupted', () => {
  const asking = waitNames.filter((on) => needsPerson({ state: 'waits', waits: { on } }));
  expect(asking).toEqual(['blocker', 'answer', 'approval', 'pr']);
  const states = ['not taken', 'interrupted', 'running', 'posted', 'done'];
  expect(states.filter((state) => needsPerson({ state, waits: null }))).toEqual(['not taken', 'interrupted']);
});
