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
