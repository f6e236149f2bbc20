import { describe, expect, test } from 'vitest';
import { readJsonc, withMember, withoutMember } from '../../../src/platform/text/jsonc.ts';

const entry = { command: 'f' };

// Texts before, and with the entry `f` in the map `m`.
const cases: readonly (readonly [what: string, before: string, after: string])[] = [
  [
    'behind the last one, whose comment stays with it',
    '{\n  // mine\n  "m": {\n    "a": { "x": 1 } // why\n  }\n}\n',
    '{\n  // mine\n  "m": {\n    "a": { "x": 1 }, // why\n    "f": {\n      "command": "f"\n    }\n  }\n}\n',
  ],
  [
    'behind a trailing comma, with tabs and the line ends of Windows',
    '{\r\n\t"m": {\r\n\t\t"a": 1, // c\r\n\t},\r\n}\r\n',
    '{\r\n\t"m": {\r\n\t\t"a": 1, // c\r\n\t\t"f": {\r\n\t\t\t"command": "f"\r\n\t\t},\r\n\t},\r\n}\r\n',
  ],
  ['into an empty map of lines', '{\n  "m": {\n  }\n}', '{\n  "m": {\n    "f": {\n      "command": "f"\n    }\n  }\n}'],
  ['on the line, where all is on one', '{"m":{"a":1},"b":2}', '{"m":{"a":1, "f": {"command":"f"}},"b":2}'],
  [
    'before a comment in an empty map',
    '{\n    "m": { // none yet\n    }\n}',
    '{\n    "m": { // none yet\n        "f": {\n            "command": "f"\n        }\n    }\n}',
  ],
];

describe('an entry', () => {
  test.each(cases)('comes %s', (_, before, after) => {
    expect(withMember(before, ['m'], 'f', entry)).toBe(after);
    expect(readJsonc(after)).toMatchObject({ ok: true, value: { m: { f: entry } } });
  });

  test.each(cases)('goes again: %s', (_, before, after) => {
    expect(withoutMember(after, ['m', 'f'])).toBe(before);
  });

  test('comes into an empty map on one line, on lines of its own', () => {
    expect(withMember('{"m": {}}', ['m'], 'f', entry)).toBe('{"m": {\n  "f": {\n    "command": "f"\n  }\n}}');
  });

  test('in the middle goes with its own comma', () => {
    expect(withoutMember('{\n  "a": 1,\n  "b": 2, // two\n  "c": 3\n}', ['b'])).toBe(
      '{\n  "a": 1, // two\n  "c": 3\n}',
    );
    expect(withoutMember('{ "a": 1, "b": 2 }', ['a'])).toBe('{ "b": 2 }');
  });

  test('of two with one name the last one counts', () => {
    expect(withMember('{"m":{},"m":{"a":1}}', ['m'], 'f', entry)).toBe('{"m":{},"m":{"a":1, "f": {"command":"f"}}}');
  });

  test('comes to the end of a list, and goes from each place of it', () => {
    const list = '{\n  "l": [\n    1,\n    2\n  ]\n}';
    const longer = '{\n  "l": [\n    1,\n    2,\n    {\n      "command": "f"\n    }\n  ]\n}';
    expect(withMember(list, ['l'], null, entry)).toBe(longer);
    expect(withoutMember(longer, ['l', 2])).toBe(list);
    expect(withoutMember(list, ['l', 0])).toBe('{\n  "l": [\n    2\n  ]\n}');
  });
});

test('a text that is no JSON is told with its place', () => {
  expect(readJsonc('{\n  "a" 1\n}')).toEqual({ ok: false, flaw: 'Colon expected', line: 2, column: 7 });
  expect(readJsonc('{"a": 1} b')).toMatchObject({ ok: false, line: 1, column: 10 });
});
