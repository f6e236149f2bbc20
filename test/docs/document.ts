// Why: the documents are tested like code: their examples run, their links lead somewhere, their prose keeps to the
// house rules.
// Promises: one list of documents, one reader of blocks.
// Never: changes a document.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const top = resolve(import.meta.dirname, '../..');

/** The documents by path from the top. CHANGELOG.md is a list of what changed, written release by release. */
export const documents: readonly string[] = [
  ...['README.md', 'INTERNALS.md', 'SECURITY.md', 'AGENTS.md'],
  ...readdirSync(`${top}/docs`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** The text of a document. */
export function textOf(document: string): string {
  return readFileSync(`${top}/${document}`, 'utf8');
}

/** A fenced block: the words behind its opening fence, and its lines. */
export type Block = { readonly info: string; readonly lines: readonly string[] };

/** All fenced blocks of a text. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    info: match[1] ?? '',
    lines: (match[2] ?? '').split('\n').slice(0, -1),
  }));
}

/** A text without its fenced blocks; every line keeps its number. */
export function proseOf(text: string): string {
  return text.replace(/^```.*\n[\s\S]*?^```$/gm, (block) => block.replace(/.+/g, ''));
}
