import { expect, test } from 'vitest';
import type { Entry, Step } from '../../src/ledger/entry.ts';
import { foldEntry } from '../../src/ledger/fold.ts';
import { emptyHistory, type History } from '../../src/ledger/history.ts';
import { decideIdle, decideOccurrence, type Occurrence } from '../../src/notify/decide.ts';

const at = '2026-03-04T10:20:30.000Z';
const id = '0001-a';
const mine = { order: id, role: 'coder' };
const run = { ...mine, run: `${id}.1` };
const family = { generations: 12, runs: 2, usd: 1 };

function posted(order: string, more: Partial<Extract<Step, { step: 'posted' }>> = {}): Step {
  return {
    step: 'posted',
    order,
    role: 'coder',
    from: 'operator',
    title: `Title of ${order}`,
    repo: 'shop',
    files: [],
    digest: 'd',
    ...more,
  };
}

// Folds steps, and decides about the last one.
function decide(...steps: readonly Step[]): Occurrence | null {
  const history: History = emptyHistory();
  let last: Occurrence | null = null;
  for (const step of steps) {
    const entry = { v: 1, at, ...step } as Entry;
    foldEntry(history, entry);
    last = decideOccurrence({ entry, history, family });
  }
  return last;
}

const parked = (on: Extract<Step, { step: 'parked' }>['on'], what: string): Step => ({
  step: 'parked',
  ...mine,
  on,
  what,
});
const settled = (more: Partial<Extract<Step, { step: 'settled' }>>): Step => ({
  step: 'settled',
  ...mine,
  outcome: 'failed',
  note: 'it broke',
  month: '2026-03',
  ...more,
});
const landed: Step = { step: 'landed', ...run, repo: 'shop', branch: 'main', commit: '9b1d4e2aaa', files: 3, left: [] };
const usage = { fresh: 1, reread: 0, written: 0, output: 1, reasoning: 0 };
const ran = (usd: number): Step => ({
  step: 'ran',
  ...run,
  agent: 'claude',
  ending: 'ended',
  status: 0,
  milliseconds: 5,
  spent: { usage, turns: 1, peak: 1, context: 1, usd, model: 'm', estimated: false },
});
const judged = (...paths: string[]): Step => ({
  step: 'judged',
  ...run,
  changed: 5,
  allowed: 1,
  refused: paths.map((path) => ({ path, sentence: 's' })),
  scratch: 0,
});

test.each<[string, Step[], readonly string[], RegExp, string | null]>([
  [
    'a question',
    [parked('answer', 'which one?')],
    ['needs-you'],
    /^0001-a of coder waits for an answer: which one\?$/,
    'fourline answer 0001 "…"',
  ],
  ['a blocker', [parked('blocker', 'no key')], ['needs-you'], /blocker: no key/, 'fourline retry 0001'],
  [
    'an approval',
    [parked('approval', 'a path')],
    ['needs-you'],
    /for approval: a path/,
    'fourline show 0001 --diff, fourline approve 0001',
  ],
  ['a landing', [landed], ['landed'], /landed 3 files on main of shop as 9b1d4e2$/, 'fourline show 0001 --diff'],
  [
    'an end without a commit',
    [settled({ outcome: 'done', note: '' })],
    ['landed'],
    /is done, without a commit$/,
    'fourline show 0001',
  ],
  ['refused changes', [judged('a', 'b', 'c', 'd')], ['refused'], /refused 4: a, b, c and 1 more$/, 'fourline why 0001'],
  ['a failure', [settled({})], ['failed'], /\(failed\): it broke$/, 'fourline show 0001'],
  ['attempts used up', [settled({ limit: 'attempts' })], ['failed'], /failed/, 'fourline show 0001'],
  ['a limit of money', [settled({ limit: 'usd' })], ['budget', 'failed'], /it broke/, 'fourline show 0001'],
  [
    'halted by its role',
    [settled({ outcome: 'halted', by: 'coder' })],
    ['needs-you', 'failed'],
    /\(halted\)/,
    'fourline show 0001, fourline retry 0001 "…"',
  ],
  ['halted by a person', [settled({ outcome: 'halted' })], ['failed'], /\(halted\)/, 'fourline show 0001'],
  [
    'a family over its money',
    [ran(0.6), ran(0.6)],
    ['budget'],
    /bound: 2 runs \(family: runs\), \$1\.20 \(family: usd\)$/,
    'fourline costs --by order',
  ],
  [
    'a plan that is used up',
    [{ step: 'returned', ...mine, reason: 'x', spent: false, limited: { agent: 'claude', until: at } }],
    ['budget'],
    /the plan of claude is used up until 2026/,
    null,
  ],
  [
    'a signal',
    [{ step: 'signalled', signal: 'scope', rule: 'tell', ...mine, about: ['k'], sentence: 'too far' }],
    ['signal'],
    /^signal scope: too far$/,
    'fourline signals coder',
  ],
  [
    'a file that is not taken',
    [
      {
        step: 'refused',
        order: 'x',
        role: 'coder',
        from: 'operator',
        file: '/w/inbox/coder/x.md',
        key: 'k',
        problems: ['p'],
        digest: 'd',
        text: 't',
      },
    ],
    ['needs-you'],
    /^inbox\/coder\/x\.md is not taken as an order: p$/,
    'fourline check',
  ],
  [
    'a broken card',
    [{ step: 'amended', role: 'coder', what: 'broken', digest: 'd', problem: 'line 2: x' }],
    ['needs-you'],
    /^roles\/coder\.md is broken: line 2: x; the last good card stays in force$/,
    'fourline check',
  ],
])('%s is told', (_name, steps, events, sentence, command) => {
  const found = decide(posted(id), ...steps);
  expect(found?.events).toEqual(events);
  expect(found?.sentence).toMatch(sentence);
  expect(found?.command).toBe(command);
});

test.each<[string, Step[]]>([
  ['an order that waits for another', [parked('order', '0002-b')]],
  ['a review by a role', [parked('review', 'auditor')]],
  ['changes that are all allowed', [judged()]],
  ['the end of an order whose landing was told', [landed, settled({ outcome: 'done' })]],
  ['an order that goes to another role', [settled({ outcome: 'routed' })]],
  ['a run within the bounds of its family', [ran(0.5)]],
  ['a run of a family that was over its bound already', [ran(0.6), ran(0.6), ran(0.6)]],
  [
    'a file that a role wrote',
    [
      {
        step: 'refused',
        order: 'x',
        role: 'coder',
        from: 'lead',
        file: '/w/inbox/coder/x.md',
        key: 'k',
        problems: ['p'],
        digest: 'd',
        text: 't',
      },
    ],
  ],
  ['a card that was edited', [{ step: 'amended', role: 'coder', what: 'edited', digest: 'd' }]],
])('%s is not told', (_name, steps) => {
  expect(decide(posted(id), ...steps)).toBeNull();
});

test('whoever waits for the same thing is named, also through others', () => {
  const found = decide(
    posted(id),
    posted('0002-b', { after: [id] }),
    posted('0003-c', { after: ['0002-b'] }),
    parked('answer', 'which?'),
  );
  expect(found).toMatchObject({ blocks: ['0002-b', '0003-c'], title: 'Title of 0001-a' });
  expect(found?.sentence).toMatch(/; 2 orders cannot go on before that$/);
});

test('an order that a role sent and halted is its sender’s to see to', () => {
  expect(decide(posted(id, { from: 'lead' }), settled({ outcome: 'halted', by: 'coder' }))?.events).toEqual(['failed']);
});

test('idle says what is left', () => {
  const history = emptyHistory();
  expect(decideIdle(history, 0)).toMatchObject({ sentence: 'all orders are done', command: null });
  for (const step of [posted(id), posted('0002-b', { after: [id] }), parked('answer', 'x')])
    foldEntry(history, { v: 1, at, ...step } as Entry);
  const words = "nothing runs; 2 wait for you, 1 order can't start yet";
  expect(decideIdle(history, 1)).toMatchObject({ sentence: words, command: 'fourline status' });
});
