import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseReport } from '../../src/agent/report.ts';
import { type CliSetup, makeSetup, planSetup, type SetupQuestion } from '../../src/api.ts';
import { cliNames } from '../../src/clis/tools.ts';
import { parseOrder } from '../../src/order/order.ts';
import { blocksOf, textOf } from '../docs/document.ts';
import { asOrdinary } from '../kit/disk.ts';
import { card, cli, type Office, openOffice } from '../kit/office.ts';
import { inTerminal } from '../kit/terminal.ts';

type Desk = Office & { readonly home: string; readonly folder: string };

// A workspace with a repository, and a HOME of its own beside it.
async function openDesk(): Promise<Desk> {
  const office = await openOffice({ coder: card('- say: hello', 'write: |\n  repos/*/src/**') });
  await office.repository('shop', { 'src/a.ts': '1\n' });
  const home = `${dirname(office.root)}/home`;
  await mkdir(home);
  for (const name of ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'COPILOT_HOME', 'XDG_CONFIG_HOME']) delete office.env[name];
  office.env['HOME'] = home;
  return { ...office, home, folder: `${office.root}/repos/shop` };
}

// All files below a folder but git's own, with their texts.
async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => !one.isDirectory()).map((one) => `${one.parentPath}/${one.name}`);
  const own = paths.filter((path) => !path.includes('/.git/')).sort();
  return Object.fromEntries(
    await Promise.all(own.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')])),
  );
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

// Files as people have them already, with comments and odd spacing.
const mine: Readonly<Record<string, string>> = {
  '.mcp.json': '{"mcpServers": {"other": {"command": "x"}}}',
  '.claude/settings.local.json': '{\n\t// mine\n\t"hooks": {\n\t\t"PreToolUse": [],\n\t},\n}\n',
  '.claude.json': '{\n  "numStartups": 3,\n  "mcpServers": {}\n}',
  '.claude/settings.json': '{ "model": "opus" }\n',
  '.codex/config.toml': '# mine\nmodel = "m"\n\n[mcp_servers.other]\ncommand = "x"',
  '.codex/hooks.json': '{\n  "hooks": {\n    "Stop": [ { "hooks": [] } ] // why\n  }\n}\n',
  'opencode.json': '{\r\n  "mcp": {\r\n    "other": { "type": "local", "command": ["x"] }\r\n  }\r\n}\r\n',
  '.config/opencode/opencode.json': '{}',
  '.gemini/settings.json': '\uFEFF{\n    "theme": "dark"\n}\n',
  '.github/mcp.json': '{\n}\n',
  '.github/copilot/settings.local.json': '',
  '.copilot/mcp-config.json': '{"mcpServers":{}}',
  '.cursor/mcp.json': '{ /* none */ }',
  '.cursor/hooks.json': '{\n  "version": 1,\n  "hooks": {\n    "stop": []\n  }\n}\n',
};

// Sets up in this process, as often as a matrix wants it; gives the changes of the files.
async function setUp(office: Desk, question: Omit<SetupQuestion, 'from'>, write = true): Promise<CliSetup> {
  const whole = { ...question, from: office.root };
  const plan = await planSetup(whole, office);
  return write ? makeSetup(whole, plan.digest, office) : plan;
}

function changed({ files }: CliSetup): string[] {
  return files.filter((one) => one.change !== 'same').map((one) => one.path);
}

describe.each(cliNames)('%s', (tool) => {
  test.each(['a folder', 'a user'])(
    'of %s: shown, written, twice no change, and taken back to the byte',
    async (who) => {
      const office = await openDesk();
      const user = who === 'a user';
      const place = user ? office.home : office.folder;
      const question = { tool, ...(user ? { user } : { folder: place }) };
      for (const begin of [{}, mine]) {
        for (const [path, text] of Object.entries(begin)) await put(`${place}/${path}`, text);
        const before = await filesIn(place);
        const shown = await setUp(office, question, false);
        expect(shown.files.flatMap((one) => one.lines)).toContainEqual({ sign: '+', text: 'name: fourline' });
        expect(await filesIn(place)).toEqual(before);
        expect(changed(await setUp(office, question))).toEqual(changed(shown));
        const after = await filesIn(place);
        const text = Object.values(after).join('\n');
        expect(text).toContain(office.root);
        expect(text).toContain('--hook');
        for (const [path, old] of Object.entries(before))
          for (const word of old.match(/\w+/g) ?? []) expect(`${path} ${after[path]}`).toContain(word);
        expect(changed(await setUp(office, question))).toEqual([]);
        expect(await filesIn(place)).toEqual(after);
        expect(changed(await setUp(office, { ...question, remove: true }))).toEqual(changed(shown));
        expect(await filesIn(place)).toEqual(before);
        expect(changed(await setUp(office, { ...question, remove: true }))).toEqual([]);
      }
    },
  );
});

test('a plug-in is one folder, with skill, server and hooks, and goes again', async () => {
  const office = await openDesk();
  const folder = `${office.root}/plug`;
  expect((await office.fourline('setup', '--plugin', folder, '--role', 'coder', '--yes')).code).toBe(0);
  const files = await filesIn(folder);
  const schema = 'https://agent-plugins.org/schemas/1.0.0';
  expect(JSON.parse(files['plugin.json'] ?? '')).toMatchObject({
    $schema: `${schema}/plugin.schema.json`,
    name: 'fourline',
  });
  const { mcpServers } = JSON.parse(files['mcp.json'] ?? '') as { mcpServers: { fourline: { command: string } } };
  // The form takes a name for the program, and no path of this machine.
  expect(mcpServers.fourline).toMatchObject({ type: 'stdio', command: expect.not.stringContaining('/') });
  expect(files['skills/fourline/SKILL.md']).toContain('name: fourline');
  for (const hooks of ['hooks/hooks.json', 'com.github.copilot/hooks/hooks.json'])
    expect(files[hooks]).toContain(`-C ${office.root} can coder --hook`);
  expect((await office.fourline('setup', '--plugin', folder, '--remove', '--yes')).code).toBe(0);
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

describe('what a person changed since', () => {
  test('stays, and what was written beside it goes', async () => {
    const office = await openDesk();
    const at = (path: string): string => `${office.folder}/${path}`;
    await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    const servers = JSON.parse(await readFile(at('.mcp.json'), 'utf8')) as { mcpServers: object };
    await put(
      at('.mcp.json'),
      JSON.stringify({ mcpServers: { ...servers.mcpServers, mine: { command: 'x' } } }, null, 2),
    );
    await put(at('.claude/skills/fourline/SKILL.md'), 'my own words\n');
    const again = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect(again.out).toContain('left as it is: it is there and says something else');
    const gone = await office.fourline('setup', 'claude', '--in', office.folder, '--remove', '--yes');
    expect(gone.out).toContain('left as it is: it was edited');
    expect(await filesIn(office.folder)).toMatchObject({ '.claude/skills/fourline/SKILL.md': 'my own words\n' });
    expect(JSON.parse(await readFile(at('.mcp.json'), 'utf8'))).toEqual({ mcpServers: { mine: { command: 'x' } } });
    await expect(stat(at('.claude/settings.local.json'))).rejects.toThrow('ENOENT');
  });

  test('an entry of the name that a person wrote is not replaced', async () => {
    const office = await openDesk();
    const text = '{"mcpServers": {"fourline": {"command": "mine"}}}';
    await put(`${office.folder}/.mcp.json`, text);
    const { out } = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect(out).toContain('left as it is: mcpServers.fourline is there and says something else');
    await office.fourline('setup', 'claude', '--in', office.folder, '--remove', '--yes');
    expect(await readFile(`${office.folder}/.mcp.json`, 'utf8')).toBe(text);
  });

  test('another role replaces the hook of an earlier set-up', async () => {
    const office = await openDesk();
    const hooks = async (): Promise<string> => readFile(`${office.folder}/.claude/settings.local.json`, 'utf8');
    await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    await put(`${office.folder}/.claude/settings.local.json`, (await hooks()).replace('{', '{\n  "model": "opus",'));
    await office.fourline('setup', 'claude', '--in', office.folder, '--role', 'coder', '--yes');
    expect((await hooks()).match(/can (?:coder )?--hook/g)).toEqual(['can coder --hook']);
    await office.fourline('setup', 'claude', '--in', office.folder, '--remove', '--yes');
    expect(JSON.parse(await hooks())).toEqual({ model: 'opus' });
  });
});

describe('what is taken back, where not all can be', () => {
  test('a hook that was edited stays and is named; a file that is broken now too, and the others go', async () => {
    const office = await openDesk();
    const old = 'model = "m"\r\n';
    await put(`${office.folder}/.codex/config.toml`, old);
    await office.fourline('setup', 'codex', '--in', office.folder, '--yes');
    const hooks = await readFile(`${office.folder}/.codex/hooks.json`, 'utf8');
    await put(`${office.folder}/.codex/hooks.json`, `${hooks}{`);
    const half = await office.fourline('setup', 'codex', '--in', office.folder, '--remove', '--yes');
    expect(half).toMatchObject({ code: 1, out: expect.stringContaining('2 files taken back') });
    const path = '.codex/hooks.json';
    expect(half.out).toMatch(
      /not put back: \S+hooks.json can't be read: .+hooks.json:16:1\)\n {2}correct it and try again/,
    );
    expect(await filesIn(office.folder)).toEqual({ '.codex/config.toml': old, [path]: `${hooks}{`, 'src/a.ts': '1\n' });
    await put(`${office.folder}/${path}`, hooks.replace('can --hook', 'can coder --hook'));
    const edited = await office.fourline('setup', 'codex', '--in', office.folder, '--remove', '--yes');
    expect(edited).toMatchObject({ code: 0, out: expect.stringContaining('hooks.PreToolUse has a hook of fourline') });
    // The record of a file that was not put back is kept: it goes to the byte once it is as it was.
    await put(`${office.folder}/${path}`, hooks);
    expect((await office.fourline('setup', 'codex', '--in', office.folder, '--remove', '--yes')).code).toBe(0);
    expect(await filesIn(office.folder)).toEqual({ '.codex/config.toml': old, 'src/a.ts': '1\n' });
  });

  test.each([false, true])(
    'a file that may not be written is named before any is written (take back: %s)',
    async (back) => {
      const office = await openDesk();
      const run = (...more: string[]) =>
        office.fourlineBy(asOrdinary, 'setup', 'claude', '--in', office.folder, '--yes', ...more);
      await put(`${office.folder}/.claude/settings.local.json`, '{}\n');
      if (back) await run();
      await chmod(`${office.folder}/.claude/settings.local.json`, 0o444);
      const before = await filesIn(office.folder);
      const { code, out, err } = await run(...(back ? ['--remove'] : []));
      expect([code, back ? out : err]).toEqual([
        back ? 1 : 3,
        expect.stringContaining("json can't be written: EACCES"),
      ]);
      expect(Object.keys(await filesIn(office.folder))).toEqual(
        back ? ['.claude/settings.local.json', 'src/a.ts'] : Object.keys(before),
      );
      await chmod(`${office.folder}/.claude/settings.local.json`, 0o644);
    },
  );
});

describe('a file that cannot be edited is refused, and no other changes', () => {
  test.each([
    ['no JSON', '.claude/settings.local.json', '{"hooks": ', 'setup-unreadable', '.claude/settings.local.json:1:'],
    ['of another shape', '.mcp.json', '{"mcpServers": []}', 'setup-shape', 'write mcpServers.fourline yourself'],
    ['no text', '.mcp.json', Buffer.from([0xff, 0xfe, 0]).toString('latin1'), 'setup-unreadable', 'UTF-8'],
  ])('%s', async (_, path, text, code, words) => {
    const office = await openDesk();
    await mkdir(dirname(`${office.folder}/${path}`), { recursive: true });
    await writeFile(`${office.folder}/${path}`, text, 'latin1');
    const before = await filesIn(office.folder);
    const { code: exit, err } = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect({ exit, err }).toEqual({ exit: 3, err: expect.stringContaining(`error[${code}]`) });
    expect(err).toContain(words);
    expect(await filesIn(office.folder)).toEqual(before);
  });

  test('a file in the place of a folder', async () => {
    const office = await openDesk();
    await put(`${office.folder}/.claude`, '');
    const { code, err } = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('error[setup-unreadable]') });
    expect(Object.keys(await filesIn(office.folder))).toEqual(['.claude', 'src/a.ts']);
    await rm(`${office.folder}/.claude`);
    await symlink('nowhere', `${office.folder}/.claude`);
    const lost = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect(lost.err).toContain(`${office.folder}/.claude is a link that leads to nothing`);
  });

  test('a folder in the place of a file', async () => {
    const office = await openDesk();
    await mkdir(`${office.folder}/.mcp.json`);
    const { code, err } = await office.fourline('setup', 'claude', '--in', office.folder, '--yes');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining(".mcp.json can't be read: it is no file") });
  });

  test('a link leads to the file that is edited, and keeps its permissions', async () => {
    const office = await openDesk();
    await put(`${office.home}/dot/settings.json`, '{}\n');
    await chmod(`${office.home}/dot/settings.json`, 0o600);
    await mkdir(`${office.home}/.claude`);
    await symlink('../dot/settings.json', `${office.home}/.claude/settings.json`);
    await office.fourline('setup', 'claude', '--user', '--yes');
    expect(await readFile(`${office.home}/dot/settings.json`, 'utf8')).toContain('--hook');
    expect((await stat(`${office.home}/dot/settings.json`)).mode & 0o777).toBe(0o600);
    await office.fourline('setup', 'claude', '--user', '--remove', '--yes');
    expect(await readFile(`${office.home}/.claude/settings.json`, 'utf8')).toBe('{}\n');
    await rm(`${office.home}/dot/settings.json`);
    const { err } = await office.fourline('setup', 'claude', '--user', '--yes');
    expect(err).toContain('it is a link that leads to nothing');
  });
});

test('it works where the person is: the repository, or the workspace', async () => {
  const office = await openDesk();
  const folderOf = async (from: string, ...more: string[]): Promise<string> => {
    const { out } = await office.fourline('-C', from, 'setup', 'gemini', '--dry-run', '--json', ...more);
    return (JSON.parse(out) as { folder: string }).folder;
  };
  expect(await folderOf(office.root)).toBe(office.root);
  expect(await folderOf(`${office.root}/roles`)).toBe(office.root);
  expect(await folderOf(`${office.folder}/src`)).toBe(office.folder);
  expect(await folderOf(office.root, '--in', `${office.folder}/src`)).toBe(`${office.folder}/src`);
});

test('--json tells the change line by line, and whether it is written', async () => {
  const office = await openDesk();
  const shown = await office.fourline('setup', 'codex', '--in', office.folder, '--dry-run');
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain('/.agents/skills/fourline/SKILL.md\n  + ---\n  + name: fourline\n');
  expect(await filesIn(office.folder)).toEqual({ 'src/a.ts': '1\n' });
  const { out } = await office.fourline('setup', 'codex', '--in', office.folder, '--yes', '--json');
  const { files, written, tool } = JSON.parse(out) as { files: { change: string; lines: object[] }[] } & Record<
    string,
    unknown
  >;
  expect({ tool, written }).toEqual({ tool: 'codex', written: true });
  expect(files.map((one) => one.change)).toEqual(['new', 'new', 'new']);
  expect(files[0]?.lines).toContainEqual({ sign: '+', text: '[mcp_servers.fourline]' });
});

test('a person is asked, after the change was shown', async () => {
  const office = await openDesk();
  for (const [answer, code, files] of [
    ['n\r', 1, 1],
    ['y\r', 0, 3],
  ] as const) {
    const terminal = inTerminal(office, 'setup', 'gemini', '--in', office.folder);
    await terminal.until('Write 2 files? [y/N]');
    expect(terminal.text()).toContain('/.gemini/settings.json');
    expect(terminal.text()).toContain('"mcpServers"');
    terminal.press(answer);
    expect(await terminal.ended).toBe(code);
    expect(Object.keys(await filesIn(office.folder)).length).toBe(files);
  }
  const { code, err } = await office.fourline('setup', 'claude', '--in', office.folder);
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('there is no terminal to ask at, so nothing is done'),
  });
});

test('a set-up is taken back where its workspace is gone', async () => {
  const office = await openDesk();
  const folder = `${office.home}/code`;
  await mkdir(folder);
  await office.fourline('setup', 'cursor', '--in', folder, '--yes');
  await rm(`${office.root}/roles`, { recursive: true });
  expect((await office.fourline('-C', folder, 'setup', 'cursor', '--yes')).err).toContain('error[no-workspace]');
  expect((await office.fourline('-C', folder, 'setup', 'cursor', '--remove', '--yes')).code).toBe(0);
  expect(await filesIn(folder)).toEqual({});
});

test.each([
  [['claud'], "'claud' can't be set up; did you mean 'claude'?"],
  [[], 'no CLI is named'],
  [['claude', '--plugin', 'x'], '--plugin goes without a CLI'],
  [['claude', '--user', '--in', '.'], '--user and --in exclude each other'],
  [['--plugin', 'x', '--user'], '--plugin names its folder itself'],
  [['claude', '--role', 'nobody', '--yes'], "there is no role 'nobody'"],
  [['claude', '--in', '/nowhere', '--yes'], "/nowhere can't be entered"],
])('what is asked wrongly is told: %j', async (args, words) => {
  const office = await openDesk();
  const { code, err } = await office.fourline('setup', ...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(words) });
});

test('the example of docs/clis.md is what is shown, where PATH leads to fourline', async () => {
  const office = await openDesk();
  await mkdir(`${office.home}/bin`);
  await symlink(cli, `${office.home}/bin/fourline`);
  office.env['PATH'] = `${office.home}/bin:${office.env['PATH'] ?? ''}`;
  const [example = [], ...others] = blocksOf(textOf('docs/clis.md')).flatMap(({ info, lines }) =>
    info === 'console' ? [lines] : [],
  );
  expect(others).toEqual([]);
  const [command = '', ...lines] = example;
  const { out } = await office.fourline(...command.replace('$ fourline ', '').split(' '));
  const shown = out.replaceAll(office.root, '/home/dana/work').split('\n');
  // It leaves lines out, and changes none.
  let at = 0;
  for (const line of lines) {
    const found = shown.indexOf(line, at);
    expect(`${line}: ${found >= 0}`).toBe(`${line}: true`);
    at = found + 1;
  }
});

test('the order and the report of the skill are read as they stand', () => {
  const [first = '', second = ''] = blocksOf(textOf('docs/skills/fourline/SKILL.md')).map(
    ({ lines }) => `${lines.join('\n')}\n`,
  );
  expect(parseOrder(first)).toMatchObject({ ok: true });
  expect(parseReport(second)).toMatchObject({ kind: 'halt' });
});
