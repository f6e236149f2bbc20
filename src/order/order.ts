// Why: a work order is four lines that a person can write in a minute and a program can hold an agent to.
// Promises: reads the raw text, never a Markdown tree (emphasis eats globs). Every part knows its line and column. An
// order with an error is never half accepted.
// Never: touches the disk; decides whether a path may be written.

import { splitFrontMatter } from '../platform/text/front-matter.ts';
import { hasError, type Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { readBranching, readCriteria, readFiles } from './entries.ts';
import type { Branch, Criterion, FileEntry, Part } from './part.ts';
import { bullet, findSections, type Section, type StrayLine, sectionNames } from './sections.ts';
import { type OrderSettings, readSettings } from './settings.ts';

/** A work order, read and found complete. */
export type Order = {
  readonly objective: Part;
  readonly acceptance: readonly Criterion[];
  readonly files: readonly FileEntry[];
  readonly branching: readonly Branch[];
  readonly settings: OrderSettings;
  /** Lines that order the text for people and say nothing else: a title, a heading below a label. */
  readonly headings: readonly Part[];
  readonly warnings: readonly Problem[];
};

/** The result of reading an order. */
export type OrderReading =
  | { readonly ok: true; readonly order: Order }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Longest line of an order, in characters. */
const lineLimit = 4000;

/**
 * Reads an order from the whole text of its file. `recalled` reads one that was taken before: what was good enough then
 * is read as it was then, by whatever fourline took it.
 */
export function parseOrder(text: string, recalled = false): OrderReading {
  if (text.trim() === '')
    return {
      ok: false,
      problems: [
        missing('order-empty', 'the file is empty', 'the four lines are Objective, Acceptance, Files, Branching'),
      ],
    };
  if (text.includes('\0'))
    return {
      ok: false,
      problems: [
        missing('order-binary', 'the file holds NUL bytes: it is not a text', 'write the order as plain Markdown'),
      ],
    };
  const parts = splitFrontMatter(text);
  if (!parts.ok) return { ok: false, problems: parts.problems };
  const long = parts.body.split('\n').findIndex((line) => line.length > lineLimit);
  if (long >= 0 && !recalled) return { ok: false, problems: [longestLine(long + parts.bodyLine)] };
  const settings = readSettings(parts.fields);
  const sections = findSections(parts.body, parts.bodyLine);
  const strays = readStrays(sections.strays);
  const problems: Problem[] = [
    ...settings.problems,
    ...sections.problems,
    ...(recalled ? strays.filter((one) => one.level === 'warning') : strays),
  ];
  for (const name of sectionNames)
    if (sections.found[name] === undefined) problems.push(missingSection(name, parts.bodyLine));
  const objective = readObjective(sections.found.objective, problems);
  const acceptance = readCriteria(sections.found.acceptance, problems, recalled);
  const files = readFiles(sections.found.files, problems, recalled);
  const branching = readBranching(sections.found.branching, problems);
  if (hasError(problems) || objective === undefined) return { ok: false, problems };
  return {
    ok: true,
    order: {
      objective,
      acceptance,
      files,
      branching,
      settings: settings.settings,
      headings: sections.headings,
      warnings: problems,
    },
  };
}

function longestLine(line: number): Problem {
  return {
    code: 'order-line-long',
    level: 'error',
    message: `the line is longer than ${lineLimit} characters`,
    line,
    column: 1,
    hint: 'break it; what is to be read with the order goes into a file that refs: names',
  };
}

// Reports lines that belong to none of the four labels. A bullet below a heading after Acceptance was meant as a check,
// unless the heading says otherwise.
const asides =
  /\b(?:notes?|context|background|hints?|references?|links?|see also|scope|non-goals?|why|details?|questions?|risks?|examples?)\b/i;

function readStrays(lines: readonly StrayLine[]): Problem[] {
  const out: Problem[] = [];
  let last: { first: StrayLine; to: number } | null = null;
  const tell = (): void => {
    if (last !== null) out.push(strayWarning(last.first, last.to));
    last = null;
  };
  for (const one of lines) {
    const lost = one.below?.after === 'acceptance' && !one.fenced && bullet.test(one.text);
    if (lost && !asides.test(one.below?.title ?? '')) out.push(strayCheck(one));
    else if (last !== null && one.line === last.to + 1 && one.below === last.first.below) last.to = one.line;
    else {
      tell();
      last = { first: one, to: one.line };
    }
  }
  tell();
  return out;
}

function underOf({ below }: StrayLine): string {
  return below === null ? '' : ` below '${escapeText(below.title).slice(0, 60)}'`;
}

function strayCheck(one: StrayLine): Problem {
  return {
    code: 'order-stray-check',
    level: 'error',
    message: `the bullet${underOf(one)} belongs to none of the four lines: nobody would check it`,
    line: one.line,
    column: 1,
    hint: 'put it right below Acceptance; a heading of its own there must be deeper than that of Acceptance',
  };
}

function strayWarning(one: StrayLine, to: number): Problem {
  const lines = to === one.line ? `line ${to} belongs` : `lines ${one.line} to ${to} belong`;
  const message = `${lines} to none of the four lines: the agent reads it, and nothing is held to it`;
  return { code: 'order-stray', level: 'warning', message, line: one.line, column: 1 };
}

function missing(code: string, message: string, note: string): Problem {
  return { code, level: 'error', message, line: 1, column: 1, note };
}

const advice: Record<(typeof sectionNames)[number], string> = {
  objective: 'add one sentence that says what should be true afterwards',
  acceptance: 'add 3 to 5 bullets that can be checked without asking a person',
  files: 'list every path that may be touched, one a line; src/** is all below src',
  branching: 'list the legal ways to refuse: halt-with-note, route-to-<role>, requeue-with-blocker',
};

function missingSection(name: (typeof sectionNames)[number], line: number): Problem {
  const label = name[0]?.toUpperCase() + name.slice(1);
  return {
    code: `order-no-${name}`,
    level: 'error',
    message: `the order has no ${label}`,
    line,
    column: 1,
    note: 'the four lines are Objective, Acceptance, Files, Branching',
    hint: advice[name],
  };
}

function readObjective(section: Section | undefined, problems: Problem[]): Part | undefined {
  if (section === undefined) return undefined;
  const found = section.lines.find((line) => line.text.trim() !== '');
  const lead = found === undefined ? 0 : found.text.length - found.text.trimStart().length;
  const first = found === undefined ? undefined : { line: found.line, column: found.column + lead };
  const text = section.lines
    .map((line) => line.text.trim())
    .filter(Boolean)
    .join(' ');
  if (first === undefined) {
    problems.push({
      code: 'order-no-objective',
      level: 'error',
      message: 'the Objective is empty',
      line: section.line,
      column: 1,
      hint: advice.objective,
    });
    return undefined;
  }
  const sentences = text.split(/[.!?](?:\s+|$)/).filter((one) => one.trim() !== '').length;
  if (sentences > 1) {
    problems.push({
      code: 'order-objective-long',
      level: 'warning',
      message: `the Objective has ${sentences} sentences`,
      line: first.line,
      column: first.column,
      note: 'one sentence; how it is checked belongs into Acceptance',
    });
  }
  return { text, line: first.line, column: first.column };
}

/** The input of printOrder: an order without positions. */
export type OrderDraft = {
  readonly objective: string;
  readonly acceptance: readonly string[];
  readonly files: readonly string[];
  readonly branching: readonly string[];
  readonly front?: Readonly<
    Record<string, string | number | readonly string[] | Readonly<Record<string, string | null>>>
  >;
};

/** Prints an order in the form that people write. parseOrder reads the printed text. */
export function printOrder(draft: OrderDraft): string {
  const front = Object.entries(draft.front ?? {}).map(([key, value]) => printField(key, value));
  const line = (text: string): string => text.trim().replace(/\s*[\r\n]\s*/g, ' ');
  const list = (items: readonly string[]): string => items.map((item) => `- ${line(item)}`).join('\n');
  return [
    ...(front.length > 0 ? ['---', ...front, '---', ''] : []),
    `**Objective:** ${line(draft.objective)}`,
    `\n**Acceptance:**\n${list(draft.acceptance)}`,
    `\n**Files:**\n${list(draft.files)}`,
    `\n**Branching:**\n${list(draft.branching)}\n`,
  ].join('\n');
}

// Bare only where no reader of YAML could take it for anything but a text (0x10, 1e5, .inf and null are something
// else).
function quote(text: string): string {
  return /^(?:[A-Za-z]|\d+-[A-Za-z])[\w./-]*$/.test(text) && !/^(?:true|false|null|yes|no)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

function printField(key: string, value: unknown): string {
  const list = Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (list) return `${quote(key)}: [${value.map(quote).join(', ')}]`;
  return `${quote(key)}: ${typeof value === 'string' ? quote(value) : JSON.stringify(value)}`;
}

const stampKeys = ['id', 'from', 'parent', 'date', 'repo', 'after', 'retries', 'reason', 'refs', 'contract'] as const;

/** The keys that fourline writes into the front matter of an order it delivers. It leaves absent keys as they stand. */
export type Stamp = {
  readonly id: string;
  readonly from: string;
  readonly parent?: string;
  readonly date: string;
  readonly repo?: string;
  readonly after?: readonly string[];
  readonly retries?: string;
  readonly reason?: string;
  /** All that is handed down with it, as workspace paths. */
  readonly refs?: readonly string[];
  /** All that is pinned for it, as workspace paths, each with its owner. */
  readonly contract?: Readonly<Record<string, string | null>>;
};

const stampedAlways = ['id', 'from', 'date', 'parent', 'retries', 'reason'];

/** When an order was written, ISO 8601, by the stamp in a text that fourline delivers; undefined where it has none. */
export function stampedDate(text: string): string | undefined {
  const parts = splitFrontMatter(text);
  const date = (parts.ok ? parts.fields : []).find((field) => field.key === 'date')?.value;
  return typeof date === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(date) ? date : undefined;
}

/** The order's text with fourline's stamp; whatever the text itself said under those keys is gone. */
export function stampOrder(text: string, stamp: Stamp): string {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const lines = source.split('\n');
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : -1;
  const body = (end < 0 ? lines : lines.slice(end + 1)).join('\n').replace(/^\n+/, '');
  const stamped = stampKeys.filter((key) => stamp[key] !== undefined);
  const parts = splitFrontMatter(text);
  const kept = (parts.ok ? parts.fields : []).filter(
    (field) => !stampedAlways.includes(field.key) && !stamped.some((key) => key === field.key),
  );
  return [
    '---',
    ...stamped.map((key) => printField(key, stamp[key])),
    ...kept.map((field) => printField(field.key, field.value)),
    '---',
    '',
    body.endsWith('\n') ? body : `${body}\n`,
  ].join('\n');
}
