// Why: an edit of a card is told to people in one way, before it is in force and when it is put in its place.
// Promises: pure; no list is longer than a screen; the files that were not asked about are told.
// Never: says whether an edit is good.
import type { CardPowers } from '../api.ts';
import { diffLines } from '../platform/text/line-diff.ts';
import { countOf, escapeText } from '../platform/text/text.ts';

/** How many files of an edit are listed, and how many that two roles share. */
const mostListed = { files: 40, shared: 5 } as const;

/** The lines that go and come between two texts. */
export function changedLines(before: string, after: string): string[] {
  return diffLines(before, after).flatMap(({ sign, text }) => (sign === ' ' ? [] : [`${sign} ${escapeText(text)}`]));
}

/** The files that a role gains and loses, those it shares with others, and what else of its card changes. */
export function powerLines({ adds, takes, shared, keys, unasked }: CardPowers): string[] {
  return [
    `gains ${fileCount(adds.length)}`,
    ...fileLines(adds, adds.length, mostListed.files),
    `loses ${fileCount(takes.length)}`,
    ...fileLines(takes, takes.length, mostListed.files),
    ...shared.flatMap(({ role, count, files }) => [
      `shares ${fileCount(count)} with ${role}`,
      ...fileLines(files, count, mostListed.shared),
    ]),
    ...(keys.length > 0 ? [escapeText(`changes ${keys.join(', ')}`)] : []),
    ...(unasked > 0 ? [`${fileCount(unasked)} of the repositories were not looked at`] : []),
  ];
}

function fileCount(count: number): string {
  return count === 0 ? 'no file' : countOf(count, 'file');
}

function fileLines(files: readonly string[], count: number, most: number): string[] {
  const shown = files.slice(0, most);
  const more = count - shown.length;
  return [...shown.map((path) => `  ${escapeText(path)}`), ...(more > 0 ? [`  and ${more} more`] : [])];
}
