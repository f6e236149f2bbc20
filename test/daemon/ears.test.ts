import { expect, test } from 'vitest';
import { heard, probeDue, sleepOf, untried } from '../../src/daemon/ears.ts';

const deaf = heard(untried, 'no watches are left', 5000);
const hearing = heard(untried, null, 5000);

test.each([
  ['never tried', untried, 0, true],
  ['heard a moment ago', hearing, 34_999, false],
  ['heard half a minute ago', hearing, 35_000, true],
  ['deaf a moment ago', deaf, 14_999, false],
  ['deaf ten seconds ago', deaf, 15_000, true],
])('whether to try: %s', (_, ears, now, due) => {
  expect(probeDue(ears, now)).toBe(due);
});

test('who is deaf looks every second, and the first reason stands', () => {
  expect(sleepOf(hearing)).toBe(30_000);
  expect(sleepOf(deaf)).toBe(1000);
  expect(deaf.deaf).toBe("changes can't be watched (no watches are left): fourline looks every second instead");
  expect(heard(deaf, 'something else', null)).toEqual(deaf);
  expect(heard(deaf, null, 9000)).toEqual({ deaf: null, probed: 9000 });
});
