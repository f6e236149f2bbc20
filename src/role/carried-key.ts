// Why: an agent file is carried over key by key; what one key comes to has one form.
// Promises: pure; a value that is shown is one line, escaped and cut.
// Never: knows a key.
import { escapeText } from '../platform/text/text.ts';

/** The part of a card that one key of a file becomes. */
export type CarriedKey = {
  readonly set?: Readonly<Record<string, string>>;
  readonly turns?: number;
  readonly minutes?: number;
  readonly send?: readonly string[];
  readonly comments?: readonly string[];
  readonly lost?: string | undefined;
  readonly told?: string | undefined;
};

/** A key that no card has: its value is told. */
export function lose(value: unknown): CarriedKey {
  return { lost: showForeign(value) };
}

/** A value of an agent file in a line. */
export function showForeign(value: unknown): string {
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const line = escapeText(shown.replace(/\s+/g, ' ').trim());
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** True for a map. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
