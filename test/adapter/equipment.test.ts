import { expect, test } from 'vitest';
import type { LaunchWish } from '../../src/agent/agent.ts';
import { readToml } from '../../src/platform/text/toml.ts';
import { adapterOf } from '../kit/stream.ts';

const servers = [{ name: 'docs', command: ['docs', '--stdio'], env: ['DOCS_TOKEN'] }] as const;

function launch(name: string, wish: Partial<LaunchWish> = {}): ReturnType<ReturnType<typeof adapterOf>['launch']> {
  return adapterOf(name).launch({ model: null, env: {}, signIn: [], ...wish });
}

function home(name: string, path: string, wish: Partial<LaunchWish>): unknown {
  return JSON.parse(launch(name, wish).home[path] ?? '{}');
}

function codexConfig(wish: Partial<LaunchWish>): Record<string, unknown> {
  const read = readToml(launch('codex', wish).home['.codex/config.toml'] ?? '');
  return Object.fromEntries(read.ok ? read.fields.map((one) => [one.key, one.value]) : []);
}

const opencodePath = '.config/opencode/opencode.json';

test('without a list of tools no CLI is narrowed', () => {
  expect(launch('claude').argv).not.toContain('--tools');
  expect(home('opencode', opencodePath, {})).not.toHaveProperty('permission');
  expect(home('gemini', '.gemini/settings.json', {})).not.toHaveProperty('tools');
  expect(codexConfig({})).not.toHaveProperty('web_search');
  expect(codexConfig({})).not.toHaveProperty('agents');
});

test('each CLI is given the tools of the kinds that are listed, and nothing else', () => {
  const { argv } = launch('claude', { tools: ['read', 'shell'] });
  expect(argv[argv.indexOf('--tools') + 1]).toBe('Read,Glob,Grep,Bash,TaskStop');
  expect(home('opencode', opencodePath, { tools: ['read'], servers })).toMatchObject({
    permission: { '*': 'deny', read: 'allow', external_directory: 'allow', 'docs_*': 'allow' },
  });
  expect(home('opencode', opencodePath, { tools: ['read'] })).not.toHaveProperty('permission.bash');
  expect(home('gemini', '.gemini/settings.json', { tools: ['shell'], servers })).toMatchObject({
    tools: { core: ['run_shell_command', 'list_background_processes', 'read_background_output', 'mcp_docs_*'] },
  });
});

test('a card with skills keeps the tool that reads them', () => {
  const wish = { tools: ['read'], skilled: true } as const;
  expect(launch('claude', wish).argv.join(' ')).toContain('Read,Glob,Grep,Skill');
  expect(home('opencode', opencodePath, wish)).toHaveProperty('permission.skill', 'allow');
  expect(launch('gemini', wish).home['.gemini/settings.json']).toContain('activate_skill');
});

test('codex loses its web search and its subagents, and says which tools it keeps', () => {
  expect(codexConfig({ tools: ['read'] })).toMatchObject({ web_search: 'disabled', agents: { enabled: false } });
  expect(launch('codex', { tools: ['read'] }).unheld).toEqual([
    'tools: codex reads with its shell, and keeps it',
    'tools: codex keeps its tool for edits',
  ]);
  expect(launch('codex', { tools: ['edit', 'shell'] }).unheld).toEqual([]);
});

test('each CLI has the servers, strictly, and their secrets by name alone', () => {
  const wish = { servers, env: { DOCS_TOKEN: 'tok-1' } };
  const { argv } = launch('claude', wish);
  expect(argv).toContain('--strict-mcp-config');
  expect(argv[argv.indexOf('--mcp-config') + 1]).toBe('{home}/.claude/servers.json');
  const plain = { command: 'docs', args: ['--stdio'] };
  expect(home('claude', '.claude/servers.json', wish)).toEqual({
    mcpServers: { docs: { ...plain, env: { DOCS_TOKEN: `\${DOCS_TOKEN}` } } },
  });
  expect(codexConfig(wish)['mcp_servers']).toEqual({ docs: { ...plain, env_vars: ['DOCS_TOKEN'] } });
  expect(home('opencode', opencodePath, wish)).toMatchObject({
    mcp: {
      docs: { type: 'local', command: ['docs', '--stdio'], environment: { DOCS_TOKEN: '{env:DOCS_TOKEN}' } },
    },
  });
  expect(home('gemini', '.gemini/settings.json', wish)).toMatchObject({
    mcp: { allowed: ['docs'] },
    mcpServers: { docs: { ...plain, env: { DOCS_TOKEN: '$DOCS_TOKEN' } } },
  });
  for (const name of ['claude', 'codex', 'opencode', 'gemini'])
    expect(JSON.stringify(launch(name, wish))).not.toContain('tok-1');
});
