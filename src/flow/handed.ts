// Why: the next role finds what it needs where it expects it: a step's report is handed down in one form.
// Promises: pure; an agent's words stay quoted. A heading that a report lacks is there, and says so.
// Never: leaves out what a report says under other headings.
import { quoteLines } from '../platform/text/text.ts';
import { listHeading } from './step.ts';

/** The end of one order of a step. `landed` are the paths that it changed; `report` is the text of its report. */
export type HandedOrder = {
  readonly id: string;
  readonly role: string;
  readonly outcome: string;
  readonly landed: readonly string[];
  readonly report: string;
};

/** Most paths that the text names of one order. */
const pathLimit = 100;

/**
 * The text that hands a step's reports down. `headings` are those that the step asks for; `left` are sentences about
 * what is not handed down.
 */
export function handReports(
  step: string,
  headings: readonly string[],
  orders: readonly HandedOrder[],
  left: readonly string[] = [],
): string {
  const parts = orders.flatMap(({ id, role, outcome, landed, report }) => {
    const words = wordsIn(report);
    const more = landed.length - pathLimit;
    return [
      '',
      `# ${step}: ${id}`,
      '',
      `By ${role}; it ended as ${outcome}.`,
      ...(landed.length === 0 ? ['It landed no file.'] : ['It landed:', '']),
      ...landed.slice(0, pathLimit).map((path) => `- ${path}`),
      ...(more > 0 ? [`- and ${more} more`] : []),
      ...headings.flatMap((heading) => ['', `## ${heading}`, '', ...quotedOr(sectionOf(words, heading, headings))]),
      '',
      '## The whole report',
      '',
      ...quotedOr(words.join('\n').trim()),
    ];
  });
  const notes = left.flatMap((words) => ['', `Not handed down: ${words}.`]);
  return `${[...parts.slice(1), ...notes].join('\n')}\n`;
}

function quotedOr(text: string | null): string[] {
  return text === null || text === '' ? ['(the report says nothing about it)'] : quoteLines(text);
}

/** The headings that no report of a step has, of those that the step asks for. */
export function missingHeadings(headings: readonly string[], reports: readonly string[]): string[] {
  const words = reports.map(wordsIn);
  return headings.filter((heading) => words.every((lines) => sectionOf(lines, heading, []) === null));
}

/** The bullets below the heading `List` of a report: what a step with `for each:` goes over. */
export function listedIn(report: string): string[] {
  return (sectionOf(wordsIn(report), listHeading, []) ?? '')
    .split('\n')
    .map((line) => /^\s*(?:[-*+]|\d+[.)])\s+(\S.*)$/.exec(line)?.[1]?.trimEnd() ?? '')
    .map((item) => /^`([^`]*)`$/.exec(item)?.[1] ?? item)
    .filter((item) => item !== '');
}

// A report quotes what the agent said; everything else in it is fourline's.
function wordsIn(report: string): string[] {
  return report
    .replaceAll('\r\n', '\n')
    .split('\n')
    .filter((line) => line.startsWith('>'))
    .map((line) => line.replace(/^> ?/, ''));
}

type Heading = { readonly level: number; readonly rest: string };

// The text below a heading up to one of the others, or up to the next one that is no deeper; null where it isn't there.
function sectionOf(lines: readonly string[], name: string, others: readonly string[]): string | null {
  let fenced = false;
  let open: Heading | null = null;
  const out: string[] = [];
  for (const line of lines) {
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    const level = fenced ? null : headingLevel(line);
    const found = fenced ? null : headingAt(line, name);
    if (open === null && found !== null) {
      open = found;
      if (found.rest !== '') out.push(found.rest);
      continue;
    }
    if (open === null) continue;
    const ends = !fenced && others.some((one) => one !== name && headingAt(line, one) !== null);
    if (ends || (level !== null && level <= open.level)) break;
    out.push(line);
  }
  return open === null ? null : out.join('\n').trim();
}

// How deep a line is as a heading: its marks, or 7 where it is a bold word on a line of its own.
function headingLevel(line: string): number | null {
  const marks = /^(#{1,6})\s/.exec(line)?.[1];
  if (marks !== undefined) return marks.length;
  return /^\*\*[^*]{1,60}\*\*:?/.test(line) ? 7 : null;
}

// Models write a heading with marks, in bold, or as a word with a colon.
function headingAt(line: string, name: string): Heading | null {
  const word = name.replace(/[^\w ]/g, '.');
  const match = new RegExp(`^(?:(#{1,6})\\s+)?(\\*\\*)?${word}(:)?(\\*\\*)?(:)?\\s*(.*)$`, 'i').exec(line);
  if (match === null) return null;
  const [, marks, bold, inner, , outer, rest = ''] = match;
  if (marks !== undefined) return rest.replaceAll('*', '').trim() === '' ? { level: marks.length, rest: '' } : null;
  return bold !== undefined || inner !== undefined || outer !== undefined ? { level: 7, rest } : null;
}
