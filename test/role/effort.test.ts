import { expect, test } from 'vitest';
import { claude } from '../../src/adapter/claude.ts';
import { codex } from '../../src/adapter/codex.ts';
import { opencode } from '../../src/adapter/opencode.ts';
import { parseRole } from '../../src/role/role.ts';

test('each CLI is told how hard its model thinks', () => {
  const argv = [claude, codex, opencode].map((one) =>
    one.launch({ model: null, effort: 'high', env: {}, signIn: [] }).argv.join(' '),
  );
  expect(argv[0]).toContain('--effort high');
  expect(argv[1]).toMatch(/--config model_reasoning_effort="high" -$/);
  expect(argv[2]).toContain('--variant high');
  expect(claude.launch({ model: null, env: {}, signIn: [] }).argv).not.toContain('--effort');
});

test.each(['agent: gemini', 'agent: command\ncommand: [x]'])(
  'an effort that nobody is told is an error: %s',
  (agent) => {
    const reading = parseRole('coder', `---\n${agent}\neffort: high\n---\nWork.\n`);
    expect(reading.ok ? [] : reading.problems.map((one) => [one.code, one.line])).toEqual([
      ['role-effort', agent.includes('\n') ? 4 : 3],
    ]);
  },
);
