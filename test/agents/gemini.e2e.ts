import { testAgent } from './bench.ts';

testAgent(
  {
    name: 'gemini',
    asks: true,
    model: 'gemini-2.5-pro',
    base: 'GOOGLE_GEMINI_BASE_URL',
    env: (address) => ({ GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: 'sk-test-0123456789' }),
  },
  { kept: ['read_file', 'run_shell_command', 'activate_skill'], lost: ['replace', 'write_file', 'web_fetch'] },
);
