// Orders as people and agents really write them: what is read, where it stands, and what is said of those that cannot
// be read.
import { describe, expect, test } from 'vitest';
import { type Order, parseOrder } from '../../src/order/order.ts';

const criteria = '- `npm test` passes\n- the form rejects an empty name\n- the answer has status 401\n';
const plain = [
  '**Objective:** Users can log in.',
  '**Acceptance:**',
  criteria.trimEnd(),
  '**Files:**',
  '- src/login.ts',
  '- src/**/__tests__/*.ts',
  '**Branching:** halt-with-note',
  '',
].join('\n');

function read(text: string): Order {
  const reading = parseOrder(text);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems, null, 1));
  return reading.order;
}

function errorsOf(text: string): string[] {
  const reading = parseOrder(text);
  return reading.ok ? [] : reading.problems.filter((one) => one.level === 'error').map((one) => one.code);
}

const warningsOf = (text: string): string[] => read(text).warnings.map((one) => one.code);
const withFiles = (files: string): string => plain.replace(/\*\*Files:\*\*[\s\S]*(?=\*\*Branching)/, `${files}\n`);
const withFront = (front: string): string => `---\n${front}\n---\n${plain}`;
const globsOf = (text: string): string[] => read(text).files.map((one) => one.text);

describe('the four labels', () => {
  const forms: Array<[string, (name: string) => string]> = [
    ['**Label:**', (name) => `**${name}:**`],
    ['**Label**:', (name) => `**${name}**:`],
    ['**Label**', (name) => `**${name}**`],
    ['**LABEL:**', (name) => `**${name.toUpperCase()}:**`],
    ['Label:', (name) => `${name}:`],
    ['label:', (name) => `${name.toLowerCase()}:`],
    ['# Label', (name) => `# ${name}\n`],
    ['### Label', (name) => `### ${name}\n`],
    ['## Label: ##', (name) => `## ${name}: ##\n`],
  ];
  test.each(forms)('%s is a label, with and without blank lines around it', (_name, label) => {
    const text = plain.replace(/\*\*(\w+):\*\*/g, (_all, name: string) => label(name));
    for (const one of [text, text.replace(/\n/g, '\n\n')]) {
      const order = read(one);
      expect(order.objective.text).toBe('Users can log in.');
      expect(order.acceptance).toHaveLength(3);
      expect(order.files.map((entry) => entry.text)).toEqual(['src/login.ts', 'src/**/__tests__/*.ts']);
      expect(order.branching.map((branch) => branch.kind)).toEqual(['halt']);
    }
  });

  test('each part knows its line and column, below a front matter as well', () => {
    const order = read(`---\npriority: 1\n---\n\n${plain.replace('halt-with-note', 'halt-with-note, route-to-qa')}`);
    const places = [order.objective, ...order.acceptance, ...order.files, ...order.branching];
    expect(places.map((part) => `${part.line}:${part.column} ${part.text}`)).toEqual([
      '5:16 Users can log in.',
      '7:3 `npm test` passes',
      '8:3 the form rejects an empty name',
      '9:3 the answer has status 401',
      '11:3 src/login.ts',
      '12:3 src/**/__tests__/*.ts',
      '13:16 halt-with-note',
      '13:32 route-to-qa',
    ]);
  });

  test('an Objective on lines of its own keeps its column', () => {
    expect(read(plain.replace('** Users', '**\n\n  Users')).objective).toEqual({
      text: 'Users can log in.',
      line: 3,
      column: 3,
    });
  });

  test.each([
    ['a backtick fence', '```md\n**Files:**\n- evil/**\n```\n'],
    ['a tilde fence', '~~~\n**Files:**\n```\n- evil/**\n~~~\n'],
    ['a longer fence', '````\n```\n**Files:**\nevil\n```\n````\n'],
    ['a comment', '<!-- **Files:** evil/** -->\n'],
    ['a comment over lines', '<!--\n**Files:**\n- evil/**\n-->\n'],
    ['the middle of a line', '  say **Files:** evil\n'],
  ])('a label inside %s is none', (_name, text) => {
    const order = read(plain.replace('**Files:**', `${text}**Files:**`));
    expect(order.files.map((one) => one.text)).toEqual(['src/login.ts', 'src/**/__tests__/*.ts']);
  });

  test('a comment does not move what stands behind it', () => {
    const text = plain.replace('**Files:**', '<!-- two\nlines -->\n**Files:**');
    expect(read(text).files[0]).toMatchObject({ text: 'src/login.ts', line: 9, column: 3 });
  });

  test('another heading ends the section above it', () => {
    expect(globsOf(plain.replace('**Branching', '**Notes:** see\n- docs/x.md\n\n**Branching'))).toHaveLength(2);
    expect(globsOf(plain.replace('**Branching', '## Notes\nanything at all\n\n**Branching'))).toHaveLength(2);
  });

  test('a label that stands twice is an error that names both lines', () => {
    const reading = parseOrder(`${plain}**Files:** src/b.ts\n`);
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ code: 'order-label-twice', line: 10, note: 'the first is on line 6' }],
    });
  });

  test.each(['Objective', 'Acceptance', 'Files', 'Branching'])('an order without %s says so', (name) => {
    expect(errorsOf(plain.replace(`**${name}:**`, '**Other:**'))).toContain(`order-no-${name.toLowerCase()}`);
  });

  test.each([
    ['**Objective:** Users can log in.', '**Objective:**', 'order-no-objective'],
    [criteria, '', 'order-no-acceptance'],
    ['- src/login.ts\n- src/**/__tests__/*.ts\n', '', 'order-files-empty'],
    ['**Branching:** halt-with-note', '**Branching:**', 'order-no-branching'],
  ])('an empty section is an error (%#)', (from, to, code) => {
    expect(errorsOf(plain.replace(from, to))).toEqual([code]);
  });

  test.each([
    ['an empty file', '', 'order-empty'],
    ['a file of blanks and a byte order mark', '\uFEFF \n\t\n', 'order-empty'],
    ['a file with NUL bytes', plain.replace('log in', 'log\0in'), 'order-binary'],
  ])('%s is an error', (_name, text, code) => {
    expect(errorsOf(text)).toEqual([code]);
  });

  test.each([
    ['CRLF', plain.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${plain}`],
    ['both and a front matter', `\uFEFF---\npriority: 0\n---\n${plain}`.replaceAll('\n', '\r\n')],
    ['no last line end', plain.trimEnd()],
  ])('%s makes no difference', (_name, text) => {
    const order = read(text);
    expect(order.files.map((one) => one.text)).toEqual(['src/login.ts', 'src/**/__tests__/*.ts']);
    expect(order.branching[0]?.text).toBe('halt-with-note');
  });
});

describe('Acceptance', () => {
  test('a bullet that begins with backticks carries a command', () => {
    expect(read(plain).acceptance.map((one) => one.command)).toEqual(['npm test', null, null]);
  });

  test('bullets go over several lines, and may be numbered or boxes', () => {
    const text = plain.replace(criteria, '1. one 1\n   and more\n2) two 2\n* [ ] three 3\n+ [x] four 4\n');
    expect(read(text).acceptance.map((one) => one.text)).toEqual(['one 1 and more', 'two 2', 'three 3', 'four 4']);
  });

  test.each([
    ['two bullets', criteria.replace('- the answer has status 401\n', ''), ['order-acceptance-count']],
    ['six bullets', `${criteria}- a 1\n- b 2\n- c 3\n`, ['order-acceptance-count']],
    ['a vague bullet', criteria.replace('has status 401', 'works properly'), ['order-acceptance-vague']],
    ['a vague word beside a number', criteria.replace('has status 401', 'is fast: 20 ms'), []],
    ['a command whatever it says', criteria.replace('- `npm test` passes', '- `npm test` works well'), []],
  ])('%s: the warnings are right', (_name, bullets, codes) => {
    expect(warningsOf(plain.replace(criteria, bullets))).toEqual(codes);
  });

  test('an Objective of several sentences is a warning', () => {
    expect(warningsOf(plain.replace('log in.', 'log in. They can log out.'))).toEqual(['order-objective-long']);
    expect(warningsOf(plain)).toEqual([]);
  });
});

describe('Files', () => {
  test.each([
    ['**Files:** src/a.ts, src/b.ts', ['src/a.ts', 'src/b.ts']],
    ['**Files:** `src/a b.ts`, `src/c,d.ts`', ['src/a b.ts', 'src/c,d.ts']],
    ['**Files:**\n- `src/a.ts`\n* src/b.ts\n3. src/c.ts', ['src/a.ts', 'src/b.ts', 'src/c.ts']],
    ['**Files:**\nsrc/a.ts\nsrc/b.ts,', ['src/a.ts', 'src/b.ts']],
    ['**Files:**\n```\nsrc/a.ts\n-b.ts\n```', ['src/a.ts', '-b.ts']],
    ['**Files:** ./src/a.ts', ['src/a.ts']],
    ['**Files:** src/[id]/(auth)/{c}.ts', ['src/[id]/(auth)/{c}.ts']],
    ['**Files:** src/{a,b}.ts, src/{c,{d,e}}/*.ts', ['src/{a,b}.ts', 'src/{c,{d,e}}/*.ts']],
    ['**Files:** src/?.css', ['src/?.css']],
    ['**Files:** **/*.snap, __tests__/_x_.ts', ['**/*.snap', '__tests__/_x_.ts']],
    ['**Files:** repos/shop/src/**, state/*.json', ['repos/shop/src/**', 'state/*.json']],
    ['**Files:** README', ['README']],
  ])('%j is read entry by entry', (files, expected) => {
    expect(globsOf(withFiles(files))).toEqual(expected);
  });

  test.each([
    ['**', 'order-files-vague'],
    ['*', 'order-files-vague'],
    ['*/**', 'order-files-vague'],
    ['**/*', 'order-files-vague'],
    ['repos/**', 'order-files-vague'],
    ['repos/*', 'order-files-vague'],
    ['repos/shop/**', 'order-files-vague'],
    ['repos/*/*/**', 'order-files-vague'],
    ['state/**', 'order-files-vague'],
    ['TBD', 'order-files-vague'],
    ['todo', 'order-files-vague'],
    ['etc.', 'order-files-vague'],
    ['the login files', 'order-files-vague'],
    ['src/**/*.ts and lib/**/*.ts', 'order-files-vague'],
    ['`src/a.ts` and `src/b.ts`', 'order-files-vague'],
    ['`src/a.ts` (new)', 'order-files-vague'],
    ['`src/a.ts', 'order-files-vague'],
    ['src/', 'order-files-pattern'],
    ['/etc/passwd', 'order-files-pattern'],
    ['../x', 'order-files-pattern'],
    ['!src/a.ts', 'order-files-pattern'],
    ['src\\a.ts', 'order-files-spelling'],
    ['``', 'order-files-pattern'],
  ])('%s is no Files entry', (entry, code) => {
    expect(errorsOf(withFiles(`**Files:** ${entry}`))).toEqual([code]);
  });

  test('a folder gets the hint how to name all that is in it', () => {
    const reading = parseOrder(withFiles('**Files:**\n- src/a.ts\n-  lib/'));
    expect(reading).toMatchObject({ problems: [{ line: 8, column: 4, hint: 'lib/** for all that is in it' }] });
  });

  test('an entry that stands twice is a warning and counts once', () => {
    const text = withFiles('**Files:** src/a.ts, ./src/a.ts');
    expect(globsOf(text)).toEqual(['src/a.ts']);
    expect(warningsOf(text)).toEqual(['order-files-twice']);
  });
});

describe('Branching', () => {
  const branching = (text: string): string => plain.replace('halt-with-note', text);
  test.each([
    ['halt-with-note', ['halt']],
    ['halt-with-note, route-to-auditor, requeue-with-blocker', ['halt', 'route auditor', 'requeue']],
    ['halt-with-note or route-to-auditor; requeue-with-blocker', ['halt', 'route auditor', 'requeue']],
    ['\n- `halt-with-note`: if the schema, or the form, is missing\n- **route-to-qa** if not', ['halt', 'route qa']],
    ['route-to-{auditor}', ['route auditor']],
  ])('%j is read form by form', (text, expected) => {
    const kinds = read(branching(text)).branching.map((one) => (one.kind === 'route' ? `route ${one.role}` : one.kind));
    expect(kinds).toEqual(expected);
  });

  test.each(['ask me', 'halt', 'route-to-', 'halt-with-notes', 'halt-with-note, give-up\n- give-up'])(
    '%j holds no legal refusal',
    (text) => {
      expect(errorsOf(branching(text))).toEqual(['order-branching-unknown']);
    },
  );
});

describe('the front matter', () => {
  test('all keys are read', () => {
    const front = 'repo: shop\nafter: [0001-a, 0002-b]\nparent: 0003-c\npriority: -2\nbudget: { minutes: 10 }';
    expect(read(withFront(`${front}\nid: x\nfrom: nobody\ndate: whenever`)).settings).toEqual({
      answers: [],
      repo: 'shop',
      after: ['0001-a', '0002-b'],
      parent: '0003-c',
      priority: -2,
      minutes: 10,
    });
    expect(read(withFront('after: 0001-a, 0002-b')).settings.after).toEqual(['0001-a', '0002-b']);
    expect(read(plain).settings).toEqual({ answers: [], after: [], priority: 0 });
    expect(read(withFront('refs: docs/a.md\ncontract: [src/a.ts, src/b.ts]')).settings).toMatchObject({
      refs: ['docs/a.md'],
      contract: [
        { path: 'src/a.ts', owner: null },
        { path: 'src/b.ts', owner: null },
      ],
    });
    expect(read(withFront('contract: { src/a.ts: architect, src/b.ts: }')).settings.contract).toEqual([
      { path: 'src/a.ts', owner: 'architect' },
      { path: 'src/b.ts', owner: null },
    ]);
  });

  test.each([
    ['refs: 7', 'refs: must be a path or a list of paths'],
    ['refs: [docs/**]', "refs: 'docs/**' cannot be taken: it is a pattern"],
    ['contract: src/.GIT/config', "'src/.GIT/config' cannot be taken: .git is git's own"],
    ['contract: { src/a.ts: [x] }', "the owner of 'src/a.ts' must be the name of a role"],
    [`refs: [${Array.from({ length: 65 }, (_, at) => `a${at}`).join(', ')}]`, 'names 65 files; at most 64'],
  ])('%s is no list of files', (line, message) => {
    const reading = parseOrder(withFront(line));
    expect(reading).toMatchObject({ ok: false, problems: [{ code: 'order-key', line: 2 }] });
    expect(reading.ok ? '' : reading.problems[0]?.message).toContain(message);
  });

  test.each([
    ['prioriti: 1', "did you mean 'priority'?"],
    ['repos: shop', "did you mean 'repo'?"],
    ['__proto__: 1', 'the keys are'],
    ['constructor: 1', 'the keys are'],
    ['write: "**"', 'the keys are'],
    ['repo: ../x', 'a folder name'],
    ['repo: [a]', 'a folder name'],
    ['after: 7', 'after:'],
    ['after: [""]', 'after:'],
    ['priority: high', 'higher goes first'],
    ['priority: 1001', 'higher goes first'],
    ['budget: 10', 'budget:'],
    ['budget: { minutes: 0 }', 'budget:'],
    ['budget: { __proto__: 1 }', 'budget:'],
  ])('%s is an error on its line', (line, hint) => {
    const reading = parseOrder(withFront(`id: x\n${line}`));
    expect(reading).toMatchObject({ ok: false, problems: [{ code: 'order-key', line: 3 }] });
    if (!reading.ok) expect(reading.problems[0]?.hint).toContain(hint);
  });

  test.each([
    ['an alias', withFront('repo: &a shop\nparent: *a'), 'yaml-alias'],
    ['a key twice', withFront('repo: a\nrepo: b'), 'yaml'],
    ['a tag', withFront('repo: !x y'), 'yaml'],
    ['an executable kind', `---js\nthrow 1\n---\n${plain}`, 'front-matter-fence'],
    ['a line that closes it elsewhere', `---\nrepo: a\n---- no\n---\n${plain}`, 'front-matter-fence'],
    ['a fence of four', `----\nrepo: a\n----\n${plain}`, 'front-matter-fence'],
    ['an open fence', `---\nrepo: shop\n${plain}`, 'front-matter-open'],
    ['a blank line above', `\n---\nrepo: shop\n---\n${plain}`, 'front-matter-late'],
  ])('%s is an error', (_name, text, code) => {
    expect(errorsOf(text)).toEqual([code]);
  });

  test('what is said of a key shows no control character of it', () => {
    const reading = parseOrder(withFront('"\\e[31mx": 1\nbudget: { "\\e[2J": 1 }'));
    expect(reading.ok).toBe(false);
    expect(JSON.stringify(reading).includes('\\u001b')).toBe(false);
  });
});
