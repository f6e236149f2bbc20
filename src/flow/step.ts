// Why: a step of a flow is a heading, a few keys, and the four lines of an order.
// Promises: pure; each key has its place, so that what is wrong can be pointed at.
// Never: reads the four lines.
import type { Problem } from '../platform/text/problem.ts';
import { closestOf, escapeText } from '../platform/text/text.ts';
import { flowName } from './keys.ts';

/** Words of a flow's file, with their place. */
export type PlacedWords = { readonly text: string; readonly line: number; readonly column: number };

/** One step. Its heading is on line `line`, and the first of `lines`, which are those of its order, on the next. */
export type FlowStep = {
  readonly name: string;
  readonly line: number;
  readonly to: PlacedWords;
  readonly after: readonly PlacedWords[];
  readonly each: PlacedWords | null;
  readonly repo: string | null;
  readonly checks: readonly PlacedWords[];
  /** Headings that its report must have. */
  readonly report: readonly string[];
  readonly lines: readonly string[];
};

/** A blank in a step. */
export const blank = /\{([a-z][a-z0-9-]{0,39})\}/g;

/** A problem of a flow at a line. */
export function flowProblem(
  line: number,
  message: string,
  { hint, column = 1 }: { readonly hint?: string; readonly column?: number } = {},
): Problem {
  return { code: 'flow', level: 'error', message, line, column, ...(hint !== undefined && { hint }) };
}

const stepKeys = ['to', 'after', 'for each', 'check', 'report', 'repo'] as const;
type StepKey = (typeof stepKeys)[number];

/** The heading of a report whose bullets a step with `for each:` goes over. */
export const listHeading = 'List';

/** Reads the steps of a flow's body; `first` is its first line in the file. Adds what is wrong to `problems`. */
export function readFlowSteps(lines: readonly string[], first: number, problems: Problem[]): FlowStep[] {
  const heads = findHeads(lines);
  const steps = heads.map(({ name, at }, index) => {
    const line = at + first;
    if (!flowName.test(name))
      problems.push(stepProblem({ line, column: 4 }, `'${escapeText(name)}' is no name of a step`, nameHint));
    if (heads.findIndex((one) => one.name === name) !== index)
      problems.push(stepProblem({ line, column: 4 }, `there is a step '${escapeText(name)}' above`, 'rename one'));
    return readFlowStep({ name, line }, lines.slice(at + 1, heads[index + 1]?.at ?? lines.length), problems);
  });
  // A step that others go over must make a list.
  const listed = new Set(steps.map(({ each }) => each?.text));
  return steps.map((step) =>
    listed.has(step.name) && !step.report.includes(listHeading)
      ? { ...step, report: [...step.report, listHeading] }
      : step,
  );
}

const nameHint = 'small letters, digits and -, at most 40';

// A heading within a fence is a part of an order's text.
function findHeads(lines: readonly string[]): { readonly name: string; readonly at: number }[] {
  const heads: { name: string; at: number }[] = [];
  let fenced = false;
  for (const [at, line] of lines.entries()) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const name = fenced ? undefined : /^##\s+(.*?)\s*$/.exec(line)?.[1];
    if (name !== undefined) heads.push({ name, at });
  }
  return heads;
}

function stepProblem(
  { line, column }: { readonly line: number; readonly column: number },
  message: string,
  hint?: string,
): Problem {
  return { code: 'flow', level: 'error', message, line, column, ...(hint !== undefined && { hint }) };
}

type Keyed = PlacedWords & { readonly key: StepKey };

function readFlowStep(
  { name, line }: Pick<FlowStep, 'name' | 'line'>,
  lines: readonly string[],
  problems: Problem[],
): FlowStep {
  const keyed = readKeys(lines, line + 1, problems);
  const one = (key: StepKey): Keyed | null => keyed.find((given) => given.key === key) ?? null;
  const checks = keyed.filter(({ key }) => key === 'check');
  const to = one('to') ?? { text: '', line, column: 1 };
  if (to.text === '')
    problems.push(stepProblem(to, `the step '${escapeText(name)}' says to nobody`, 'to: coder, or to: operator'));
  const each = one('for each');
  for (const given of to.text === 'operator' ? keyed : [])
    if (given.key !== 'to' && given.key !== 'after')
      problems.push(stepProblem(given, `a step to: operator is a gate: it has no ${given.key}:`));
  return {
    name,
    line,
    to,
    after: placedWords(one('after')),
    each,
    repo: one('repo')?.text ?? null,
    checks,
    report: (one('report')?.text ?? '').split(/\s*,\s*/).filter(Boolean),
    // The lines of keys stay, empty, so that those of the order keep their places.
    lines: lines.map((text, index) => (index < keyEnd(lines) ? '' : text)),
  };
}

const stepKeyLine = /^([A-Za-z][A-Za-z ]*):(\s*)(.*?)\s*$/;

// How many lines at the beginning of a step are keys or blank.
function keyEnd(lines: readonly string[]): number {
  const at = lines.findIndex((line) => line.trim() !== '' && !(stepKeyLine.test(line) && !isLabel(line)));
  return at < 0 ? lines.length : at;
}

// The four lines may stand without their stars.
function isLabel(line: string): boolean {
  return /^(?:objective|acceptance|files?|branching)\b/i.test(line);
}

function readKeys(lines: readonly string[], first: number, problems: Problem[]): Keyed[] {
  const found: Keyed[] = [];
  for (const [at, text] of lines.slice(0, keyEnd(lines)).entries()) {
    const [, word = '', gap = '', value = ''] = stepKeyLine.exec(text) ?? [];
    if (word === '') continue;
    const line = first + at;
    const key = stepKeys.find((one) => one === word);
    const near = closestOf(word, stepKeys);
    const known = near === undefined ? `the keys of a step are ${stepKeys.join(', ')}` : `did you mean '${near}'?`;
    if (key === undefined) problems.push(stepProblem({ line, column: 1 }, `unknown key '${escapeText(word)}'`, known));
    else if (value === '') problems.push(stepProblem({ line, column: 1 }, `${key}: says nothing`));
    else if (key !== 'check' && found.some((one) => one.key === key))
      problems.push(stepProblem({ line, column: 1 }, `${key}: stands twice`));
    else found.push({ key, text: value, line, column: word.length + 2 + gap.length });
  }
  return found;
}

// Words with commas or blanks between, each with its place.
function placedWords(given: Keyed | null): PlacedWords[] {
  if (given === null) return [];
  const { text, line, column } = given;
  return [...text.matchAll(/[^,\s]+/g)].map((match) => ({ text: match[0], line, column: column + match.index }));
}
