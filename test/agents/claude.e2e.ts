import { testAgent } from './bench.ts';

testAgent(
  {
    name: 'claude',
    asks: true,
    deaf: { env: { CLAUDE_CONFIG_DIR: '/home/agent/.other' } },
    model: 'sonnet',
    base: 'ANTHROPIC_BASE_URL',
    env: (address) => ({ ANTHROPIC_BASE_URL: address, ANTHROPIC_API_KEY: 'sk-test-0123456789' }),
    impatient: { CLAUDE_CODE_MAX_RETRIES: '1' },
  },
  { kept: ['Read', 'Grep', 'Bash', 'Skill'], lost: ['Edit', 'Write', 'Agent'] },
);
