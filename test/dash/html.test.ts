// The pure parts of the dashboard: the template, the guard, patches, and what an order blocks.
import { expect, test } from 'vitest';
import { authorOf, type Entry, type Overview } from '../../src/api.ts';
import { cookieOf, refuseCaller } from '../../src/dash/guard.ts';
import { html } from '../../src/dash/html.ts';
import { readDiff } from '../../src/dash/pages/diff.ts';
import { familyGraph } from '../../src/dash/pages/family.ts';
import { chooseSteps } from '../../src/dash/pages/history.ts';
import { blockedBy } from '../../src/dash/pages/now.ts';
import { spanWords, timeWords } from '../../src/dash/parts.ts';

test('a template escapes every value, also in attributes and lists, and shows characters that hide text', () => {
  const bad = `<b a="1" c='2'>&`;
  const escaped = '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;';
  expect(html`<p title="${bad}">${bad}${[bad, html`<i>${bad}</i>`]}${null}${undefined}${false}${0}</p>`.markup).toBe(
    `<p title="${escaped}">${escaped}${escaped}<i>${escaped}</i>0</p>`,
  );
  expect(html`${'a\u202eb\u0000\u2028c\td\ne'}`.markup).toBe('a\\u{202e}b\\u{0}\\u{2028}c\td\ne');
});

test.each([
  ['the own page', { host: '127.0.0.1:7', origin: null, method: 'GET' }, null],
  ['a form of its own', { host: '127.0.0.1:7', origin: 'http://127.0.0.1:7', method: 'POST' }, null],
  ['no host', { host: null, origin: null, method: 'GET' }, 421],
  ['another port', { host: '127.0.0.1:8', origin: null, method: 'GET' }, 421],
  ['a longer name', { host: '127.0.0.1:77', origin: null, method: 'GET' }, 421],
  ['a form of nobody', { host: '127.0.0.1:7', origin: null, method: 'POST' }, 403],
  ['a page of another port', { host: '127.0.0.1:7', origin: 'http://127.0.0.1:77', method: 'GET' }, 403],
  ['another method', { host: '127.0.0.1:7', origin: null, method: 'DELETE' }, 405],
])('the guard and %s', (_, caller, status) => {
  expect(refuseCaller({ site: null, ...caller }, '127.0.0.1:7')?.status ?? null).toBe(status);
});

test('a cookie is found by its whole name', () => {
  expect(cookieOf('a=1; fourline-7=x=y; b=2', 'fourline-7')).toBe('x=y');
  expect(cookieOf('xfourline-7=1; fourline-77=2', 'fourline-7')).toBe(null);
});

test('a patch is read by the counts of its hunks: a line that looks like a header stays a line', () => {
  const patch = [
    'diff --git a/src/a.ts b/src/a.ts',
    'index 1..2 100644',
    '--- a/src/a.ts',
    '+++ b/src/a.ts',
    '@@ -1,3 +1,4 @@',
    ' one',
    '-diff --git a/x b/x',
    '--- a/y',
    '+diff --git a/z b/z',
    '+++ b/w',
    '+',
    '\\ No newline at end of file',
    'diff --git a/b.bin b/b.bin',
    'new file mode 100644',
    'GIT binary patch',
    'literal 3',
    'Kxxx',
    '',
  ].join('\n');
  const [first, second, ...more] = readDiff(patch);
  expect(more).toEqual([]);
  expect([first?.path, first?.added, first?.removed]).toEqual(['src/a.ts', 3, 2]);
  expect(first?.lines.map((one) => `${one.kind} ${one.before ?? ''}|${one.after ?? ''} ${one.text}`)).toEqual([
    'hunk | @@ -1,3 +1,4 @@',
    'same 1|1 one',
    'del 2| diff --git a/x b/x',
    'del 3| -- a/y',
    'add |2 diff --git a/z b/z',
    'add |3 ++ b/w',
    'add |4 ',
    'note | No newline at end of file',
  ]);
  expect([second?.path, second?.lines.map((one) => one.text)]).toEqual([
    'b.bin',
    ['new file mode 100644', 'A file that is no text.'],
  ]);
  expect(readDiff('')).toEqual([]);
});

test('what an order blocks is told at first and second hand, each once, circles included', () => {
  const row = (id: string, waits: object | null = null, parent: string | null = null): object => ({
    id,
    waits,
    parent,
  });
  const look = {
    plan: {
      held: [
        { id: 'b', after: ['a'] },
        { id: 'c', after: ['b'] },
        { id: 'd', after: ['b', 'a'] },
      ],
    },
    orders: [
      ...[row('a', { on: 'answer', what: '' }, 'p'), row('b'), row('c'), row('d')],
      ...[
        row('p', { on: 'children', what: '' }),
        row('e', { on: 'order', what: 'c' }),
        row('a2', { on: 'order', what: 'e' }),
      ],
    ],
  } as unknown as Overview;
  expect(blockedBy(look, 'a')).toEqual({ direct: ['b', 'd', 'p'], behind: 3 });
  expect(blockedBy(look, 'p')).toEqual({ direct: [], behind: 0 });
});

test('the pages of the history hold each step that fits once, newest first, and the last one says that it is the last', () => {
  const steps = Array.from({ length: 1_000 }, (_, line) => {
    const at = new Date(line * 1_000).toISOString();
    return {
      v: 1,
      at,
      step: line % 2 === 0 ? 'stopped' : 'paused',
      ...(line % 2 === 0 ? { pid: line } : { role: 'coder' }),
    };
  }) as unknown as Entry[];
  for (const who of ['', 'operator', 'nobody']) {
    const pages = Array.from({ length: 7 }, (_, at) => chooseSteps(steps, { who, kind: '', text: '', page: at + 1 }));
    const whole = steps.filter((one) => who === '' || authorOf(one) === who).toReversed();
    expect(pages.flatMap((one) => one.steps)).toEqual(whole);
    const last = Math.max(1, Math.ceil(whole.length / 200));
    expect(pages.map((one) => one.older)).toEqual(pages.map((_, at) => at + 1 < last));
  }
});

test('a family is drawn with each order once, even where parents form a circle', () => {
  const kin = (id: string, parent: string | null) =>
    ({ id, parent, role: 'coder', title: id, position: 'posted', outcome: null }) as const;
  const graph = familyGraph([kin('a', null), kin('b', 'a'), kin('c', 'a'), kin('d', 'c')], 'b')?.markup ?? '';
  expect([...graph.matchAll(/href="\/orders\/(\w)"/g)].map(([, id]) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect([...graph.matchAll(/class="edge"/g)]).toHaveLength(3);
  expect(familyGraph([kin('a', null)], 'a')).toBe(null);
  const many = Array.from({ length: 200 }, (_, at) => kin(`n${at}`, at === 0 ? null : 'n0'));
  expect([...(familyGraph(many, 'n150')?.markup ?? '').matchAll(/<rect /g)]).toHaveLength(60);
});

test('times and spans are short words', () => {
  const now = new Date(2026, 2, 5, 12, 0);
  expect(timeWords(new Date(2026, 2, 5, 9, 5, 7).toISOString(), now)).toBe('09:05');
  expect(timeWords(new Date(2026, 2, 4, 9, 5, 7).toISOString(), now, true)).toBe('4 Mar 09:05:07');
  expect(timeWords(new Date(2025, 2, 4, 9, 5).toISOString(), now)).toBe('4 Mar 2025 09:05');
  expect([5_000, 600_000, 3 * 3_600_000, 72 * 3_600_000].map(spanWords)).toEqual(['5 s', '10 min', '3 h', '3 days']);
});
