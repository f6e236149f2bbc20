import { expect, test } from 'vitest';
import { mcp, skills, toolKinds, toolList } from '../../src/role/equipment.ts';
import { parseRole } from '../../src/role/role.ts';

function problemsOf(keys: string, agent = 'agent: claude'): (readonly [string, number, string])[] {
  const reading = parseRole('coder', `---\n${agent}\n${keys}\n---\nWork.\n`);
  return reading.ok ? [] : reading.problems.map((one) => [one.code, one.line, one.message] as const);
}

test('a card lists kinds of tools, skills and servers', () => {
  const keys =
    'tools: shell, read\nskills: [skills/review/, .claude/skills/test]\nmcp:\n  docs:\n    command: docs -v\n';
  const reading = parseRole('coder', `---\nagent: claude\n${keys}    env: [A, B]\n---\nWork.\n`);
  expect(reading.ok && reading.role).toMatchObject({
    tools: ['read', 'shell'],
    skills: ['skills/review', '.claude/skills/test'],
    mcp: [{ name: 'docs', command: ['docs', '-v'], env: ['A', 'B'] }],
  });
  const plain = parseRole('coder', '---\nagent: claude\n---\nWork.\n');
  expect(plain.ok && plain.role).toMatchObject({ tools: null, skills: [], mcp: [] });
});

test.each([
  ['tools: [read, Bash]', 'role-tools', /'Bash' is not a kind of tools; they are read, edit, shell, web, agents/],
  ['tools: [edit, web]', 'role-tools', /needs read or shell/],
  ['tools:', 'role-tools', /needs read or shell/],
  ['skills: ../elsewhere', 'role-skills', /is not a folder of the workspace/],
  ['skills: /etc', 'role-skills', /is not a folder of the workspace/],
  ['skills: repos/shop/skills/x', 'role-skills', /lies where roles write/],
  ['skills: [a/review, b/review]', 'role-skills', /two skills are named review/],
  ['mcp: docs', 'role-mcp', /must be servers by name/],
  ['mcp: { docs: x }', 'role-mcp', /docs: must be a map: \{ command: \[docs-server\] \}/],
  ['mcp: { docs: { env: A } }', 'role-mcp', /needs command:/],
  ['mcp: { My_Docs: { command: x } }', 'role-mcp', /is no name/],
  ['mcp: { docs: { command: x, env: "A=secret" } }', 'role-mcp', /is not a variable name/],
  ['mcp: { docs: { command: x, url: y } }', 'role-mcp', /unknown key 'url'/],
])('a card with %s has a problem', (keys, code, message) => {
  const [first] = problemsOf(keys);
  expect(first?.[0]).toBe(code);
  expect(first?.[1]).toBe(3);
  expect(first?.[2]).toMatch(message);
});

test.each(['agent: command\ncommand: [x]', 'agent: acp\ncommand: [x]'])(
  'what an agent CLI alone can follow is an error with %s',
  (agent) => {
    const keys = 'tools: read\nskills: skills/x\nmcp: { docs: { command: x } }';
    expect(problemsOf(keys, agent).map(([code, line]) => [code, line])).toEqual([
      ['role-tools', 4],
      ['role-skills', 5],
      ['role-mcp', 6],
    ]);
  },
);

test('a card with another mistake is still told about the agent that it names', () => {
  const keys = 'tools: read\neffort: high';
  const odd = problemsOf(keys, 'agent: command\ncommand: [sh, -c, true]');
  expect(odd.map(([, , message]) => message)).toEqual([
    'command: true is no plain text',
    'tools: does not go with agent: command',
    'effort: does not go with agent: command',
  ]);
  expect(problemsOf(keys, 'agent: cluade').map(([code]) => code)).toEqual(['role-agent']);
  expect(problemsOf(keys, 'description: x').map(([code]) => code)).toEqual(['role-agent']);
});

test('a list with unknown words is told by them alone', () => {
  expect(problemsOf('tools: [Read, Bash]').map(([, , message]) => message.slice(0, 13))).toEqual([
    "tools: 'Read'",
    "tools: 'Bash'",
  ]);
});

test('their schemas are those of their lists', () => {
  for (const kind of toolKinds) expect(JSON.stringify(toolList.schema)).toContain(kind);
  expect(skills.schema).toHaveProperty('anyOf');
  expect(mcp.keys).toHaveProperty('command');
});
