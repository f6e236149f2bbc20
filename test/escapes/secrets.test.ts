// Secrets that were handed over, things that other runs made, and files that would run on a person's machine. The test
// looks for them in all that leaves a room, and in what a room can read.
import { proveScene } from './prove.ts';
import { secrets } from './rows/secrets.ts';

proveScene({
  name: 'secrets',
  card: 'env: ANTHROPIC_API_KEY\nsend: auditor\nwrite: |\n  repos/*/src/**\n  state/**',
  files: { 'src/a.ts': '1\n', 'src/half/HEAD': 'ref: refs/heads/main\n', 'src/half/objects/x': '', 'lib/b.ts': '1\n' },
  order: ['src/**', 'state/leak.json'],
  workspace: { 'roles/auditor.md': "---\nagent: command\ncommand: ['true']\nwrite: |\n  repos/*/src/**\n---\nLook.\n" },
  last: 'echo 2 > src/a.ts',
  rows: secrets,
});
