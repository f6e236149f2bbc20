import { expect, test } from 'vitest';
import { type OfficeOrder, officeLimit, tellOffice } from '../../src/agent/office.ts';

const many = (count: number, state: OfficeOrder['state'], from = 0): OfficeOrder[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `${String(index + from).padStart(4, '0')}-add-a-rather-long-name-of-an-order`,
    role: 'coder',
    state,
  }));
const free = [{ role: 'coder', free: 2, waiting: 5 }];

test('says who is free, what runs, what waits, what was settled', () => {
  expect(tellOffice({ sent: [...many(1, 'done'), ...many(1, 'waits', 1), ...many(1, 'runs', 2)], free })).toBe(
    [
      'Free: coder 2 runs, 5 orders waiting.',
      'Your orders in flight (2):',
      '  0002-add-a-rather-long-name-of-an-order coder runs',
      '  0001-add-a-rather-long-name-of-an-order coder waits',
      'Settled lately (1):',
      '  0000-add-a-rather-long-name-of-an-order coder done',
    ].join('\n'),
  );
});

test('with 200 orders in flight and 5,000 settled it stays short, drops settled work first, and counts what it leaves out', () => {
  const told = tellOffice({
    sent: [...many(5000, 'done'), ...many(196, 'waits', 5000), ...many(4, 'runs', 6000)],
    free,
  });
  expect(told?.length).toBeLessThanOrEqual(officeLimit);
  expect(told).toContain('Your orders in flight (200):\n  6000-add');
  expect(told).toMatch(/ {2}and \d+ more$/);
  expect(told).not.toContain('Settled');
});

test('nothing to say is nothing said', () => {
  expect(tellOffice({ sent: [], free: [] })).toBeNull();
});
