// Why: a pull request says what was ordered, what the result is and how it was checked, to people who may never see the
// workspace.
// Promises: pure. Text of an order or an agent stands in a fence: it mentions nobody, closes no issue and formats
// nothing. A text is cut at the length that GitHub takes.
// Never: holds a path of this machine.
import { countOf, escapeLines, escapeText, firstLine } from '../platform/text/text.ts';

/** The parts of an order that its pull request tells. */
export type PullTold = {
  readonly id: string;
  readonly role: string;
  readonly title: string;
  /** The order's text, without its front matter. */
  readonly order: string;
  readonly summary: string;
  readonly allowed: readonly string[];
  readonly refused: readonly { readonly path: string; readonly sentence: string }[];
  readonly checks: readonly { readonly command: string; readonly status: number | null }[];
};

/**
 * Longest title, and longest text of an order or a summary, in characters. GitHub takes 256 and 65,536 for a whole
 * body.
 */
const bodyMost = { title: 200, text: 16_000, lines: 100 } as const;

/** The title of an order's pull request. */
export function pullTitle({ title, id }: Pick<PullTold, 'title' | 'id'>): string {
  return firstLine(title, bodyMost.title) || id;
}

/** Its body, as Markdown. */
export function pullBody(told: PullTold): string {
  const { allowed, refused, checks } = told;
  const sentences = Map.groupBy(refused, (one) => one.sentence);
  const good = checks.filter((one) => one.status === 0).length;
  return [
    `Order ${told.id}, done by the role ${escapeText(told.role)}.`,
    '',
    ...fence(told.order),
    '',
    '### Verdicts',
    '',
    `${countOf(allowed.length, 'change')} allowed, ${refused.length} refused.`,
    ...listed([...sentences].map(([sentence, all]) => `${countOf(all.length, 'change')} refused: ${sentence}`)),
    ...(allowed.length === 0 ? [] : ['', ...fence(allowed.slice(0, bodyMost.lines).join('\n'))]),
    '',
    '### Checks',
    '',
    checks.length === 0 ? 'The order names no command.' : `${good} of ${checks.length} passed.`,
    ...listed(checks.map(({ command, status }) => `${command}: ${status === 0 ? 'passed' : `status ${status}`}`)),
    ...(told.summary.trim() === '' ? [] : ['', '### The role says', '', ...fence(told.summary)]),
    '',
  ].join('\n');
}

function listed(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...fence(lines.slice(0, bodyMost.lines).join('\n'))];
}

// A fence that is longer than any run of backticks in the text.
function fence(text: string): string[] {
  const shown = escapeLines(text.trim()).slice(0, bodyMost.text);
  const runs = [...shown.matchAll(/`+/g)].map((match) => match[0].length);
  const mark = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [`${mark}text`, shown, mark];
}
