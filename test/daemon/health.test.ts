import { expect, test } from 'vitest';
import { healthy, heldWords, mayTry, proven, recovered, troubled } from '../../src/daemon/health.ts';

const full = { words: 'the disk is full', error: new Error('ENOSPC') };
const files = { words: 'too many open files', error: new Error('EMFILE') };

test('each hold is twice as long as the last, up to half a minute', () => {
  let health = healthy(0);
  let now = 0;
  const holds: number[] = [];
  for (let count = 0; count < 8; count += 1) {
    health = troubled(health, full, now);
    holds.push(health.heldUntil - now);
    now = health.heldUntil;
  }
  expect(holds).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('a fault that many orders meet at once makes one hold', () => {
  const once = troubled(healthy(0), full, 100);
  const again = troubled(troubled(once, full, 101), files, 1099);
  expect(again).toEqual({ ...once, trouble: files });
  expect(troubled(again, files, 1100)).toMatchObject({ heldUntil: 3100, patience: 4000 });
});

test.each([
  ['without trouble', healthy(0), 0, true],
  ['while work is held', troubled(healthy(0), full, 0), 999, false],
  ['when the hold is over', troubled(healthy(0), full, 0), 1000, true],
  ['when it goes on', recovered(troubled(healthy(0), full, 0)), 1, true],
])('what may be tried %s', (_, health, now, may) => {
  expect(mayTry(health, now)).toBe(may);
});

test('going on forgets the trouble and not the patience; an order that is settled forgets that', () => {
  const held = troubled(troubled(healthy(0), full, 0), full, 1000);
  expect(heldWords(held)).toBe('work is held: the disk is full');
  expect(heldWords(recovered(held))).toBe(null);
  expect(recovered(held).patience).toBe(4000);
  expect(proven(recovered(held)).patience).toBe(1000);
});
