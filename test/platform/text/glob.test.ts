// The grammar of patterns, and overlap and containment held against an enumeration of all short paths with micromatch
// as the judge.
import { describe, expect, test } from 'vitest';
import { choiceLimit, expandChoices } from '../../../src/platform/text/braces.ts';
import { compareSteps, globsContain, globsOverlap, openBudget } from '../../../src/platform/text/compare.ts';
import { bracketFlaw, formsOf, globLimit, parseGlob } from '../../../src/platform/text/glob.ts';
import { compileMatcher } from '../../../src/role/grant.ts';

describe('the grammar', () => {
  test.each([
    'src/a.ts',
    'src',
    'src/[id]/page.tsx',
    'src/(group)/{a}.ts',
    'My Documents/a b.txt',
    '.env',
    'a!b',
    'über/straße.ts',
    'a..b/...c',
  ])('%s is one path', (text) => {
    expect(parseGlob(text)).toEqual({ ok: true, glob: { text, literal: true } });
  });

  test.each([
    'src/**',
    '**',
    '*',
    'src/*.test.*',
    '**/x/**',
    '*a*/*b*',
    '.*/x',
    'src/?.css',
    'src/{a,b}.ts',
    '{a,b/*}/c',
  ])('%s is a pattern', (text) => {
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
    [`${'a/'.repeat(64)}b`, '65 folders deep'],
    ['src/(a|b).ts', '| is no choice'],
    ['src/@(a).ts', 'of other tools'],
    ['src/!(a)*', 'of other tools'],
    ['src/{a,b.ts', 'stands alone'],
    ['src/a,b}.ts', 'stands alone'],
    ['src/}{', 'stands alone'],
    ['v{1..3}.ts', '{1..3} is a range'],
    ['src/{a,/b}', "'src//b' is one of its choices"],
    ['{src,..}/a', "'../a' is one of its choices"],
    ['{src/**/a,b}/**/c/**', 'more than two **'],
    ['{a,b}'.repeat(7), 'more than 64 patterns'],
    ['{a,'.repeat(80), 'stands alone'],
  ])('%j is no pattern', (text, reason) => {
    const reading = parseGlob(text);
    expect(reading.ok).toBe(false);
    if (!reading.ok) expect(reading.reason).toContain(reason);
  });

  test('a folder gets the hint how to say all that is in it', () => {
    expect(parseGlob('src/')).toMatchObject({ hint: 'src/** for all that is in it' });
  });
});

describe('choices', () => {
  test.each([
    ['a', ['a']],
    ['src/{a,b}.ts', ['src/a.ts', 'src/b.ts']],
    ['a{,.test}.ts', ['a.ts', 'a.test.ts']],
    ['{a,b}{1,2}', ['a1', 'a2', 'b1', 'b2']],
    ['{a,{b,c}}', ['a', 'b', 'c']],
    ['{x{a,b}}', ['{xa}', '{xb}']],
    ['{a}{,b}', ['{a}', '{a}b']],
    ['{a,a}', ['a']],
  ])('%s stands for %j', (text, forms) => {
    expect(expandChoices(text)).toEqual({ ok: true, forms });
  });

  test('an entry stands for the forms that its choices come to', () => {
    expect(formsOf('src/{a,b}.ts')).toEqual(['src/a.ts', 'src/b.ts']);
    expect(formsOf('src/{a}.ts')).toEqual(['src/{a}.ts']);
  });

  test('what was taken once is read again, other syntax or not', () => {
    expect(parseGlob('src/(a|b)/{1..3}.ts', true)).toMatchObject({ ok: true, glob: { literal: true } });
    expect(parseGlob('/etc/passwd', true).ok).toBe(false);
  });

  test('brackets get a hint that works', () => {
    expect(bracketFlaw('src/[ab].ts')?.hint).toContain('src/?ab?.ts');
    expect(bracketFlaw('src/a.ts')).toBeNull();
  });

  // The slow reading: one choice after the other, by what bash's manual says of them.
  function slow(text: string): string[] {
    for (let from = 0; from < text.length; from += 1) {
      if (text[from] !== '{') continue;
      const cuts: number[] = [];
      let depth = 0;
      let to = from;
      for (; to < text.length; to += 1) {
        if (text[to] === '{') depth += 1;
        if (text[to] === '}') depth -= 1;
        if (depth === 0) break;
        if (text[to] === ',' && depth === 1) cuts.push(to);
      }
      if (cuts.length === 0 || to === text.length) continue;
      const edges = [from, ...cuts, to];
      return edges
        .slice(1)
        .flatMap((edge, index) =>
          slow(text.slice(0, from) + text.slice((edges[index] ?? 0) + 1, edge) + text.slice(to + 1)),
        );
    }
    return [text];
  }

  test('random braces are written out as a slow reading does, or refused for their number', () => {
    const random = randomOf(4);
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: 14 }, () => '{{{}}},,,ab/'[Math.floor(random() * 12)]).join('');
      if (!parseGlob(`x${text}y`, true).ok && !expandChoices(text).ok) continue;
      const seen = expandChoices(text);
      const expected = new Set(slow(text));
      if (seen.ok) expect([text, [...seen.forms].sort()]).toEqual([text, [...expected].sort()]);
      else expect(expected.size).toBeGreaterThan(choiceLimit / 4);
    }
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
    ['a?c', '?b?', true],
    ['a?', 'a', false],
    ['??', 'a/b', false],
    ['src/{a,b}.ts', 'src/{b,c}.ts', true],
    ['src/{a,b}.ts', 'src/{c,d}.ts', false],
    ['{a,b}/**', 'b/c', true],
    ['{a,b}', '{a,b}', true],
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
    [['a?', 'a?*'], 'a*', false],
    [['a', 'a?*'], 'a*', true],
    [['src/*.ts'], 'src/{a,b}.ts', true],
    [['src/{a,b}.ts'], 'src/a.ts', true],
    [['src/{a,b}.ts'], 'src/{a,c}.ts', false],
    [['src/{a,{b,c}}'], 'src/{c,b}', true],
    [['src/?'], 'src/{c,b}', true],
  ])('%j holds all of %s: %s', (outer, inner, expected) => {
    expect(globsContain(outer, inner)).toBe(expected);
  });

  // The worst that the grammar lets through: everything may stand for everything, and only the last segments differ, or
  // nothing does.
  const wide = (name: string, end: string): string => `src/**/${`*${name}*/`.repeat(55)}**/${end}`;
  test.each([
    ['two that differ at the end', [wide('a', 'x*')], [wide('b', '*y')]],
    [
      'twenty of each',
      Array.from({ length: 20 }, (_, at) => wide('a', `x*${at}*`)),
      Array.from({ length: 20 }, (_, at) => wide('b', `*${at}*y`)),
    ],
    [
      'choices upon choices',
      ['{**,*}/{a,b}*/{c,d}*/{e,f}*/{g,h}*/{i,j}*/*'],
      ['{**,*}/*{a,b}/*{c,d}/*{e,f}/*{g,h}/*{i,j}/*'],
    ],
  ])('%s are compared within the budget, whatever comes of it', (_name, one, two) => {
    for (const text of [...one, ...two]) expect([text, parseGlob(text).ok]).toEqual([text, true]);
    const overlap = openBudget();
    const found = one.some((a) => two.some((b) => globsOverlap(a, b, overlap)));
    expect(found).toBe(true);
    const contain = openBudget();
    expect(two.every((b) => globsContain(one, b, contain))).toBe(false);
    // Counted: a step beyond the budget ends it, so that none can have taken more than this and one round.
    expect(overlap.left).toBeGreaterThan(-compareSteps / 10);
    expect(contain.left).toBeGreaterThan(-compareSteps / 10);
  });

  test('beyond the budget the careful answer is given: they overlap, and are not contained', () => {
    expect(globsOverlap('a*/x', 'b*/x', openBudget(0))).toBe(true);
    expect(globsContain(['a*', '**/b'], 'a*c', openBudget(0))).toBe(false);
  });

  test('a pattern whose sets of states have no end is decided all the same, and never as contained by mistake', () => {
    const deep = `**/*a*${'/*'.repeat(100)}`;
    expect(globsContain(['repos/*/src/**'], `repos/x/src/${deep}`)).toBe(true);
    expect(globsContain([`repos/*/${deep}`], `repos/x/${deep}/b`)).toBe(false);
    expect(globsContain([deep], deep)).toBe(true);
    expect(globsOverlap(`${deep}/b`, `${deep}/c`)).toBe(false);
  });

  // One name for each set of segments that can match it together, and all paths of up to four of them: no two of the
  // small patterns below need a longer one to be told apart.
  const names = ['a', 'b', 'ab', 'z', 'az', 'zb', 'zz', 'zaz', 'azb', 'zab'];
  const paths = [...names];
  for (const path of paths) if (path.split('/').length < 4) paths.push(...names.map((name) => `${path}/${name}`));
  const pieces = ['a', 'b', '*', '*', 'a*', '*b', 'ab', '*a*', '**', '**', '?', '?b', '{a,b}', '{*b,?}'];
  const random = randomOf(20260721);
  const pick = (): string => pieces[Math.floor(random() * pieces.length)] ?? 'a';
  const patterns = new Set<string>();
  while (patterns.size < 140) {
    const text = Array.from({ length: 1 + Math.floor(random() * 3) }, pick).join('/');
    if (parseGlob(text).ok) patterns.add(text);
  }
  const matched = new Map([...patterns].map((text) => [text, pathsOf(text)]));

  function pathsOf(text: string): ReadonlySet<string> {
    const matcher = compileMatcher('x', [{ line: 1, glob: { text, literal: /^[ab/]+$/.test(text) } }]);
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
