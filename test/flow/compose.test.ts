import { expect, test } from 'vitest';
import { composeOrder, unbound } from '../../src/flow/compose.ts';
import { parseFlow } from '../../src/flow/flow.ts';
import { parseOrder } from '../../src/order/order.ts';

const flow = `---
takes: goal, files, test
---
## list
to: auditor

**Objective:** Look.

**Acceptance:**
- one is there
- two is there
- three is there

**Files:** src/**

**Branching:** halt-with-note

## tidy
to: coder
for each: list

**Objective:** Tidy.

**Acceptance:**
- one is there
- two is there
- three is there

**Files:** {item}

**Branching:** halt-with-note

## build
to: coder
for each: list
check: {test} {item}
report: Found, Where
repo: shop

**Objective:** {goal}

**Acceptance:**
- one is there
- \`ls {item}\` passes
- {goal} is told

**Files:** {files}, {item}

**Branching:** halt-with-note
`;

function stepNamed(name: string) {
  const reading = parseFlow(flow);
  const step = reading.ok ? reading.flow.steps.find((one) => one.name === name) : undefined;
  if (step === undefined) throw new Error('the flow has a problem');
  return step;
}

const good = { goal: 'Go.', files: 'lib/**, test/a.ts', test: 'npm test', item: 'src/a.ts', run: 'cut-1' };

test('an order has the values, the checks before its bullets, the headings of its report, and its bonds', () => {
  const bonds = { after: ['0001-x'], refs: ['state/handed/cut-1/list.md'], retries: '0002-y', reason: 'no "luck"' };
  const made = composeOrder(stepNamed('build'), good, bonds);
  const reading = parseOrder(made.ok ? made.text : '');
  expect(reading.ok && reading.order).toMatchObject({
    objective: { text: 'Go.' },
    settings: { repo: 'shop', after: ['0001-x'], refs: bonds.refs, retries: '0002-y', reason: 'no "luck"' },
  });
  expect(reading.ok && reading.order.acceptance.map(({ command, text }) => command ?? text)).toEqual([
    'npm test src/a.ts',
    'the report has the headings "## Found", "## Where"',
    'one is there',
    'ls src/a.ts',
    'Go. is told',
  ]);
  expect(reading.ok && reading.order.files.length).toBe(3);
});

test('a step that others go over is asked for a list', () => {
  const made = composeOrder(stepNamed('list'), good, unbound);
  expect(made.ok && made.text).toContain('- below "## List" each bullet is one entry and nothing else, at most 20');
});

test.each([
  ['two entries of Files from a list', { item: 'src/a.ts, roles/x.md' }],
  ['the begin of a comment', { goal: '<!--' }],
  ['a command', { test: 'true; rm -rf .' }],
  ['a command that a shell would put together', { test: 'echo $(id)' }],
  ['two words from a list in a command', { item: 'src/a.ts src/b.ts' }],
  ['an option from a list', { item: '--help' }],
  ['another line of the four', { goal: '**Files:** roles/**' }],
])('%s in a value makes no order', (_, values) => {
  expect(composeOrder(stepNamed('build'), good, unbound).ok).toBe(true);
  expect(composeOrder(stepNamed('build'), { ...good, ...values }, unbound).ok).toBe(false);
});

test('an entry of a list is one path, and a value of a person may be several', () => {
  const entry = composeOrder(stepNamed('tidy'), { ...good, item: 'src/a.ts, roles/x.md' }, unbound);
  expect(entry).toMatchObject({ ok: false, problems: [{ code: 'flow', line: 18 }] });
  expect(composeOrder(stepNamed('build'), { ...good, files: 'a.ts, b.ts, c.ts' }, unbound).ok).toBe(true);
});
