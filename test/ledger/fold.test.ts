import { expect, test } from 'vitest';
import type { Entry, Step } from '../../src/ledger/entry.ts';
import { foldEntry, numberOf } from '../../src/ledger/fold.ts';
import { emptyHistory, type History } from '../../src/ledger/history.ts';
import { type FlatStanding, flattenStanding } from '../../src/ledger/standing.ts';
import { tellHistory } from '../kit/history.ts';

const order = '0007-add-login';
const run = `${order}.1`;
const role = 'coder';
const posted: Step = {
  step: 'posted',
  order,
  role,
  from: 'operator',
  title: 'Add the login page.',
  repo: 'shop',
  files: ['repos/shop/src/**'],
  digest: 'd',
};
const claimed: Step = { step: 'claimed', order, role, attempt: 1, card: 'card', boundary: 1 };
const opened: Step = { step: 'opened', order, run, role, repo: 'shop', branch: 'main', base: 'b', room: '/r' };
const refused = [{ path: 'repos/shop/x', sentence: 'not in the order’s Files' }];
const intended: Step = {
  step: 'intended',
  order,
  run,
  role,
  repo: 'shop',
  branch: 'main',
  from: 'b',
  commit: 'c',
  mail: [{ id: '0008-review', role: 'auditor', file: 'inbox/auditor/review.md' }],
};
const landed: Step = {
  step: 'landed',
  order,
  run,
  role,
  repo: 'shop',
  branch: 'main',
  commit: 'c',
  files: 1,
  left: [],
};

const steps: readonly Step[] = [
  { step: 'started', pid: 1, version: '0', walls: 'none' },
  { step: 'amended', role, what: 'added', digest: 'good' },
  posted,
  claimed,
  opened,
  { step: 'ran', order, run, role, agent: 'a', ending: 'ended', status: 0, milliseconds: 5 },
  { step: 'judged', order, run, role, changed: 2, allowed: 1, refused, scratch: 0 },
  { step: 'checked', order, run, role, results: [] },
  { step: 'returned', order, role, reason: 'check failed', spent: true },
  { ...claimed, attempt: 2 },
  { ...opened, run: `${order}.2` },
  { step: 'amended', role, what: 'broken', digest: 'bad', problem: 'p' },
  intended,
  landed,
  { ...posted, order: '0008-review', role: 'auditor', from: role, parent: order },
  { step: 'settled', order, role, outcome: 'done', note: '', month: '2026-03' },
  {
    step: 'refused',
    order: 'scrawl',
    role,
    from: 'operator',
    file: 'inbox/coder/scrawl.md',
    key: 'k',
    problems: [],
    digest: 'd',
    text: '',
  },
  { step: 'amended', role, what: 'removed', digest: 'good' },
  { step: 'stopped', pid: 1 },
];

const entries = steps.map((step, index) => ({ v: 1, at: `2026-03-04T05:06:${10 + index}Z`, ...step }) as Entry);

function fold(some: readonly Entry[], history: History = emptyHistory()): History {
  for (const entry of some) foldEntry(history, entry);
  return history;
}

function standingIn(history: History): FlatStanding | undefined {
  const standing = history.orders.get(order);
  return standing === undefined ? undefined : flattenStanding(standing);
}

test('folding in two parts, cut anywhere, gives what folding all gives', () => {
  const whole = tellHistory(fold(entries));
  for (let cut = 0; cut <= entries.length; cut += 1)
    expect(tellHistory(fold(entries.slice(cut), fold(entries.slice(0, cut))))).toEqual(whole);
});

test('folding alters no entry and no standing that was handed out', () => {
  const frozen = structuredClone(entries);
  const history = fold(entries.slice(0, 4));
  const standing = history.orders.get(order);
  const before = structuredClone(standing);
  fold(entries.slice(4), history);
  expect([entries, standing]).toEqual([frozen, before]);
});

// Where the order stands after so many entries.
test.each<[number, object | undefined]>([
  [2, undefined],
  [3, { position: 'posted', attempt: 0, from: 'operator', parent: null, postedAt: '2026-03-04T05:06:12Z', run: null }],
  [4, { position: 'claimed', attempt: 1, spent: 0, card: 'card' }],
  [5, { run, repo: 'shop' }],
  [8, { refused, position: 'claimed' }],
  [9, { position: 'posted', attempt: 1, spent: 1, run: null, note: 'check failed', intent: null }],
  [11, { position: 'claimed', attempt: 2, spent: 1, run: `${order}.2` }],
  [13, { intent: expect.objectContaining(intended) }],
  [14, { landed: [expect.objectContaining(landed)], outcome: null }],
  [17, { position: 'settled', outcome: 'done', month: '2026-03', intent: null, changedAt: '2026-03-04T05:06:25Z' }],
])('after %i entries the order stands where they left it', (count, standing) => {
  const found = standingIn(fold(entries.slice(0, count)));
  if (standing === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(standing);
});

test('mail is announced from the intent until it is posted', () => {
  expect([...fold(entries.slice(0, 13)).announced]).toEqual(['0008-review']);
  const after = fold(entries.slice(0, 15));
  expect([[...after.announced], [...after.open]]).toEqual([[], [order, '0008-review']]);
  expect([...fold(entries).open]).toEqual(['0008-review']);
  // An intent that is written again after the mail went out announces nothing.
  expect([...fold([...entries.slice(0, 15), entries[12] as Entry]).announced]).toEqual([]);
});

test('a broken card leaves the last good one, a removed one leaves none', () => {
  const broken = fold(entries.slice(0, 12));
  expect([broken.cards.get(role), broken.broken.get(role)]).toEqual(['good', 'bad']);
  // One that lay there broken when fourline started leaves none either.
  const last = entries.slice(0, 12).findLast((one) => one.step === 'amended' && one.what === 'broken') as Entry;
  expect(fold([...entries.slice(0, 12), { ...last, idle: true } as Entry]).cards.has(role)).toBe(false);
  const removed = fold(entries);
  expect([removed.cards.has(role), removed.broken.has(role)]).toEqual([false, false]);
});

test('bad files and the highest number are remembered', () => {
  const history = fold(entries);
  expect([history.bad.get('inbox/coder/scrawl.md'), history.number, history.journal.entries]).toEqual([
    'k',
    8,
    entries.length,
  ]);
  expect(['0007-a', '12345-a', '007-a', 'a', '0007'].map(numberOf)).toEqual([7, 12345, 0, 0, 0]);
});

test('an order that is posted a second time keeps its attempts and what it landed', () => {
  const again = standingIn(fold([...entries, { ...entries[2], at: '2026-03-05T00:00:00Z' } as Entry]));
  expect(again).toMatchObject({
    position: 'posted',
    attempt: 2,
    spent: 1,
    outcome: null,
    postedAt: '2026-03-04T05:06:12Z',
  });
  expect(again?.landed).toHaveLength(1);
});

test('a step of an order that nobody posted is counted and changes nothing; a claim is enough to know it by', () => {
  const history = fold(entries.slice(4, 9));
  expect([history.orders.size, history.open.size, history.journal.entries]).toEqual([0, 0, 5]);
  expect(standingIn(fold(entries.slice(3, 9)))).toMatchObject({ role, position: 'posted', attempt: 1, spent: 1 });
  expect(fold(entries.slice(3, 7)).open).toEqual(new Set([order]));
});

function foldSteps(some: readonly Step[]): History {
  return fold(some.map((step) => ({ ...step, v: 1, at: '2026-03-04T05:06:07Z' })));
}

test('an order is remembered as rejected until something of it lands; a signal that was told by its keys', () => {
  const word = { order, role, run, by: 'auditor', note: '' } as const;
  const before = [posted, claimed];
  const rejected: Step = { step: 'decided', ...word, verdict: 'rejected' };
  expect([...foldSteps([...before, rejected]).rejected]).toEqual([order]);
  expect([...foldSteps([...before, { ...rejected, verdict: 'approved' }]).rejected]).toEqual([]);
  expect([...foldSteps([...before, rejected, intended, landed]).rejected]).toEqual([]);
  const told: Step = {
    step: 'signalled',
    signal: 'silent',
    rule: 'tell',
    role: 'nobody',
    about: ['a', 'b'],
    sentence: 's',
  };
  const { signalled } = foldSteps([told]);
  expect([signalled.has('silent a'), signalled.has('silent b'), signalled.has('silent c')]).toEqual([
    true,
    true,
    false,
  ]);
});
