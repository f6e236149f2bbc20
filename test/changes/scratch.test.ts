import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compileIgnore, lessMeant, meantByFiles } from '../../src/changes/ignore-rules.ts';
import { parseGlob } from '../../src/platform/text/glob.ts';
import { compileMatcher } from '../../src/role/grant.ts';
import { openDice } from '../kit/dice.ts';
import { makeShop, writeFiles } from '../kit/repository.ts';
import { rulesOf, shortly, surveyWork } from '../kit/surveyed.ts';

test('what the base ignores is scratch: counted, a folder as one, and never a change', async () => {
  const { changes, scratch } = await surveyWork({ '.gitignore': 'node_modules/\n*.log\n', a: 'x' }, (folder) =>
    writeFiles(folder, {
      'node_modules/one/index.js': 'x',
      'node_modules/two/index.js': 'x',
      'src/npm.log': 'x',
      'src/a.ts': 'x',
      node_modules2: 'x',
    }),
  );
  expect([shortly(changes), scratch]).toEqual([['added node_modules2', 'added src/a.ts'], 2]);
});

test('a tracked file counts under any ignored folder, and its untracked neighbours do not', async () => {
  const files = { '.gitignore': 'dist/\n*.gen\n', 'dist/keep.js': 'one', 'dist/deep/gone.js': 'two', 'a.gen': 'three' };
  const { changes, scratch } = await surveyWork(files, (folder) =>
    writeFiles(folder, {
      'dist/keep.js': 'edited',
      'dist/deep/gone.js': null,
      'dist/new.js': 'x',
      'dist/other/new.js': 'x',
      'a.gen': 'edited',
      'b.gen': 'x',
    }),
  );
  expect(shortly(changes)).toEqual(['modified a.gen', 'deleted dist/deep/gone.js', 'modified dist/keep.js']);
  expect(scratch).toBe(3);
});

test('what a run writes into .gitignore decides nothing', async () => {
  const { changes, scratch } = await surveyWork({ '.gitignore': '*.log\n', a: 'x' }, (folder) =>
    writeFiles(folder, { '.gitignore': 'evil\n', 'sub/.gitignore': '*\n', evil: 'x', 'sub/b': 'x', 'a.log': 'x' }),
  );
  expect(shortly(changes)).toEqual(['modified .gitignore', 'added evil', 'added sub/.gitignore', 'added sub/b']);
  expect(scratch).toBe(1);
});

test('an ignored name that replaces a tracked file or folder hides neither', async () => {
  const files = { '.gitignore': 'build\n', 'build/a': 'x', 'src/a': 'y' };
  const { changes } = await surveyWork(files, (folder) =>
    writeFiles(folder, { build: 'flat', src: null, 'src/build/b': '' }),
  );
  expect(shortly(changes)).toEqual(['added build', 'deleted build/a', 'deleted src/a']);
});

test('only the repository has scratch: mail and state are never ignored', async () => {
  const { changes, scratch } = await surveyWork({ '.gitignore': '*\n', a: 'x' }, (folder) =>
    writeFiles(`${folder}/../..`, { 'inbox/coder/a.md': 'x', 'state/a.json': 'x', 'repos/other/a': 'x' }),
  );
  expect([shortly(changes), scratch]).toEqual([
    ['added inbox/coder/a.md', 'added repos/other/a', 'added state/a.json'],
    0,
  ]);
});

// Each path is asked of the rules and of git, as a file.
const cases: Record<string, { files: Record<string, string>; paths: string[] }> = {
  'anchors and depth': {
    files: { '.gitignore': '/top\nmid/deep\n**/any\nend/**\na/**/z\n' },
    paths: ['top', 'x/top', 'mid/deep', 'x/mid/deep', 'any', 'x/y/any', 'end/a/b', 'x/end/a', 'a/z', 'a/b/c/z', 'az'],
  },
  'negation, the last match wins': {
    files: { '.gitignore': '*.log\n!keep.log\nkeep.log.d/\n!x/*.log\n/*\n!/src\n!/keep.log\n' },
    paths: ['a.log', 'keep.log', 'src/a.log', 'src/keep.log', 'x/a.log', 'readme', 'src/a.ts'],
  },
  'nested files, and negation in them': {
    files: {
      '.gitignore': '*.tmp\ncache/\n',
      'sub/.gitignore': '!ok.tmp\nlocal\n/only\n',
      'sub/deep/.gitignore': 'ok.tmp\n!local\n',
    },
    paths: [
      'ok.tmp',
      'sub/ok.tmp',
      'sub/a.tmp',
      'sub/deep/ok.tmp',
      'sub/local',
      'sub/deep/local',
      'sub/deep/x/local',
      'local',
      'sub/only',
      'sub/x/only',
      'sub/cache/a',
    ],
  },
  'what is below an ignored folder stays ignored': {
    files: { '.gitignore': 'out/\nlib/*\n!lib/kept/\n', 'out/.gitignore': '!again\n', 'lib/kept/.gitignore': 'b\n' },
    paths: ['out/again', 'out/deep/again', 'lib/a', 'lib/kept/a', 'lib/kept/b'],
  },
  'escapes, spaces, sets, case and line ends': {
    files: { '.gitignore': '\\#hash\n\\!bang\nspace\\ \ntrail   \n[ab]x\n[!c]y\nUPPER\nq?\nwin\r\n# note\n\n', n: '' },
    paths: ['#hash', '!bang', 'space ', 'trail', 'ax', 'cx', 'ay', 'cy', 'upper', 'UPPER', 'q1', 'q12', 'win', 'note'],
  },
};

test.each(Object.entries(cases))('the rules say what git says: %s', async (_name, { files, paths }) => {
  const shop = await makeShop(files);
  const rules = await rulesOf(shop);
  const said = spawnSync('git', ['check-ignore', '--no-index', '--stdin', '-z'], {
    cwd: shop.repository.folder,
    input: paths.map((path) => `${path}\0`).join(''),
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  const expected = new Set(said.stdout.toString().split('\0'));
  expect(paths.filter((path) => rules.ignores(path, false))).toEqual(paths.filter((path) => expected.has(path)));
  expect(expected.size).toBeGreaterThan(1);
});

test('below a tracked file of an ignored folder, rules there re-include nothing', async () => {
  const { changes, scratch } = await surveyWork({ '.gitignore': 'out/\n', 'out/.gitignore': '!again\n' }, (folder) =>
    writeFiles(folder, { 'out/again': 'x', 'out/other': 'x' }),
  );
  expect([shortly(changes), scratch]).toEqual([[], 2]);
});

test('random rules say what git says of random names', async () => {
  const random = openDice('ignore');
  const pick = (of: readonly string[]): string => of[random.roll(of.length) - 1] ?? '';
  const bits = [
    'a',
    'b',
    'ab',
    '*',
    '?',
    '**',
    '/',
    '/',
    '[ab]',
    '[!a]',
    '[a-b]',
    '\\a',
    'é',
    '.',
    '!',
    ' ',
    '#',
    '[[:alpha:]]',
    '*a',
  ];
  const names = ['a', 'b', 'ab', 'ba', 'c', 'é', '.a', 'a b', '#', '!', 'aab', 'a.b'];
  const paths = [...names];
  for (const one of names.slice(0, 8))
    for (const two of names.slice(0, 8)) paths.push(`${one}/${two}`, `${one}/${two}/a`);
  for (const one of names) paths.push(`zz/${one}`, `zz/a/${one}`);
  for (let round = 0; round < 25; round += 1) {
    const lines = Array.from({ length: random.roll(5) }, () =>
      // Where ** stands beside other characters, git itself means one thing in its manual and another in its code.
      Array.from({ length: random.roll(6) }, () => pick(bits))
        .join('')
        .split('/')
        .map((segment) => (segment === '**' ? segment : segment.replace(/\*+/g, '*')))
        .join('/'),
    );
    const text = `${lines.join('\n')}\n`;
    const shop = await makeShop({ '.gitignore': text, 'zz/.gitignore': `${pick(bits)}${pick(bits)}\n` });
    const rules = await rulesOf(shop);
    const said = spawnSync('git', ['check-ignore', '--no-index', '--stdin', '-z'], {
      cwd: shop.repository.folder,
      input: paths.map((path) => `${path}\0`).join(''),
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    });
    const expected = new Set(said.stdout.toString().split('\0'));
    expect([lines, paths.filter((path) => rules.ignores(path, false))]).toEqual([
      lines,
      paths.filter((path) => expected.has(path)),
    ]);
  }
});

test('rules that would take for ever take a counted number of steps, and then ignore nothing', () => {
  const chain = `${'**/a/'.repeat(200)}x\n${'*a'.repeat(100)}b\n${'[a]*'.repeat(100)}/${'*a*/'.repeat(100)}b\n`;
  const deep = 'a/'.repeat(60) + 'a'.repeat(200);
  const all = compileIgnore([{ folder: '', text: `${chain}*.log\n` }]);
  expect([all.ignores(deep, false), all.ignores('x.log', false), all.exhausted()]).toEqual([false, true, false]);
  const little = compileIgnore([{ folder: '', text: `*.log\n${chain.repeat(20)}` }], 10_000);
  expect(little.ignores('x.log', false)).toBe(true);
  for (let at = 0; at < 50; at += 1) little.ignores(`${deep}${at}`, false);
  expect([little.exhausted(), little.ignores('x.log', false)]).toEqual([true, false]);
});

// The rules ignore dist/, *.log and logs/. Each row shows what stays ignored beside Files that name some of it.
test.each<[files: string[], scratch: string[], judged: string[]]>([
  [['src/order.log'], ['src/other.log', 'dist/a.js'], ['src/order.log']],
  [['dist/a.js'], ['dist/b.js', 'x.log'], ['dist/', 'dist/a.js']],
  [['dist/**'], ['x.log', 'logs/'], ['dist/', 'dist/a.js', 'dist/deep/', 'dist/deep/b.js']],
  [['logs/*.log'], ['x.log', 'logs/deep/x.log', 'logs/a.txt'], ['logs/', 'logs/x.log']],
  [['src/*.log'], ['x.log', 'dist/'], ['src/x.log']],
  [['src/**'], ['src/x.log', 'src/dist/', 'dist/'], ['src/a.ts']],
  [['**'], ['x.log', 'dist/', 'logs/'], ['a.ts']],
  [['**/*.log'], ['dist/', 'logs/'], ['x.log', 'src/x.log']],
])('with Files %j scratch is %j and judged is %j', (files, scratch, judged) => {
  const rules = compileIgnore([{ folder: '', text: 'dist/\n*.log\nlogs/\n' }]);
  const lines = files.map((text) => {
    const reading = parseGlob(text);
    if (!reading.ok) throw new Error(text);
    return { glob: reading.glob, line: 1 };
  });
  const meant = meantByFiles(rules, compileMatcher('order', lines).entries);
  const chosen = lines.filter(({ glob }) => meant.some((one) => one.pattern === glob.text));
  const { match } = compileMatcher('order', chosen);
  const { ignores } = lessMeant(rules, meant, (path) => match(path) !== undefined);
  const ask = (path: string): boolean => ignores(path.replace(/\/$/, ''), path.endsWith('/'));
  expect([scratch.map(ask), judged.map(ask)]).toEqual([scratch.map(() => true), judged.map(() => false)]);
});

test('scratch is told by folder, and not without end', async () => {
  const { survey } = await surveyWork({ '.gitignore': 'node_modules/\n*.log\n', a: 'x' }, (folder) =>
    writeFiles(folder, {
      'node_modules/one/index.js': 'x',
      'src/a.log': 'x',
      'src/b.log': 'x',
      ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`src/${index}/c.log`, 'x'])),
    }),
  );
  if (survey.kind !== 'surveyed') throw new Error(survey.kind);
  expect(survey.scratch).toBe(33);
  expect(survey.scratchIn).toHaveLength(21);
  expect(survey.scratchIn).toContain('repos/shop/node_modules/');
  expect(survey.scratchIn.at(-1)).toBe('and 12 folders more');
});
