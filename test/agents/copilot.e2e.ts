import { testSession } from './session.ts';

testSession({
  name: 'copilot',
  argv: () => ['copilot', '-p', 'Have the value changed.', '--allow-all-tools', '--allow-all-paths'],
  plugin: (folder) => ['--plugin-dir', folder],
  env: ({ address }) => ({
    COPILOT_PROVIDER_BASE_URL: address,
    COPILOT_PROVIDER_TYPE: 'anthropic',
    COPILOT_PROVIDER_API_KEY: 'sk-test-0123456789',
    COPILOT_MODEL: 'claude-sonnet-4-5',
    COPILOT_OFFLINE: 'true',
  }),
  files: ({ folder }) => ({ '.copilot/config.json': JSON.stringify({ trusted_folders: [folder] }) }),
});
