// Why: the one door to yaml. Front matter is data that people and agents write; it must never be code.
// Promises: only a first line of exactly `---` opens it and only `---` closes it. A text that other tools would part
// elsewhere is refused. YAML 1.2 core: no aliases, no tags, no duplicate keys; a mere warning of yaml is an error here.
// Keys come as a list of fields with their lines, so `__proto__` is a key like any other.
// Never: evaluates anything, guesses, or reads with a cache.
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { isReason, messageOf, type Reason } from './fault.ts';
import type { Problem } from './problem.ts';
import { escapeText } from './text.ts';

/**
 * One `key: value` of front matter. `line` counts from 1 in the whole file, and so does `valueLine`, the line on which
 * the value's own text begins; `column` counts from 1 and is where the key stands. `fields` are the keys of a value
 * that is a map, null for every other value.
 */
export type Field = {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
  readonly column: number;
  readonly valueLine: number;
  readonly fields: readonly Field[] | null;
};

/** A text taken apart. `bodyLine` is the file's line on which the body begins, from 1. */
export type FrontMatter =
  | {
      readonly ok: true;
      readonly fields: readonly Field[];
      readonly body: string;
      readonly bodyLine: number;
      readonly present: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Takes a text apart into its front matter's fields and its body. Texts with a byte order mark or CRLF line ends are
 * welcome.
 */
export function splitFrontMatter(source: string): FrontMatter {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  if (lines[0] !== '---') {
    const first = lines.findIndex((line) => line.trim() !== '');
    if (first > 0 && lines[first] === '---')
      return failed(
        'front-matter-late',
        'the front matter does not begin on line 1',
        first + 1,
        'remove the blank lines above ---',
      );
    if (/^---/.test(lines[0] ?? ''))
      return failed(
        'front-matter-fence',
        'the first line must be exactly ---',
        1,
        'front matter is YAML between two lines of ---',
      );
    return { ok: true, fields: [], body: text, bodyLine: 1, present: false };
  }
  const end = lines.indexOf('---', 1);
  if (end < 0)
    return failed(
      'front-matter-open',
      'the front matter is never closed',
      1,
      'add a line of exactly --- after its last key',
    );
  // gray-matter, and tools that go by it, let any line that begins with --- close it.
  const early = lines.slice(1, end).findIndex((line) => line.startsWith('---'));
  if (early >= 0)
    return failed(
      'front-matter-fence',
      'the front matter cannot be told from the body',
      early + 2,
      'keep --- on lines of their own',
    );
  const read = readYaml(lines.slice(1, end).join('\n'), 2);
  if (!read.ok) return read;
  const body = lines.slice(end + 1).join('\n');
  return { ok: true, fields: read.fields, body, bodyLine: end + 2, present: true };
}

/** Reads a YAML map into fields. `line` is the number of its first line in the file it came from. */
export function readYaml(
  yaml: string,
  line = 1,
): { ok: true; fields: readonly Field[] } | { ok: false; problems: readonly Problem[] } {
  const counter = new LineCounter();
  const document = parseDocument(yaml, {
    lineCounter: counter,
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
  });
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => {
    const at = counter.linePos(error.pos[0]);
    const [message] = error.message.split('\n');
    return {
      code: 'yaml',
      level: 'error',
      message: escapeText(message ?? 'not YAML'),
      line: at.line + line - 1,
      column: at.col,
      hint: 'globs and words with : # * & ! need quotes, or a literal block (|)',
    };
  });
  if (problems.length > 0) return { ok: false, problems };
  const root = document.contents as ParsedNode | null;
  if (root === null) return { ok: true, fields: [] };
  if (!isMap(root))
    return { ok: false, problems: [problemAt('yaml-map', 'it must be a list of key: value lines', line)] };
  for (const pair of root.items)
    if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
      const at = counter.linePos(pair.key.range[0]).line + line - 1;
      return { ok: false, problems: [problemAt('yaml-key', 'a key must be a plain word', at)] };
    }
  const fields: Field[] = [];
  for (const pair of root.items) {
    const read = fieldOf(pair, { document, counter, line });
    if (isReason(read)) {
      const at = counter.linePos(pair.key.range[0]).line + line - 1;
      return { ok: false, problems: [problemAt('yaml-alias', `${read}: aliases (*name) are not read`, at)] };
    }
    fields.push(read);
  }
  return { ok: true, fields };
}

/** Where nodes come from. `line` is the number of the document's first line in its file. */
type YamlSource = { readonly document: Document.Parsed; readonly counter: LineCounter; readonly line: number };

// A string says why the value cannot be read.
function fieldOf({ key, value: node }: Pair<ParsedNode, ParsedNode | null>, source: YamlSource): Field | Reason {
  const { document, counter, line } = source;
  const at = counter.linePos(key.range[0]);
  const start = node === null ? at.line : counter.linePos(node.range[0]).line;
  const block = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  try {
    const value: unknown = node === null ? null : node.toJS(document, { maxAliasCount: 0 });
    const inner = isMap(node) ? (node as YAMLMap.Parsed).items.map((pair) => fieldOf(pair, source)) : null;
    return {
      key: isScalar(key) ? String(key.value ?? '') : String(key),
      value,
      line: at.line + line - 1,
      column: at.col,
      valueLine: start + line - 1 + (block ? 1 : 0),
      fields: inner?.filter((one) => typeof one !== 'string') ?? null,
    };
  } catch (error) {
    return escapeText(messageOf(error));
  }
}

function problemAt(code: string, message: string, line: number, hint?: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}

function failed(code: string, message: string, line: number, hint?: string): FrontMatter {
  return { ok: false, problems: [problemAt(code, message, line, hint)] };
}
