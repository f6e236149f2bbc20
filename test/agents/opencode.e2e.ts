import { testAgent } from './bench.ts';

testAgent({
  name: 'opencode',
  model: 'anthropic/claude-sonnet-4-5',
  env: (address) => ({ ANTHROPIC_BASE_URL: `${address}/v1`, ANTHROPIC_API_KEY: 'sk-test-0123456789' }),
});
