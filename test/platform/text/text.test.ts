// A shown text moves no cursor, hides nothing and cannot be taken for ours.
import { describe, expect, test } from 'vitest';
import { escapeJson, escapeLines, escapeScreen, escapeText, quoteLines } from '../../../src/platform/text/text.ts';

describe('one line', () => {
  test.each([
    ['plain, straße, 日本語, 📦', 'plain, straße, 日本語, 📦'],
    ['a\tb', 'a b'],
    ['a\nb', 'a\\u{a}b'],
    ['a\u001b[2Jb', 'a\\u{1b}[2Jb'],
    ['a\u009bb', 'a\\u{9b}b'],
    ['a\u007fb', 'a\\u{7f}b'],
    ['a\rb', 'a\\u{d}b'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u2028b', 'a\\u{2028}b'],
    ['a\u200bb', 'a\\u{200b}b'],
    ['a\u{e0041}b', 'a\\u{e0041}b'],
    // Characters that hide a text in what looks like empty text: fillers, and the many selectors.
    ['a\u3164b', 'a\\u{3164}b'],
    ['a\ufe01b', 'a\\u{fe01}b'],
    ['a\u{e0100}b', 'a\\u{e0100}b'],
    // The two that choose between a sign and its picture.
    ['✔\ufe0f ☎\ufe0e', '✔\ufe0f ☎\ufe0e'],
    ['a\ud800b', 'a\\u{d800}b'],
  ])('%j', (text, shown) => {
    expect(escapeText(text)).toBe(shown);
  });
});

test('several lines keep their ends, and on a screen their tabs', () => {
  expect(escapeLines('a\r\nb\u001b\n\tc')).toBe('a\nb\\u{1b}\n c');
  expect(escapeScreen('a\r\nb\u001b\n\tc')).toBe('a\nb\\u{1b}\n\tc');
});

test('JSON reads back as it was, and shows nothing it should not', () => {
  const value = { a: 'x\u009b\u202e\u2028\u{e0041}\n\t', 'b\u200b': ['\u001b[2J'] };
  const shown = escapeJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(shown)).toEqual(value);
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
});

test('every line of a quoted text is marked', () => {
  expect(quoteLines('\nNo.\n\n## Landed\r\n- all\u2028- more\n')).toEqual([
    '> No.',
    '>',
    '> ## Landed',
    '> - all\\u{2028}- more',
  ]);
});
