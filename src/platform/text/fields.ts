// Why: each key of a hand-written file stands once, in a table: its reader, default, help and example. Parser, hints,
// reference and schema come from it.
// Promises: pure. An unknown key is a problem at its place, with the nearest known key. A value with a problem keeps
// the default of its key.
// Never: knows what a key is for.
import type { Field } from './front-matter.ts';
import type { Problem } from './problem.ts';
import { closestOf, escapeText } from './text.ts';

/** A JSON schema (draft 7), or a part of one. */
export type Schema = { readonly [word: string]: unknown };

/**
 * Reports what is wrong with a value. Without `hint` the key's example is the hint; null means no hint. Without `line`
 * it is the key's line.
 */
export type Complain = (
  message: string,
  more?: { readonly hint?: string | null | undefined; readonly code?: string; readonly line?: number },
) => void;

/**
 * Reads the value of a key. `read` tells each flaw through `fail` and gives what can be used all the same; undefined
 * keeps the default. `schema` takes whatever `read` takes without a flaw; it may take more. `keys` are the keys inside
 * a value that is a map; with `named` they are below names that a person chooses.
 */
export type KeyReader<Value> = {
  readonly read: (field: Field, fail: Complain) => Value | undefined;
  readonly schema: Schema;
  readonly keys?: Table;
  readonly named?: boolean;
};

/** The documentation of a key. */
export type About = {
  /** Says what the key does, in one sentence or a few. */
  readonly help: string;
  /** YAML that holds the key, with the keys beside it that it needs. */
  readonly example: string;
  /** The version of the program that first knew the key. */
  readonly since: string;
  /** Says in words what applies without the key, for keys whose default value doesn't say it. */
  readonly without?: string;
  /** The code of its problems, where it has one of its own. */
  readonly code?: string;
  /** True when a file without the key isn't complete. */
  readonly required?: boolean;
  /** True when a program writes the key: no hint tells people to write it. */
  readonly stamped?: boolean;
};

/** One key: how it is read, and what holds without it. */
export type Key<Value> = { readonly reader: KeyReader<Value>; readonly otherwise: Value; readonly about: About };

/** All keys of a file, or of a map in one, by name. */
export type Table = { readonly [name: string]: Key<unknown> };

type ValueOf<One> = One extends Key<infer Value> ? Value : never;

/** The values of a table's keys: a key that has no default and isn't written has no value. */
export type Values<Keys extends Table> = {
  readonly [Name in keyof Keys as undefined extends ValueOf<Keys[Name]> ? never : Name]: ValueOf<Keys[Name]>;
} & {
  readonly [Name in keyof Keys as undefined extends ValueOf<Keys[Name]> ? Name : never]?: Exclude<
    ValueOf<Keys[Name]>,
    undefined
  >;
};

/** Makes a key of a table. `otherwise` holds where the key is not written or its value cannot be used. */
export function key<Value, const Default extends NoInfer<Value> | null | undefined>(
  reader: KeyReader<Value>,
  otherwise: Default,
  about: About,
): Key<Value | Extract<Default, null | undefined>> {
  return { reader, otherwise: otherwise as Value | Extract<Default, null | undefined>, about };
}

/** Reads a file's fields by its table. Problems have the code of their key, else that of `usual`. */
export function readFields<Keys extends Table>(
  table: Keys,
  fields: readonly Field[],
  { code }: { readonly code: string },
): { values: Values<Keys>; problems: Problem[] } {
  const problems: Problem[] = [];
  const values = takeKeys(table, fields, (message, { line, column }, more) => {
    problems.push({ code, level: 'error', message, line, column, ...more, hint: more.hint ?? undefined });
  });
  return { values, problems };
}

/** The values of a table when the file has no key of it. */
export function defaultsOf<Keys extends Table>(table: Keys): Values<Keys> {
  return takeKeys(table, [], () => undefined);
}

type Detail = {
  readonly hint?: string | null;
  readonly code?: string;
  readonly line?: number;
  readonly column?: number;
};
type Tell = (message: string, field: Field, more: Detail) => void;

function takeKeys<Keys extends Table>(table: Keys, fields: readonly Field[], tell: Tell, inside = ''): Values<Keys> {
  const names = Object.keys(table);
  const found = names.map((name): [string, unknown] => [name, table[name]?.otherwise]);
  const out = new Map(found.filter(([, value]) => value !== undefined));
  for (const field of fields) {
    const one = names.includes(field.key) ? table[field.key] : undefined;
    if (one === undefined) {
      const known = names.filter((name) => table[name]?.about.stamped !== true);
      const near = closestOf(field.key, known);
      const hint = near === undefined ? `the keys ${inside}are ${known.join(', ')}` : `did you mean '${near}'?`;
      tell(`unknown key '${showKey(field)}'`, field, { hint });
      continue;
    }
    const { code, example } = one.about;
    const hint = inside === '' ? example : `${inside.slice(3)}{ ${example} }`;
    const value = one.reader.read(field, failAt(field, tell, { ...(code && { code }), ...hintOf(hint) }));
    if (value !== undefined) out.set(field.key, value);
  }
  return Object.fromEntries(out) as Values<Keys>;
}

// Flaws of a field, told with its key in front; a place or a hint of its own goes before what holds for the whole key.
function failAt(field: Field, tell: Tell, usual: Detail): Complain {
  return (message, more = {}) => {
    const given = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
    const place = more.line === undefined ? {} : { column: 1 };
    tell(`${showKey(field)}: ${message}`, field, { ...usual, ...place, ...given });
  };
}

// A hint is one line.
function hintOf(example: string): { hint?: string } {
  return example.includes('\n') ? {} : { hint: example };
}

function showKey(field: Field): string {
  return escapeText(field.key).slice(0, 60);
}

// Hands on what is told inside a value, with its place there.
function tellBy(fail: Complain): Tell {
  return (message, { line, column }, more) => {
    const told: Detail = { line, column, ...more };
    fail(message, told);
  };
}

/** A value, shown in a message. */
export function showValue(value: unknown): string {
  return escapeText(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 60);
}

/**
 * A map of known keys; one that is required and not there is a flaw. `message` says what must stand there where it is
 * no map.
 */
export function block<Keys extends Table>(keys: Keys, message = 'must be a map'): KeyReader<Values<Keys>> {
  return {
    read: (field, fail) => {
      if (field.fields === null) return tellNone(fail, message);
      const written = field.fields.map((one) => one.key);
      const missing = Object.keys(keys).find((name) => keys[name]?.about.required === true && !written.includes(name));
      if (missing !== undefined && written.every((name) => name in keys))
        fail(`needs ${missing}:`, { hint: keys[missing]?.about.example });
      return takeKeys(keys, field.fields, tellBy(fail), `of ${field.key}: `);
    },
    schema: schemaOf(keys),
    keys,
  };
}

/** Names that a person chooses: what is wrong with one, or null, and the shape that a schema can hold them to. */
export type Names = { readonly flawOf: (name: string) => string | null; readonly shape: RegExp };

/**
 * A map whose keys are names that a person chooses. `message` says what must stand there. Entries that cannot be read
 * are left out.
 */
export function byName<Value>(
  reader: KeyReader<Value>,
  message: string,
  { flawOf, shape }: Names = { flawOf: () => null, shape: /^/ },
): KeyReader<ReadonlyMap<string, Value>> {
  return {
    read: (field, fail) => {
      if (field.fields === null) return tellNone(fail, message);
      const out = new Map<string, Value>();
      for (const one of field.fields) {
        const failOne = failAt(one, tellBy(fail), {});
        const flaw = flawOf(one.key);
        const value = flaw === null ? reader.read(one, failOne) : tellNone(failOne, flaw);
        if (value !== undefined) out.set(one.key, value);
      }
      return out;
    },
    schema: { type: 'object', propertyNames: { pattern: shape.source }, additionalProperties: reader.schema },
    ...(reader.keys && { keys: reader.keys, named: true }),
  };
}

/** Says what is wrong, and gives no value. */
export function tellNone(fail: Complain, message: string, hint?: string | null): undefined {
  fail(message, { hint });
  return undefined;
}

/**
 * Makes something else of what another reader gives. It is called for the best there is, also where a flaw was told.
 */
export function refine<From, To>(
  reader: KeyReader<From>,
  next: (value: From, at: { readonly field: Field; readonly fail: Complain }) => To | undefined,
): KeyReader<To> {
  return {
    ...reader,
    read: (field, fail) => {
      const value = reader.read(field, fail);
      return value === undefined ? undefined : next(value, { field, fail });
    },
  };
}

/** As another reader; a key with nothing behind it is as one that is not written. */
export function orBlank<Value>(reader: KeyReader<Value>): KeyReader<Value> {
  return {
    ...reader,
    read: (field, fail) => (field.value === null ? undefined : reader.read(field, fail)),
    schema: { anyOf: [reader.schema, { type: 'null' }] },
  };
}

/** The JSON schema of a map with the keys of a table. */
export function schemaOf(table: Table): Schema {
  const names = Object.keys(table);
  const required = names.filter((name) => table[name]?.about.required === true);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(table).map(([name, one]) => [name, { description: one.about.help, ...one.reader.schema }]),
    ),
    ...(required.length > 0 && { required }),
  };
}

/** The names of a table's values as programs write them: `keep-for` becomes `keepFor`. */
export function camelKeys<Keys extends object>(values: Keys): Camel<Keys> {
  const name = (text: string): string => text.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(values).map(([one, value]) => [name(one), value])) as Camel<Keys>;
}

type CamelName<Name> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<CamelName<Rest>>}` : Name;
/** The same values by names without hyphens. */
export type Camel<Keys> = { readonly [Name in keyof Keys as CamelName<Name>]: Keys[Name] };
