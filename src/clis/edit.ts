// Why: a file of an agent CLI is its person's. A set-up adds its parts to the text and can take them out again.
// Promises: pure; a part that is there already changes nothing; what a person wrote or edited stays, and that is said.
// Never: guesses at a file that can't be read.
import { Fault } from '../platform/text/fault.ts';
import { isBlankJsonc, type JsonValue, readJsonc, withMember, withoutMember } from '../platform/text/jsonc.ts';
import { readToml } from '../platform/text/toml.ts';
import { isHookOfOurs, type SetupPart } from './tools.ts';

/** A text after a part came or went; `kept` says what stays of a person's own. Null is no file. */
export type Edited = { readonly text: string | null; readonly kept: string | null };

/**
 * Adds a part. `earlier` are the parts that an earlier set-up wrote: one of them may be replaced. Throws Fault
 * `setup-unreadable`, `setup-shape`.
 */
export function addPart(text: string | null, part: SetupPart, earlier: readonly SetupPart[]): Edited {
  if (part.kind === 'whole') {
    if (text !== null && sameLines(text, part.text)) return { text, kept: null };
    if (text === null || earlier.some((one) => one.kind === 'whole' && sameLines(one.text, text)))
      return { text: part.text, kept: null };
    return { text, kept: 'it is there and says something else' };
  }
  return part.kind === 'table' ? addTable(text ?? '', part, earlier) : addEntry(text ?? '', part, earlier);
}

/**
 * Takes a part out, if it stands there as it was written. `recorded` says that an earlier set-up is known to have
 * written it. Throws Fault `setup-unreadable`.
 */
export function takePart(text: string | null, part: SetupPart, recorded = false): Edited {
  if (text === null) return { text, kept: null };
  switch (part.kind) {
    case 'whole':
      return sameLines(text, part.text) ? { text: null, kept: null } : { text, kept: 'it was edited' };
    case 'table':
      return takeTable(text, part);
    case 'entry':
      return part.shared === true ? { text, kept: null } : dropEntry(text, part, recorded);
  }
}

type TablePart = Extract<SetupPart, { kind: 'table' }>;
type EntryPart = Extract<SetupPart, { kind: 'entry' }>;

function addTable(text: string, part: TablePart, earlier: readonly SetupPart[]): Edited {
  const tables = [part, ...earlier].filter((one) => one.kind === 'table') as TablePart[];
  const known = tables.map((one) => standingTable(text, one)).find((one) => one !== null);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const table = part.text.replaceAll('\n', eol);
  if (known !== undefined && known !== null) {
    const same = sameLines(known, part.text);
    return { text: same ? text : text.replace(known, () => table), kept: null };
  }
  if (valueUnder(readTable(text, part), part.at) !== undefined)
    return { text, kept: `[${part.at.join('.')}] is there and says something else` };
  const gap = text === '' ? '' : text.endsWith('\n') ? eol : `${eol}${eol}`;
  const extended = `${text}${gap}${table}`;
  if (!readToml(extended).ok) throw shapeFault(part, `[${part.at.join('.')}] can't be added to it`, part.text);
  return { text: extended, kept: null };
}

function takeTable(text: string, part: TablePart): Edited {
  const there = valueUnder(readTable(text, part), part.at);
  const table = standingTable(text, part);
  // Keys that a person added to the table would fall into the one above.
  if (table === null || !sameJson(there, valueUnder(readTable(part.text, part), part.at)))
    return { text, kept: there === undefined ? null : `[${part.at.join('.')}] was edited` };
  const at = text.indexOf(table);
  const before = text.slice(0, at).replace(/(\r?\n)\r?\n$/, '$1');
  return { text: `${before}${text.slice(at + table.length)}`, kept: null };
}

// The table as it stands in the text, with the line ends that it has there. An editor may have changed them.
function standingTable(text: string, part: TablePart): string | null {
  return [part.text, part.text.replaceAll('\n', '\r\n')].find((one) => text.includes(one)) ?? null;
}

function sameLines(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n') === b.replaceAll('\r\n', '\n');
}

function addEntry(text: string, part: EntryPart, earlier: readonly SetupPart[]): Edited {
  const start = isBlankJsonc(text) ? emptyMap(text) : text;
  const mine = [part, ...earlier].filter((one) => one.kind === 'entry' && sameJson(one.at, part.at)) as EntryPart[];
  const root = parseEntries(start, part);
  if (part.list) {
    const items = itemsUnder(root, part);
    const index = items.findIndex((one) => mine.some(({ value }) => sameJson(value, one)));
    if (sameJson(items[index], part.value)) return { text, kept: null };
    if (index < 0 && items.some(isHookOfOurs))
      return { text, kept: `${part.at.join('.')} has a hook of fourline that says something else` };
    const cleared = index < 0 ? start : withoutMember(start, [...part.at, index]);
    return { text: extend(cleared, part), kept: null };
  }
  const found = valueUnder(root, part.at);
  if (sameJson(found, part.value)) return { text, kept: null };
  if (found === undefined) return { text: extend(start, part), kept: null };
  if (part.shared !== true && mine.some(({ value }) => sameJson(value, found)))
    return { text: extend(withoutMember(start, part.at), part), kept: null };
  return { text, kept: part.shared === true ? null : `${part.at.join('.')} is there and says something else` };
}

function dropEntry(text: string, part: EntryPart, recorded: boolean): Edited {
  const root = parseEntries(text, part);
  if (part.list) return dropItem(text, root, { part, recorded });
  const found = valueUnder(root, part.at);
  if (sameJson(found, part.value)) return { text: withoutEntry(text, part.at, part), kept: null };
  return { text, kept: found === undefined ? null : `${part.at.join('.')} was edited` };
}

function dropItem(
  text: string,
  root: JsonValue,
  { part, recorded }: { readonly part: EntryPart; readonly recorded: boolean },
): Edited {
  const items = itemsUnder(root, part);
  const index = items.findIndex((one) => sameJson(one, part.value));
  if (index >= 0) return { text: withoutEntry(text, [...part.at, index], part), kept: null };
  const edited = items.findIndex(isHookOfOurs);
  if (edited < 0) {
    const other = recorded && items.length > 0;
    return { text, kept: other ? `${part.at.join('.')} has no hook that asks fourline any more` : null };
  }
  // A person put hooks of their own beside ours.
  const [own] = handlersOf(part.value);
  const handlers = handlersOf(items[edited]);
  const place = handlers.findIndex((one) => sameJson(one, own));
  if (place >= 0 && handlers.length > 1)
    return { text: withoutMember(text, [...part.at, edited, 'hooks', place]), kept: null };
  return { text, kept: `${part.at.join('.')} has a hook of fourline that says something else` };
}

function handlersOf(item: JsonValue | undefined): readonly JsonValue[] {
  const hooks = item === undefined ? undefined : valueUnder(item, ['hooks']);
  return Array.isArray(hooks) ? hooks : [];
}

// Lists and maps in which nothing is left were made for the entry.
function withoutEntry(text: string, path: readonly (string | number)[], part: EntryPart): string {
  let left = withoutMember(text, path);
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const above = path.slice(0, depth) as string[];
    const rest = valueUnder(parseEntries(left, part), above);
    if (rest === null || typeof rest !== 'object' || Object.keys(rest).length > 0) break;
    left = withoutMember(left, above);
  }
  return left;
}

// Makes the maps that lead to the entry, from the top down, with the entry in the first that is missing.
function extend(text: string, part: EntryPart): string {
  const root = parseEntries(text, part);
  let depth = 0;
  while (depth < part.at.length && valueUnder(root, part.at.slice(0, depth + 1)) !== undefined) depth += 1;
  const whole = depth === part.at.length;
  const above = part.at.slice(0, depth);
  const key = whole ? null : (part.at[depth] ?? '');
  const rest = part.at.slice(depth + 1);
  const inner: JsonValue = part.list && !whole ? [part.value] : part.value;
  const value = rest.reduceRight<JsonValue>((value, name) => ({ [name]: value }), inner);
  const holder = valueUnder(root, above);
  if (whole ? !Array.isArray(holder) : holder === null || typeof holder !== 'object' || Array.isArray(holder))
    throw shapeFault(part, `${above.join('.') || 'it'} is no ${whole ? 'list' : 'map'}`, JSON.stringify(part.value));
  const extended = withMember(text, above, key, value);
  const after = readJsonc(extended);
  const there = after.ok ? valueUnder(after.value, part.at) : undefined;
  if (part.list ? Array.isArray(there) && sameJson(there.at(-1), part.value) : sameJson(there, part.value))
    return extended;
  throw shapeFault(part, `${part.at.join('.')} can't be added to it`, JSON.stringify(part.value));
}

// A map below the comments of a file that holds nothing else.
function emptyMap(text: string): string {
  if (text.trim() === '') return '{}\n';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text}${text.endsWith('\n') ? '' : eol}{}${eol}`;
}

function itemsUnder(root: JsonValue, part: EntryPart): readonly JsonValue[] {
  const list = valueUnder(root, part.at);
  return Array.isArray(list) ? list : [];
}

function parseEntries(text: string, { file }: EntryPart): JsonValue {
  const reading = readJsonc(isBlankJsonc(text) ? '{}' : text);
  if (reading.ok) return reading.value;
  throw unreadableText(file, reading);
}

function readTable(text: string, { file }: TablePart): JsonValue {
  const reading = readToml(text);
  if (reading.ok) return Object.fromEntries(reading.fields.map(({ key, value }) => [key, value as JsonValue]));
  const { message = 'it is no TOML', line = 1, column = 1 } = reading.problems[0] ?? {};
  throw unreadableText(file, { flaw: message, line, column });
}

function unreadableText(file: string, { flaw, line, column }: { flaw: string; line: number; column: number }): Fault {
  return new Fault('setup-unreadable', `${file} can't be read: ${flaw}`, {
    where: `${file}:${line}:${column}`,
    hint: 'correct it and try again; it was not changed',
  });
}

function shapeFault({ file, at }: EntryPart | TablePart, what: string, value: string): Fault {
  return new Fault('setup-shape', `${file}: ${what}`, {
    hint: `nothing was changed; write ${at.join('.')} yourself: ${value.trim()}`,
  });
}

function valueUnder(root: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, key)) return;
    value = (value as Readonly<Record<string, JsonValue>>)[key];
  }
  return value;
}

function sameJson(a: unknown, b: unknown): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
