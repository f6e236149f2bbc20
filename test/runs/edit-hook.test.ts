// 'Not yours', heard before an edit: the hook program, a run that listens to it, and one that doesn't.
import { spawn } from 'node:child_process';
import { realpath, rename, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { adapters } from '../../src/runs/launch.ts';
import { pathsAsked } from '../../src/sandbox/inside/hook.ts';
import { card, cli, type Office, openOffice, order } from '../kit/office.ts';
import { sourceFile } from '../kit/program.ts';

/** The input that Claude Code 2.1.329 gave its hook, with another room and tool. */
function recorded(tool: string, input: Readonly<Record<string, unknown>>, cwd = '/room/repos/shop'): string {
  return JSON.stringify({
    session_id: '46c4d739-06dd-46e2-97f5-7f56b8785301',
    transcript_path: '/home/agent/.claude/projects/-room/46c4d739-06dd-46e2-97f5-7f56b8785301.jsonl',
    cwd,
    prompt_id: '99c4a517-3258-4177-9c39-138c577baad7',
    permission_mode: 'bypassPermissions',
    effort: { level: 'medium' },
    hook_event_name: 'PreToolUse',
    tool_name: tool,
    tool_input: input,
    tool_use_id: 'toolu_000002',
  });
}

test.each([
  [
    'an edit',
    recorded('Edit', { file_path: '/room/repos/shop/src/a.ts', old_string: '1' }),
    ['/room/repos/shop/src/a.ts'],
  ],
  [
    'a relative path',
    recorded('Write', { file_path: '../x.md', content: '' }, '/room/repos/shop'),
    ['/room/repos/x.md'],
  ],
  ['a notebook', recorded('NotebookEdit', { notebook_path: '/room/n.ipynb' }), ['/room/n.ipynb']],
  [
    "the Gemini CLI's",
    '{"hook_event_name":"BeforeTool","tool_name":"replace","tool_input":{"file_path":"/room/a"}}',
    ['/room/a'],
  ],
  [
    "Codex's patch",
    recorded('apply_patch', {
      command:
        '*** Begin Patch\n*** Update File: src/a.ts\n@@\n-*** Add File: no.ts\n+2\n*** Move to: ../b.ts\n*** Delete File: /room/c\n*** End Patch\n',
    }),
    ['/room/repos/shop/src/a.ts', '/room/repos/b.ts', '/room/c'],
  ],
  [
    "Copilot's",
    '{"sessionId":"f3f6","timestamp":1795750921407,"cwd":"/room","toolName":"edit","toolArgs":{"path":"a.md","old_str":"1","new_str":"2"}}',
    ['/room/a.md'],
  ],
  ["Copilot's, as a text", '{"cwd":"/room","toolName":"create","toolArgs":"{\\"path\\":\\"a.md\\"}"}', ['/room/a.md']],
  ['a look with an editor', recorded('str_replace_editor', { command: 'view', path: '/room/a' }), []],
  ["opencode's", recorded('edit', { filePath: '/room/a', oldString: '1', newString: '2' }), ['/room/a']],
  ["opencode's patch", recorded('apply_patch', { patchText: '*** Delete File: /room/c' }), ['/room/c']],
  [
    "Cursor's deletion",
    '{"tool_name":"Delete","tool_input":{"file_path":"/room/a"},"cursor_version":"2.4"}',
    ['/room/a'],
  ],
  ['a patch that is none', recorded('apply_patch', { command: ['x'] }), []],
  ['reading', recorded('Read', { file_path: '/room/secret' }), []],
  ['a shell', recorded('Bash', { command: 'echo hi > /room/a', description: 'Runs a line.' }), []],
  ['no input', '{"tool_name":"Edit"}', []],
  ['an odd input', '{"tool_name":"Edit","tool_input":{"file_path":{"a":1}}}', []],
  ['a list', '[1]', []],
  ['no JSON', 'not JSON', []],
  ['nothing', '', []],
])('the paths a hook is asked about: %s', (_, input, paths) => {
  expect(pathsAsked(input)).toEqual(paths);
});

function runHook(input: string, socket: string): Promise<{ code: number; err: string }> {
  const child = spawn(process.execPath, ['--no-warnings', sourceFile('sandbox/inside/hook.ts'), socket], { cwd: '/' });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.end(input);
  return new Promise((done) => child.on('close', (code) => done({ code: code ?? -1, err })));
}

test('a hook that nobody answers passes, and so does one that hears nonsense', async () => {
  const input = recorded('Edit', { file_path: '/room/a' });
  expect(await runHook(input, '/nowhere/gate')).toEqual({ code: 0, err: '' });
  const office = await openOffice();
  const server = createServer((socket) => socket.end('what?\n')).listen(`${office.root}/gate`);
  onTestFinished(() => void server.close());
  expect(await runHook(input, `${office.root}/gate`)).toEqual({ code: 0, err: '' });
});

// An agent that wants to change what it is not to change. It calls the hook as Claude Code would; when it is refused
// and listens, it halts with what it heard.
const agent = (wants: readonly string[], listens: boolean): string => `
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
const heard = [];
for (const path of ${JSON.stringify(wants)}.map((one) => one.replace('ROOM', process.env.FOURLINE_ROOM))) {
  const input = JSON.stringify({ cwd: process.cwd(), hook_event_name: 'PreToolUse', tool_name: 'Write', tool_input: { file_path: path, content: '2' } });
  const { status, stderr } = spawnSync('sh', ['-c', process.env.FOURLINE_HOOK], { input, encoding: 'utf8' });
  heard.push(path + ' ' + status + ' ' + stderr.split('\\n')[0]);
  process.stdout.write(path + ' ' + status + ' ' + stderr + '\\n');
  if (status === 2 && ${listens}) continue;
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, '2\\n');
}
if (${listens}) writeFileSync(process.env.FOURLINE_REPORT, '---\\noutcome: done\\n---\\n' + heard.join('\\n') + '\\n');
`;

async function officeWith(program: string, settings = 'sandbox: required\n'): Promise<Office> {
  const office = await openOffice({ auditor: card('- say: hello') });
  await office.write('../agent/agent.mjs', program);
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [node, ${office.root}/../agent/agent.mjs]\nsend: auditor\nwrite: |\n  repos/*/src/**\n---\nTry.\n`,
  );
  await office.write('fourline.yaml', settings);
  await office.repository('shop', {
    'src/a.ts': '1\n',
    'src/b.ts': '1\n',
    'NOTES.md': 'as it was\n',
    '.gitignore': 'dist/\n',
  });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  return office;
}

const wishes = [
  'src/a.ts',
  'src/b.ts',
  'NOTES.md',
  'src/../NOTES.md',
  '.git/config',
  '.claude/settings.json',
  'dist/made.js',
  'ROOM/repos/shop/src/a.ts',
  'ROOM/repos/shop/README.md',
  'ROOM/stray.txt',
  'ROOM/inbox/operator/x.md',
  'ROOM/inbox/auditor/x.txt',
  '/tmp/notes.md',
];

test.each([
  ['in walls', 'sandbox: required\n', '/room'],
  ['without walls', 'sandbox: off\n', null],
])('an agent that asks hears it before its edit, and changes its plan: %s', async (_, settings, seen) => {
  const office = await officeWith(agent(wishes, true), settings);
  await office.work();
  const standing = await office.standing('x');
  expect(standing.outcome).toBe('done');
  // Nothing was refused at the end: it kept to what it heard.
  expect(standing.refused).toEqual([]);
  expect(office.git('repos/shop', 'diff', '--name-only', 'HEAD~1', 'HEAD')).toBe('src/a.ts');
  const report = await office.record('x', 'report.md');
  const room = seen ?? /^> (\/\S*)\/stray\.txt 2/m.exec(report)?.[1] ?? '';
  const lines = report.split('\n').filter((line) => /^> \S+ [0-9] ?/.test(line));
  expect(lines.map((line) => line.replace('> ', '').replaceAll(room, 'ROOM').split(' ').slice(0, 2).join(' '))).toEqual(
    wishes.map((one) => `${one} ${/a\.ts$|^dist|^\/tmp/.test(one) ? 0 : 2}`),
  );
  expect(report).toContain('src/b.ts 2 not yours: ');
  expect(report).toContain("not in the order's Files");
  const printed = await office.record('x', 'transcript.jsonl');
  expect(printed).toContain('Boundary: you may change exactly these paths');
  expect(printed).toContain('`outcome: halt-with-note` and `note: <why>`');
});

test.each([
  ['ignores it', agent(['src/a.ts', 'src/b.ts', 'NOTES.md'], false)],
  [
    'never asks',
    "import { appendFileSync } from 'node:fs';\nfor (const one of ['src/a.ts', 'src/b.ts', 'NOTES.md']) appendFileSync(one, '2\\n');\n",
  ],
])('the gate is the law: of an agent that %s nothing lands that is not its', async (_, program) => {
  const office = await officeWith(program);
  await office.work();
  const standing = await office.standing('x');
  expect(standing.refused.map((one) => one.path).sort()).toEqual(['repos/shop/NOTES.md', 'repos/shop/src/b.ts']);
  expect(office.git('repos/shop', 'diff', '--name-only', 'HEAD~1', 'HEAD')).toBe('src/a.ts');
  expect(await office.record('x', 'refused.patch')).toContain('NOTES.md');
});

test('a flood of questions and nonsense holds nothing up', async () => {
  const office = await officeWith(`
    import { connect } from 'node:net';
    import { writeFileSync } from 'node:fs';
    const gate = process.env.FOURLINE_HOOK.split(' ').at(-1);
    const ask = (text) => new Promise((done) => {
      const line = connect(gate); let said = '';
      line.on('data', (chunk) => { said += chunk; }).on('error', () => {}).on('close', () => done(said.trim()));
      line.write(text);
    });
    const out = [];
    for (const text of ['{}\\n', 'nonsense\\n', 'null\\n', 'x'.repeat(100000), '{"paths":[1,"src/b.ts\\\\n"]}\\n']) out.push(await ask(text));
    await Promise.all(Array.from({ length: 200 }, () => ask('{"paths":["src/a.ts"]}\\n')));
    for (let left = 0; left < 20; left += 1) connect(gate).on('error', () => {});
    writeFileSync('src/a.ts', out.map((one) => (one.includes('not yours') ? 'refused' : one)).join('|'));
    process.exit(0);
  `);
  await office.work();
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('{"refusal":null}||||refused');
});

test("people's own sessions: fourline can --hook answers by the order and its role, or by a role alone", async () => {
  const office = await openOffice({ coder: card('- say: hello', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('fourline.yaml', 'sandbox: off\n');
  expect(
    (
      await office.fourline(
        'order',
        'coder',
        'The value is 2.',
        '--file',
        'src/a.ts',
        '--name',
        'x',
        '--accept',
        'a',
        '--accept',
        'b',
        '--accept',
        'c',
      )
    ).code,
  ).toBe(0);
  const [file = ''] = await office.list('inbox/coder');
  type Told = { code: number; out: string; err: string };
  const hook = async (args: readonly string[], input: string, env: NodeJS.ProcessEnv = {}): Promise<Told> => {
    const argv = [cli, '-C', office.root, 'can', ...args];
    const child = spawn(process.execPath, argv, { env: { ...office.env, ...env } });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdin.end(input);
    return new Promise((done) => child.on('close', (code) => done({ code: code ?? -1, out, err })));
  };
  const passed = { code: 0, out: '{}\n', err: '' };
  const edit = (path: string): string => recorded('Edit', { file_path: path }, `${office.root}/repos/shop`);
  const byOrder = ['coder', '--hook', '--order', `${office.root}/inbox/coder/${file}`];
  expect(await hook(byOrder, edit(`${office.root}/repos/shop/src/a.ts`))).toEqual(passed);
  expect(await hook(byOrder, edit('/etc/hosts'))).toEqual(passed);
  expect(await hook(byOrder, 'garbage')).toEqual(passed);
  const refused = await hook(byOrder, edit('src/b.ts'));
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("not yours: repos/shop/src/b.ts: not in the order's Files");
  expect((await hook(['coder', '--hook'], edit('src/b.ts'))).code).toBe(0);
  expect((await hook(['coder', '--hook'], edit('README.md'))).err).toMatch(
    /^not yours: repos\/shop\/README\.md: no write: line/,
  );
  // A session says by its variables whose edits these are; one that says nothing is its person's own.
  expect(await hook(['--hook'], edit('README.md'))).toEqual(passed);
  const played = await hook(['--hook'], edit('README.md'), { FOURLINE_ROLE: 'coder' });
  expect(played.code).toBe(2);
  // An edit that cannot be judged passes, and is said: a hook that fails would hold up a person's work.
  const lost = await hook(['nobody', '--hook'], edit('src/b.ts'));
  expect(lost.code).toBe(0);
  expect((JSON.parse(lost.out) as { systemMessage: string }).systemMessage).toContain("there is no role 'nobody'");
  // The Gemini CLI, Copilot and Cursor read the reason in the answer.
  expect(JSON.parse(played.out)).toMatchObject({
    decision: 'deny',
    reason: expect.stringMatching(/^not yours: /),
    permissionDecision: 'deny',
    permissionDecisionReason: expect.stringMatching(/^not yours: /),
    permission: 'deny',
    agent_message: expect.stringMatching(/^not yours: /),
  });
  // A person works in a repository where it really is, not where the workspace has it linked.
  const real = `${office.root}/../elsewhere`;
  await rename(`${office.root}/repos/shop`, real);
  await symlink(real, `${office.root}/repos/shop`);
  const linked = await hook(['coder', '--hook'], edit(`${await realpath(real)}/README.md`));
  expect(linked.err).toMatch(/^not yours: repos\/shop\/README\.md: no write: line/);
  await rm(`${office.root}/repos/shop`);
  await rename(real, `${office.root}/repos/shop`);
  await office.work();
  const settled = await hook(['--hook', '--order', (await office.standing('x')).id], edit('src/b.ts'));
  expect(settled.code).toBe(2);
  expect((await office.fourline('can', 'coder')).err).toContain('fourline can needs a role and a path');
});

test.each([
  ['claude', '.claude/settings.json', 'PreToolUse', 'Edit|Write|MultiEdit|NotebookEdit', []],
  ['codex', '.codex/hooks.json', 'PreToolUse', 'apply_patch', ['--dangerously-bypass-hook-trust']],
  ['gemini', '.gemini/settings.json', 'BeforeTool', 'write_file|replace', []],
])('%s is told of the hook by a file of its HOME', (name, file, event, matcher, args) => {
  const launch = adapters.find((one) => one.name === name)?.launch({ model: null, env: {}, signIn: [] });
  const asking = launch?.hook?.('node hook gate');
  expect(Object.keys(asking?.home ?? {})).toEqual([file]);
  expect(asking?.args).toEqual(args);
  const settings = JSON.parse(asking?.home[file] ?? '') as Record<string, unknown>;
  expect(settings['hooks']).toEqual({
    [event]: [{ matcher, hooks: [{ type: 'command', command: 'node hook gate' }] }],
  });
  // The rest of its settings stays.
  const before = JSON.parse(launch?.home[file] ?? '{}') as Record<string, unknown>;
  expect(settings).toMatchObject(before);
});
