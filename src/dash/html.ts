// Why: agents write names, reports and diffs, and the dashboard shows them. One place turns text into HTML.
// Promises: pure. A text that is put into a template is shown as text: markup is escaped, and characters that hide or
// reorder text are written out. Only what this file's template made goes in as it is.
// Never: takes a text for markup because of where it comes from.
import { escapeLines } from '../platform/text/text.ts';

/** A piece of HTML that the template made. */
export type Html = { readonly markup: string };

/** A value of a template: a piece, text, number, or list of them; null, undefined and booleans show nothing. */
export type Shown = Html | string | number | boolean | null | undefined | readonly Shown[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template of HTML. Every value is escaped, in text and in quoted attributes alike. */
export function html(parts: TemplateStringsArray, ...values: readonly Shown[]): Html {
  return { markup: parts.map((part, at) => `${part}${at < values.length ? markupOf(values[at]) : ''}`).join('') };
}

/** A text as HTML: one that shows nothing else than its characters. */
export function escapeHtml(text: string): string {
  const shown = text.split('\t').map(escapeLines).join('\t');
  return shown.replace(/[&<>"']/g, (char) => entities[char] ?? '');
}

/** The same piece, or nothing where a condition does not hold. */
export function when(holds: boolean, piece: () => Html | null): Html | null {
  return holds ? piece() : null;
}

function markupOf(value: Shown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return `${value}`;
  return 'markup' in value ? value.markup : value.map(markupOf).join('');
}
