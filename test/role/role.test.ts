// A card is strict: what could mean something else than it seems to is an error on its line.
import { describe, expect, test } from 'vitest';
import { parseRole, type Role } from '../../src/role/role.ts';
import { defaultLimits } from '../../src/role/role-settings.ts';

const agent = 'agent: command\ncommand: [node, agent.mjs]';
const card = (front: string, prompt = 'You are the coder.'): string => `---\n${front}\n---\n${prompt}\n`;

function read(text: string, name = 'coder'): Role {
  const reading = parseRole(name, text);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems, null, 1));
  return reading.role;
}

function flawsOf(text: string, name = 'coder'): string[] {
  const reading = parseRole(name, text);
  return reading.ok ? [] : reading.problems.map((one) => `${one.line} ${one.code}`);
}

function hintOf(text: string): string | undefined {
  const reading = parseRole('coder', text);
  return reading.ok ? undefined : reading.problems[0]?.hint;
}

test('a whole card is read, with the line of each pattern', () => {
  const role = read(
    card(
      [
        'description: Writes code.',
        agent,
        'model: sonnet',
        'write: |',
        '  repos/*/src/**',
        '  # tests too',
        '',
        '  repos/shop/.gitattributes',
        'deny: |',
        '  **/*.key',
        '  repos/*/src/generated/**',
        'send: coordinator, auditor',
        'limits: { runs: 4, minutes: 7.5, attempts: 2, tokens: 400k, context: 1.5m, usd: 2.50 }',
        'env: [PATH_X, _y]',
        'on-refusal: reject',
        'read: |',
        '  state/seen/*.json',
      ].join('\n'),
      '\nFirst.\n\n---\nSecond.\n',
    ),
  );
  expect(role).toEqual({
    name: 'coder',
    description: 'Writes code.',
    agent: { kind: 'command', command: ['node', 'agent.mjs'] },
    model: 'sonnet',
    effort: null,
    tools: null,
    skills: [],
    mcp: [],
    write: [
      { glob: { text: 'repos/*/src/**', literal: false }, line: 7 },
      { glob: { text: 'repos/shop/.gitattributes', literal: true }, line: 10 },
    ],
    deny: [
      { glob: { text: '**/*.key', literal: false }, line: 12 },
      { glob: { text: 'repos/*/src/generated/**', literal: false }, line: 13 },
    ],
    read: [{ glob: { text: 'state/seen/*.json', literal: false }, line: 19 }],
    send: [
      { role: 'coordinator', line: 14 },
      { role: 'auditor', line: 14 },
    ],
    limits: { ...defaultLimits, runs: 4, minutes: 7.5, attempts: 2, tokens: 400_000, context: 1_500_000, usd: 2.5 },
    env: ['PATH_X', '_y'],
    onRefusal: 'reject',
    network: { kind: 'none' },
    signIn: [],
    for: null,
    gateway: false,
    review: null,
    approve: { paths: [], first: 0, plan: false },
    wake: null,
    tryAgain: ['died'],
    prompt: 'First.\n\n---\nSecond.',
  });
});

test.each([
  ['none', { kind: 'none' }],
  ['open', { kind: 'open' }],
  ['model', { kind: 'hosts', model: true, hosts: [] }],
  ['[model, Registry.npmjs.org.]', { kind: 'hosts', model: true, hosts: ['registry.npmjs.org'] }],
  ['a.example.com, b.example.com', { kind: 'hosts', model: false, hosts: ['a.example.com', 'b.example.com'] }],
])('network: %s', (text, network) => {
  expect(read(card(`${agent}\nnetwork: ${text}`))).toMatchObject({ network });
});

test.each([
  ["'*.example.com'", 'wildcard'],
  ['localhost', 'no full host name'],
  ['10.0.0.1', 'an address'],
  ['[api.example.com, none]', 'no full host name'],
  ['[1]', 'no text'],
  ['[]', "network: ''"],
  ['yes please', "'yes' is not known"],
])('network: %s is no network', (text, message) => {
  const reading = parseRole('coder', card(`${agent}\nnetwork: ${text}`));
  expect(reading.ok ? [] : reading.problems.map((one) => one.message).join('\n')).toContain(message);
  expect(hintOf(card(`${agent}\nnetwork: ${text}`))).toContain('model');
});

test.each([
  ['sign-in: ~/.codex/auth.json, ~/.x', { signIn: ['.codex/auth.json', '.x'] }],
  ['gateway: true', { gateway: true }],
  ['review: auditor', { review: 'auditor' }],
  ['wake: batch', { wake: 'batch' }],
  ['try-again: none', { tryAgain: [] }],
  ['try-again: limit, died', { tryAgain: ['died', 'limit'] }],
  ['try-again: [report, nothing]', { tryAgain: ['report', 'nothing'] }],
  ['approve: { first: 3, plan: true }', { approve: { paths: [], first: 3, plan: true } }],
  ['approve: |\n  repos/*/billing/**\n  # and\n  state/x.json', { approve: { first: 0, paths: [{}, {}] } }],
])('%s', (text, read_) => {
  expect(read(card(`${agent}\n${text}`))).toMatchObject(read_);
});

test.each([
  'sign-in: /etc/passwd',
  'sign-in: ~/../other/key',
  'sign-in: ~/a/../b',
  'sign-in: ~/./b',
  'sign-in: ~x',
  'gateway: yes please',
  'gateway: 1',
  'review: coder',
  'review: [a, b]',
  'review: Auditor',
  'wake: sometimes',
  'try-again:',
  'try-again: always',
  'try-again: none, died',
  'approve: 3',
  'approve: { first: -1 }',
  'approve: { plan: yes please }',
  'approve: { path: [repos/*/a] }',
  'approve: { paths: [src/**] }',
  "approve: { paths: ['repos/../x'] }",
])('%s is an error', (text) => {
  expect(flawsOf(card(`${agent}\n${text}`))).toHaveLength(1);
});

test('no default grants anything', () => {
  expect(read(card(agent))).toEqual({
    name: 'coder',
    description: '',
    agent: { kind: 'command', command: ['node', 'agent.mjs'] },
    model: null,
    effort: null,
    tools: null,
    skills: [],
    mcp: [],
    write: [],
    deny: [],
    read: [],
    send: [],
    limits: defaultLimits,
    env: [],
    onRefusal: 'strip',
    network: { kind: 'none' },
    signIn: [],
    for: null,
    gateway: false,
    review: null,
    approve: { paths: [], first: 0, plan: false },
    wake: null,
    tryAgain: ['died'],
    prompt: 'You are the coder.',
  });
});

test('a card without a prompt is good, with a warning', () => {
  expect(parseRole('coder', card(agent, ''))).toMatchObject({
    ok: true,
    warnings: [{ code: 'role-no-prompt', level: 'warning' }],
  });
});

describe('names', () => {
  test.each(['coder', 'a', 'db-admin2', 'a'.repeat(32)])('%s is a role name', (name) => {
    expect(flawsOf(card(agent), name)).toEqual([]);
  });

  test.each(['operator', 'fourline', 'nobody', '', 'Coder', '2x', '-x', 'a_b', 'a.b', '../x', 'a b', 'a'.repeat(33)])(
    '%j is none',
    (name) => {
      expect(flawsOf(card(agent), name)).toEqual(['1 role-name']);
    },
  );
});

describe('patterns', () => {
  test.each<[front: string, flaw: string]>([
    ['write: |\n  repos/*/src/**\n  !repos/*/src/x', '6 role-glob'],
    ['write: |\n  /etc/**', '5 role-glob'],
    ['write: |\n  repos/../x', '5 role-glob'],
    ['write: |\n  repos/shop/src/', '5 role-glob'],
    ['write: |\n  repos/**.ts', '5 role-glob'],
    ['write: |\n  src/**', '5 role-glob-place'],
    ['write: |\n  **', '5 role-glob-place'],
    ['write: |\n  **/*.ts', '5 role-glob-place'],
    ['write: |\n  inbox/auditor/*', '5 role-glob-place'],
    ['write: |\n  roles/coder.md', '5 role-glob-place'],
    ['write: |\n  Repos/shop/a', '5 role-glob-place'],
    ['deny: |\n  src/generated/**', '5 role-glob-place'],
    ['deny: |\n  inbox/auditor/*', '5 role-glob-place'],
    ['read: |\n  repos/shop/src/**', '5 role-glob-place'],
    ['read: |\n  **', '5 role-glob-place'],
    ['read: state/a.json state/b.json', '4 role-glob'],
    ['deny: |\n  !repos/**', '5 role-glob'],
    ['deny:\n  repos/*/a.ts\n  repos/*/b.ts', '5 role-glob'],
    ['deny: >\n  **/*.key\n  **/*.pem', '5 role-glob'],
    ['write: [repos/shop/a]', '4 role-globs'],
    ['write:\n  - repos/shop/a', '4 role-globs'],
    ['write: 7', '4 role-globs'],
  ])('%j is an error', (front, flaw) => {
    expect(flawsOf(card(`${agent}\n${front}`))).toEqual([flaw]);
  });

  test('the hint says what to write instead', () => {
    expect(hintOf(card(`${agent}\nwrite: |\n  src/**`))).toBe('patterns are workspace paths: repos/*/src/**');
    expect(hintOf(card(`${agent}\nwrite: |\n  inbox/auditor/*`))).toBe('mail is granted with send: <role>');
    expect(hintOf(card(`${agent}\nwrite: |\n  repos/shop/src/`))).toBe('repos/shop/src/** for all that is in it');
  });

  test('an empty list is one, and one pattern may stand on the line of its key', () => {
    expect(read(card(`${agent}\nwrite:\ndeny: |\n`))).toMatchObject({ write: [], deny: [] });
    expect(read(card(`${agent}\nwrite: repos/*/src/**`)).write).toEqual([
      { glob: { text: 'repos/*/src/**', literal: false }, line: 4 },
    ]);
  });
});

describe('keys', () => {
  test.each<[front: string, flaw: string]>([
    ['writes: |\n  repos/x/y', '4 role-key'],
    ['__proto__: x', '4 role-key'],
    ['toString: x', '4 role-key'],
    ['from: operator', '4 role-key'],
    ['description: [x]', '4 role-text'],
    ['model: ""', '4 role-text'],
    ['send: coder', '4 role-send-self'],
    ['send: Auditor', '4 role-list'],
    ['send: { auditor: 1 }', '4 role-list'],
    ['env: A-B', '4 role-list'],
    ['env: 7', '4 role-list'],
    ['on-refusal: keep', '4 role-on-refusal'],
    ['on-refusal:', '4 role-on-refusal'],
    ['limits:', '4 role-limits'],
    ['limits: 7', '4 role-limits'],
    ['limits: { minute: 1 }', '4 role-limits'],
    ['limits: { runs: 0 }', '4 role-limits'],
    ['limits: { runs: 1.5 }', '4 role-limits'],
    ['limits: { minutes: 1441 }', '4 role-limits'],
    ['limits: { minutes: -1 }', '4 role-limits'],
    ['limits: { minutes: .inf }', '4 role-limits'],
    ['limits: { tokens: "400 k" }', '4 role-limits'],
    ['limits: { usd: free }', '4 role-limits'],
    ['limits: { __proto__: 1 }', '4 role-limits'],
    ['rehearsal: []', '4 role-agent'],
    ['model: &a x\ndescription: *a', '5 yaml-alias'],
    ['model: a\nmodel: b', '5 yaml'],
  ])('%j is an error', (front, flaw) => {
    expect(flawsOf(card(`${agent}\n${front}`))).toEqual([flaw]);
  });

  test.each([
    ['writes: x', "did you mean 'write'?"],
    ['limit: x', "did you mean 'limits'?"],
    ['limits: { minute: 1 }', "did you mean 'minutes'?"],
  ])('%s gets a hint', (front, hint) => {
    expect(hintOf(card(`${agent}\n${front}`))).toBe(hint);
  });

  test('a misspelt agent gets a hint', () => {
    expect(hintOf(card('agent: cluade'))).toMatch(/^did you mean 'claude'\? There are claude, codex, /);
  });

  test('all errors of a card are told at once', () => {
    expect(flawsOf(card('agent: robot\nwrite: |\n  src/**\nsend: coder\nfoo: 1'))).toHaveLength(4);
  });

  test.each([
    ['no front matter', 'You are the coder.\n', ['1 role-no-front-matter', '1 role-agent']],
    ['an executable front matter', `---js\n${agent}\n---\n`, ['1 front-matter-fence']],
    ['a blank line above', `\n---\n${agent}\n---\n`, ['2 front-matter-late']],
    ['an open front matter', `---\n${agent}\n`, ['1 front-matter-open']],
    ['a list as front matter', card('- a\n- b'), ['2 yaml-map']],
    ['an empty file', '', ['1 role-no-front-matter', '1 role-agent']],
  ])('a card with %s is refused', (_name, text, flaws) => {
    expect(flawsOf(text)).toEqual(flaws);
  });
});

describe('the agent', () => {
  test('a rehearsal is a list of steps', () => {
    const steps = [
      '- write: repos/shop/src/a.ts\n  text: "1"',
      '- delete: repos/shop/src/b.ts',
      '- shell: npm test',
      '- sleep: 5',
      '- say: hello',
      '- mail: auditor/look.md\n  text: Look.',
      '- report: done\n  text: Done.',
      '- exit: 3',
    ];
    expect(read(card(`agent: rehearsal\nrehearsal:\n${steps.join('\n')}`)).agent).toEqual({
      kind: 'rehearsal',
      steps: [
        { do: 'write', path: 'repos/shop/src/a.ts', text: '1' },
        { do: 'delete', path: 'repos/shop/src/b.ts' },
        { do: 'shell', line: 'npm test' },
        { do: 'sleep', milliseconds: 5 },
        { do: 'say', text: 'hello' },
        { do: 'mail', to: 'auditor', name: 'look.md', text: 'Look.' },
        { do: 'report', outcome: 'done', text: 'Done.' },
        { do: 'exit', status: 3 },
      ],
    });
  });

  test('a command may be one line, split at blanks', () => {
    expect(read(card('agent: command\ncommand: node  agent.mjs --x')).agent).toEqual({
      kind: 'command',
      command: ['node', 'agent.mjs', '--x'],
    });
  });

  test.each([
    ['', 'role-agent'],
    ['agent: hal', 'role-agent'],
    ['agent: command', 'role-agent'],
    ['agent: command\ncommand: []', 'role-agent'],
    ['agent: command\ncommand: [node, 7]', 'role-agent'],
    ['agent: rehearsal\ncommand: [node]', 'role-agent'],
    ['agent: rehearsal', 'role-rehearsal'],
    ['agent: rehearsal\nrehearsal: [{ jump: 1 }]', 'role-rehearsal'],
    ['agent: rehearsal\nrehearsal: [{ write: a, delete: b }]', 'role-rehearsal'],
    ['agent: rehearsal\nrehearsal: [{ mail: a/b/c }]', 'role-rehearsal'],
    ['agent: rehearsal\nrehearsal: [{ exit: "1" }]', 'role-rehearsal'],
    ['agent: rehearsal\nrehearsal: [{ sleep: -1 }]', 'role-rehearsal'],
  ])('%j is an error', (front, code) => {
    expect(flawsOf(card(front)).map((one) => one.split(' ')[1])).toEqual([code]);
  });
});
