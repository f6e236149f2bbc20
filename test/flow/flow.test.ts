import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { lintOrders } from '../../src/flow/compose.ts';
import { parseFlow } from '../../src/flow/flow.ts';
import { valuesOfFiles } from '../../src/flow/reach.ts';

const order = `**Objective:** {goal}

**Acceptance:**
- one is there
- two is there
- three is there

**Files:** {files}

**Branching:** halt-with-note`;

const flow = `---
takes: goal, files
---
## plan
to: auditor

${order}

## agree
to: operator
after: plan

## chunk
to: coder
after: agree
for each: plan

${order.replace('{files}', '{item}')}
`;

const shipped = resolve(import.meta.dirname, '../../flows');

test('the flows that come with fourline are good, and so is each of their orders', () => {
  const names = readdirSync(shipped);
  expect(names).toEqual(['bug.md', 'feature.md', 'migration.md', 'review.md']);
  for (const name of names) {
    const reading = parseFlow(readFileSync(`${shipped}/${name}`, 'utf8'));
    expect(reading.ok ? lintOrders(reading.flow) : reading.problems, name).toEqual([]);
  }
});

test('a flow has its values, its steps and their keys', () => {
  const reading = parseFlow(flow.replace('takes: goal, files', "takes: { goal: null, files: 'src/**' }"));
  if (!reading.ok) throw new Error('the flow has a problem');
  expect(reading.flow.takes).toEqual([
    { name: 'goal', otherwise: null },
    { name: 'files', otherwise: 'src/**' },
  ]);
  expect(reading.flow.on).toEqual({ cron: null, file: null, gives: [] });
  expect(reading.flow.steps.map(({ name, to, report }) => [name, to.text, report])).toEqual([
    ['plan', 'auditor', ['List']],
    ['agree', 'operator', []],
    ['chunk', 'coder', []],
  ]);
});

test.each([
  ['a step without a role', flow.replace('to: coder\n', ''), 22, 1, 'says to nobody'],
  ['a step that is not there', flow.replace('after: agree', 'after: plan, agred'), 24, 14, "no step 'agred'"],
  ['a list of nobody', flow.replace('for each: plan', 'for each: plans'), 25, 11, "no step 'plans'"],
  ['a list of a gate', flow.replace('for each: plan', 'for each: agree'), 25, 11, 'is a gate'],
  ['a circle', flow.replace('to: auditor', 'to: auditor\nafter: chunk'), 4, 1, 'waits for itself'],
  ['a blank that nothing fills', flow.replace('{goal}', 'see {gaol}'), 7, 20, 'nothing fills {gaol}'],
  ['an entry without a list', flow.replace('{files}', '{item}'), 14, 12, 'nothing fills {item}'],
  ['an unknown key', flow.replace('to: auditor', 'to: auditor\nchek: now'), 6, 1, "unknown key 'chek'"],
  ['a key twice', flow.replace('to: auditor', 'to: auditor\nto: coder'), 6, 1, 'to: stands twice'],
  ['a key that says nothing', flow.replace('after: agree', 'after:'), 24, 1, 'after: says nothing'],
  ['a gate with a check', flow.replace('to: operator', 'to: operator\ncheck: npm test'), 20, 8, 'is a gate'],
  ['a name twice', flow.replace('## chunk', '## plan'), 22, 4, "a step 'plan' above"],
  ['a name with a blank', flow.replace('## plan', '## the plan'), 4, 4, 'is no name of a step'],
  ['an unknown key on top', flow.replace('---\n', '---\ngives: x\n'), 2, 1, "unknown key 'gives'"],
  ['a value that every run has', flow.replace('goal, files', 'goal, files, run'), 2, 1, 'filled by every run'],
  ['a time that is none', flow.replace('---\n', "---\non: { cron: '61 * * * *' }\n"), 2, 7, 'is no time'],
  ['a day that never comes', flow.replace('---\n', "---\non: { cron: '0 0 30 2 *' }\n"), 2, 7, 'never comes'],
  ['a time, and nobody gives values', flow.replace('---\n', "---\non: { cron: '0 6 * * *' }\n"), 2, 1, 'goal, files'],
  ['a file where roles write', flow.replace('---\n', '---\non: { file: state/*.md }\n'), 2, 7, 'of its own'],
  ['a file without a folder', flow.replace('---\n', '---\non: { file: request.md }\n'), 2, 7, 'names no folder'],
  ['a folder with a star', flow.replace('---\n', '---\non: { file: a*/b.md }\n'), 2, 7, 'only the file'],
  [
    'a folder where roles write, in capitals',
    flow.replace('---\n', '---\non: { file: Repos/*.md }\n'),
    2,
    7,
    'of its own',
  ],
  [
    'a file that would decide Files',
    flow.replace('---\n', '---\non: { file: asks/*.md }\n'),
    2,
    1,
    'does not give files',
  ],
  [
    'a file that gives what is not there',
    flow.replace('---\n', '---\non: { file: asks/*.md, gives: filez }\n'),
    2,
    1,
    'no filez',
  ],
  [
    'a list that chooses a program',
    flow.replace('for each: plan', 'for each: plan\ncheck: CI=1 {item} --all'),
    26,
    13,
    'choose the program',
  ],
  [
    'one behind another',
    flow.replace('- three is there\n\n**Files:** {item}', '- `true; {item}`\n\n**Files:** {item}'),
    32,
    10,
    'choose',
  ],
  ['an event that is none', flow.replace('---\n', '---\non: monday\n'), 2, 1, 'must be hand'],
  ['no step', '---\ntakes: goal\n---\nDo it.\n', 1, 1, 'no step'],
])('%s is a problem with its line and column', (_, text, line, column, words) => {
  const reading = parseFlow(text);
  const problems = reading.ok ? [] : reading.problems;
  expect(problems).toContainEqual(
    expect.objectContaining({ line, column, code: 'flow', message: expect.stringContaining(words) }),
  );
});

test('a file gives what is only read, and of the rest what the flow names', () => {
  const text = flow
    .replace('- one is there', '- `test -s {place}` passes')
    .replace('goal, files', 'goal, files, place');
  const valuesOf = (on: string): readonly string[] => {
    const reading = parseFlow(
      text.replace('takes: goal, files, place', `takes: { goal: null, files: a, place: b }\n${on}`),
    );
    return reading.ok ? valuesOfFiles(reading.flow) : reading.problems.map(({ message }) => message);
  };
  expect(valuesOf('on: { file: asks/*.md }')).toEqual(['goal']);
  expect(valuesOf('on: { file: asks/*.md, gives: files }')).toEqual(['goal', 'files']);
  expect(valuesOf('on: { file: asks/*.md, gives: [files, place] }')).toEqual(['goal', 'files', 'place']);
});

test('what is wrong or doubtful in the order of a step has its place in the flow', () => {
  const bad = parseFlow(flow.replace('**Branching:** halt-with-note\n\n## agree', '\n## agree'));
  const vague = parseFlow(flow.replace('- two is there', '- it works as expected'));
  if (!bad.ok || !vague.ok) throw new Error('the flow has a problem');
  expect(lintOrders(bad.flow)).toMatchObject([{ code: 'order-no-branching', level: 'error', line: 7 }]);
  expect(lintOrders(vague.flow)).toMatchObject([
    { code: 'order-acceptance-vague', level: 'warning', line: 11, column: 3 },
  ]);
});

test('a heading within a fence is no step', () => {
  const fenced = parseFlow(flow.replace('to: operator\n', 'to: operator\n\n```\n## not me\n```\n'));
  expect(fenced.ok && fenced.flow.steps.length).toBe(3);
});
