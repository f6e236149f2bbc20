import { expect, test } from 'vitest';
import { launchCommand } from '../../src/adapter/command.ts';
import type { Launch } from '../../src/agent/agent.ts';
import { networkFlaw } from '../../src/runs/egress.ts';
import { adapters } from '../../src/runs/launch.ts';
import { adapterOf } from '../kit/stream.ts';

function launch(
  name: string,
  model: string | null = null,
  env: Record<string, string> = {},
  signIn: string[] = [],
): Launch {
  return adapterOf(name).launch({ model, env, signIn });
}

test('the prompt is a fixed sentence that no CLI takes for a command or a file to read', () => {
  const prompts = new Set(adapters.map((one) => one.launch({ model: 'm', env: {}, signIn: [] }).prompt));
  expect([...prompts]).toEqual(['Read the file {room}/brief.md and carry out the order in it.\n']);
});

test('the model of the card is named, and without one the CLI takes its own', () => {
  for (const { name } of adapters) {
    const named = launch(name, 'p/m-1');
    expect(named.argv.join(' ')).toContain('--model p/m-1');
    expect(named.label).toBe(`${name} p/m-1`);
    expect(launch(name).argv).not.toContain('--model');
    expect(launch(name).label).toBe(name);
  }
});

test('each is told by its own flag that it may run free', () => {
  expect(launch('claude').argv.join(' ')).toContain('--permission-mode bypassPermissions');
  expect(launch('codex').argv).toContain('--dangerously-bypass-approvals-and-sandbox');
  expect(launch('opencode').argv).toContain('--auto');
  expect(launch('gemini').argv).toContain('--yolo');
});

test('no value of a variable stands in an argument, where all can read it', () => {
  const env = { OPENAI_API_KEY: 'secret-1', OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', GEMINI_API_KEY: 'secret-2' };
  for (const { name } of adapters) expect(launch(name, null, env).argv.join(' ')).not.toMatch(/secret|127\.0\.0\.1/);
});

test('codex gets the key and the address under the names it looks at', () => {
  const given = launch('codex', null, { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://a/"b' });
  expect(given.env).toEqual({ CODEX_API_KEY: 'k' });
  expect(given.home['.codex/config.toml']).toContain('openai_base_url = "http://a/\\"b"\n');
  expect(launch('codex', null, { OPENAI_API_KEY: 'k', CODEX_API_KEY: 'c' }).env).toEqual({});
  expect(launch('codex').home['.codex/config.toml']).not.toContain('openai_base_url');
});

test('gemini is told how it is signed in', () => {
  const typeOf = (env: Record<string, string>, signIn: string[] = []): unknown =>
    (
      JSON.parse(launch('gemini', null, env, signIn).home['.gemini/settings.json'] ?? '') as {
        security: { auth: unknown };
      }
    ).security.auth;
  expect(typeOf({})).toEqual({ selectedType: 'gemini-api-key' });
  expect(typeOf({ GOOGLE_GENAI_USE_VERTEXAI: 'true' })).toEqual({ selectedType: 'vertex-ai' });
  expect(typeOf({}, ['.gemini/oauth_creds.json'])).toEqual({ selectedType: 'oauth-personal' });
});

test('the hosts are those of the model; where its provider is not known, that is said', () => {
  expect(launch('claude').hosts).toContain('api.anthropic.com');
  expect(launch('codex').hosts).toContain('api.openai.com');
  expect(launch('gemini').hosts).toContain('generativelanguage.googleapis.com');
  expect(launch('opencode', 'openrouter/some/model').hosts).toEqual(['openrouter.ai']);
  expect(launch('opencode', null, { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }).hosts).toEqual([
    'api.anthropic.com',
    'api.openai.com',
  ]);
  const role = { network: { kind: 'hosts', model: true, hosts: [] }, agent: { kind: 'cli', name: 'opencode' } };
  const flaw = networkFlaw(role as unknown as Parameters<typeof networkFlaw>[0], launch('opencode', 'mine/model'));
  expect(flaw).toContain('name its hosts');
});

test('a command that is one of them has its model at the same hosts', () => {
  expect(launchCommand(['/opt/bin/claude', '-p'], null).hosts).toEqual(launch('claude').hosts);
  expect(launchCommand(['my-agent'], null).hosts).toEqual([]);
});
