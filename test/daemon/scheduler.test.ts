// Which order next, as a table: who starts, and what holds the rest.
import { describe, expect, test } from 'vitest';
import { type PlanInput, planRuns, type Running, type Startable } from '../../src/daemon/scheduler.ts';

const waiting = (id: string, rest: Partial<Startable> = {}): Startable => ({
  id,
  role: 'coder',
  repo: null,
  parent: null,
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
  parent: null,
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

describe('fairness', () => {
  const plan40 = Array.from({ length: 40 }, (_, index) =>
    waiting(`big${String(index).padStart(2, '0')}`, { parent: 'big' }),
  );
  const small = [
    waiting('one', { parent: 'small', postedAt: '2026-07-22T12:00:00Z' }),
    waiting('person', { postedAt: '2026-07-23T12:00:00Z' }),
  ];

  test('of three families each gets a turn, the older first', () => {
    expect(plan({ waiting: [...plan40, ...small], total: 5 }).slice(0, 5)).toEqual([
      'big00',
      'one',
      'person',
      'big01',
      'big02',
    ]);
  });

  test('who has runs already waits for who has none', () => {
    const runs = [running('r1', { parent: 'big' }), running('r2', { parent: 'big' })];
    expect(plan({ waiting: [...plan40, ...small], running: runs, total: 5 }).slice(0, 3)).toEqual([
      'one',
      'person',
      'big00',
    ]);
  });

  test('priority goes before fairness', () => {
    const urgent = plan40.map((one) => ({ ...one, priority: 1 }));
    expect(plan({ waiting: [...urgent, ...small], total: 3 }).slice(0, 3)).toEqual(['big00', 'big01', 'big02']);
  });

  test('a held order of a family holds up nobody else in it', () => {
    const first = waiting('aa', { parent: 'big', after: ['never'] });
    expect(plan({ waiting: [first, ...plan40.slice(0, 1)] })).toEqual(['big00', 'aa: waits for never']);
  });
});

describe('circles', () => {
  test('are found and printed, and hold nobody but those in them', () => {
    const orders = [
      waiting('a', { after: ['b'] }),
      waiting('b', { after: ['c'] }),
      waiting('c', { after: ['a'] }),
      waiting('d', { after: ['a'] }),
      waiting('e'),
    ];
    expect(plan({ waiting: orders })).toEqual([
      'e',
      'a: waits in a circle: a → b → c → a',
      'b: waits in a circle: a → b → c → a',
      'c: waits in a circle: a → b → c → a',
      'd: waits for a',
    ]);
  });

  test('an order that waits for itself is the smallest', () => {
    expect(plan({ waiting: [waiting('a', { after: ['a'] })] })).toEqual(['a: waits in a circle: a → a']);
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
