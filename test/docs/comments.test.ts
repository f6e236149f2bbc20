// Comments are read by people who have never seen the code: the rules of prose hold for them as for documents.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const top = resolve(import.meta.dirname, '../..');

/** A comment on lines of its own: where it begins, its lines, and its text as one. */
type Comment = { readonly at: string; readonly lines: readonly string[]; readonly text: string };

type OpenComment = { readonly at: number; readonly kind: string; readonly lines: string[] };

// Comment lines that follow each other, each kind for itself; the words that begin a header begin a comment.
function commentsOf(name: string): Comment[] {
  const out: Comment[] = [];
  let open = null as OpenComment | null;
  const close = (): void => {
    const text = open?.lines
      .map((line) => line.replace(/^\s*(?:\/\/|\/\*\*|\*)\s?/, '').replace(/\s*\*\/$/, ''))
      .join(' ');
    if (open !== null && text !== undefined)
      out.push({
        at: `${name}:${open.at}`,
        lines: open.lines,
        text: text.trim().replace(/^(?:Why|Promises|Never): /, ''),
      });
    open = null;
  };
  for (const [index, line] of readFileSync(`${top}/${name}`, 'utf8').split('\n').entries()) {
    const kind = /^\s*(\/\/ |\/\*\*|\*)/.exec(line)?.[1] ?? '';
    if (kind === '') {
      close();
      continue;
    }
    if (kind !== '*' && (kind !== open?.kind || kind === '/**' || /^\/\/ (?:Why|Promises|Never): /.test(line))) close();
    if (open === null) open = { at: index + 1, kind, lines: [] };
    open.lines.push(line);
  }
  close();
  return out;
}

// The list of names in gate/runners.ts looks like a comment in places.
const files = ['src', 'test', 'bench']
  .flatMap((folder) =>
    readdirSync(`${top}/${folder}`, { recursive: true, encoding: 'utf8' }).map((one) => `${folder}/${one}`),
  )
  .filter((name) => name.endsWith('.ts') && !name.includes('fixtures') && name !== 'src/gate/runners.ts');
const comments = files.flatMap(commentsOf);

function sentencesOf(text: string): string[] {
  return text.replace(/`[^`]*`/g, '`').split(/(?<=[.!?:;]["')]*)\s+/);
}

test('no comment is over 120 columns', () => {
  const long = comments.filter(({ lines }) => lines.some((line) => [...line].length > 120 && !line.includes('http')));
  expect(comments.length).toBeGreaterThan(3000);
  expect(long.map(({ at }) => at)).toEqual([]);
});

test('no sentence of a comment begins with Of, What or Who as a noun clause', () => {
  const found = comments.flatMap(({ at, text }) =>
    sentencesOf(text)
      .filter((sentence) => /^["'(]*(?:What|Who|Of(?! course\b))\s/.test(sentence) && !/\?["')]*$/.test(sentence))
      .map((sentence) => `${at}: ${sentence}`),
  );
  expect(found).toEqual([]);
});

test('no sentence at the head of a file of the source is over 25 words', () => {
  const found = files
    .filter((name) => name.startsWith('src/'))
    .flatMap((name) => {
      const head = /^(?:\/\/ .*\n)+/.exec(readFileSync(`${top}/${name}`, 'utf8'))?.[0] ?? '';
      const text = head
        .split('\n')
        .map((line) => line.slice(3))
        .join(' ');
      return sentencesOf(text)
        .filter((one) => one.split(/\s+/).length > 25)
        .map((one) => `${name}: ${one}`);
    });
  expect(found).toEqual([]);
});
