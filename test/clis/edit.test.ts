import { describe, expect, test } from 'vitest';
import { addPart, takePart } from '../../src/clis/edit.ts';
import type { SetupPart } from '../../src/clis/tools.ts';

const table: SetupPart = { kind: 'table', file: '/c', at: ['s', 'f'], text: '[s.f]\ncommand = "f"\n' };
const entry: SetupPart = { kind: 'entry', file: '/j', at: ['m', 'f'], value: { c: 1 }, list: false };
const item: SetupPart = { kind: 'entry', file: '/j', at: ['h', 'e'], value: { c: 1 }, list: true };
const whole: SetupPart = { kind: 'whole', file: '/w', text: 'ours\n' };

describe('a part comes and goes', () => {
  test.each([
    ['a table', table, 'a = 1 # one\n', 'a = 1 # one\n\n[s.f]\ncommand = "f"\n'],
    ['a table of tables', table, '[s.g]\nx = 1\n', '[s.g]\nx = 1\n\n[s.f]\ncommand = "f"\n'],
    [
      'an entry with its map',
      entry,
      '{\n  "a": 1\n}\n',
      '{\n  "a": 1,\n  "m": {\n    "f": {\n      "c": 1\n    }\n  }\n}\n',
    ],
    [
      'an item with its list',
      item,
      '{\n  "h": {\n    "x": 1\n  }\n}\n',
      '{\n  "h": {\n    "x": 1,\n    "e": [\n      {\n        "c": 1\n      }\n    ]\n  }\n}\n',
    ],
  ])('%s', (_, part, before, after) => {
    expect(addPart(before, part, [])).toEqual({ text: after, kept: null });
    expect(addPart(after, part, [])).toEqual({ text: after, kept: null });
    expect(takePart(after, part)).toEqual({ text: before, kept: null });
  });

  test('a file of its own', () => {
    expect(addPart(null, whole, [])).toEqual({ text: 'ours\n', kept: null });
    expect(takePart('ours\n', whole)).toEqual({ text: null, kept: null });
  });
});

describe("what is a person's own stays, and that is said", () => {
  test.each(['x = 1\n', '[s.f.env]\nx = "1"\n', 'env = { x = "1" }\n'])('a table that has %j too', (added) => {
    const text = `a = 1\n\n[s.f]\ncommand = "f"\n${added}`;
    expect(addPart(text, table, [])).toEqual({ text, kept: null });
    expect(takePart(text, table)).toEqual({ text, kept: '[s.f] was edited' });
  });

  test.each([
    [table, '[s]\nf = { command = "mine" }\n', '[s.f] is there and says something else', '[s.f] was edited'],
    [entry, '{"m": {"f": {"c": 2}}}', 'm.f is there and says something else', 'm.f was edited'],
    [whole, 'mine\n', 'it is there and says something else', 'it was edited'],
  ])('%o', (part, text, added, taken) => {
    expect(addPart(text, part, [])).toEqual({ text, kept: added });
    expect(takePart(text, part)).toEqual({ text, kept: taken });
  });

  test('but what an earlier set-up wrote is replaced', () => {
    const old = { ...entry, value: { c: 0 } } satisfies SetupPart;
    expect(addPart('{"m": {"f": {"c": 0}}}', entry, [old]).text).toContain('"c": 1');
    expect(addPart('{"h": {"e": [{"c": 0}, 7]}}', item, [{ ...item, value: { c: 0 } }]).text).toBe(
      '{"h": {"e": [ 7, {"c":1}]}}',
    );
    expect(addPart('[s.f]\ncommand = "e"\n', table, [{ ...table, text: '[s.f]\ncommand = "e"\n' }]).text).toBe(
      table.text,
    );
  });
});

describe('a hook that a person edited', () => {
  const line = 'fourline -C /w can --hook';
  const ours = { type: 'command', command: line };
  const flat = { ...item, value: { command: line, matcher: 'Edit' } } satisfies SetupPart;
  const nested = { ...item, value: { matcher: 'Edit', hooks: [ours] } } satisfies SetupPart;
  const list = (...items: readonly object[]): string => JSON.stringify({ h: { e: items } });
  const said = 'h.e has a hook of fourline that says something else';

  test.each([
    ['its role', nested, { matcher: 'Edit', hooks: [{ ...ours, command: 'fourline -C /w can coder --hook' }] }],
    ['its matcher', nested, { ...nested.value, matcher: 'Write' }],
    ['a time limit', nested, { matcher: 'Edit', hooks: [{ ...ours, timeout: 5 }] }],
    ['flat', flat, { ...flat.value, matcher: 'Write' }],
  ])('stays, and that is said: %s', (_, part, edited) => {
    const text = list({ command: 'mine' }, edited);
    expect(takePart(text, part)).toEqual({ text, kept: said });
    expect(addPart(text, part, [])).toEqual({ text, kept: said });
  });

  test("goes alone, where a person's own hooks stand beside it", () => {
    const text = list({ matcher: 'Edit', hooks: [{ command: 'mine' }, ours] });
    const { text: left, kept } = takePart(text, nested);
    expect([JSON.parse(left ?? ''), kept]).toEqual([
      { h: { e: [{ matcher: 'Edit', hooks: [{ command: 'mine' }] }] } },
      null,
    ]);
  });

  test('is missed where it was written and nothing asks fourline any more', () => {
    const text = list({ matcher: 'Edit', hooks: [{ ...ours, command: './wrapper' }] });
    expect(takePart(text, nested, true).kept).toBe('h.e has no hook that asks fourline any more');
    expect(takePart(text, nested).kept).toBeNull();
    expect(takePart('{}', nested, true).kept).toBeNull();
  });
});

describe("a person's file keeps its form", () => {
  test.each([
    ['comments alone', entry, '// mine\n/* all */'],
    ['numbers that no double holds', entry, '{"id": 12345678901234567890, "f": 1.00}\n'],
    ['two members of one name', entry, '{"m": {"a": 1}, "m": {"b": 2}}\n'],
    ['a comma behind the last', item, '{"h": {"e": [7,],},}\n'],
    ['whole numbers of 64 bits', table, 'big = 9223372036854775807 # all\n'],
    ['CRLF', table, 'a = 1\r\n'],
  ])('%s', (_, part, before) => {
    const { text: after, kept } = addPart(before, part, []);
    expect(kept).toBeNull();
    for (const piece of before.match(/[\w.]+/g) ?? []) expect(after).toContain(piece);
    expect(addPart(after, part, [])).toEqual({ text: after, kept: null });
    if (before.includes('\r\n')) expect(after?.replaceAll('\r\n', '')).not.toContain('\n');
    const { text: left } = takePart(after, part);
    const bare = (one: string): string => one.replace(/\s|\{\s*\}\s*$/g, '');
    expect(bare(left ?? '')).toBe(bare(before));
  });

  test.each([table, whole])('what was written is known by other line ends: %o', (part) => {
    const crlf = addPart(null, part, []).text?.replaceAll('\n', '\r\n') ?? '';
    expect(addPart(crlf, part, [])).toEqual({ text: crlf, kept: null });
    expect(takePart(crlf, part)).toEqual({ text: part === whole ? null : '', kept: null });
    const changed = `${part.kind === 'whole' ? part.text : ''}${table.text}x = 1\r\n`;
    expect(takePart(changed, part).kept).toContain('was edited');
  });
});

test.each([
  [entry, '{"m": 1}', 'setup-shape'],
  [entry, '[]', 'setup-shape'],
  [item, '{"h": {"e": {}}}', 'setup-shape'],
  [entry, '{"m"', 'setup-unreadable'],
  [table, 's = 1\n', 'setup-shape'],
  [table, 's = {}\n', 'setup-shape'],
  [table, 'a = \n', 'setup-unreadable'],
])('a file that has another shape or none is refused: %o in %s', (part, text, code) => {
  expect(() => addPart(text, part, [])).toThrow(expect.objectContaining({ code }));
});
