// One table makes the parser, its hints and the schema: what is odd is told at its place, and keeps the default of its
// key.
import { expect, test } from 'vitest';
import {
  block,
  byName,
  defaultsOf,
  key,
  orBlank,
  readFields,
  refine,
  schemaOf,
} from '../../../src/platform/text/fields.ts';
import { readYaml } from '../../../src/platform/text/front-matter.ts';
import type { Problem } from '../../../src/platform/text/problem.ts';
import { amount, oneOf, shaped, text, wholeNumber, wordList, yesNo } from '../../../src/platform/text/readers.ts';

const about = (example: string, more: object = {}) => ({ help: 'It is a key.', example, since: '1.0.0', ...more });
const oven = {
  heat: key(wholeNumber(50, 250), 180, about('heat: 200')),
  fan: key(yesNo, undefined, about('fan: true')),
};
const tins = {
  size: key(amount(), undefined, about('size: 2k', { required: true })),
  lid: key(oneOf(['glass', 'steel']), 'glass', about('lid: steel')),
};
const table = {
  name: key(text(), null, about('name: rye')),
  oven: key(block(oven), defaultsOf(oven), about('oven: { heat: 200 }', { code: 'oven' })),
  flours: key(wordList(/^[a-z]+$/, 'a flour'), [], about('flours: rye, spelt')),
  tins: key(byName(block(tins), 'must be tins by name'), new Map(), about('tins: { long: { size: 1k } }')),
  note: key(orBlank(shaped(/^x/, (shown) => `'${shown}' must begin with x`)), null, about('note: |\n  x')),
  twice: key(
    refine(wholeNumber(0), (value) => value * 2),
    0,
    about('twice: 4'),
  ),
  stamp: key(text(), undefined, about('stamp: 1', { stamped: true })),
};

function read(yaml: string) {
  const reading = readYaml(yaml);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return readFields(table, reading.fields, { code: 'bread' });
}

const show = ({ code, line, column, message, hint }: Problem): string =>
  `${code} ${line}:${column} ${message}${hint === undefined ? '' : ` (${hint})`}`;

test('values are read by their keys; what is not written has its default, or is not there', () => {
  expect(read('name: " rye "\ntwice: 4\noven: { fan: false }\nflours: [rye]\nnote:')).toEqual({
    values: {
      name: 'rye',
      twice: 8,
      oven: { heat: 180, fan: false },
      flours: ['rye'],
      tins: new Map(),
      note: null,
    },
    problems: [],
  });
  expect(defaultsOf(oven)).toEqual({ heat: 180 });
});

test.each([
  ['nane: rye', "bread 1:1 unknown key 'nane' (did you mean 'name'?)"],
  ['stam: x', "bread 1:1 unknown key 'stam' (the keys are name, oven, flours, tins, note, twice)"],
  ['toString: x', "bread 1:1 unknown key 'toString' (the keys are name, oven, flours, tins, note, twice)"],
  ['name: 7', 'bread 1:1 name: must be a text (name: rye)'],
  ['oven: hot', 'oven 1:1 oven: must be a map (oven: { heat: 200 })'],
  ['oven:\n  fan: true\n  heat: 5', 'oven 3:3 oven: heat: must be a whole number from 50 to 250 (oven: { heat: 200 })'],
  ['oven: { fan: true, haet: 5 }', "oven 1:20 oven: unknown key 'haet' (did you mean 'heat'?)"],
  ['oven: { __proto__: 1 }', "oven 1:9 oven: unknown key '__proto__' (the keys of oven: are heat, fan)"],
  ['flours: [rye, 5]', "bread 1:1 flours: '5' is not a flour (flours: rye, spelt)"],
  ['tins:\n  long: {}', 'bread 2:3 tins: long: needs size: (size: 2k)'],
  ['tins:\n  long: { size: 0 }', 'bread 2:11 tins: long: size: must be a number above 0 (long: { size: 2k })'],
  ['tins:\n  long: { sise: 1 }', "bread 2:11 tins: long: unknown key 'sise' (did you mean 'size'?)"],
  [
    'tins: { long: { size: 1, lid: stel } }',
    "bread 1:26 tins: long: lid: must be glass or steel, not 'stel' (did you mean 'steel'?)",
  ],
  ['note: y', "bread 1:1 note: 'y' must begin with x"],
  ['"\\e[2J": 1', "bread 1:1 unknown key '\\u{1b}[2J' (the keys are name, oven, flours, tins, note, twice)"],
])('%j is told at its place, and all else counts', (yaml, said) => {
  const { values, problems } = read(`${yaml}\ntwice: 2`);
  expect(problems.map(show)).toEqual([said]);
  expect(values.twice).toBe(4);
  expect(values.oven.heat).toBe(180);
});

test('words that fit are kept beside one that does not, and so are entries by name', () => {
  expect(read('flours: rye, 5').values.flours).toEqual(['rye']);
  expect([...read('tins: { a: { size: 1 }, b: 7 }').values.tins.keys()]).toEqual(['a']);
});

test('the schema of a table has its keys, at each level, and what must be written', () => {
  expect(schemaOf(table)).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: {
      oven: { properties: { heat: { type: 'integer', minimum: 50, maximum: 250 } }, additionalProperties: false },
      tins: { additionalProperties: { required: ['size'] } },
    },
  });
});
