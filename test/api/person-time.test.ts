import { expect, test } from 'vitest';
import { personTime } from '../../src/api/person-time.ts';
import type { Entry } from '../../src/ledger/entry.ts';

test('the time that a person let orders wait is counted from the question to the word, or until now', () => {
  const at = (second: number): string => new Date(second * 1000).toISOString();
  const steps = [
    { step: 'posted', order: 'a', at: at(0) },
    { step: 'parked', order: 'a', on: 'answer', at: at(10) },
    { step: 'answered', order: 'a', at: at(40) },
    { step: 'landed', order: 'a', at: at(45) },
    { step: 'settled', order: 'a', at: at(50) },
    { step: 'posted', order: 'b', at: at(50) },
    { step: 'parked', order: 'b', on: 'review', at: at(55) },
    { step: 'parked', order: 'b', on: 'approval', at: at(60) },
  ] as unknown as Entry[];
  expect(personTime(steps, '', new Date(100_000))).toEqual({ total: 100_000, person: 70_000 });
  expect(personTime(steps, at(50), new Date(100_000))).toEqual({ total: 50_000, person: 40_000 });
});
