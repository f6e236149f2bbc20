import { expect, test } from 'vitest';
import { documents, proseOf, textOf } from './document.ts';

/** A piece of a document that is read as one text: a paragraph, an item of a list, a heading or a cell of a table. */
type Piece = { readonly line: number; readonly lines: number; readonly text: string };

const isApart = (line: string): boolean => /^(?:\||#|!\[)/.test(line);
const bullet = /^\s*(?:[-*]|\d+\.) /;

function piecesOf(text: string): Piece[] {
  const out: Piece[] = [];
  let open: string[] = [];
  const close = (line: number): void => {
    if (open.length > 0) out.push({ line: line - open.length + 1, lines: open.length, text: open.join(' ') });
    open = [];
  };
  proseOf(text)
    .split('\n')
    .forEach((line, at) => {
      const apart = isApart(line) || (open.length === 0 && line.startsWith('    '));
      if (line.trim() === '' || apart || bullet.test(line)) close(at);
      if (line.startsWith('|'))
        for (const sandbox of line.split('|')) out.push({ line: at + 1, lines: 1, text: sandbox.trim() });
      else if (line.startsWith('#')) out.push({ line: at + 1, lines: 1, text: line.replace(/^#+ /, '') });
      else if (line.trim() !== '' && !apart) open.push(line.replace(bullet, '').trim());
    });
  close(text.split('\n').length);
  return out;
}

// Sentences that begin with a clause in the place of a noun ("What is refused is kept."). A question is none, and
// neither is "Of course".
function nounClauses(text: string): string[] {
  const plain = text.replace(/\*\*|__/g, '').replace(/`[^`]*`/g, '`');
  return plain
    .split(/(?<=[.!?]["')]*)\s+/)
    .filter((sentence) => /^["'(]*(?:What|Who|Of(?! course\b))\s/.test(sentence) && !/\?["')]*$/.test(sentence));
}

// Words that the documents once had for these things. Output and file names keep theirs, in code.
const oldWords: Readonly<Record<string, RegExp>> = {
  sandbox: /\b(?:walls?|cells?)\b/i,
  daemon: /\bshifts?\b/i,
  session: /\bdesks?\b/i,
  journey: /\bstreets?\b/i,
  'agent probe': /\bsound-outs?\b/i,
  'context hand-over': /\bpartings?\b/i,
  'stale lock': /\bobstacles?\b/i,
  preview: /\boutlooks?\b/i,
};

test('no line of a document is over 120 columns, tables, code and addresses aside', () => {
  const long = documents.flatMap((name) =>
    proseOf(textOf(name))
      .split('\n')
      .map((line, at) => ({ line, at }))
      .filter(({ line }) => [...line].length > 120 && !/^\||^ {4}|https?:\/\//.test(line))
      .map(({ at }) => `${name}:${at + 1}`),
  );
  expect(long).toEqual([]);
});

test('no paragraph of INTERNALS.md is over five lines', () => {
  const long = piecesOf(textOf('INTERNALS.md')).filter(({ lines }) => lines > 5);
  expect(long.map(({ line }) => `INTERNALS.md:${line}`)).toEqual([]);
});

test('no sentence of a document begins with Of, What or Who as a noun clause', () => {
  const found = documents.flatMap((name) =>
    piecesOf(textOf(name)).flatMap(({ line, text }) =>
      nounClauses(text).map((sentence) => `${name}:${line}: ${sentence}`),
    ),
  );
  expect(found).toEqual([]);
});

test('the documents use the words that the source uses', () => {
  const found = documents.flatMap((name) =>
    piecesOf(textOf(name)).flatMap(({ line, text }) =>
      Object.entries(oldWords)
        .filter(([, old]) => old.test(text.replace(/`[^`]*`/g, '')))
        .map(
          ([word, old]) => `${name}:${line}: '${old.exec(text.replace(/`[^`]*`/g, ''))?.[0] ?? ''}' is called ${word}`,
        ),
    ),
  );
  expect(found).toEqual([]);
});

test('the rules of prose find what they are for, and no question', () => {
  const wrong = [
    'It lands. What is refused is kept.',
    'Of a settled order it keeps the end.',
    '**Who** asks last wins.',
  ];
  expect(wrong.filter((text) => nounClauses(text).length === 0)).toEqual([]);
  const right = [
    'What is refused? The rest lands.',
    'Of course it lands.',
    'It says what is refused.',
    'Whoever asks.',
  ];
  expect(right.flatMap(nounClauses)).toEqual([]);
  const six = 'a\nb\nc\nd\ne\nf\n\n- g\n  h\n- i\n\n| j | k |\n';
  expect(piecesOf(six).map(({ line, lines }) => [line, lines])).toEqual([
    [1, 6],
    [8, 2],
    [10, 1],
    ...Array.from({ length: 4 }, () => [12, 1]),
  ]);
});
