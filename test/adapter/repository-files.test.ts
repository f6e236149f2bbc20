// Programs with the names of agent CLIs look in a sandbox at the files that a repository brings for those CLIs:
// instructions arrive, settings and skills don't.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openOffice, order } from '../kit/office.ts';

const brought = {
  'AGENTS.md': 'Say please.\n',
  'CLAUDE.md': 'Say thanks.\n',
  '.claude/settings.json': '{}\n',
  '.codex/skills/x/SKILL.md': 'x\n',
  '.agents/skills/x/SKILL.md': 'x\n',
  '.gemini/settings.json': '{}\n',
  '.opencode/agent/x.md': 'x\n',
  'src/a.ts': '1\n',
};

test.each([
  ['claude', '.claude/CLAUDE.md', ['Say please.', 'Say thanks.']],
  ['codex', '.codex/AGENTS.md', ['Say thanks.']],
  ['gemini', '.gemini/GEMINI.md', ['Say please.', 'Say thanks.']],
  ['opencode', '.config/opencode/AGENTS.md', ['Say please.', 'Say thanks.']],
] as const)('%s has the instructions in its HOME, and finds no settings and no skill', async (name, path, expected) => {
  const office = await openOffice();
  const folder = `${office.root}/../programs`;
  await mkdir(folder);
  const looks = `cat "$HOME/${path}" > src/told.ts; ls -A .claude .codex .agents .gemini .opencode > src/found.ts; echo x > .codex/new`;
  await writeFile(`${folder}/${name}`, `#!/bin/sh\n${looks}\n`);
  await chmod(`${folder}/${name}`, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  await office.write('fourline.yaml', 'sandbox: required\n');
  await office.write(
    'roles/coder.md',
    `---\nagent: ${name}\nwrite: |\n  repos/*/src/**\n  repos/shop/.gemini/settings.json\nlimits: { attempts: 1 }\n---\nx\n`,
  );
  await office.repository('shop', brought);
  await office.write('inbox/coder/x.md', order(['src/**']));
  await office.work();
  // The program tells nothing a CLI tells, so its run has failed; what it saw is kept.
  const patch = await office.record('x', 'unlanded.patch');
  for (const words of ['Say please.', 'Say thanks.'])
    expect([words, patch.includes(`+${words}`)]).toEqual([words, (expected as readonly string[]).includes(words)]);
  expect(patch).toContain('+.codex:\n');
  // It sees the file that its role may write by exact path. The rest of the base is as it was, and nothing of it counts
  // as removed.
  expect(patch.match(/^\+(?:settings\.json|skills|agent|new)$/gm)).toEqual(['+settings.json']);
  expect((await office.standing('x')).refused).toEqual([]);
});
