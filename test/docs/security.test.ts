import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rows } from '../escapes/all.ts';
import { textOf, top } from './document.ts';

// The names in code behind a label in SECURITY.md, over all its items. An item ends where the next begins.
function namedBy(label: string): string[] {
  return textOf('SECURITY.md')
    .split(/\n\s*(?=- )|\n\n/)
    .filter((item) => item.trim().startsWith(`- ${label}: `))
    .flatMap((item) => [...item.replace(/\s+/g, ' ').matchAll(/`([^`]+)`/g)])
    .map(([, name = '']) => name);
}

// True when a name in SECURITY.md means a row; `…` in it stands for any text.
function means(name: string, row: string): boolean {
  const [begin = '', end] = name.split('…');
  return end === undefined ? row === name : row.startsWith(begin) && row.endsWith(end);
}

test('each attack that SECURITY.md names is a row of the escape suite, and each row proves a promise', () => {
  const named = namedBy('Proved by');
  expect(named.length).toBeGreaterThan(150);
  expect(named.filter((name) => !rows.some((row) => means(name, row.name)))).toEqual([]);
  expect(rows.map((row) => row.name).filter((row) => !named.some((name) => means(name, row)))).toEqual([]);
});

test('each test that SECURITY.md names exists', () => {
  const named = namedBy('Tested by');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !existsSync(`${top}/${path}`))).toEqual([]);
});
