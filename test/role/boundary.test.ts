// An agent is told what it may change: nothing that card and Files don't both allow.

import { describe, expect, test } from 'vitest';
import type { FileEntry } from '../../src/order/part.ts';
import { parseGlob } from '../../src/platform/text/glob.ts';
import { compileScope, drawBoundary, filesBeyond, filesOverlap, workspaceGlob } from '../../src/role/boundary.ts';
import { compileGrant, type Grant } from '../../src/role/grant.ts';
import { parseRole } from '../../src/role/role.ts';

function grantOf(write: readonly string[], deny: readonly string[] = [], send = ''): Grant {
  const block = (key: string, lines: readonly string[]): string =>
    lines.length === 0 ? `${key}:\n` : `${key}: |\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const card = `---\n${block('write', write)}${block('deny', deny)}send: [${send}]\nagent: command\ncommand: [x]\n---\n`;
  const reading = parseRole('coder', card);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return compileGrant(reading.role, 'roles/coder.md');
}

function entriesOf(...texts: readonly string[]): FileEntry[] {
  return texts.map((text, index) => {
    const reading = parseGlob(text);
    if (!reading.ok) throw new Error(`${text}: ${reading.reason}`);
    return { text, line: 10 + index, column: 3, glob: reading.glob };
  });
}

const open = (): null => null;
const draw = (grant: Grant, ...files: readonly string[]) => drawBoundary(grant, entriesOf(...files), 'shop', open);

test.each([
  ['src/a.ts', 'shop', 'repos/shop/src/a.ts'],
  ['repos/till/src/a.ts', 'shop', 'repos/till/src/a.ts'],
  ['state/x.json', 'shop', 'state/x.json'],
  ['state', 'shop', 'repos/shop/state'],
  ['reposit/x', 'shop', 'repos/shop/reposit/x'],
  ['src/a.ts', null, 'src/a.ts'],
])('%s in the repository %s is %s in the workspace', (text, repo, expected) => {
  expect(workspaceGlob(text, repo)).toBe(expected);
});

test('a scope matches workspace paths and names the line of the order', () => {
  const scope = compileScope(entriesOf('src/a.ts', 'lib/**', 'state/*.json'), 'shop', 'order');
  expect(scope.match('repos/shop/src/a.ts')).toMatchObject({ file: 'order', line: 10 });
  expect(scope.match('repos/shop/lib/x/y')).toMatchObject({ line: 11 });
  expect(scope.match('state/x.json')).toMatchObject({ line: 12 });
  expect(
    ['src/a.ts', 'repos/till/lib/x', 'repos/shop/lib', 'repos/shop/state/x.json'].map((path) => scope.match(path)),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

describe('drawing', () => {
  const grant = grantOf(['repos/*/src/**', 'repos/*/test/*.ts'], ['repos/*/src/generated/**', 'repos/*/src/key'], 'qa');

  test('what the card allows whole stands as it is written, with its line', () => {
    expect(draw(grant, 'src/a.ts', 'src/login/**')).toEqual({
      lines: [
        { pattern: 'repos/shop/src/a.ts', only: [], except: [], line: 10 },
        { pattern: 'repos/shop/src/login/**', only: [], except: [], line: 11 },
      ],
      outside: [],
      mail: ['qa'],
    });
  });

  test('what the card allows in part is narrowed, and denied parts are cut out', () => {
    expect(draw(grant, 'src/**', '**/x.ts', 'src/g*/a').lines).toEqual([
      {
        pattern: 'repos/shop/src/**',
        only: [],
        except: ['repos/*/src/generated/**', 'repos/*/src/key'],
        line: 10,
      },
      {
        pattern: 'repos/shop/**/x.ts',
        only: ['repos/*/src/**', 'repos/*/test/*.ts'],
        except: ['repos/*/src/generated/**'],
        line: 11,
      },
      { pattern: 'repos/shop/src/g*/a', only: [], except: ['repos/*/src/generated/**'], line: 12 },
    ]);
  });

  test('what the card allows nothing of is outside, with the reason', () => {
    const { lines, outside } = draw(grant, 'package.json', 'src/generated/*.ts', 'src/key', 'test/deep/a.ts');
    expect(lines).toEqual([]);
    expect(outside).toEqual([
      { pattern: 'repos/shop/package.json', line: 10, reason: 'no write: line of roles/coder.md matches' },
      {
        pattern: 'repos/shop/src/generated/*.ts',
        line: 11,
        reason: 'roles/coder.md:6 denies it (repos/*/src/generated/**)',
      },
      { pattern: 'repos/shop/src/key', line: 12, reason: 'roles/coder.md:7 denies it (repos/*/src/key)' },
      { pattern: 'repos/shop/test/deep/a.ts', line: 13, reason: 'no write: line of roles/coder.md matches' },
    ]);
  });

  test('two denials that cover an entry together put it outside', () => {
    const split = grantOf(['repos/*/src/**'], ['repos/*/src/x/*', 'repos/*/src/x/*/**']);
    expect(draw(split, 'src/x/**')).toMatchObject({ lines: [], outside: [{ pattern: 'repos/shop/src/x/**' }] });
  });

  test('the floor is asked about each literal path', () => {
    const floor = (path: string): string | null => (path.endsWith('.gitattributes') ? 'it steers git' : null);
    const files = entriesOf('src/.gitattributes', 'src/a.ts');
    expect(drawBoundary(grant, files, 'shop', floor)).toMatchObject({
      lines: [{ pattern: 'repos/shop/src/a.ts' }],
      outside: [{ pattern: 'repos/shop/src/.gitattributes', reason: 'it steers git' }],
    });
  });

  test('a card that may write nothing has no boundary, and its mail', () => {
    expect(draw(grantOf([], [], 'coder2, qa'), 'src/a.ts')).toMatchObject({ lines: [], mail: ['coder2', 'qa'] });
  });
});

test.each([
  [['repos/shop/src/**'], ['repos/shop/src/a.ts', 'repos/shop/src/x/*'], []],
  [['repos/shop/src/**'], ['repos/shop/src', 'repos/shop/**'], ['repos/shop/src', 'repos/shop/**']],
  [['repos/shop/src/a.ts'], ['repos/shop/src/*.ts'], ['repos/shop/src/*.ts']],
  [['repos/*/src/**'], ['repos/shop/src/**', 'repos/shop/lib/a'], ['repos/shop/lib/a']],
  [[], ['repos/shop/a'], ['repos/shop/a']],
])('beyond %j lies of %j: %j', (outer, inner, beyond) => {
  expect(filesBeyond(outer, inner)).toEqual({ beyond, unsure: false });
});

test.each([
  [['repos/a/x', 'repos/a/y'], ['repos/a/z', 'repos/a/y'], true],
  [['repos/a/src/**'], ['repos/a/**/x.ts'], true],
  [['repos/a/src/**'], ['repos/b/src/**'], false],
  [['repos/a/src/*'], ['repos/a/src/x/y'], false],
  [[], ['repos/a/x'], false],
])('%j and %j overlap: %s', (a, b, expected) => {
  expect(filesOverlap(a, b)).toBe(expected);
  expect(filesOverlap(b, a)).toBe(expected);
});
