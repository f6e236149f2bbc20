// Why: a plan that people repeat (scout, plan, build, review) is written once, as orders with blanks in them.
// Promises: pure; every problem points at its line and column; a flow with an error is never half accepted.
// Never: posts anything; knows whether a role exists.
import { findCircles } from '../platform/text/circle.ts';
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import { hasError, type Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { readFlowKeys, type Take, type Trigger } from './keys.ts';
import { givenFlaws, programFlaws } from './reach.ts';
import { blank, type FlowStep, flowProblem, readFlowSteps } from './step.ts';

/** A flow, read and found complete. `fields` are the keys of its front matter, with their places. */
export type Flow = {
  readonly description: string;
  readonly takes: readonly Take[];
  readonly on: Trigger;
  readonly steps: readonly FlowStep[];
};

/** The result of reading a flow. */
export type FlowReading =
  | { readonly ok: true; readonly flow: Flow }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The most steps of a flow. More is a program, and belongs into a script over the API. */
const stepLimit = 30;

/** Blanks that every run fills by itself: its own name, and the entry of a list in a step with `for each:`. */
const filledAlways = ['run', 'item'] as const;

/** Reads a flow from the whole text of its file. */
export function parseFlow(source: string): FlowReading {
  const parts = splitFrontMatter(source);
  if (!parts.ok) return { ok: false, problems: parts.problems };
  const { values, problems } = readFlowKeys(parts.fields);
  const steps = readFlowSteps(parts.body.split('\n'), parts.bodyLine, problems);
  const { takes, on } = values;
  problems.push(...takeFlaws(takes, parts.fields), ...triggerFlaws(takes, on, parts.fields));
  if (steps.length === 0) problems.push(flowProblem(1, 'it has no step', { hint: 'a step is a heading: ## scout' }));
  if (steps.length > stepLimit)
    problems.push(flowProblem(1, `it has ${steps.length} steps; at most ${stepLimit} are read`));
  problems.push(...bondFlaws(steps), ...blankFlaws(steps, takes), ...programFlaws(steps));
  problems.push(...givenFlaws({ takes, on, steps }, fieldPlace(parts.fields, 'on')));
  if (hasError(problems)) return { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
  return { ok: true, flow: { ...values, steps } };
}

function fieldPlace(fields: readonly Field[], name: string): { readonly line: number; readonly column: number } {
  return fields.find(({ key }) => key === name) ?? { line: 1, column: 1 };
}

function takeFlaws(takes: readonly Take[], fields: readonly Field[]): Problem[] {
  const { line, column } = fieldPlace(fields, 'takes');
  return takes
    .filter(({ name }) => filledAlways.some((one) => one === name))
    .map(({ name }) => flowProblem(line, `takes: {${name}} is filled by every run itself`, { column }));
}

// Nobody is there to give values to a run that a clock begins.
function triggerFlaws(takes: readonly Take[], on: Trigger, fields: readonly Field[]): Problem[] {
  if (on.cron === null) return [];
  const open = takes.filter(({ otherwise }) => otherwise === null).map(({ name }) => name);
  if (open.length === 0) return [];
  const { line, column } = fieldPlace(fields, 'on');
  const hint = `takes: { ${open.map((name) => `${name}: …`).join(', ')} }`;
  return [flowProblem(line, `on: cron: nobody gives ${open.join(', ')} a value at that time`, { column, hint })];
}

function bondFlaws(steps: readonly FlowStep[]): Problem[] {
  const names = steps.map(({ name }) => name);
  const known = `the steps are ${names.join(', ')}`;
  const out: Problem[] = [];
  for (const { after, each } of steps) {
    for (const { text, line, column } of after)
      if (!names.includes(text))
        out.push(flowProblem(line, `after: there is no step '${escapeText(text)}'`, { column, hint: known }));
    if (each === null) continue;
    const source = steps.find(({ name }) => name === each.text);
    const column = each.column;
    if (source === undefined)
      out.push(
        flowProblem(each.line, `for each: there is no step '${escapeText(each.text)}'`, { column, hint: known }),
      );
    else if (source.to.text === 'operator')
      out.push(flowProblem(each.line, `for each: '${each.text}' is a gate, and a gate has no report`, { column }));
  }
  return [...out, ...circleFlaws(steps)];
}

function circleFlaws(steps: readonly FlowStep[]): Problem[] {
  const circles = findCircles(steps.map((step) => ({ id: step.name, after: namesBefore(step) })));
  return steps.flatMap(({ line, name }) => {
    const circle = circles.get(name);
    return circle === undefined ? [] : [flowProblem(line, `the step waits for itself: ${escapeText(circle)}`)];
  });
}

/** The steps that a step comes after, each once. */
export function namesBefore({ after, each }: FlowStep): string[] {
  return [...new Set([...after, ...(each === null ? [] : [each])].map(({ text }) => text))];
}

// A blank that no value fills would reach the agent as it stands.
function blankFlaws(steps: readonly FlowStep[], takes: readonly Take[]): Problem[] {
  const names = takes.map(({ name }) => name);
  const hint = `takes: ${names.join(', ') || '(nothing)'}; {run} is its own name, {item} an entry of for each:`;
  return steps.flatMap(({ lines, line, checks, each }) => {
    const known = [...names, 'run', ...(each === null ? [] : ['item'])];
    const rows = [...lines.map((text, index) => ({ text, line: line + 1 + index, column: 1 })), ...checks];
    return rows.flatMap((row) =>
      [...row.text.matchAll(blank)]
        .filter(([, name = '']) => !known.includes(name))
        .map((match) => flowProblem(row.line, `nothing fills ${match[0]}`, { hint, column: row.column + match.index })),
    );
  });
}
