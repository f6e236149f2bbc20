// Why: finds the four labels in an order's raw text, however people write them.
// Promises: a label counts only at the start of a line (behind a bullet, a number, a box or heading marks). It doesn't
// count in code fences and HTML comments. The text under a label is handed on as it stands in the source, and so is
// each line that belongs to no label. Every expression here reads a line once.
// Never: interprets what stands under a label.
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';

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

type SectionsName = (typeof sectionNames)[number];

/**
 * A line that belongs to none of the four. `below` is the heading it stands under, with the label before that; null
 * above all labels.
 */
export type StrayLine = SectionLine & {
  readonly below: { readonly title: string; readonly after: SectionsName | null } | null;
};

/** The sections of an order. `headings` are lines that only order the text: a title, a heading below a label. */
export type Sections = {
  readonly found: Partial<Record<SectionsName, Section>>;
  readonly strays: readonly StrayLine[];
  readonly headings: readonly SectionLine[];
  readonly problems: readonly Problem[];
};

/** The marks that may stand before a label or an entry: an indent, a bullet or number, a box. */
export const bullet = /^\s*(?:[-*+•]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?/;

const words: readonly (readonly [RegExp, SectionsName])[] = [
  [/^objectives?(?![\w-])/i, 'objective'],
  [/^acceptance(?: (?:criteria|criterion|tests?|checks?))?(?![\w-])/i, 'acceptance'],
  [/^files?(?![\w-])/i, 'files'],
  [/^branching(?![\w-])/i, 'branching'],
];

/** Takes a body apart; `firstLine` is the number of its first line in the file. */
export function findSections(body: string, firstLine: number): Sections {
  const found: Partial<Record<SectionsName, { line: number; lines: SectionLine[] }>> = {};
  const strays: StrayLine[] = [];
  const headings: SectionLine[] = [];
  const problems: Problem[] = [];
  let open: { readonly name: SectionsName; readonly level: number; readonly lines: SectionLine[] } | null = null;
  let below: StrayLine['below'] = null;
  let fence: { readonly mark: string; readonly line: number } | null = null;
  // How the first label stands in a list: a word and a colon in some other list is an entry.
  let list: number | null | undefined;
  const source = blankComments(body).split('\n');
  const take = (one: SectionLine): void => {
    if (one.text.trim() === '' || (one.text.length < 200 && /^\s*(?:[-*_=]\s?){3,}$/.test(one.text))) return;
    if (open === null) strays.push({ ...one, below });
    else open.lines.push(one);
  };
  source.forEach((text, index) => {
    const line = firstLine + index;
    const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
    if (mark !== undefined && (fence === null || (mark.startsWith(fence.mark) && text.trim() === mark))) {
      fence = fence === null ? { mark, line } : null;
      return;
    }
    const label = fence === null ? labelOf(text, source[index + 1] ?? '') : null;
    const listed = label?.list ?? null;
    if (label === null || (listed !== null && list !== undefined && list !== listed)) {
      take({ text, line, column: 1, fenced: fence !== null });
      return;
    }
    if (label.name === null) {
      const title = text.trim();
      if (open !== null && label.level > open.level) {
        if (label.rest === '') headings.push({ text, line, column: 1, fenced: false });
        else take({ text, line, column: 1, fenced: false });
        return;
      }
      if (label.rest === '') headings.push({ text, line, column: 1, fenced: false });
      below = { title, after: open?.name ?? below?.after ?? null };
      open = null;
      if (label.rest !== '') take({ text, line, column: 1, fenced: false });
      return;
    }
    const first = found[label.name];
    if (first !== undefined) {
      problems.push(twice(text.slice(0, label.width), line, first.line));
      open = null;
      return;
    }
    if (list === undefined || listed !== null) list = listed;
    const lines: SectionLine[] = [];
    open = { name: label.name, level: label.level, lines };
    found[label.name] = { line, lines };
    if (label.rest !== '') lines.push({ text: label.rest, line, column: label.width + 1, fenced: false });
  });
  if (fence !== null) problems.push(openFence((fence as { line: number }).line));
  return { found, strays, headings, problems };
}

function twice(text: string, line: number, first: number): Problem {
  return {
    code: 'order-label-twice',
    level: 'error',
    message: `${escapeText(text.trim())} stands here a second time`,
    line,
    column: 1,
    note: `the first is on line ${first}`,
    hint: 'an order has each of the four lines once',
  };
}

function openFence(line: number): Problem {
  return {
    code: 'order-fence-open',
    level: 'error',
    message: 'the code fence is never closed: all that follows is inside it',
    line,
    column: 1,
    hint: 'close it with a line of the same marks',
  };
}

// A label line: one of the four by name, or (name null) another heading. `level` is 1 to 6 for headings, 7 for all
// else; `rest` is what follows on the line; `list` is the indent of a label that is a plain word behind a bullet.
type Label = {
  readonly name: SectionsName | null;
  readonly level: number;
  readonly width: number;
  readonly rest: string;
  readonly list: number | null;
};

function labelOf(text: string, next: string): Label | null {
  const marks = /^ {0,3}(#{1,6})\s+/.exec(text);
  const level = marks?.[1]?.length ?? 7;
  const lead = marks?.[0].length ?? 0;
  const item = bullet.exec(text.slice(lead))?.[0];
  const prefix = lead + (item ?? /^\s*/.exec(text.slice(lead))?.[0] ?? '').length;
  const line = text.slice(prefix);
  const strong = /^(?:\*\*|__|[*_])/.exec(line)?.[0] ?? '';
  const inner = line.slice(strong.length).replace(/^\d{1,9}[.)]\s+/, '');
  const numbered = line.length - strong.length - inner.length;
  const hit = words.flatMap(([word, name]) => {
    const match = word.exec(inner)?.[0];
    return match === undefined ? [] : [{ name, width: match.length }];
  })[0];
  if (hit !== undefined) {
    const tail = tailOf(inner.slice(hit.width), strong, marks !== null || /^ {0,3}(?:={2,}|-{2,})\s*$/.test(next));
    const sentence = item !== undefined && marks === null && tail?.colon === false && tail.text.trim() !== '';
    if (tail !== null && !sentence)
      return {
        name: hit.name,
        level,
        width: prefix + strong.length + numbered + hit.width + tail.width,
        rest: marks === null ? tail.text.trimEnd() : tail.text.trimEnd().replace(/#+$/, '').trimEnd(),
        list: item !== undefined && marks === null && strong === '' ? item.length - item.trimStart().length : null,
      };
  }
  if (marks !== null) return { name: null, level, width: text.length, rest: '', list: null };
  const other = prefix === 0 && strong === '**' ? /^\*\*[^*]+(?::\*\*|：\*\*|\*\*\s?[:：])/.exec(text)?.[0] : undefined;
  if (other === undefined) return null;
  return { name: null, level, width: other.length, rest: text.slice(other.length).trim(), list: null };
}

// The text after a label's word: a colon, the end of its emphasis, or nothing in a heading. Null when the word was only
// the first of a sentence.
type Tail = { readonly width: number; readonly text: string; readonly colon: boolean };

function tailOf(after: string, strong: string, heading: boolean): Tail | null {
  const aside = widthOf(/^\s{0,9}\([^()]{0,200}\)/, after);
  const rest = after.slice(aside);
  const seen = (width: number, colon: boolean): Tail => {
    const end = width + widthOf(/^\s*/, rest.slice(width));
    return { width: aside + end, text: rest.slice(end), colon };
  };
  const colon = widthOf(/^\s{0,9}[:：]/, rest);
  if (strong !== '') {
    const close = colon + widthOf(/^\s*/, rest.slice(colon));
    if (rest.startsWith(strong, close)) {
      const end = close + strong.length;
      const late = colon > 0 ? 0 : widthOf(/^\s{0,9}[:：]/, rest.slice(end));
      return seen(end + late, colon + late > 0);
    }
    // `**Objective: all of it in bold**`
    const whole = colon > 0 && rest.trimEnd().endsWith(strong) ? seen(colon, true) : null;
    return whole === null ? null : { ...whole, text: whole.text.trimEnd().slice(0, -strong.length) };
  }
  if (colon > 0) return seen(colon, true);
  if (!heading) return null;
  if (/^\s*#*\s*$/.test(rest)) return { width: aside + rest.length, text: '', colon: false };
  const dash = widthOf(/^\s{0,9}[-–—]\s/, rest);
  return dash > 0 ? seen(dash, true) : null;
}

function widthOf(expression: RegExp, text: string): number {
  return expression.exec(text)?.[0].length ?? 0;
}

// HTML comments become blanks of the same length, so that lines and columns stay.
function blankComments(text: string): string {
  return text.replace(/<!--[\s\S]*?(?:-->|$)/g, (comment) => comment.replace(/[^\n]/g, ' '));
}
