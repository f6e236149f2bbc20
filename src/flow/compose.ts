// Why: a step becomes an order when its blanks are filled. The values come from people, issues and agents: they are
// data.
// Promises: pure; a value stays inside its line, and changes no part of the order but that line's text.
// Never: posts anything; runs a command that a value wrote.
import { type Order, parseOrder } from '../order/order.ts';
import { findSections } from '../order/sections.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Flow } from './flow.ts';
import { commandsIn } from './reach.ts';
import { blank, type FlowStep, flowProblem, listHeading } from './step.ts';

/** The values of a run, by name. */
export type FlowValues = Readonly<Record<string, string>>;

/**
 * Front matter of a step's order: which orders it comes after, what it hands down, and which order it is once more, for
 * what reason.
 */
export type StepBonds = {
  readonly after: readonly string[];
  readonly refs: readonly string[];
  readonly retries?: string;
  readonly reason?: string;
};

/** A step's order; or its problems, with the places of the flow's file. */
export type Composed =
  | { readonly ok: true; readonly text: string; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The most orders of a step with `for each:`, and the most entries of a list. */
export const itemLimit = 20;

/** No bonds: the order of a first step, or one that is only looked at. */
export const unbound: StepBonds = { after: [], refs: [] };

/** Makes the order of a step. */
export function composeOrder(step: FlowStep, values: FlowValues, bonds: StepBonds): Composed {
  const command = commandFlaw(step, values);
  if (command !== null) return { ok: false, problems: [command] };
  const head = frontOf(step, bonds);
  const rows = (filled: FlowValues | null): ComposedLine[] => orderRows(step, (line) => fill(line, filled));
  const textOf = (filled: FlowValues | null): string => [...head, ...rows(filled).map((row) => row.text)].join('\n');
  const text = textOf(values);
  const reading = parseOrder(text);
  const own = rows(values);
  const moved = (one: Problem): Problem => {
    const row = own[one.line - 1 - head.length];
    return { ...one, line: row?.line ?? step.line, column: row?.own === true ? one.column : 1 };
  };
  if (!reading.ok) return { ok: false, problems: reading.problems.map(moved) };
  const plain = parseOrder(textOf(null));
  const withoutItem = parseOrder(textOf({ ...values, item: 'x' }));
  if (
    (plain.ok && shapeOf(plain.order) !== shapeOf(reading.order)) ||
    // A person may give several files as one value; an entry of an agent's list is one.
    (withoutItem.ok && withoutItem.order.files.length !== reading.order.files.length)
  )
    return {
      ok: false,
      problems: [flowProblem(step.line, 'a value would change the order, and not only the text of its line')],
    };
  return { ok: true, text: `${text.trimEnd()}\n`, warnings: reading.order.warnings.map(moved) };
}

function frontOf({ repo }: FlowStep, { after, refs, retries, reason }: StepBonds): string[] {
  const front = [
    ...(repo === null ? [] : [`repo: ${JSON.stringify(repo)}`]),
    ...(after.length === 0 ? [] : [`after: ${JSON.stringify(after)}`]),
    ...(refs.length === 0 ? [] : [`refs: ${JSON.stringify(refs)}`]),
    ...(retries === undefined ? [] : [`retries: ${JSON.stringify(retries)}`]),
    ...(reason === undefined ? [] : [`reason: ${JSON.stringify(reason)}`]),
  ];
  return front.length === 0 ? [] : ['---', ...front, '---'];
}

// A line of an order with its line in the flow's file; `own` where it stands there as it is.
type ComposedLine = { readonly text: string; readonly line: number; readonly own: boolean };

// The lines of a step's order; before its bullets come those of check: and behind them those of report:.
function orderRows({ lines, line, checks, report }: FlowStep, filled: (text: string) => string): ComposedLine[] {
  const own = lines.map((text, index) => ({ text: filled(text), line: line + 1 + index, own: true }));
  const bullets = (findSections(lines.join('\n'), 0).found.acceptance?.lines ?? []).filter(
    (one) => !one.fenced && /^\s*[-*+]\s/.test(lines[one.line] ?? ''),
  );
  const first = bullets[0]?.line ?? own.length;
  const added = (text: string, at: number): ComposedLine => ({ text, line: at, own: false });
  const before = checks.map((check) => added(`- \`${filled(check.text)}\` passes`, check.line));
  const rows = own.toSpliced(first, 0, ...before, ...reportBullets(report).map((text) => added(text, line)));
  return rows.slice(
    Math.max(
      0,
      rows.findIndex(({ text }) => text.trim() !== ''),
    ),
  );
}

function reportBullets(headings: readonly string[]): string[] {
  if (headings.length === 0) return [];
  const names = headings.map((one) => `"## ${one}"`).join(', ');
  const list = `- below "## ${listHeading}" each bullet is one entry and nothing else, at most ${itemLimit}`;
  return [
    `- the report has the ${headings.length === 1 ? 'heading' : 'headings'} ${names}`,
    ...(headings.includes(listHeading) ? [list] : []),
  ];
}

// Without values each blank is a word.
function fill(line: string, values: FlowValues | null): string {
  return line.replace(blank, (all, name: string) => {
    if (values === null) return 'x';
    return Object.hasOwn(values, name) ? (values[name] ?? all) : all;
  });
}

// A shell reads a value inside a command: it is made of plain words. The entry of a list comes from an agent: one word.
const commandWord = /^[\w./@][\w./@:-]*$/;
const commandWords = /^[\w./@][\w./@:-]*(?: [\w./@:=-]+)*$/;

function commandFlaw(step: FlowStep, values: FlowValues): Problem | null {
  for (const row of commandsIn(step))
    for (const [, name = ''] of row.text.matchAll(blank)) {
      const value = Object.hasOwn(values, name) ? (values[name] ?? '') : '';
      if (!(name === 'item' ? commandWord : commandWords).test(value))
        return flowProblem(
          row.line,
          `{${name}} stands in a command, and '${escapeText(value).slice(0, 60)}' is not made of plain words`,
          { hint: 'put a longer command into a script of the repository, and name that' },
        );
    }
  return null;
}

function shapeOf({ acceptance, branching, headings, settings, warnings }: Order): string {
  const commands = acceptance.map(({ command }) => command !== null);
  const strays = warnings.filter(({ code }) => code === 'order-stray').length;
  return JSON.stringify([commands, branching.map(({ kind }) => kind), headings.length, settings, strays]);
}

/** Values to look at a flow without a run: what holds where nobody gives one, and else a word. */
export function sampleValues({ takes }: Pick<Flow, 'takes'>): FlowValues {
  return { run: 'run', item: 'x', ...Object.fromEntries(takes.map(({ name, otherwise }) => [name, otherwise ?? 'x'])) };
}

/** Reads the order of each step of a flow, with sample values. Gives what is wrong or doubtful about them. */
export function lintOrders(flow: Flow): Problem[] {
  const values = sampleValues(flow);
  return flow.steps
    .filter(({ to }) => to.text !== 'operator')
    .flatMap((step) => {
      const composed = composeOrder(step, values, unbound);
      return composed.ok ? composed.warnings : composed.problems;
    });
}
