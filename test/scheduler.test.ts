// Which order next, as a table: who starts, and what holds the rest.
import { describe, expect, test } from 'vitest';
import { type PlanInput, planRuns, type Running, type Waiting } from '../src/scheduler.ts';

const waiting = (id: string, rest: Partial<Waiting> = {}): Waiting => ({
  id,
  role: 'coder',
  priority: 0,
  postedAt: '2026-07-21T12:00:00Z',
  after: [],
  files: [`repos/shop/${id}`],
  writes: true,
  ...rest,
});
const running = (id: string, rest: Partial<Running> = {}): Running => ({
  id,
  role: 'coder',
  files: [`repos/shop/${id}`],
  writes: true,
  ...rest,
});

function plan(input: Partial<PlanInput>): string[] {
  const { start, held } = planRuns({
    waiting: [],
    running: [],
    total: 9,
    slots: () => 9,
    outcomeOf: () => null,
    ...input,
  });
  return [...start.map((one) => one.id), ...held.map((one) => `${one.id}: ${one.reason}`)];
}

describe('the order of things', () => {
  test('higher priority goes first, then the older, then the id', () => {
    const orders = [
      waiting('d'),
      waiting('c'),
      waiting('b', { postedAt: '2026-07-20T12:00:00Z' }),
      waiting('a', { priority: -1 }),
      waiting('z', { priority: 5 }),
    ];
    expect(plan({ waiting: orders })).toEqual(['z', 'b', 'c', 'd', 'a']);
    expect(plan({ waiting: orders.toReversed() })).toEqual(['z', 'b', 'c', 'd', 'a']);
  });

  test('what is asked is not changed', () => {
    const orders = Object.freeze([waiting('b'), waiting('a')]);
    const runs = Object.freeze([running('r')]);
    plan({ waiting: orders, running: runs });
    expect(orders.map((one) => one.id)).toEqual(['b', 'a']);
  });
});

describe('what holds an order', () => {
  test.each<[name: string, input: Partial<PlanInput>, expected: string[]]>([
    ['nothing', { waiting: [waiting('a')] }, ['a']],
    [
      'all runs are taken, those that start now as well',
      { waiting: [waiting('a'), waiting('b')], running: [running('r')], total: 2 },
      ['a', 'b: all 2 runs are taken'],
    ],
    [
      'its role has no free slot; another has',
      {
        waiting: [waiting('a'), waiting('b', { role: 'qa' }), waiting('c', { role: 'qa' })],
        running: [running('r')],
        slots: () => 1,
      },
      ['b', 'a: coder has one run at a time', 'c: qa has one run at a time'],
    ],
    [
      'a role with several slots has used them',
      { waiting: [waiting('a'), waiting('b')], running: [running('r')], slots: () => 2 },
      ['a', 'b: coder has 2 runs at a time'],
    ],
    ['it waits for one that is open', { waiting: [waiting('a', { after: ['x'] })] }, ['a: waits for x']],
    [
      'it waits for one that ended otherwise',
      { waiting: [waiting('a', { after: ['x'] })], outcomeOf: () => 'failed' },
      ['a: waits for x, which ended failed'],
    ],
    ['what it waits for is done', { waiting: [waiting('a', { after: ['x'] })], outcomeOf: () => 'done' }, ['a']],
    [
      'one of two is done',
      { waiting: [waiting('a', { after: ['x', 'y'] })], outcomeOf: (id) => (id === 'x' ? 'done' : null) },
      ['a: waits for y'],
    ],
    [
      'its Files overlap those of a run',
      {
        waiting: [waiting('a', { files: ['repos/shop/src/**'] })],
        running: [running('r', { files: ['repos/*/src/x'] })],
      },
      ['a: its Files overlap those of r, which runs'],
    ],
    [
      'its Files overlap those of one that starts before it',
      { waiting: [waiting('a', { files: ['x/*'] }), waiting('b', { files: ['*/y'] }), waiting('c')] },
      ['a', 'c', 'b: its Files overlap those of a, which runs'],
    ],
    [
      'no overlap in another repository or folder',
      { waiting: [waiting('a', { files: ['repos/a/**'] })], running: [running('r', { files: ['repos/b/**'] })] },
      ['a'],
    ],
    [
      'an order that writes nothing clashes with none',
      { waiting: [waiting('a', { files: ['x'], writes: false })], running: [running('r', { files: ['x'] })] },
      ['a'],
    ],
    [
      'a run that writes nothing clashes with none',
      { waiting: [waiting('a', { files: ['x'] })], running: [running('r', { files: ['x'], writes: false })] },
      ['a'],
    ],
    [
      'a held order does not hold the next',
      { waiting: [waiting('a', { after: ['x'], files: ['f'] }), waiting('b', { files: ['f'] })] },
      ['b', 'a: waits for x'],
    ],
  ])('%s', (_name, input, expected) => {
    expect(plan(input)).toEqual(expected);
  });
});
