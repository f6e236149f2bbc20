// A program with the name of an agent CLI looks at the skills and servers that its card brings into the room.
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Office, openOffice, order } from '../kit/office.ts';

// Prints a file of the repository from inside, so that what the program saw is kept with its failed run.
const looks = [
  '[ -n "$FOURLINE_ROOM" ] || exit 0',
  'cd "$FOURLINE_ROOM/repos/shop"',
  'find "$HOME/.claude/skills" ! -type d > src/seen.ts',
  '"$HOME/.claude/skills/review/run.sh" >> src/seen.ts',
  'cat "$HOME/.claude/servers.json" >> src/seen.ts',
  'for word in $(grep -o \'/[^",]*tool[^",]*\' "$HOME/.claude/servers.json"); do head -c 9 "$word" >> src/seen.ts; done',
].join('\n');

async function office(keys: string, settings = 'sandbox: off'): Promise<Office> {
  const made = await openOffice();
  const folder = `${made.root}/../programs`;
  await mkdir(folder);
  await writeFile(`${folder}/claude`, `#!/bin/sh\n${looks}\n`);
  await writeFile(`${folder}/tool`, '#!/bin/sh\n');
  await writeFile(`${folder}/tool.txt`, 'of a tool');
  for (const name of ['claude', 'tool']) await chmod(`${folder}/${name}`, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`;
  made.env['PATH'] = process.env['PATH'];
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  await made.write('fourline.yaml', `${settings}\n`);
  await made.write(
    'roles/coder.md',
    `---\nagent: claude\n${keys}\nwrite: |\n  repos/*/src/**\nlimits: { attempts: 1 }\n---\nx\n`,
  );
  await made.write('skills/review/SKILL.md', '---\nname: review\ndescription: How we review.\n---\nLook twice.\n');
  await made.write('skills/review/run.sh', '#!/bin/sh\necho the script ran\n');
  await chmod(`${made.root}/skills/review/run.sh`, 0o755);
  await made.repository('shop', { 'src/a.ts': '1\n' });
  await made.write('inbox/coder/x.md', order(['src/**']));
  return made;
}

test.each(['sandbox: off', 'sandbox: required'])('skills and servers are in the room: %s', async (settings) => {
  const made = await office('skills: skills/review', settings);
  const card = await made.read('roles/coder.md');
  const file = `${made.root}/../programs/tool.txt`;
  const mcp = `mcp: { docs: { command: [tool, '${file}'], env: NOT_SET } }`;
  await made.write('roles/coder.md', card.replace('agent: claude', `agent: claude\n${mcp}`));
  await made.work();
  const patch = await made.record('x', 'unlanded.patch');
  expect(patch).toContain('/.claude/skills/review/SKILL.md');
  expect(patch).toContain('+the script ran');
  expect(patch).toContain('"mcpServers":{"docs":{"command":"');
  expect(patch).not.toContain('NOT_SET');
  expect(patch).toContain('of a tool');
  expect(patch.includes('/fourline/servers/docs/tool"')).toBe(settings === 'sandbox: required');
  const journal = await made.read('state/journal.jsonl');
  expect(journal).toContain('"unmet":["mcp: docs: NOT_SET is not set where fourline was started"]');
  expect((await made.standing('x')).refused).toEqual([]);
  const { out } = await made.fourline('doctor');
  expect(out).toContain('claude; mcp: docs: NOT_SET is not set where fourline was started');
});

test.each([
  ['no SKILL.md', 'skills/none', /skills\/none has no SKILL\.md/],
  ['no folder', 'skills/gone', /skills\/gone is no folder of the workspace/],
  ['a link out of the folder', 'skills/linked', /skills\/linked\/key is a link that leaves the folder/],
  ['a folder outside', 'skills/outside', /skills\/outside leads out of the workspace/],
  ['a folder where roles write behind a link', 'skills/theirs', /skills\/theirs leads to where roles write/],
  ['a pipe in it', 'skills/piped', /skills\/piped\/in is no plain file/],
  ['too much in it', 'skills/big', /skills\/big: the card's skills are larger than 16 MB/],
])('a skill with %s keeps the run from starting, and check says so', async (_, folder, message) => {
  const made = await office(`skills: ${folder}`);
  await made.write('skills/none/README.md', 'x\n');
  await made.write('skills/linked/SKILL.md', 'x\n');
  await symlink(`${made.root}/fourline.yaml`, `${made.root}/skills/linked/key`);
  await mkdir(`${made.root}/../outside`);
  await symlink(`${made.root}/../outside`, `${made.root}/skills/outside`);
  await made.write('repos/shop/src/SKILL.md', 'x\n');
  await symlink(`${made.root}/repos/shop/src`, `${made.root}/skills/theirs`);
  await made.write('skills/piped/SKILL.md', 'x\n');
  execFileSync('mkfifo', [`${made.root}/skills/piped/in`]);
  await made.write('skills/big/SKILL.md', 'x'.repeat(16_100_000));
  expect((await made.fourline('check')).out).toMatch(message);
  await made.work();
  expect((await made.standing('x')).note).toMatch(message);
});

test('a link inside of a skill is copied as the file that it names', async () => {
  const made = await office('skills: skills/review\nmcp: { docs: { command: tool } }');
  await symlink('SKILL.md', `${made.root}/skills/review/again.md`);
  await made.work();
  expect(await made.record('x', 'unlanded.patch')).toContain('/.claude/skills/review/again.md');
});

test('a server without a program keeps the run from starting, and doctor says so', async () => {
  const made = await office('mcp: { docs: { command: no-such-server } }');
  const { out } = await made.fourline('doctor');
  expect(out).toContain("mcp: docs: there is no program 'no-such-server' on PATH");
  await made.work();
  expect((await made.standing('x')).note).toContain("mcp: docs: there is no program 'no-such-server' on PATH");
});

test('check names the tools that a CLI keeps', async () => {
  const made = await office('tools: read');
  const own = (await made.fourline('check')).out;
  expect(own).not.toContain('role-tools-kept');
  expect(own).toMatch(/role-tools-mute[\s\S]*roles\/coder\.md:3:/);
  const card = await made.read('roles/coder.md');
  await made.write('roles/coder.md', card.replace('agent: claude', 'agent: codex'));
  expect((await made.fourline('check')).out).toMatch(/role-tools-kept.*codex keeps its tool for edits/);
});
