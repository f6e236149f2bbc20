// Numbers with what they count: what is one, what only looks like one, and when a number is carried on.
import { describe, expect, test } from 'vitest';
import { findQuantities, missingIn } from '../../../src/platform/text/quantity.ts';

const found = (text: string): string[] => findQuantities(text).map((one) => `${one.number} ${one.noun}`);

const quantities: [string, string[]][] = [
  ['80 weapons with stats', ['80 weapon']],
  ['12 levels with 3 bosses each', ['12 level', '3 boss']],
  ['It answers in at least 200 ms.', ['200 ms']],
  ['200ms, or 200 milliseconds', ['200 ms']],
  ['1,000 orders a day', ['1000 order']],
  ['1_000 orders and 10k users', ['1000 order', '10000 user']],
  ['40 % of it', ['40 %']],
  ['40% or forty percent', ['40 %']],
  ['eighty weapons, twenty-five shields', ['80 weapon', '25 shield']],
  ['two hundred enemies; three thousand five hundred coins', ['200 enemy', '3500 coin']],
  ['a dozen rooms and 2 million rows', ['12 room', '2000000 row']],
  ['80 unique weapons', ['80 weapon']],
  ['80 unique, balanced weapons', ['80 weapon']],
  ['80 or more weapons', ['80 weapon']],
  ['all 12 of the levels', ['12 level']],
  ['**80** weapons', ['80 weapon']],
  ['# 80 weapons\n\n## 2.1 arms\n\n12 levels', ['80 weapon', '12 level']],
  ['80\nweapons', ['80 weapon']],
  ['3 to 5 bullets, 3-5 maps', ['5 bullet', '5 map']],
  ['costs $20 and 30 €', ['20 $', '30 €']],
  ['5 people, 2 addresses, 4 status codes, 6 classes', ['5 person', '2 address', '4 code', '6 class']],
  ['Add 1 admin account', ['1 admin']],
  ['≥ 90 % and >=30 fps', ['90 %', '30 fps']],
  ['80 weapons and 80 weapons', ['80 weapon']],
  ['80+ weapons with stats', ['80 weapon']],
  ['at least 1,000+ orders, ~80+ unique weapons', ['1000 order', '80 weapon']],
  ['weapons: 80', ['80 weapon']],
  ['- Weapons: 80 (each with stats)\n- Levels: 12', ['80 weapon', '12 level']],
  ['**Weapons:** 80+', ['80 weapon']],
  ['weapons : 80, levels = 12', ['80 weapon', '12 level']],
  ['weapon count: 80; number of weapons: 80', ['80 weapon']],
  ['total enemies: twelve', ['12 enemy']],
];
test.each(quantities)('%s', (text, expected) => {
  expect(found(text)).toEqual(expected);
});

const none = [
  'on 2026-11-21, at 10:30',
  'on 3 May, in 2024 and since 2025 releases',
  'version 2 runs, v2.4.1 does, Node 24 builds',
  '0007-add-login tests',
  'line 12 says, lines 3 and 4 mean',
  'the 1st weapon and the 2nd weapon',
  'see #12 comments, issue 14 comments',
  'src/80/weapons and a2.ts files',
  '`80 weapons`, `curl localhost:8080 weapons`',
  '```\n80 weapons\n```',
  'port 8080 listens',
  'it returns 400 when empty',
  'one of them, no one else',
  '## 2 Weapons\n\n3. Bosses',
  'HTTP 404 pages',
  'says 2',
  'timeout: 30',
  'version: 2, port: 8080, lines: 3',
  'what it is: 80',
  'the weapons are these: 80 or so',
  'https://example.com/80 weapons'.replace(' weapons', ''),
];
test.each(none)('no quantity in: %s', (text) => {
  expect(found(text)).toEqual([]);
});

test('a text that is made to be slow is not', () => {
  const odd = ['.', "'", '1,', '*', '`', '# ', 'hundred-', '1..', 'x_'].map(
    (one) => `x${one.repeat(200_000)}x 80 weapons`,
  );
  expect(found(odd.join('\n'))).toContain('80 weapon');
});

describe('carried on', () => {
  const missing = (parent: string, ...children: string[]): string[] =>
    missingIn(findQuantities(parent), children.map(findQuantities)).map((one) => one.text);
  const cases: [string, string[], string[]][] = [
    ['80 weapons with stats', ['Implement weapons'], ['80 weapons']],
    ['80 weapons with stats', ['Implement eighty unique weapons'], []],
    ['80 weapons', ['40 swords', '40 bows'], ['80 weapons']],
    ['80 weapons', ['40 weapons', '40 weapons'], []],
    ['80 weapons', ['40 weapons: 40 weapons in all'], ['80 weapons']],
    ['80 weapons', ['8 weapons'], ['80 weapons']],
    ['80+ weapons', ['weapons: 80'], []],
    ['weapons: 80', ['Implement weapons'], ['weapons: 80']],
    ['weapons: 80+', ['40 weapons', 'weapons: 40'], []],
    ['12 levels with 3 bosses each', ['12 levels'], ['3 bosses']],
    ['within 200 ms', ['100 ms', '100 ms'], ['200 ms']],
    ['within 200 ms', ['under 200 milliseconds'], []],
    ['80 weapons', [], ['80 weapons']],
  ];
  test.each(cases)('%s | %j', (parent, children, expected) => {
    expect(missing(parent, ...children)).toEqual(expected);
  });
});
