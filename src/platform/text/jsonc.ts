// Why: the one door to jsonc-parser: agent CLIs keep their configuration in JSON that people edit, comments and all.
// Promises: an entry comes and goes, and every other character but its commas stays as it was.
// Never: touches the disk; prints a person's file anew.
import { type Node, type ParseError, parse, parseTree, printParseErrorCode } from 'jsonc-parser';

/** A value of JSON. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A text's value, or what is wrong with it and where: line and column count from 1. */
export type JsoncReading =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly flaw: string; readonly line: number; readonly column: number };

const lenient = { allowTrailingComma: true } as const;

/** Whether a text holds comments and blanks alone. */
export function isBlankJsonc(text: string): boolean {
  return skipSpace(text, 0) === text.length;
}

/** Reads JSON with comments and trailing commas. */
export function readJsonc(text: string): JsoncReading {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, lenient);
  const [first] = errors;
  if (first === undefined) return { ok: true, value: value as JsonValue };
  const before = text.slice(0, first.offset).split('\n');
  const flaw = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return { ok: false, flaw, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/**
 * The text, which can be read, with a new member in the map at `path`, or with a new last item in the list there
 * (`key` null). Throws where there is no such map or list.
 */
export function withMember(text: string, path: readonly string[], key: string | null, value: JsonValue): string {
  const node = jsonNodeAt(text, path);
  if (node?.type !== (key === null ? 'array' : 'object')) throw new Error(`nothing to extend at ${path.join('.')}`);
  const name = key === null ? '' : `${JSON.stringify(key)}: `;
  const end = node.offset + node.length - 1;
  const inner = text.slice(node.offset + 1, end);
  const last = node.children?.at(-1);
  if (last !== undefined && !inner.includes('\n')) {
    // All on one line: so is what comes.
    const at = last.offset + last.length;
    return `${text.slice(0, at)}, ${name}${JSON.stringify(value)}${text.slice(at)}`;
  }
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const outer = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', node.offset - 1) + 1))?.[0] ?? '';
  const indent = (last === undefined ? null : indentOf(text, last)) ?? `${outer}${unit}`;
  const printed = JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
  const member = `${eol}${indent}${name}${printed}`;
  if (last === undefined) {
    const at = node.offset + 1 + inner.trimEnd().length;
    const close = text.slice(at, end).includes('\n') ? '' : `${eol}${outer}`;
    return `${text.slice(0, at)}${member}${close}${text.slice(at)}`;
  }
  const after = last.offset + last.length;
  const comma = skipSpace(text, after);
  if (text[comma] === ',') {
    const at = endOfLine(text, comma + 1);
    return `${text.slice(0, at)}${member},${text.slice(at)}`;
  }
  const at = endOfLine(text, after);
  return `${text.slice(0, after)},${text.slice(after, at)}${member}${text.slice(at)}`;
}

/** The text without the member or item at a path of keys and places in lists. */
export function withoutMember(text: string, path: readonly (string | number)[]): string {
  const children = jsonNodeAt(text, path.slice(0, -1))?.children ?? [];
  const own = jsonNodeAt(text, path)?.offset ?? -1;
  const index = children.findIndex((one) => one.offset <= own && own < one.offset + one.length);
  const node = children[index];
  if (node === undefined) return text;
  const [from, to] = [startOfLine(text, node.offset), node.offset + node.length];
  const next = skipSpace(text, to);
  if (text[next] === ',') return text.slice(0, from) + text.slice(next + 1);
  const before = children[index - 1];
  if (before === undefined) return text.slice(0, from) + text.slice(to);
  const comma = skipSpace(text, before.offset + before.length);
  return text.slice(0, comma) + text.slice(comma + 1, Math.max(from, comma + 1)) + text.slice(to);
}

// The last one counts of two members with one name.
function jsonNodeAt(text: string, path: readonly (string | number)[]): Node | undefined {
  let node = parseTree(text, [], lenient);
  for (const step of path)
    node =
      typeof step === 'number'
        ? node?.children?.[step]
        : node?.children?.findLast((one) => one.type === 'property' && one.children?.[0]?.value === step)
            ?.children?.[1];
  return node;
}

function indentOf(text: string, node: Node): string | null {
  const line = text.slice(text.lastIndexOf('\n', node.offset - 1) + 1, node.offset);
  return /^[ \t]*$/.test(line) ? line : null;
}

// Behind blanks, line ends and comments.
function skipSpace(text: string, from: number): number {
  const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;
  space.lastIndex = from;
  space.exec(text);
  return space.lastIndex;
}

// Behind a comment that stands on the same line.
function endOfLine(text: string, from: number): number {
  const comment = /[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)/y;
  comment.lastIndex = from;
  return comment.test(text) ? comment.lastIndex : from;
}

function startOfLine(text: string, from: number): number {
  const blank = /\r?\n?[ \t]*$/.exec(text.slice(0, from))?.[0] ?? '';
  return from - blank.length;
}
