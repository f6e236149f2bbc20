import { expect, test } from 'vitest';
import type { Standing } from '../../src/ledger/standing.ts';
import { missedBack } from '../../src/record/move.ts';
import { type Missing, missingOf, type Whereabouts } from '../../src/record/state.ts';

const archive: Whereabouts = { kind: 'archive', month: '2026-11' };
const own: Whereabouts = { kind: 'inbox', role: 'coder' };
const other: Whereabouts = { kind: 'inbox', role: 'tester' };
const active: Whereabouts = { kind: 'active', waits: false };
const waits: Whereabouts = { kind: 'active', waits: true };
const nowhere: Whereabouts = { kind: 'nowhere' };

const settled: Missing = { kind: 'settled', month: '2026-11' };
const routed: Missing = { kind: 'routed', to: 'tester' };
const [none, returned, released]: Missing[] = [{ kind: 'none' }, { kind: 'returned' }, { kind: 'released' }];
const [parked, broken]: Missing[] = [{ kind: 'parked' }, { kind: 'broken' }];

// Each row: what the disk shows, and what is missing for an order that the journal has as posted, claimed and parked.
test.each<[string, Whereabouts, (Missing | undefined)[]]>([
  ['in the archive', archive, [settled, settled, settled]],
  ['in its own inbox', own, [none, returned, released]],
  ["in another role's inbox", other, [none, routed, routed]],
  ['in state/active', active, [broken, broken, none]],
  ['in state/active with a waiting.json', waits, [parked, parked, parked]],
  ['nowhere', nowhere, [none, broken, broken]],
])('an order %s', (_where, lies, expected) => {
  const positions: Standing['position'][] = ['posted', 'claimed', 'parked'];
  const pause = { waits: null, held: null, decisions: [], untaken: null };
  expect(positions.map((position) => missingOf(lies, { position, role: 'coder', pause }))).toEqual(expected);
});

test('a parked order in its inbox was released, or handed back where its landing was rejected', () => {
  const held = { run: '0001-x.2' } as Standing['pause']['held'];
  const decided = (run: string, verdict: 'approved' | 'rejected'): Missing =>
    missingOf(own, {
      ...{ position: 'parked', role: 'coder' },
      pause: { held, decisions: [{ run, verdict }] } as unknown as Standing['pause'],
    });
  expect(decided('0001-x.2', 'rejected')).toEqual(returned);
  expect(decided('0001-x.2', 'approved')).toEqual(released);
  // A word on an earlier run is not about this landing.
  expect(decided('0001-x.1', 'rejected')).toEqual(released);
});

test('the missing line names the order, its role, and what was done', () => {
  const order = { id: '0001-x', role: 'coder' };
  expect(missedBack({ kind: 'routed', to: 'tester' }, order)).toMatchObject({
    ...{ step: 'routed', order: '0001-x', role: 'coder', to: 'tester' },
  });
  expect(missedBack({ kind: 'released' }, order)).toMatchObject({ step: 'released', by: 'coder' });
  expect(missedBack({ kind: 'returned' }, order)).toMatchObject({ step: 'returned', spent: true });
});
