// The grammar of patterns, and overlap and containment held against an enumeration of all short paths with micromatch as the judge.
import { describe, expect, test } from 'vitest';
import { globLimit, globsContain, globsOverlap, parseGlob } from '../../src/ground/glob.ts';
import { compileMatcher } from '../../src/role/grant.ts';

describe('the grammar', () => {
  test.each([
    'src/a.ts',
    'src',
    'src/[id]/page.tsx',
    'src/(group)/{a,b}.ts',
    'My Documents/a b.txt',
    '.env',
    'a!b',
    'über/straße.ts',
    'a..b/...c',
  ])('%s is one path', (text) => {
    expect(parseGlob(text)).toEqual({ ok: true, glob: { text, literal: true } });
  });

  test.each(['src/**', '**', '*', 'src/*.test.*', '**/x/**', '*a*/*b*', '.*/x'])('%s is a pattern', (text) => {
    expect(parseGlob(text)).toEqual({ ok: true, glob: { text, literal: false } });
  });

  test.each([
    ['', 'empty'],
    ['a'.repeat(globLimit + 1), 'characters long'],
    ['src/\u0007', 'control or invisible'],
    ['src/a\nb', 'control or invisible'],
    ['src/a\u202Eb', 'control or invisible'],
    ['src/a\u200Bb', 'control or invisible'],
    ['cafe\u0301', 'normal form C'],
    ['!src/**', '! (not)'],
    ['src\\a.ts', 'backslash'],
    ['/etc/passwd', 'absolute'],
    ['C:/x', 'absolute'],
    ['~/x', 'absolute'],
    ['src/', 'folder'],
    ['src//a', 'empty segment'],
    ['./src', '. or .. segment'],
    ['src/../x', '. or .. segment'],
    ['**/../x', '. or .. segment'],
    ['**/a/**/b/**', 'more than two **'],
    ['src/**.ts', 'beside other characters'],
    ['***', 'beside other characters'],
    ['*a*a*', 'more than two *'],
  ])('%j is no pattern', (text, reason) => {
    const reading = parseGlob(text);
    expect(reading.ok).toBe(false);
    if (!reading.ok) expect(reading.reason).toContain(reason);
  });

  test('a folder gets the hint how to say all that is in it', () => {
    expect(parseGlob('src/')).toMatchObject({ hint: 'src/** for all that is in it' });
  });
});

describe('overlap and containment', () => {
  test.each([
    ['src/**', 'src/login/*.ts', true],
    ['src/**', 'src', false],
    ['src/*', 'src/a/b', false],
    ['*.ts', 'a.js', false],
    ['**/x.ts', 'src/*.ts', true],
    ['a/**/b', 'a/b', true],
    ['a*', '*b', true],
    ['a', 'A', false],
    ['src/**', 'test/**', false],
    ['repos/*/src/**', 'repos/shop/**', true],
  ])('%s and %s share a path: %s', (a, b, expected) => {
    expect(globsOverlap(a, b)).toBe(expected);
    expect(globsOverlap(b, a)).toBe(expected);
  });

  test.each([
    [['src/**'], 'src/login/*.ts', true],
    [['src/*'], 'src/**', false],
    [['src/*', 'src/*/**'], 'src/**', true],
    [['src/a', 'src/b'], 'src/*', false],
    [['**'], '**', true],
    [['*', '**/*/*'], '**', true],
    [[], 'a', false],
    [['src/**'], 'src', false],
    [['**/*.ts'], 'src/**/a*.ts', true],
    [['\uE000*', 'a*'], '*', false],
  ])('%j holds all of %s: %s', (outer, inner, expected) => {
    expect(globsContain(outer, inner)).toBe(expected);
  });

  test('a pattern whose sets of states have no end is decided all the same, and never as contained by mistake', () => {
    const deep = `**/*a*${'/*'.repeat(100)}`;
    expect(globsContain(['repos/*/src/**'], `repos/x/src/${deep}`)).toBe(true);
    expect(globsContain([`repos/*/${deep}`], `repos/x/${deep}/b`)).toBe(false);
    expect(globsContain([deep], deep)).toBe(true);
    expect(globsOverlap(`${deep}/b`, `${deep}/c`)).toBe(false);
  });

  // One name for each set of segments that can match it together, and all paths of up to four of them: no two of the small patterns below
  // need a longer one to be told apart.
  const names = ['a', 'b', 'ab', 'z', 'az', 'zb', 'zaz', 'azb', 'zab'];
  const paths = [...names];
  for (const path of paths) if (path.split('/').length < 4) paths.push(...names.map((name) => `${path}/${name}`));
  const pieces = ['a', 'b', '*', '*', 'a*', '*b', 'ab', '*a*', '**', '**'];
  const random = randomOf(20260721);
  const pick = (): string => pieces[Math.floor(random() * pieces.length)] ?? 'a';
  const patterns = new Set<string>();
  while (patterns.size < 140) {
    const text = Array.from({ length: 1 + Math.floor(random() * 3) }, pick).join('/');
    if (parseGlob(text).ok) patterns.add(text);
  }
  const matched = new Map([...patterns].map((text) => [text, pathsOf(text)]));

  function pathsOf(text: string): ReadonlySet<string> {
    const matcher = compileMatcher('x', [{ line: 1, glob: { text, literal: !text.includes('*') } }]);
    return new Set(paths.filter((path) => matcher.match(path) !== undefined));
  }

  test('two random patterns overlap exactly when some short path matches both', () => {
    const wrong: string[] = [];
    for (const [one, left] of matched)
      for (const [two, right] of matched) {
        const seen = [...left].some((path) => right.has(path));
        if (globsOverlap(one, two) !== seen) wrong.push(`${one}  ${two}  enumerated: ${seen}`);
      }
    expect(wrong).toEqual([]);
  });

  test('a random pattern lies within two others exactly when each of its short paths does', () => {
    const wrong: string[] = [];
    const all = [...matched];
    for (const [inner, small] of all)
      for (let round = 0; round < 60; round += 1) {
        const [one, left] = all[Math.floor(random() * all.length)] ?? ['', new Set<string>()];
        const [two, right] = all[Math.floor(random() * all.length)] ?? ['', new Set<string>()];
        const seen = [...small].every((path) => left.has(path) || right.has(path));
        if (globsContain([one, two], inner) !== seen) wrong.push(`[${one}, ${two}]  ${inner}  enumerated: ${seen}`);
      }
    expect(wrong).toEqual([]);
  });
});

// mulberry32: the same patterns on every machine.
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}
