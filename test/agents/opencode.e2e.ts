import { describe } from 'vitest';
import { type Bench, testAgent, testEdit, testGateway } from './bench.ts';
import { testFlow } from './flow.ts';
import { testSession } from './session.ts';

const opencode: Bench = {
  name: 'opencode',
  model: 'anthropic/claude-sonnet-4-5',
  silence: 0.75,
  base: 'ANTHROPIC_BASE_URL',
  env: (address) => ({ ANTHROPIC_BASE_URL: `${address}/v1`, ANTHROPIC_API_KEY: 'sk-test-0123456789' }),
};

testFlow(opencode);

testAgent(opencode, { kept: ['read', 'bash', 'skill'], lost: ['edit', 'write', 'webfetch', 'task'], dropsTools: true });

// A model server of one's own, in the protocol that all of them speak.
describe('by chat completions', () => {
  const options = (address: string): unknown => ({ baseURL: `${address}/v1`, apiKey: 'sk-test-0123456789' });
  testEdit({
    name: 'opencode',
    model: 'mine/small',
    network: '[models.example.com]',
    env: (address) => ({
      OPENCODE_CONFIG_CONTENT: JSON.stringify({
        provider: { mine: { npm: '@ai-sdk/openai-compatible', options: options(address), models: { small: {} } } },
      }),
    }),
  });
});

// A provider that looks at no variable for its address.
describe('by Gemini', () => {
  testGateway({
    name: 'opencode',
    model: 'google/gemini-2.5-pro',
    base: 'GOOGLE_GEMINI_BASE_URL',
    env: (address) => ({
      GOOGLE_GEMINI_BASE_URL: `${address}/v1beta`,
      GOOGLE_GENERATIVE_AI_API_KEY: 'sk-test-0123456789',
    }),
  });
});

testSession({
  name: 'opencode',
  argv: () => [
    'opencode',
    'run',
    '--auto',
    '--title',
    'x',
    '--model',
    'anthropic/claude-sonnet-4-5',
    'Have it changed.',
  ],
  env: ({ address }) => ({
    ANTHROPIC_API_KEY: 'sk-test-0123456789',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { anthropic: { options: { baseURL: `${address}/v1` } } } }),
  }),
});
