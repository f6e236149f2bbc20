import { type Bench, testAgent } from './bench.ts';
import { testFlow } from './flow.ts';
import { testSession } from './session.ts';

const gemini: Bench = {
  name: 'gemini',
  asks: true,
  model: 'gemini-2.5-pro',
  base: 'GOOGLE_GEMINI_BASE_URL',
  env: (address) => ({ GOOGLE_GEMINI_BASE_URL: address, GEMINI_API_KEY: 'sk-test-0123456789' }),
};

testFlow(gemini);

testAgent(gemini, {
  kept: ['read_file', 'run_shell_command', 'activate_skill'],
  lost: ['replace', 'write_file', 'web_fetch'],
});

testSession({
  name: 'gemini',
  argv: () => ['gemini', '--yolo', '-m', 'gemini-2.5-pro'],
  env: ({ address }) => ({ GEMINI_API_KEY: 'sk-test-0123456789', GOOGLE_GEMINI_BASE_URL: address }),
  files: ({ folder }) => ({
    '.gemini/settings.json': JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    }),
    '.gemini/trustedFolders.json': JSON.stringify({ [folder]: 'TRUST_FOLDER' }),
  }),
});
