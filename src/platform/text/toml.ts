// Why: the one door to smol-toml: Codex keeps its agents in TOML.
// Promises: keys come as a list, so `__proto__` is a key like any other; an error has its line.
// Never: touches the disk.
import { parse, stringify, TomlError } from 'smol-toml';
import { messageOf } from './fault.ts';
import type { Problem } from './problem.ts';
import { escapeText } from './text.ts';

/** A TOML file's keys at its top, in their order, or what is wrong with it. */
export type TomlReading =
  | { readonly ok: true; readonly fields: readonly { readonly key: string; readonly value: unknown }[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads TOML (version 1.0). A whole number that is too large for a number of JavaScript is a text of its digits. */
export function readToml(text: string): TomlReading {
  try {
    return {
      ok: true,
      fields: Object.entries(parse(text, { integersAsBigInt: 'asNeeded' })).map(([key, value]) => ({
        key,
        value: withoutBig(value),
      })),
    };
  } catch (error) {
    const { line, column } = error instanceof TomlError ? error : { line: 1, column: 1 };
    const [first] = messageOf(error).split('\n');
    const message = escapeText(first ?? 'it is no TOML');
    return { ok: false, problems: [{ code: 'toml', level: 'error', message, line, column }] };
  }
}

function withoutBig(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}`;
  if (Array.isArray(value)) return value.map(withoutBig);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutBig(one)]));
}

/** Prints a table as TOML. A text keeps its every character. */
export function printToml(table: Readonly<Record<string, unknown>>): string {
  return `${stringify(table).trimEnd()}\n`;
}
