// Why: finds the four labels in an order's raw text.
// Promises: a label counts only at the start of a line, outside code fences and HTML comments; what stands under it is handed on as it stands in the source.
// Never: interprets what stands under a label.
import type { Problem } from '../ground/problem.ts';
import { escapeText } from '../ground/text.ts';

/** The four lines, in the order people write them. */
export const sectionNames = ['objective', 'acceptance', 'files', 'branching'] as const;

/** One line under a label: its text from `column` on, where it stands, and whether it is inside a code fence. */
export type SectionLine = {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly fenced: boolean;
};

/** A label with what stands under it. */
export type Section = { readonly line: number; readonly lines: readonly SectionLine[] };

type Name = (typeof sectionNames)[number];

/** What was found. */
export type Sections = { readonly found: Partial<Record<Name, Section>>; readonly problems: readonly Problem[] };

const bold = /^\*\*([A-Za-z][A-Za-z ]*?)\s*(?::\*\*|\*\*\s*:?)\s*/;
const heading = /^#{1,6}\s+([^#\n]*?)\s*:?\s*#*$/;
const plain = /^(Objective|Acceptance|Files|Branching)\s*:\s*/i;

/** Takes a body apart; `firstLine` is the number of its first line in the file. */
export function findSections(body: string, firstLine: number): Sections {
  const found: Partial<Record<Name, { line: number; lines: SectionLine[] }>> = {};
  const problems: Problem[] = [];
  let current: SectionLine[] | undefined;
  let fence: string | undefined;
  blankComments(body)
    .split('\n')
    .forEach((text, index) => {
      const line = firstLine + index;
      const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
      if (mark !== undefined && (fence === undefined || (mark.startsWith(fence) && text.trim() === mark))) {
        fence = fence === undefined ? mark : undefined;
        return;
      }
      if (fence !== undefined) {
        current?.push({ text, line, column: 1, fenced: true });
        return;
      }
      const label = labelOf(text);
      if (label === undefined) {
        current?.push({ text, line, column: 1, fenced: false });
        return;
      }
      if (label.name === undefined) {
        current = undefined;
        return;
      }
      if (found[label.name] !== undefined) {
        problems.push({
          code: 'order-label-twice',
          level: 'error',
          message: `${escapeText(text.slice(0, label.width).trim())} stands here a second time`,
          line,
          column: 1,
          note: `the first is on line ${found[label.name]?.line}`,
          hint: 'an order has each of the four lines once',
        });
        current = undefined;
        return;
      }
      current = [];
      const rest = text.slice(label.width);
      if (rest.trim() !== '') current.push({ text: rest, line, column: label.width + 1, fenced: false });
      found[label.name] = { line, lines: current };
    });
  return { found, problems };
}

// A label line: one of the four by name, or (name undefined) some other heading that ends the section above it.
function labelOf(text: string): { name: Name | undefined; width: number } | undefined {
  const match = plain.exec(text) ?? bold.exec(text) ?? heading.exec(text);
  if (match === null) return undefined;
  const word = (match[1] ?? '').toLowerCase();
  const name = sectionNames.find((one) => one === word);
  if (name === undefined && bold.test(text) && !/^\*\*[^*]+(:\*\*|\*\*\s*:)/.test(text)) return undefined;
  return { name, width: match[0].length };
}

// HTML comments become blanks of the same length, so that lines and columns stay.
function blankComments(text: string): string {
  return text.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => comment.replace(/[^\n]/g, ' '));
}
