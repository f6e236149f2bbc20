// Patterns against paths, as the gate asks them: only `*` and `**` mean anything.
import micromatch from 'micromatch';
import { describe, expect, test } from 'vitest';
import { parseGlob } from '../../src/platform/text/glob.ts';
import { compileGrant, compileMatcher, type Matcher } from '../../src/role/grant.ts';
import { parseRole } from '../../src/role/role.ts';

function matcherOf(...patterns: readonly string[]): Matcher {
  return compileMatcher(
    'roles/coder.md',
    patterns.map((text, index) => {
      const reading = parseGlob(text, true);
      if (!reading.ok) throw new Error(`${text}: ${reading.reason}`);
      return { glob: reading.glob, line: index + 1 };
    }),
  );
}

describe('one pattern', () => {
  test.each<[pattern: string, yes: readonly string[], no: readonly string[]]>([
    ['src/a.ts', ['src/a.ts'], ['src/a.tsx', 'src/A.ts', 'src/a_ts', 'x/src/a.ts', 'src/a.ts/b']],
    ['src/**', ['src/a', 'src/a/b', 'src/.env', 'src/.a/.b', 'src/..x'], ['src', 'srcs/a', 'x/src/a', 'Src/a']],
    ['src/*', ['src/a', 'src/.a', 'src/a.b'], ['src', 'src/a/b', 'src/a/']],
    ['**', ['a', '.a', 'a/b', '.a/.b'], []],
    ['*', ['a', '.a', 'a b'], ['a/b']],
    ['**/*', ['a', '.a', 'a/.b'], []],
    ['**/*.key', ['a.key', '.key', 'x/y/.b.key'], ['a.keys', 'akey', 'a.key/b']],
    ['**/x/**', ['x/a', 'a/x/b', '.a/.b/x/.c'], ['x', 'a/x', 'xx/a']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/.x/y/b'], ['ab', 'a/xb', 'a/b/c']],
    ['*.ts', ['a.ts', '.ts'], ['ats', 'a/b.ts']],
    ['*.*', ['a.b', '.a', 'a.'], ['a']],
    ['.*', ['.a'], ['a', '.a/b']],
    ['a*b*', ['ab', 'axbx', 'abb'], ['ba', 'a/b']],
    ['repos/*/src/**', ['repos/shop/src/a', 'repos/.x/src/a'], ['repos/src/a', 'repos/a/b/src/c', 'repos/shop/src']],
    ['src/[id]/*', ['src/[id]/page.tsx'], ['src/i/page.tsx', 'src/d/page.tsx']],
    ['src/[!a]/*', ['src/[!a]/x'], ['src/b/x']],
    ['{a,b}/*', ['a/x', 'b/x'], ['c/x', 'a,b/x', '{a,b}/x']],
    ['src/{a,b}.ts', ['src/a.ts', 'src/b.ts'], ['src/c.ts', 'src/ab.ts', 'src/{a.ts', 'src/{a,b}.ts']],
    ['**/*.{pem,key}', ['a.pem', '.key', 'x/y.key'], ['a.pub', 'apem']],
    ['{1..3}/*', ['{1..3}/x'], ['2/x']],
    ['(a|b)/*', ['(a|b)/x'], ['a/x', 'b/x']],
    ['a|b*', ['a|bc'], ['a', 'b', 'bc']],
    ['+(a)/*', ['+(a)/x'], ['a/x', 'aa/x']],
    ['@(a)*', ['@(a)b'], ['a', 'ab']],
    ['a?/*', ['a?/x', 'ab/x', 'a./x', 'a😀/x'], ['a/x', 'abc/x', 'a//x']],
    ['?', ['a', '.', '😀', '?'], ['ab', 'a/b', '']],
    ['??', ['ab', '😀a'], ['😀', 'a', 'a/b']],
    ['*?*', ['a', '😀', 'abc'], ['']],
    ['src/?id?/*', ['src/[id]/page.tsx'], ['src/id/x']],
    ['a+/*', ['a+/x'], ['aa/x']],
    ['a$*', ['a$b'], ['a']],
    ['^a*', ['^ab'], ['ab']],
    ['a.b*', ['a.bc'], ['axbc']],
    ['a\u0020b/*', ['a b/c'], ['a/c', 'ab/c']],
    ['#a/*', ['#a/b'], ['a/b']],
    ['a{2}*', ['a{2}b'], ['aab']],
    ['[[:alpha:]]*', ['[[:alpha:]]x'], ['x', 'ax']],
    ['über/*', ['über/ß'], ['uber/x']],
    ['📦/*', ['📦/a'], ['x/a']],
  ])('%s matches what it says and no more', (pattern, yes, no) => {
    const matcher = matcherOf(pattern);
    expect(yes.filter((path) => matcher.match(path) === undefined)).toEqual([]);
    expect(no.filter((path) => matcher.match(path) !== undefined)).toEqual([]);
  });

  test('a literal entry is compared and never compiled', () => {
    const matcher = matcherOf('src/[id]/(a|b)$.ts');
    expect(matcher.match('src/[id]/(a|b)$.ts')).toMatchObject({ literal: true });
    expect(matcher.match('src/i/a.ts')).toBeUndefined();
  });

  test('a star takes in a newline as any other character', () => {
    expect(matcherOf('src/*').match('src/a\nb')).toBeDefined();
    expect(matcherOf('src/*.ts').match('src/a.ts\n')).toBeUndefined();
    expect(matcherOf('src/a.ts').match('src/a.ts\n')).toBeUndefined();
  });

  test('the slowest pattern of the grammar against a long name comes to an end', () => {
    expect(parseGlob('*a*a*a*a*a*a*a*a*b').ok).toBe(false);
    const matcher = matcherOf(`**/${'*a*/'.repeat(40)}**/*a*b`);
    expect(matcher.match(`${'a'.repeat(20)}/`.repeat(45) + 'a'.repeat(100))).toBeUndefined();
    expect(matcherOf('*a*b').match('a'.repeat(255))).toBeUndefined();
  });

  test('matching a segment at a time comes to what micromatch says of the whole path', () => {
    const segments = ['a', '*', 'a*', '*b*', '**', '.*', '?', '?b'];
    const names = ['a', '.a', 'b', 'ab', '..b'];
    const three = (of: readonly string[]): string[] =>
      of.flatMap((x) => [x, ...of.flatMap((y) => [`${x}/${y}`, ...of.map((z) => `${x}/${y}/${z}`)])]);
    const paths = three(names);
    const wrong: string[] = [];
    for (const pattern of three(segments).filter((one) => /[*?]/.test(one) && parseGlob(one).ok)) {
      const matcher = matcherOf(pattern);
      const whole = micromatch.matcher(pattern, { dot: true, strictSlashes: true });
      for (const path of paths)
        if ((matcher.match(path) !== undefined) !== whole(path))
          wrong.push(`${pattern}  ${path}  whole: ${whole(path)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('several patterns', () => {
  test('a path that stands is matched by what is spelled like it first; no choice is meant then', () => {
    const matcher = matcherOf('src/*', 'src/{b,c}.ts', 'src/?.ts');
    expect(matcher.match('src/{b,c}.ts', true)).toMatchObject({ line: 2 });
    expect(matcher.match('src/{b,c}.ts')).toMatchObject({ line: 1 });
    expect(matcherOf('src/{b,c}.ts').match('src/{b,c}.ts')).toBeUndefined();
    expect(matcher.match('src/?.ts', true)).toMatchObject({ line: 3 });
  });

  test('the first that matches answers, with its file and line', () => {
    const matcher = matcherOf('src/*.ts', 'src/**', 'src/a.ts');
    expect(matcher.match('src/a.ts')).toEqual({ file: 'roles/coder.md', line: 1, pattern: 'src/*.ts', literal: false });
    expect(matcher.match('src/b/c')).toMatchObject({ line: 2 });
    expect(matcher.match('lib/a')).toBeUndefined();
    expect(matcher.entries.map((one) => one.line)).toEqual([1, 2, 3]);
  });

  test('no entry allows nothing', () => {
    expect(matcherOf().match('a')).toBeUndefined();
  });

  test('a grant names the lines of the card it came from', () => {
    const card =
      '---\nagent: command\ncommand: [true]\nwrite: |\n  repos/*/src/**\n\n  # a comment\n  repos/*/lib/*\ndeny: |\n  repos/*/src/x\nsend: auditor\n---\nGo.\n';
    const reading = parseRole('coder', card.replace('[true]', '["true"]'));
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    const grant = compileGrant(reading.role, 'roles/coder.md');
    expect(grant.write.match('repos/shop/lib/a')).toMatchObject({ line: 8, pattern: 'repos/*/lib/*' });
    expect(grant.write.match('repos/shop/src/a')).toMatchObject({ line: 5 });
    expect(grant.deny.match('repos/shop/src/x')).toMatchObject({ line: 10, file: 'roles/coder.md' });
    expect(grant.send).toEqual([{ role: 'auditor', line: 11 }]);
  });
});
