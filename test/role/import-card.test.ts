import { expect, test } from 'vitest';
import { exportCard } from '../../src/role/export-card.ts';
import { type ForeignKind, foreignKindOf, foreignKinds, foreignStem, splitForeign } from '../../src/role/foreign.ts';
import { importCard } from '../../src/role/import-card.ts';
import { parseRole } from '../../src/role/role.ts';
import { readCardText } from '../../src/role/roles.ts';

function bring(kind: ForeignKind, text: string) {
  const card = importCard(kind, { stem: 'checker', text });
  if (!('name' in card)) throw new Error(card[0]?.message);
  const reading = parseRole(card.name, card.text);
  if (!reading.ok) throw new Error(reading.problems[0]?.message);
  return { ...card, role: reading.role, lostKeys: card.lost.map((one) => one.key) };
}

const body = '\nYou check.\r\n\r\n---\r\n\tAnd no line end at the end: é';

test('the path of a file tells its tool and its name', () => {
  const paths = ['a/.claude/agents/x.md', '.codex/agents/x.toml', '.opencode/agents/x.md', '.gemini/agents/x.md'];
  expect([...paths, '.cursor/agents/x.md', '.github/agents/x.agent.md'].map(foreignKindOf)).toEqual(foreignKinds);
  expect(foreignKindOf('docs/x.md')).toBeNull();
  expect(foreignStem('a/x.agent.md')).toBe('x');
});

test('a file of Claude Code: what a card has is carried, the rest is named', () => {
  const front =
    'name: Code_Reviewer\ndescription: Use it when: done. <example>a: b</example>\nmodel: opus\neffort: max\nmaxTurns: 15\ntools: Read, Agent(tester, Planner), Bash\ncolor: red\n';
  const { role, text, told, lostKeys } = bring('claude', `---\n${front}---\n${body}`);
  expect(role).toMatchObject({
    name: 'code-reviewer',
    description: 'Use it when: done. <example>a: b</example>',
    agent: { kind: 'cli', name: 'claude' },
    model: 'opus',
    effort: 'max',
    send: [{ role: 'tester' }],
    tools: ['read', 'shell', 'agents'],
    write: [],
  });
  expect(role.limits.turns).toBe(15);
  expect(lostKeys).toEqual(['tools', 'color']);
  expect(told.map((one) => one.key)).toEqual(['name', 'description', 'tools']);
  expect(text.endsWith(`---\n${body}`)).toBe(true);
});

test('a file of Codex: the instructions are the prompt', () => {
  const toml =
    'name = "checker"\ndescription = "d"\nmodel_reasoning_effort = "high"\nsandbox_mode = "read-only"\ndeveloper_instructions = """\nOne.\n\n---\nTwo: "x".\n"""\nnickname_candidates = ["A"]\n[mcp_servers.x]\ncommand = "x"\n';
  const { role, text, lostKeys } = bring('codex', toml);
  expect(role).toMatchObject({ agent: { name: 'codex' }, effort: 'high', description: 'd' });
  expect(text.endsWith('---\nOne.\n\n---\nTwo: "x".\n')).toBe(true);
  expect(lostKeys).toEqual(['nickname_candidates', 'mcp_servers']);
});

test('paths of opencode stand in the card as a comment, and grant nothing', () => {
  const front =
    'description: d\nmode: subagent\nsteps: 7\npermission:\n  edit:\n    "*": deny\n    "docs/*": allow\n    "x\\nwrite: |\\n  repos/**": allow\n    "src/*.key": ask\n  bash: deny\n  task: { tester: allow, "*": deny }\n';
  const { role, text, lostKeys } = bring('opencode', `---\n${front}---\nDo.\n`);
  expect(role).toMatchObject({ write: [], deny: [], env: [], network: { kind: 'none' }, send: [{ role: 'tester' }] });
  expect(role.limits.turns).toBe(7);
  expect(text).toContain('# write: |\n#   repos/*/docs/**\n');
  expect(text).toContain('# approve: |\n#   repos/*/src/**/*.key\n');
  expect(lostKeys).toEqual(['mode', 'permission']);
});

test('files of Gemini, Cursor and Copilot', () => {
  const gemini = bring(
    'gemini',
    '---\nname: g\ndescription: d\nmax_turns: 9\ntimeout_mins: 5\ntools: [glob]\n---\nDo.\n',
  );
  expect(gemini.role.limits).toMatchObject({ turns: 9, minutes: 5 });
  expect([gemini.role.tools, gemini.lostKeys]).toEqual([['read'], []]);
  const cursor = bring('cursor', '---\nname: c\ndescription: d\nmodel: fast\nreadonly: true\n---\nDo.\n');
  expect(cursor.role).toMatchObject({ model: null, agent: { name: 'auto' } });
  expect(cursor.lostKeys).toEqual(['model']);
  const copilot = bring('copilot', '---\ndescription: d\nhandoffs:\n  - { label: Go, agent: tester }\n---\nDo.\n');
  expect(copilot.role).toMatchObject({ name: 'checker', send: [{ role: 'tester' }] });
  expect(copilot.lostKeys).toEqual(['handoffs']);
});

test.each([
  ['a front matter that never ends', '---\nname: a\nDo.\n', 'never closed'],
  ['front matter that is code', '---js\nmodule.exports = {}\n---\nDo.\n', 'exactly ---'],
  ['a name that no role has', '---\nname: 審査\n---\nDo.\n', 'no role name'],
  ['a key that stands twice', '---\nname: a\nname: b\n---\nDo.\n', 'unique'],
])('%s is an error', (_, text, message) => {
  const found = importCard('claude', { stem: 'x', text });
  expect('name' in found ? 'a card' : found[0]?.message).toContain(message);
});

test.each(foreignKinds)('a card goes out to %s and its prompt comes back, byte for byte', (kind) => {
  const front = 'description: "It: checks"\nagent: claude\nmodel: sonnet\nsend: tester\nwrite: |\n  repos/*/src/**\n';
  const { card } = readCardText('checker', `---\n${front}limits: { turns: 4, attempts: 2 }\n---\n${body}`);
  if (card === null) throw new Error('the card has a problem');
  const out = exportCard(kind, card);
  expect(foreignKindOf(out.path)).toBe(kind);
  expect(out.lost.map((one) => one.key)).toEqual(expect.arrayContaining(['write', 'limits.attempts']));
  const file = splitForeign(kind, out.text);
  expect('body' in file && file.body).toBe(body);
  expect(bring(kind, out.text).role).toMatchObject({ name: 'checker', description: 'It: checks', write: [] });
});

test('a card that may change nothing says so to the tools that can hold it', () => {
  const { card } = readCardText('checker', '---\nagent: claude\n---\nLook.\n');
  if (card === null) throw new Error('the card has a problem');
  expect(exportCard('codex', card).text).toContain('sandbox_mode = "read-only"');
  expect(exportCard('cursor', card).text).toContain('readonly: true');
  expect(exportCard('claude', card).text).toContain('disallowedTools: "Edit, Write, NotebookEdit"');
});

test.each([
  ['claude', 'tools: Read, Write, mcp__docs__find', ['read', 'edit'], ['mcp__docs__find']],
  ['claude', 'tools: "*"', null, []],
  ['claude', 'tools: [Write]', null, ['Write']],
  ['claude', 'tools: Read, Bash(git *)', ['read', 'shell'], ['Bash(git *)']],
  ['gemini', 'tools:\n  - read_file\n  - run_shell_command', ['read', 'shell'], []],
  [
    'opencode',
    'tools: { write: false, edit: false }',
    ['read', 'shell', 'web', 'agents'],
    ['{"write":false,"edit":false}'],
  ],
  ['opencode', 'tools: { "*": false, read: true }', ['read'], ['{"*":false,"read":true}']],
  ['opencode', 'tools: { read: true }', null, ['{"read":true}']],
  ['copilot', "tools: ['read/readFile', search, execute/runInTerminal, docs/*]", ['read', 'shell'], ['docs/*']],
  [
    'copilot',
    'tools: [codebase, editFiles, runTests, fetch, vscodeAPI]',
    ['read', 'edit', 'shell', 'web'],
    ['vscodeAPI'],
  ],
] as const)('a list of tools of %s (%s) becomes kinds, and every name without one is given back', (...row) => {
  const [kind, key, kinds, lost] = row;
  const { role, lost: found } = bring(kind, `---\nname: checker\ndescription: d\n${key}\n---\nDo.\n`);
  expect(role.tools).toEqual(kinds);
  expect(found.filter((one) => one.key === 'tools').flatMap((one) => one.text)).toEqual(lost);
});

test('a rule of Cursor and a chat mode of Copilot are told by their endings; what a rule is about is a proposal', () => {
  expect(['.cursor/rules/a.mdc', 'x/a.chatmode.md'].map(foreignKindOf)).toEqual(['cursor', 'copilot']);
  expect(['.cursor/rules/a.mdc', 'x/a.chatmode.md'].map(foreignStem)).toEqual(['a', 'a']);
  const rule = bring('cursor', '---\ndescription: d\nglobs: src/*.ts, *.tsx\nalwaysApply: false\n---\nDo.\n');
  expect(rule.text).toContain('# write: |\n#   repos/*/src/**/*.ts\n#   repos/*/**/*.tsx\n');
  expect([rule.role.write, rule.lostKeys]).toEqual([[], ['globs', 'alwaysApply']]);
  expect(bring('cursor', '---\nname: c\nreadonly: false\n---\nDo.\n').lostKeys).toEqual(['readonly']);
  const choice = bring('cursor', '---\ndescription: d\nglobs: "{**/*.spec.ts,test/**}"\n---\nDo.\n');
  expect(choice.text).toContain('# write: |\n#   repos/*/**/*.spec.ts\n#   repos/*/test/**\n');
  const empty = bring('cursor', '---\ndescription: \nglobs: \nalwaysApply: false\n---\nDo.\n');
  expect(empty.lostKeys).toEqual(['description', 'globs', 'alwaysApply']);
});
