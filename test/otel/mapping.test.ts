// The journal as spans: what each line comes to, and that reading it again gives the same.
import { expect, test } from 'vitest';
import { type Ending, showEnding } from '../../src/agent/agent.ts';
import type { Entry, Step } from '../../src/ledger/entry.ts';
import { mapEntry, openMapping } from '../../src/otel/mapping.ts';
import { type Meters, measure } from '../../src/otel/meters.ts';
import { endingError, type Span } from '../../src/otel/spans.ts';

const began = Date.parse('2026-03-04T10:00:00.000Z');

// Each step a second after the one before.
function entriesOf(steps: readonly Step[]): Entry[] {
  return steps.map((step, index) => ({ v: 1, at: new Date(began + index * 1000).toISOString(), ...step }) as Entry);
}

function mapAll(entries: readonly Entry[]): Span[] {
  const mapping = openMapping();
  return entries.flatMap((entry) => mapEntry(mapping, entry));
}

const startedStep: Step = { step: 'started', pid: 7, version: '0.1.0', walls: 'none' };
const lead = { order: '0001-plan', role: 'lead' };
const coder = { order: '0002-fix', role: 'coder' };
const runOf = (of: typeof lead, attempt = 1) => ({ ...of, run: `${of.order}.${attempt}` });
const posted = (of: typeof lead, parent?: string): Step => ({
  step: 'posted',
  ...of,
  from: parent === undefined ? 'operator' : 'lead',
  ...(parent === undefined ? {} : { parent }),
  title: 'A secret title',
  repo: 'shop',
  files: ['src/secret.ts'],
  digest: 'd',
});
const claimed = (of: typeof lead, attempt = 1): Step => ({ step: 'claimed', ...of, attempt, card: 'c', boundary: 1 });
const opened = (of: typeof lead, attempt = 1): Step => ({
  step: 'opened',
  ...runOf(of, attempt),
  repo: 'shop',
  branch: 'main',
  base: 'b',
  room: 'r',
});
const usage = { fresh: 10, reread: 200, written: 30, output: 5, reasoning: 2 };
const spent = { usage, turns: 3, peak: 1, context: 1, usd: 0.25, model: 'claude-x', estimated: false };
const ran = (of: typeof lead, more: Partial<Extract<Step, { step: 'ran' }>> = {}, attempt = 1): Step => ({
  step: 'ran',
  ...runOf(of, attempt),
  agent: 'claude sonnet',
  ending: 'ended well',
  status: 0,
  milliseconds: 400,
  ...more,
});
const judged = (of: typeof lead, attempt = 1): Step => ({
  step: 'judged',
  ...runOf(of, attempt),
  changed: 3,
  allowed: 2,
  refused: [{ path: 'secret.json', sentence: 'a secret sentence' }],
  scratch: 4,
});
const check = { command: 'cat secret', milliseconds: 250, tail: 'secret', timedOut: false };
const checked = (of: typeof lead, statuses: readonly (number | null)[], timedOut = false): Step => ({
  step: 'checked',
  ...runOf(of),
  results: statuses.map((status) => ({ ...check, status, timedOut })),
});
const intended = (of: typeof lead, mail: readonly string[] = []): Step => ({
  step: 'intended',
  ...runOf(of),
  repo: 'shop',
  branch: 'main',
  from: 'f',
  commit: 'c0ffee',
  mail: mail.map((id) => ({ id, role: 'coder', file: 'f' })),
});
const landed = (of: typeof lead): Step => ({
  step: 'landed',
  ...runOf(of),
  repo: 'shop',
  branch: 'main',
  commit: 'c0ffee',
  files: 2,
  left: [],
});
const settled = (of: typeof lead, more: Partial<Extract<Step, { step: 'settled' }>> = {}): Step => ({
  step: 'settled',
  ...of,
  outcome: 'done',
  note: 'a secret note',
  month: '2026-03',
  ...more,
});
const returned = (of: typeof lead): Step => ({ step: 'returned', ...of, reason: 'a secret reason', spent: true });

const lone = [startedStep, posted(coder), claimed(coder), opened(coder), ran(coder, { spent })];
const plan = [
  ...[startedStep, posted(lead), claimed(lead), opened(lead), ran(lead), judged(lead), intended(lead, [coder.order])],
  ...[posted(coder, lead.order), settled(lead), claimed(coder), opened(coder), ran(coder, { spent }), judged(coder)],
  ...[checked(coder, [0, 0]), intended(coder), landed(coder), settled(coder)],
];

// Name, seconds since the journal began from and to, error.
const rows = (spans: readonly Span[]): string[] =>
  spans.map(({ name, start, end, error }) => {
    const times = [start, end].map((time) => (time - began) / 1000).join(' ');
    return `${name} ${times}${error === null ? '' : ` ${error}`}`;
  });

test.each<[string, readonly Step[], readonly string[]]>([
  [
    'an order that lands',
    [...lone, judged(coder), checked(coder, [0]), intended(coder), landed(coder), settled(coder)],
    ['invoke_agent coder 3.6 4', 'gate 4 5', 'checks 5.75 6', 'landing 7 8', 'order coder 1 9'],
  ],
  [
    'a plan: one root, which ends with its last order',
    plan,
    [
      ...['invoke_agent lead 3.6 4', 'gate 4 5', 'landing 6 8'],
      ...['invoke_agent coder 10.6 11', 'gate 11 12', 'checks 12.5 13', 'landing 14 15', 'order coder 7 16'],
      'invoke_workflow lead 1 16',
    ],
  ],
  [
    'an agent that failed, and an order that failed by a limit',
    [
      ...lone.slice(0, 4),
      ran(coder, { ending: 'exit status 3', status: 3 }),
      settled(coder, { outcome: 'failed', limit: 'attempts' }),
    ],
    ['invoke_agent coder 3.6 4 exit_status', 'order coder 1 5 limit'],
  ],
  [
    'a run that broke off with its daemon, and its next attempt',
    [...lone.slice(0, 4), returned(coder), claimed(coder, 2), opened(coder, 2), ran(coder, {}, 2), settled(coder)],
    ['invoke_agent coder 3 4 interrupted', 'invoke_agent coder 6.6 7', 'order coder 1 8'],
  ],
  [
    'checks that fail, and checks that take too long',
    [...lone, checked(coder, [0, 1]), checked(coder, [null], true), settled(coder, { outcome: 'refused' })],
    ['invoke_agent coder 3.6 4', 'checks 4.5 5 check_failed', 'checks 5.75 6 timeout', 'order coder 1 7 refused'],
  ],
  [
    'a landing that was taken back to the inbox',
    [...lone, intended(coder), returned(coder)],
    ['invoke_agent coder 3.6 4', 'landing 5 6 not_landed'],
  ],
  [
    'an order that nobody ran',
    [startedStep, posted(coder), settled(coder, { outcome: 'halted' })],
    ['order coder 1 2'],
  ],
  [
    'a line that comes after the end',
    [...lone, settled(coder), returned(coder)],
    ['invoke_agent coder 3.6 4', 'order coder 1 5'],
  ],
])('%s', (_, steps, expected) => {
  expect(rows(mapAll(entriesOf(steps)))).toEqual(expected);
});

test('ids follow from the journal: again the same, each once, another journal others', () => {
  const spans = mapAll(entriesOf(plan));
  expect(mapAll(entriesOf(plan))).toEqual(spans);
  const ids = spans.map(({ spanId }) => spanId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  for (const { traceId, spanId } of spans) expect(`${traceId} ${spanId}`).toMatch(/^[\da-f]{32} [\da-f]{16}$/);
  const roots = spans.filter(({ parentId }) => parentId === null);
  expect(roots.map(({ name }) => name)).toEqual(['invoke_workflow lead']);
  expect(spans.filter(({ parentId }) => parentId !== null && !ids.includes(parentId))).toEqual([]);
  const elsewhere = entriesOf(plan).map((entry, index) =>
    index === 0 ? { ...entry, at: '2026-03-04T09:59:59.000Z' } : entry,
  );
  expect(
    mapAll(elsewhere).filter(({ traceId, spanId }) => ids.includes(spanId) || traceId === spans[0]?.traceId),
  ).toEqual([]);
});

test('usage is told by the names of the convention; what is not known is absent', () => {
  const [run] = mapAll(entriesOf([...lone, settled(coder)]));
  expect(run?.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': 'coder',
    'gen_ai.response.model': 'claude-x',
    'gen_ai.usage.input_tokens': 240,
    'gen_ai.usage.output_tokens': 7,
    'gen_ai.usage.cache_read.input_tokens': 200,
    'gen_ai.usage.cache_write.input_tokens': 30,
    'gen_ai.usage.reasoning.output_tokens': 2,
    'fourline.cost.usd': 0.25,
  });
  const [untold] = mapAll(entriesOf([...lone.slice(0, 4), ran(coder), settled(coder)]));
  expect(Object.keys(untold?.attributes ?? {}).filter((name) => /usage|cost|model|error/.test(name))).toEqual([]);
});

test('no text of a person or an agent is in any span', () => {
  expect(JSON.stringify(mapAll(entriesOf([...plan, returned(coder)])))).not.toContain('secret');
});

test.each<[Ending, string | null]>([
  [{ kind: 'exited', status: 0 }, null],
  [{ kind: 'exited', status: 2 }, 'exit_status'],
  [{ kind: 'signalled', signal: 'SIGKILL' }, 'signal'],
  [{ kind: 'over-limit', limit: 'minutes', detail: '60' }, 'limit'],
  [{ kind: 'stopped' }, 'stopped'],
  [{ kind: 'unstartable', reason: 'no such program' }, 'not_started'],
  [{ kind: 'agent-failed', failure: { code: 'rate-limited', detail: 'used up', hint: 'wait' } }, 'agent_failed'],
])('the error of a run that ended as %o', (ending, error) => {
  expect(endingError(showEnding(ending))).toBe(error);
});

test('metrics add up all spans, and again the same', () => {
  const meters: Meters = new Map();
  const second = { order: '0003-more', role: 'coder' };
  const more = [
    posted(second),
    claimed(second),
    opened(second),
    ran(second, { spent, ending: 'exit status 1' }),
    settled(second),
  ];
  for (const span of mapAll(entriesOf([...plan, ...more]))) measure(meters, span);
  const told = [...meters.values()].map((one) => {
    const { name, attributes } = one;
    const by =
      attributes['gen_ai.agent.name'] ?? attributes['gen_ai.workflow.name'] ?? attributes['gen_ai.provider.name'];
    const value = one.kind === 'sum' ? one.value : `${one.count} in ${one.sum}`;
    return `${name} ${by} ${attributes['error.type'] ?? '-'} ${value}`;
  });
  const counter = 'gen_ai.client.inference.usage';
  expect(told.sort()).toEqual([
    `${counter}.cache_read.input_tokens anthropic - 400`,
    `${counter}.cache_write.input_tokens anthropic - 60`,
    `${counter}.input_tokens anthropic - 480`,
    `${counter}.output_tokens anthropic - 14`,
    `${counter}.reasoning.output_tokens anthropic - 4`,
    'gen_ai.invoke_agent.duration coder - 1 in 0.4',
    'gen_ai.invoke_agent.duration coder exit_status 1 in 0.4',
    'gen_ai.invoke_agent.duration lead - 1 in 0.4',
    'gen_ai.invoke_workflow.duration lead - 1 in 15',
  ]);
});
