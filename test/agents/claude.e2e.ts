import { type Bench, testAgent } from './bench.ts';
import { testFlow } from './flow.ts';
import { testSession } from './session.ts';

const claude: Bench = {
  name: 'claude',
  asks: true,
  deaf: { env: { CLAUDE_CONFIG_DIR: '/home/agent/.other' } },
  model: 'sonnet',
  base: 'ANTHROPIC_BASE_URL',
  env: (address) => ({ ANTHROPIC_BASE_URL: address, ANTHROPIC_API_KEY: 'sk-test-0123456789' }),
  impatient: { CLAUDE_CODE_MAX_RETRIES: '1' },
};

testAgent(claude, { kept: ['Read', 'Grep', 'Bash', 'Skill'], lost: ['Edit', 'Write', 'Agent'] });

testFlow(claude);

testSession({
  name: 'claude',
  argv: () => {
    const allowed = ['mcp__fourline', 'mcp__plugin_fourline_fourline', 'Read', 'Edit'];
    return ['claude', '-p', '--model', 'sonnet', '--allowedTools', allowed.join(',')];
  },
  plugin: (folder) => ['--plugin-dir', folder],
  env: ({ address }) => ({
    ANTHROPIC_BASE_URL: address,
    ANTHROPIC_API_KEY: 'sk-test-0123456789',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // The model is asked when the servers are there.
    MCP_CONNECTION_NONBLOCKING: 'false',
  }),
});
