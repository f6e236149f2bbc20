// Names that agents choose: a name that shows as one thing and is another is named as flawed.
import { describe, expect, test } from 'vitest';
import { decodeName, pathFlaw, pathLimits, showName } from '../../src/changes/path.ts';

const codeOf = (path: string): string | undefined => pathFlaw(path)?.code;

test.each([
  'a',
  'src/a.ts',
  '.env',
  '.github/workflows/ci.yml',
  '.gitignore',
  '.gitattributes',
  'git/x',
  'x.git/config',
  '.git2',
  'git~',
  'a b/c d',
  'über/日本語/📦.ts',
  '..a/...b/c',
  '[id]/(a)/{b}/!c/*d?',
  'a:b',
  'a'.repeat(255),
  Array(64).fill('a').join('/'),
])('%s is a good path', (path) => {
  expect(pathFlaw(path)).toBeNull();
});

describe('.git in any disguise', () => {
  test.each([
    '.git',
    '.git/config',
    'a/.git/hooks/x',
    'a/b/.git',
    '.GIT/x',
    '.Git',
    '.git.',
    '.git ',
    '.git. . ',
    '.git::$INDEX_ALLOCATION/config',
    '.git:x',
    '.GIT.:x',
    '.git .:$DATA',
    'git~1',
    'GIT~1/config',
    'a/git~2',
    'git~10',
    'git~1.',
  ])('%s is git', (path) => {
    expect(codeOf(path)).toBe('path-git');
  });

  test.each([
    ['.g\u200Cit', 'path-invisible'],
    ['\uFEFF.git', 'path-invisible'],
    ['.git\u200E', 'path-invisible'],
    ['.gi\u00ADt', 'path-invisible'],
    ['.git\\config', 'path-backslash'],
    ['.git\u0000', 'path-control'],
    ['./.git', 'path-not-normal'],
  ])('%j is refused before', (path, code) => {
    expect(codeOf(path)).toBe(code);
  });
});

test.each([
  ['', 'path-empty'],
  ['a\nb', 'path-control'],
  ['a\rb', 'path-control'],
  ['a\u001B[31m', 'path-control'],
  ['a\u007F', 'path-control'],
  ['a\u0085b', 'path-control'],
  ['a\u202Etxt.exe', 'path-invisible'],
  ['a\u2066b', 'path-invisible'],
  ['a\u200Bb', 'path-invisible'],
  ['a\u2028b', 'path-invisible'],
  ['a\u2029b', 'path-invisible'],
  ['a\uFE0F', 'path-invisible'],
  ['a\u3164', 'path-invisible'],
  ['a\u115F', 'path-invisible'],
  ['a\u034F', 'path-invisible'],
  ['a\u180B', 'path-invisible'],
  ['a\u{E0041}', 'path-invisible'],
  ['a\u{E0100}', 'path-invisible'],
  ['a\uFFFDb', 'path-encoding'],
  ['a\uD800b', 'path-encoding'],
  ['cafe\u0301', 'path-normal-form'],
  ['\u212B', 'path-normal-form'],
  ['a\\b', 'path-backslash'],
  ['/a', 'path-absolute'],
  ['//a', 'path-absolute'],
  ['a//b', 'path-not-normal'],
  ['a/', 'path-not-normal'],
  ['.', 'path-not-normal'],
  ['..', 'path-not-normal'],
  ['a/../b', 'path-not-normal'],
  ['a/./b', 'path-not-normal'],
  ['a.', 'path-trailing'],
  ['a ', 'path-trailing'],
  ['a./b', 'path-trailing'],
  ['a /b', 'path-trailing'],
  ['...', 'path-trailing'],
  ['a'.repeat(256), 'path-long'],
  ['ü'.repeat(128), 'path-long'],
  [`${'a'.repeat(200)}/`.repeat(5) + 'a'.repeat(200), 'path-long'],
  [
    Array(pathLimits.depth + 1)
      .fill('a')
      .join('/'),
    'path-deep',
  ],
])('%j is flawed: %s', (path, code) => {
  expect(codeOf(path)).toBe(code);
});

test('a flaw is told without the characters it is about', () => {
  for (const path of ['a\u001B[2J', 'a\u202E', '.git\u00A0./x.', 'x\u00A0.'])
    expect(pathFlaw(path)?.message ?? '').not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

describe('names as bytes', () => {
  test('bytes that are no UTF-8 decode to null, a byte order mark stays', () => {
    expect(decodeName(Buffer.from('straße'))).toBe('straße');
    expect(decodeName(Buffer.from([0x61, 0xff]))).toBeNull();
    expect(decodeName(Buffer.from([0xc0, 0xaf]))).toBeNull();
    expect(decodeName(Buffer.from([0xed, 0xa0, 0x80]))).toBeNull();
    expect(decodeName(Buffer.from('\uFEFFa'))).toBe('\uFEFFa');
  });

  test('they are shown with escapes', () => {
    expect(showName(Buffer.from('straße'))).toBe('straße');
    expect(showName(Buffer.from([0x61, 0xff, 0x0a]))).toBe('a\\xff\\u{a}');
    expect(showName(Buffer.from('a\u202Eb'))).toBe('a\\u{202e}b');
  });
});
