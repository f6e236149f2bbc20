import { expect, test } from 'vitest';
import { openBell } from '../../src/daemon/bell.ts';

const long = 10 * 60_000;

test('a knock ends a sleep, and stays until it is answered', async () => {
  const bell = openBell();
  expect(bell.knocked()).toBe(true);
  bell.answer();
  expect(bell.knocked()).toBe(false);
  const slept = bell.sleep(long);
  bell.knock();
  await slept;
  expect(bell.knocked()).toBe(true);
  bell.answer();
  bell.knock();
  expect(bell.knocked()).toBe(true);
});

test('waking ends a sleep and asks for nothing', async () => {
  const bell = openBell();
  bell.answer();
  const slept = bell.sleep(long);
  bell.wake();
  await slept;
  expect(bell.knocked()).toBe(false);
});

test('a sleep ends by itself', async () => {
  await openBell().sleep(1);
});
