import { expect, test } from 'vitest';
import { compareLedger } from '../../src/ledger/compare.ts';
import type { Entry } from '../../src/ledger/entry.ts';

// A history in letters: a capital is an edited line or commit, the numbers are those the commits give themselves.
function compare(journal: string, ledger: string, numbers?: readonly number[]): string[] {
  const entries = [...journal].map((at): Entry => ({ v: 1, at, step: 'stopped', pid: 1 }));
  const seal = (letter: string, number: number): string => `coder\n1\n${letter}\n\nFourline-Entry: ${number}`;
  const published = [...ledger].map((letter, index) => {
    const number = numbers?.[index] ?? index + 1;
    return { id: letter, number, seal: seal(letter, number), domain: 'fourline.local' };
  });
  const { differences } = compareLedger(
    entries,
    [...journal].map((letter, index) => seal(letter, index + 1)),
    published,
  );
  return differences.map((one) => `${one.kind} ${one.kind === 'unwritten' ? one.commit : one.index}`);
}

test.each<[string, string, string, readonly number[] | undefined, string[]]>([
  ['the same twice', 'abc', 'abc', undefined, []],
  ['an edited line', 'aBc', 'abc', undefined, ['differs 1']],
  ['two edited lines in a row', 'aBCd', 'abcd', undefined, ['differs 1', 'differs 2']],
  ['a removed line', 'ac', 'abc', undefined, ['unwritten b']],
  ['a removed last line', 'ab', 'abc', undefined, ['unwritten c']],
  ['an inserted line', 'axbc', 'abc', undefined, ['unpublished 1']],
  ['lines that wait', 'abcd', 'ab', undefined, ['unpublished 2', 'unpublished 3']],
  ['two lines that changed places', 'acb', 'abc', undefined, ['unpublished 1', 'unwritten c']],
  ['a commit with another number', 'abc', 'abc', [1, 7, 3], ['differs 1']],
  ['numbers that were given again behind a lost line', 'acd', 'abcd', [1, 2, 3, 3], ['unwritten b']],
  ['a journal that is gone', '', 'ab', undefined, ['unwritten a', 'unwritten b']],
])('%s', (_, journal, ledger, numbers, expected) => {
  expect(compare(journal, ledger, numbers)).toEqual(expected);
});
