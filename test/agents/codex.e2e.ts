import { testAgent } from './bench.ts';

testAgent({
  name: 'codex',
  model: null,
  base: 'OPENAI_BASE_URL',
  env: (address) => ({ OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: 'sk-test-0123456789' }),
});
