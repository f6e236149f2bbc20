import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mergeState, writeStateFiles } from '../../src/landing/state.ts';
import { temporaryFolder, writeFiles } from '../kit/repository.ts';

const merge = (base: string | null, ours: string | null, now: string | null, path = 'state/a.txt') =>
  mergeState(path, base, ours, now, temporaryFolder());

test.each([
  ['stood still', 'a\n', 'b\n', 'a\n', 'b\n'],
  ['was removed by both', 'a\n', null, null, null],
  ['came to the same', null, 'b\n', 'b\n', 'b\n'],
  ['changed in its mode alone', 'a\n', 'a\n', 'c\n', 'c\n'],
  ['changed elsewhere', '1\n2\n3\n', 'x\n2\n3\n', '1\n2\ny\n', 'x\n2\ny\n'],
  ['ends without a newline', '1\n2\n3', 'x\n2\n3', '1\n2\ny', 'x\n2\ny'],
  ['has the line ends of another system', '1\r\n2\r\n3\r\n', 'x\r\n2\r\n3\r\n', '1\r\n2\r\ny\r\n', 'x\r\n2\r\ny\r\n'],
])('a file that %s is merged', async (_, base, ours, now, text) => {
  expect(await merge(base, ours, now)).toEqual({ kind: 'merged', text });
});

test('more conflicts than an exit status holds are a conflict, as is what is no text', async () => {
  const text = (word: string): string =>
    Array.from({ length: 300 }, (_, n) => `${word}${n}\nbetween\nand\nfar\n`).join('');
  expect(await merge(text('a'), text('b'), text('c'))).toMatchObject({ kind: 'conflict' });
  expect(await merge('1\n2\n3\n\0', 'x\n2\n3\n\0', '1\n2\ny\n\0')).toMatchObject({ kind: 'conflict' });
});

test('only what is called .json must be JSON, and nothing is left where it was merged', async () => {
  const folder = temporaryFolder();
  const [base, ours, now] = ['{\n1\n2\n3\n', '{\nx\n2\n3\n', '{\n1\n2\ny\n'];
  expect(await mergeState('state/a.yaml', base, ours, now, folder)).toMatchObject({ kind: 'merged' });
  expect(await mergeState('state/a.JSON', base, ours, now, folder)).toMatchObject({ kind: 'conflict' });
  expect(readdirSync(folder)).toEqual([]);
});

test('of files that are written together one that cannot be leaves the others; done again, what was begun is completed', async () => {
  const root = temporaryFolder();
  const file = (path: string, before: string | null, after: string | null) => ({ path, before, after });
  writeFiles(root, { 'state/a': '1', 'state/b': '1', 'state/c': '1', elsewhere: '1' });
  symlinkSync(`${root}/elsewhere`, `${root}/state/link`);
  const link = file('state/link', null, '2');
  const files = [file('state/a', '1', '2'), file('state/new/d', null, '2'), file('state/c', '1', null)];
  const left = await writeStateFiles(root, [...files, link]);
  expect([...left.keys()].sort()).toEqual(['state/a', 'state/c', 'state/link', 'state/new/d']);
  expect(left.get('state/link')).toContain('symbolic link');
  expect(readFileSync(`${root}/elsewhere`, 'utf8')).toBe('1');
  expect(await writeStateFiles(root, [file('state/a', '1', '2')])).toEqual(new Map());
  expect([...(await writeStateFiles(root, [...files, link])).keys()]).toEqual(['state/link']);
  expect(await writeStateFiles(root, files)).toEqual(new Map());
  expect(readdirSync(`${root}/state`).sort()).toEqual(['a', 'b', 'link', 'new']);
  expect(readFileSync(`${root}/state/new/d`, 'utf8')).toBe('2');
});
