import { expect, test } from 'vitest';
import { decide, handOverLimit } from '../../src/journey/decide.ts';
import type { Judged } from '../../src/record/work.ts';

const failure = 'its live context is 70000 tokens, 60000 allowed';

test.each([
  ['a full context hands over', { limit: 'context', handOvers: 0 }, 'hand-over'],
  ['so does the last that may', { limit: 'context', handOvers: handOverLimit - 1 }, 'hand-over'],
  ['after that the order has failed', { limit: 'context', handOvers: handOverLimit }, 'settle'],
  ['another limit hands over to nobody', { limit: 'turns', handOvers: 0 }, 'settle'],
])('%s', (_, run, kind) => {
  const judged = { ...run, stopped: false, failure, badEnd: null, usedUp: null, hindered: null, last: true };
  expect(decide(judged as unknown as Judged).kind).toBe(kind);
});
