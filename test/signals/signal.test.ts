// The signs in a journal, as a table: what stood before, one entry, what is found.
import { describe, expect, test } from 'vitest';
import type { Entry, Step } from '../../src/ledger/entry.ts';
import { foldEntry } from '../../src/ledger/fold.ts';
import { emptyHistory } from '../../src/ledger/history.ts';
import { parseRole } from '../../src/role/role.ts';
import { isRouting, type Signal, signalEntry, signalRun } from '../../src/signals/signal.ts';

const order = '0007-login';
const run = `${order}.1`;
const role = 'coder';
type Posted = Extract<Step, { step: 'posted' }>;
const posted: Posted = {
  step: 'posted',
  order,
  role,
  from: 'coordinator',
  title: 'Log in.',
  repo: 'shop',
  files: ['repos/shop/src/**'],
  digest: 'd',
};
const claimed: Step = { step: 'claimed', order, role, attempt: 1, card: 'card', boundary: 1 };
const judged: Step = { step: 'judged', order, run, role, changed: 1, allowed: 1, refused: [], scratch: 0 };
const intended: Step = {
  step: 'intended',
  order,
  run,
  role,
  repo: 'shop',
  branch: 'main',
  from: 'b',
  commit: 'c',
  mail: [],
};
const landed: Step = {
  step: 'landed',
  order,
  run,
  role,
  repo: 'shop',
  branch: 'main',
  commit: 'c0ffee1',
  files: 2,
  left: [],
};
const settled: Step = { step: 'settled', order, role, outcome: 'done', note: '', month: '2026-03' };
type Decided = Extract<Step, { step: 'decided' }>;
const rejects = (by = 'auditor', note = 'no test'): Decided => ({
  step: 'decided',
  order,
  role,
  run,
  by,
  verdict: 'rejected',
  note,
});
const approves = (by: string, note = ''): Decided => ({ ...rejects(by, note), verdict: 'approved' });
const later = (over: Partial<Posted> = {}): Step => ({ ...posted, order: '0009-again', from: 'operator', ...over });

// Found in the last of the steps.
function found(...steps: readonly Step[]): Signal[] {
  const history = emptyHistory();
  let last: Signal[] = [];
  for (const [index, step] of steps.entries()) {
    const entry: Entry = { ...step, v: 1, at: `2026-03-04T12:00:${String(index).padStart(2, '0')}.000Z` };
    last = signalEntry(history, entry);
    foldEntry(history, entry);
  }
  return last;
}
const names = (signals: readonly Signal[]): string[] => signals.map((one) => `${one.signal} ${one.role}`);
const first: readonly Step[] = [{ ...posted, from: 'operator' }, claimed];
const rejected: readonly Step[] = [...first, rejects()];

describe('override', () => {
  test.each<[string, readonly Step[], string[]]>([
    [
      'a person approves what a review rejected, and says nothing',
      [...rejected, approves('operator')],
      ['override operator'],
    ],
    ['spaces are nothing', [...rejected, approves('operator', ' \n')], ['override operator']],
    [
      'a person rejects what a review approved',
      [...first, approves('auditor', 'fine'), rejects('operator', '')],
      ['override operator'],
    ],
    ['a reason is given', [...rejected, approves('operator', 'the test is in 0008')], []],
    ['the reviewer changes its own mind', [...rejected, approves('auditor')], []],
    ['both say the same', [...rejected, rejects('operator', '')], []],
    ['nobody said anything before', [...first, approves('operator')], []],
    ['the rejection was of another run', [...rejected, { ...approves('operator'), run: `${order}.2` }], []],
    ['ordered again as it was', [...rejected, later({ retries: order })], ['override operator']],
    ['ordered again, with the rejection named', [...rejected, later({ retries: order, answers: [order] })], []],
    ['ordered again by whoever rejected it', [...first, rejects('operator'), later({ retries: order })], []],
    ['ordered again what was not rejected', [...first, later({ retries: order })], []],
    ['ordered again after something landed', [...rejected, landed, later({ retries: order })], []],
    [
      'released from a review, without a word',
      [
        ...first,
        { step: 'parked', order, role, on: 'review', what: 'auditor', run },
        { step: 'released', order, role, by: 'operator', why: '' },
      ],
      ['override operator'],
    ],
    [
      'released from a review, with one',
      [
        ...first,
        { step: 'parked', order, role, on: 'review', what: 'auditor', run },
        { step: 'released', order, role, by: 'operator', why: 'she is away' },
      ],
      [],
    ],
    [
      'released after a rejection',
      [
        ...rejected,
        { step: 'parked', order, role, on: 'order', what: '0001-a' },
        { step: 'released', order, role, by: 'operator', why: '' },
      ],
      ['override operator'],
    ],
    [
      'released when its orders were done',
      [
        ...first,
        { step: 'parked', order, role, on: 'children', what: '' },
        { step: 'released', order, role, by: 'fourline', why: '' },
      ],
      [],
    ],
    [
      'moved from where a role had routed it',
      [
        ...first,
        { step: 'routed', order, role, to: 'auditor', note: 'it is a question of policy' },
        { ...posted, from: 'operator', role: 'coder' },
      ],
      ['override operator'],
    ],
    [
      'posted where a role had routed it',
      [
        ...first,
        { step: 'routed', order, role, to: 'auditor', note: '' },
        { ...posted, from: 'operator', role: 'auditor' },
      ],
      [],
    ],
    [
      'moved before any role had it',
      [
        { ...posted, from: 'operator' },
        { ...posted, from: 'operator', role: 'auditor' },
      ],
      [],
    ],
  ])('%s', (_, steps, expected) => {
    expect(names(found(...steps))).toEqual(expected);
  });

  test('it quotes whom it overrules, and names the run', () => {
    expect(found(...rejected, approves('operator'))).toMatchObject([
      {
        order,
        run,
        about: order,
        key: order,
        evidence: ['auditor: rejected: no test'],
        at: '2026-03-04T12:00:03.000Z',
      },
    ]);
  });
});

describe('missed-rejection', () => {
  test.each<[string, readonly Step[], string[]]>([
    ['the same files', [...rejected, later()], ['missed-rejection operator']],
    [
      'after the rejected order ended',
      [...rejected, { ...settled, outcome: 'refused' }, later()],
      ['missed-rejection operator'],
    ],
    ['one file of them', [...rejected, later({ files: ['repos/shop/src/a.ts'] })], ['missed-rejection operator']],
    ['by a person who named another', [...rejected, later({ answers: ['0001-a'] })], ['missed-rejection operator']],
    ['named', [...rejected, later({ answers: [order] })], []],
    ['a child of it', [...rejected, later({ parent: order })], []],
    ['named by an order before', [...rejected, later({ answers: [order] }), later({ order: '0010-b' })], []],
    [
      'ordered again before',
      [...rejected, later({ retries: order, answers: [order] }), later({ order: '0010-b' })],
      [],
    ],
    ['other files', [...rejected, later({ files: ['repos/shop/docs/a.md'] })], []],
    ['another role', [...rejected, later({ role: 'writer' })], []],
    ['another repository', [...rejected, later({ repo: 'till' })], []],
    ['a review', [...rejected, later({ reviews: order })], []],
    ['something landed since', [...rejected, landed, later()], []],
    ['no rejection', [...first, approves('auditor', 'fine'), later()], []],
    ['posted before the rejection', [...first, later(), rejects()], []],
    ['the rejected order itself, handed back', [...rejected, { ...posted, from: 'operator' }], []],
  ])('%s', (_, steps, expected) => {
    expect(names(found(...steps))).toEqual(expected);
  });

  test('it is whose order it is, and quotes the rejection', () => {
    const sent: Step = {
      ...intended,
      order: '0005-plan',
      run: '0005-plan.1',
      role: 'coordinator',
      mail: [{ id: '0009-again', role, file: 'f' }],
    };
    expect(found(...rejected, sent, later({ from: 'coordinator' }))).toMatchObject([
      {
        signal: 'missed-rejection',
        role: 'coordinator',
        order: '0009-again',
        evidence: [`${order} was rejected by auditor: no test`],
      },
    ]);
  });
});

describe('silent', () => {
  const quiet: Step = { ...judged, quiet: true };
  test.each<[string, readonly Step[], string[]]>([
    ['it landed and said nothing', [...first, quiet, intended, landed], ['silent coder']],
    ['it said something', [...first, judged, intended, landed], []],
    ['the run after it said something', [...first, quiet, judged, intended, landed], []],
    [
      'it wrote state alone',
      [...first, quiet, { ...intended, commit: null, state: [{ path: 'state/a', digest: 'd' }] }, settled],
      ['silent coder'],
    ],
    ['it only sent orders', [...first, quiet, { ...intended, commit: null }, settled], []],
    ['it landed nothing', [...first, quiet, { ...settled, outcome: 'failed' }], []],
    [
      'it is counted once',
      [...first, quiet, { ...intended, state: [{ path: 'state/a', digest: 'd' }] }, landed, settled],
      [],
    ],
    ['an order of a role that no run sent', [posted], ['silent coordinator']],
    [
      'an order of a role that a run sent',
      [{ ...intended, order: '0005-plan', mail: [{ id: order, role, file: 'f' }] }, posted],
      [],
    ],
    ['an order of the operator', [{ ...posted, from: 'operator' }], []],
    ['a review', [{ ...posted, reviews: '0001-a' }], []],
  ])('%s', (_, steps, expected) => {
    expect(names(found(...steps))).toEqual(expected);
  });
});

describe('artefact and scope', () => {
  const ran = { order, run, role, at: '2026-03-04T12:00:00.000Z' };
  const refusal = (
    reason: string,
    path = 'repos/shop/package.json',
  ): { path: string; sentence: string; reason: string } => ({
    path,
    sentence: `no: ${reason}`,
    reason,
  });
  const code = { name: '0009-fix.md', text: '**Objective:** Do it.\n\n```ts\nconst a = 1;\n```\n' };
  const plain = { name: '0009-fix.md', text: '**Objective:** The value is 2.\n' };

  test.each([
    ['write', ['artefact', 'scope'], ['scope']],
    ['floor', ['artefact', 'scope'], ['scope']],
    ['send', ['artefact', 'scope'], ['scope']],
    ['files', ['scope'], ['scope']],
    ['deny', ['scope'], ['scope']],
    ['contract', ['scope'], ['scope']],
    ['path', [], []],
    ['kind', [], []],
    ['mail', [], []],
    ['clash', [], []],
    ['spelling', [], []],
    ['rejected', [], []],
  ])('a change refused for its %s', (reason, routing, working) => {
    const signalsOf = (one: boolean): string[] =>
      signalRun(ran, one, [refusal(reason)], []).map(({ signal }) => signal);
    expect(signalsOf(true)).toEqual(routing);
    expect(signalsOf(false)).toEqual(working);
  });

  test('code in an order is an artefact of a routing role, and nobody else’s', () => {
    expect(signalRun(ran, true, [], [code])).toMatchObject([
      { signal: 'artefact', role, order, run, evidence: ['0009-fix.md line 4, code: const a = 1;'] },
    ]);
    expect(signalRun(ran, true, [], [plain])).toEqual([]);
    expect(signalRun(ran, false, [], [code])).toEqual([]);
  });

  test('a file in a tray that is no letter is one, whatever refused it', () => {
    const stray = refusal('mail', 'inbox/coder/fix.patch');
    expect(signalRun(ran, true, [stray], [])).toMatchObject([
      { signal: 'artefact', evidence: ['inbox/coder/fix.patch: no: mail'] },
    ]);
    expect(signalRun(ran, true, [refusal('mail', 'inbox/coder/fix.md')], [])).toEqual([]);
  });

  test('one sign a run, with every path; a line of before reasons were written counts as outside', () => {
    const { reason: _, ...old } = refusal('write', 'repos/shop/old');
    expect(signalRun(ran, false, [refusal('write'), refusal('kind'), old], [])).toMatchObject([
      {
        signal: 'scope',
        sentence: '2 changes outside the boundary',
        evidence: ['repos/shop/package.json: no: write', 'repos/shop/old: no: write'],
      },
    ]);
  });
});

test.each([
  ['send: coder', true],
  ['send: coder\nwrite: state/pipeline.json', true],
  ['send: coder\nwrite: |\n  state/**\n  repos/shop/PLAN.md', false],
  ['write: state/pipeline.json', false],
  ['send: coder\nwrite: repos/*/src/**', false],
])('a card with %j is routing: %s', (front, expected) => {
  const reading = parseRole('chief', `---\nagent: rehearsal\nrehearsal:\n  - say: x\n${front}\n---\nprompt\n`);
  if (!reading.ok) throw new Error(reading.problems[0]?.message);
  expect(isRouting(reading.role)).toBe(expected);
});
