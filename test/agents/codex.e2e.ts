import { expect, test } from 'vitest';
import { type Bench, play, testAgent } from './bench.ts';
import { testFlow } from './flow.ts';
import { testSession } from './session.ts';

const codex: Bench = {
  name: 'codex',
  asks: true,
  model: null,
  base: 'OPENAI_BASE_URL',
  env: (address) => ({ OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: 'sk-test-0123456789' }),
};

testAgent(codex, { kept: ['exec_command'], lost: ['spawn_agent', 'web_search'], unheld: true, silentStart: true });

testFlow(codex);

test('a hook of the repository is not trusted along with ours', async () => {
  const hook = { type: 'command', command: 'echo theirs > /room/repos/shop/src/theirs.ts' };
  const hooks = { PreToolUse: [{ hooks: [hook] }], SessionStart: [{ hooks: [hook] }] };
  const files = { '.codex/hooks.json': JSON.stringify({ hooks }) };
  const turns = [{ do: 'shell', line: 'echo mine > src/a.ts' } as const, { do: 'say', text: 'Done.' } as const];
  const { office } = await play(codex, turns, { files });
  expect((await office.standing('x')).outcome).toBe('done');
  expect((await office.standing('x')).refused).toEqual([]);
});

testSession({
  name: 'codex',
  argv: () => [
    'codex',
    'exec',
    '--json',
    '--dangerously-bypass-approvals-and-sandbox',
    '--dangerously-bypass-hook-trust',
    '-',
  ],
  env: () => ({ CODEX_API_KEY: 'sk-test-0123456789' }),
  files: ({ address, folder }) => ({
    '.codex/config.toml': `check_for_update_on_startup = false
openai_base_url = "${address}/v1"
[analytics]
enabled = false
[features]
plugins = false
[projects."${folder}"]
trust_level = "trusted"
# The model is asked when the server is there.
[mcp_servers.fourline]
required = true
`,
  }),
});
