// People and other agents see names, orders, reports, transcripts, commits and cards that hold what terminals obey.
import { proveScene } from './prove.ts';
import { evil, evilWork, output } from './rows/output.ts';
import { meanwhile } from './stage.ts';

const attacker = (front: string): string =>
  `---\nagent: command\ncommand: {attack}\nwrite: |\n  repos/*/src/**\n${front}\n---\nMischief.\n`;

proveScene({
  name: 'what is shown',
  card: 'write: |\n  repos/*/src/**\nsend: auditor\nlimits: { attempts: 2 }',
  files: { 'src/a.ts': '1\n', 'lib/b.ts': '1\n' },
  order: ['src/**'],
  objective: `The value is 2 ${evil}`,
  workspace: {
    'roles/auditor.md': `---\nagent: command\ncommand: ['true']\nwrite: |\n  repos/*/src/**\n---\nLook. ${evil}\n`,
    'roles/keyed.md': attacker('env: ANTHROPIC_API_KEY'),
    'roles/chatty.md': attacker('limits: { output: 64k }'),
    [`inbox/auditor/${evil}.md`]: 'no order at all\n',
    'inbox/auditor/bad.md': `**Objective:** ${evil}\n\n**Acceptance:**\n- a 1\n\n**Files:**\n- \`src/${evil}\`\n\n**Branching:** ${evil}\n`,
  },
  before: (stage) => {
    stage.write('out/message', evil);
    const shop = `${stage.place}/work/repos/shop`;
    meanwhile(
      stage,
      '*"/repos/shop/.git "*" update-ref --no-deref refs/heads/"*',
      `git -C '${shop}' commit -q --allow-empty --cleanup=verbatim -F '${stage.place}/out/message'`,
    );
    stage.write('work/repos/vault/a', '1\n');
    stage.git('work/repos/vault', 'init', '-q', '-b', 'main\u202e');
    stage.git('work/repos/vault', 'add', '-A');
    stage.git('work/repos/vault', 'commit', '-q', '-m', 'begin');
  },
  last: evilWork,
  rows: output,
});
