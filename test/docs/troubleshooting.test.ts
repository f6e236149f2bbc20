import { expect, test } from 'vitest';
import { codesOfSource, reasonsOfSource, waitsOfSource } from './codes.ts';
import { textOf } from './document.ts';

const text = textOf('docs/troubleshooting.md');

// The names in the first column of the tables whose head is `head`.
function rowsOf(head: string): string[] {
  return text
    .split(/\n(?=\| (?:code|reason|on) \|)/)
    .filter((table) => table.startsWith(`| ${head} |`))
    .flatMap((table) => [...(table.split('\n\n')[0] ?? '').matchAll(/^\| `([a-z-]+)` \|/gm)])
    .map(([, name = '']) => name);
}

test('docs/troubleshooting.md has each code of the source, and no other', () => {
  const source = codesOfSource();
  const rows = rowsOf('code');
  expect(source.size).toBeGreaterThan(180);
  expect(rows.filter((code, at) => rows.indexOf(code) !== at)).toEqual([]);
  const built = [...source.keys()].filter((code) => code.endsWith('*')).map((code) => code.slice(0, -1));
  const missing = [...source].filter(([code]) => !code.endsWith('*') && !rows.includes(code));
  expect(missing.map(([code, file]) => `${code} of src/${file} has no row`)).toEqual([]);
  expect(built.filter((start) => !rows.some((code) => code.startsWith(start)))).toEqual([]);
  const gone = rows.filter((code) => !source.has(code) && !built.some((start) => code.startsWith(start)));
  expect(gone.map((code) => `${code} is no code of the source any more`)).toEqual([]);
});

test('docs/troubleshooting.md has each reason for which the gate refuses', () => {
  const reasons = reasonsOfSource();
  expect(reasons.length).toBeGreaterThan(10);
  expect(rowsOf('reason').sort()).toEqual(reasons.sort());
});

test('docs/troubleshooting.md has each thing that an order may wait for', () => {
  const waits = waitsOfSource();
  expect(waits.length).toBeGreaterThan(4);
  expect(rowsOf('on').sort()).toEqual(waits.sort());
});
