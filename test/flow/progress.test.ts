import { expect, test } from 'vitest';
import { type OrderFact, stepsFrom, tellSteps } from '../../src/flow/progress.ts';
import { readFlowSteps } from '../../src/flow/step.ts';

const steps = readFlowSteps(
  '## build\nto: coder\nafter: agree\n## plan\nto: auditor\n## agree\nto: operator\nafter: plan\n## tidy\nto: coder'.split(
    '\n',
  ),
  1,
  [],
);

const order = (id: string, state: OrderFact['state'], why = ''): OrderFact => ({ id, state, why });
type Facts = Readonly<Record<string, readonly OrderFact[] | 'intended'>>;
const tell = (facts: Facts) =>
  tellSteps(
    steps,
    new Map(
      Object.entries(facts).map(([name, orders]) => [
        name,
        orders === 'intended' ? { orders: [order('1', 'bad')], posted: false } : { orders, posted: true },
      ]),
    ),
  ).map(({ step, state, why }) => [step, state, why].filter(Boolean).join(' '));

test.each<readonly [string, Facts, readonly string[]]>([
  ['nothing is begun', {}, ['build waits for agree', 'plan due', 'agree waits for plan', 'tidy due']],
  [
    'an order goes on',
    { plan: [order('1', 'open', '1 waits')] },
    ['build waits for agree', 'plan works 1 waits', 'agree waits for plan', 'tidy due'],
  ],
  [
    'posting was broken off',
    { plan: 'intended' },
    ['build waits for agree', 'plan due', 'agree waits for plan', 'tidy due'],
  ],
  ['a gate waits', { plan: [order('1', 'done')] }, ['build waits for agree', 'plan done', 'agree yours', 'tidy due']],
  [
    'a gate is passed',
    { plan: [order('1', 'done')], agree: [], tidy: [order('2', 'bad', '2 failed')] },
    ['build due', 'plan done', 'agree done you approved it', 'tidy stuck 2 failed'],
  ],
  [
    'of several orders one is open',
    { plan: [order('1', 'done'), order('2', 'open')] },
    ['build waits for agree', 'plan works 1 of 2 done', 'agree waits for plan', 'tidy due'],
  ],
  [
    'of several orders one is bad',
    { plan: [order('1', 'bad', '1 failed'), order('2', 'open')] },
    ['build waits for agree', 'plan stuck 1 failed', 'agree waits for plan', 'tidy due'],
  ],
  [
    'a step before is done again',
    { build: [order('3', 'done')], agree: [] },
    ['build done', 'plan due', 'agree done you approved it', 'tidy due'],
  ],
])('%s', (_, facts, rows) => {
  expect(tell(facts)).toEqual(rows);
});

test('a step and all that come after it, in their turn', () => {
  expect(stepsFrom(steps, ['plan']).map(({ name }) => name)).toEqual(['plan', 'agree', 'build']);
  expect(stepsFrom(steps, ['tidy']).map(({ name }) => name)).toEqual(['tidy']);
});
