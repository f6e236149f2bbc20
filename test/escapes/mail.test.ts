// An agent's words to others, and the moment when its work lands.
import { order } from '../kit/office.ts';
import { proveScene } from './prove.ts';
import { landing } from './rows/landing.ts';
import { mail } from './rows/mail.ts';

const idle = (send: string): string =>
  `---\nagent: command\ncommand: ['true']\nwrite: |\n  repos/*/**\n${send}---\nIdle.\n`;
const attacker = (front: string): string =>
  `---\nagent: command\ncommand: {attack}\nwrite: |\n  repos/*/src/**\n${front}\n---\nMischief.\n`;
const scene = {
  card: 'write: |\n  repos/*/src/**\n  state/plan.json\nsend: auditor\nlimits: { runs: 4, attempts: 2 }',
  files: { 'src/a.ts': '1\n', 'docs/plan.md': '1\n' },
  order: ['src/**'],
};

proveScene({
  ...scene,
  name: 'mail',
  workspace: {
    'state/salaries.json': '{}\n',
    'roles/auditor.md': idle(''),
    'roles/qa.md': idle(''),
    'roles/idle.md': idle(''),
    'roles/slow.md': idle('limits: { hourly: 1 }\n'),
    'roles/flooder.md': attacker('send: idle\nlimits: { children: 2 }'),
    'roles/hasty.md': attacker('send: slow'),
  },
  before: (stage) => stage.write('out/letter.md', order(['src/a.ts'], { objective: 'This is the secret.' })),
  last: 'echo 2 > src/a.ts',
  rows: mail,
});

proveScene({
  ...scene,
  name: 'landing',
  before: (stage) => stage.write('work/state/plan.json', 'plan\n'),
  rows: landing,
});
