// Why: what an editor is answered depends on where the cursor is: at a key, behind one, in a list of patterns, below a
// label.
// Promises: pure; reads lines and indents alone, so that a text that is no YAML yet has places as well.
// Never: says what is wrong; `check` does.
import type { HandWritten } from '../api.ts';

/** A place in a text: `line` and `character` from 0, as editors count. */
export type Cursor = { readonly line: number; readonly character: number };

/**
 * The key, word or label at a cursor. `path` are the keys that lead there, `typed` is the word up to the cursor.
 * `taken` are the words beside it that stand there already.
 */
export type CursorPlace =
  | {
      readonly what: 'key';
      readonly path: readonly string[];
      readonly typed: string;
      readonly taken: readonly string[];
    }
  | { readonly what: 'value'; readonly path: readonly string[]; readonly typed: string }
  | { readonly what: 'label'; readonly typed: string; readonly taken: readonly string[] }
  | { readonly what: 'branching'; readonly typed: string };

/** The orderLabels of the four lines, as people write them. */
export const orderLabels: readonly string[] = ['Objective', 'Acceptance', 'Files', 'Branching'];

const keyLine = /^(\s*)([\w.-]+)\s*:(?:\s|$)/;

/** Finds the place that a cursor is at; null where there is nothing to say about it. */
export function locateCursor(kind: HandWritten, text: string, { line, character }: Cursor): CursorPlace | null {
  const lines = text.split(/\r?\n/);
  const before = (lines[line] ?? '').slice(0, character);
  if (kind === 'fourline') return yamlPlace(lines, line, before);
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : 0;
  const last = end < 0 ? lines.length : end;
  if (line > 0 && line < last) return yamlPlace(lines.slice(0, last), line, before, 1);
  return kind === 'order' && line > last - 1 && line !== end ? bodyPlace(lines.slice(end), line - end, before) : null;
}

function yamlPlace(lines: readonly string[], line: number, before: string, first = 0): CursorPlace | null {
  const own = keyLine.exec(before);
  const indent = /^\s*/.exec(before)?.[0].length ?? 0;
  const above = keysAbove(lines, line, indent, first);
  if (above === null) return null;
  if (own !== null) return flowPlace([...above, own[2] ?? ''], before.slice(own[0].length));
  const item = /^\s*-\s+(.*)$/.exec(before)?.[1];
  if (item !== undefined) return { what: 'value', path: above, typed: lastWord(item) };
  if (!/^\s*[\w-]*$/.test(before)) return null;
  return { what: 'key', path: above, typed: before.trim(), taken: keysBeside(lines, line, indent, first) };
}

// Inside `{ a: 1, b` stands a key of that map, elsewhere behind a key one of its words.
function flowPlace(path: readonly string[], value: string): CursorPlace {
  const open = value.lastIndexOf('{');
  if (open < 0 || value.indexOf('}', open) >= 0) return { what: 'value', path, typed: lastWord(value) };
  const inner = value.slice(open + 1).split(',');
  const last = (inner.at(-1) ?? '').trimStart();
  const key = /^([\w.-]+)\s*:\s*/.exec(last);
  if (key !== null) return { what: 'value', path: [...path, key[1] ?? ''], typed: lastWord(last.slice(key[0].length)) };
  const taken = inner.flatMap((one) => /^\s*([\w.-]+)\s*:/.exec(one)?.[1] ?? []);
  return { what: 'key', path, typed: last, taken };
}

function lastWord(text: string): string {
  return /[\w.-]*$/.exec(text)?.[0] ?? '';
}

// The keys that a line is below, the outer ones first; null inside a literal block, whose lines are no YAML.
function keysAbove(lines: readonly string[], line: number, indent: number, first: number): string[] | null {
  const path: string[] = [];
  let width = indent;
  for (let at = line - 1; at >= first && width > 0; at--) {
    const text = lines[at] ?? '';
    const key = keyLine.exec(text);
    if (text.trim() === '' || key === null || (key[1] ?? '').length >= width) continue;
    if (path.length === 0 && /:\s*[|>][-+\d]*\s*$/.test(text)) return null;
    width = (key[1] ?? '').length;
    path.unshift(key[2] ?? '');
  }
  return path;
}

// The keys of the same map that stand on other lines.
function keysBeside(lines: readonly string[], line: number, indent: number, first: number): string[] {
  const found: string[] = [];
  const collect = (from: number, step: number): void => {
    for (let at = from; at >= first && at < lines.length; at += step) {
      const text = lines[at] ?? '';
      if (text.trim() === '') continue;
      const key = keyLine.exec(text);
      const width = /^\s*/.exec(text)?.[0].length ?? 0;
      if (width < indent) return;
      if (key !== null && width === indent) found.push(key[2] ?? '');
    }
  };
  collect(line - 1, -1);
  collect(line + 1, 1);
  return found;
}

const labelLine = new RegExp(`^\\s*(?:[-*+]\\s+|#+\\s*)?[*_]{0,2}(${orderLabels.join('|')})\\b.*:`, 'i');

function bodyPlace(lines: readonly string[], line: number, before: string): CursorPlace | null {
  const labelAt = (at: number): string | undefined => labelLine.exec(lines[at] ?? '')?.[1]?.toLowerCase();
  let section: string | undefined;
  for (let at = line; at >= 0 && section === undefined; at--) section = labelAt(at);
  if (section === 'branching' && (labelAt(line) === undefined || before.includes(':')))
    return { what: 'branching', typed: lastWord(before) };
  if (!/^[*]{0,2}[A-Za-z]*$/.test(before)) return null;
  return { what: 'label', typed: before, taken: lines.flatMap((_, at) => labelAt(at) ?? []) };
}

/** The word at a cursor and where it begins and ends on its line; null between words. */
export function wordAt(text: string, { line, character }: Cursor): { word: string; from: number; to: number } | null {
  const written = text.split(/\r?\n/)[line] ?? '';
  const from = character - lastWord(written.slice(0, character)).length;
  const to = character + (/^[\w.-]*/.exec(written.slice(character))?.[0].length ?? 0);
  return from === to ? null : { word: written.slice(from, to), from, to };
}
