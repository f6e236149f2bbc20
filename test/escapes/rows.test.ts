// The table of attacks as a table: long enough, each row with a name of its own, no layer that nothing tries.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rows } from './all.ts';
import { layers, withoutProbes } from './layers/layers.ts';

// Rows that need a start of their own stand with the test that starts them.
const apart = readFileSync(`${import.meta.dirname}/ending.test.ts`, 'utf8');

test('there are at least 130 attacks, no two of one name', () => {
  expect(rows.length).toBeGreaterThan(130);
  expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
});

test('no layer is there that nothing tries', () => {
  const tried = new Set(rows.flatMap((row) => row.layers));
  expect(Object.keys(layers).filter((name) => !tried.has(name as never) && !apart.includes(`'${name}'`))).toEqual([]);
});

test('each layer is switched off at one place of the source, as it stands there', () => {
  const wrong = Object.entries({ ...layers, 'no probes': [withoutProbes] }).flatMap(([name, replacements]) =>
    replacements.map(([file, from]) => {
      const times = readFileSync(`${import.meta.dirname}/../../src/${file}`, 'utf8').split(from).length - 1;
      return times === 1 ? null : `${name}: src/${file} has ${times} times: ${from}`;
    }),
  );
  expect(wrong.filter((line) => line !== null)).toEqual([]);
});
