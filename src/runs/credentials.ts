// Why: a credential is the only private thing of the host that an agent gets. The person who wrote the card or
// fourline.yaml says which, and this file collects it.
// Promises: only the named credentials go to that agent, and to nobody else. Nothing that was handed over leaves the
// room in a file, text or transcript (steps/guard). With a gateway the key stays outside.
// Never: looks for credentials by itself.

import { type Provider, providerOf } from '../adapter/opencode.ts';
import type { Launch } from '../agent/agent.ts';
import { readPlain } from '../platform/files/files.ts';
import type { GatewayPlan } from '../platform/net/gateway.ts';
import { anthropicApi, googleApi, openaiApi } from '../platform/net/model-api.ts';
import type { Reason } from '../platform/text/fault.ts';
import { credentialsAmong, type Secret } from '../platform/text/secret.ts';
import type { Role } from '../role/role.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { namedVariables } from './launch.ts';

/**
 * The variables and files that a run gets. Files go into its HOME, by their path in it. `secrets` are the credentials
 * among them; they must not leave its room. `gateway` is what the gateway adds outside.
 */
export type Credentials = {
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly secrets: readonly Secret[];
  readonly gateway: (GatewayPlan & { readonly baseName: string }) | null;
};

// How the known agents take a base address and a key (their makers' notes on custom endpoints).
const gateways: Readonly<Record<string, Omit<Provider, 'name'>>> = {
  claude: {
    upstream: 'https://api.anthropic.com',
    base: 'ANTHROPIC_BASE_URL',
    key: 'ANTHROPIC_API_KEY',
    header: 'x-api-key',
    api: anthropicApi,
  },
  codex: {
    upstream: 'https://api.openai.com/v1',
    base: 'OPENAI_BASE_URL',
    key: 'OPENAI_API_KEY',
    header: 'authorization',
    api: openaiApi,
  },
  gemini: {
    upstream: 'https://generativelanguage.googleapis.com',
    base: 'GOOGLE_GEMINI_BASE_URL',
    key: 'GEMINI_API_KEY',
    header: 'x-goog-api-key',
    api: googleApi,
  },
};

/** A placeholder for the key in a room that has a gateway. */
export const dummyKey = 'held-by-the-gateway';

/** Collects the credentials of a role's agent. Returns a string that says what is missing. */
export async function gatherCredentials(
  workspace: Workspace,
  role: Role,
  launch: Launch,
): Promise<Credentials | Reason> {
  const { host } = workspace;
  const agent = launch.label.split(' ')[0] ?? '';
  const env: Record<string, string> = {};
  for (const name of [...(workspace.settings.credentials.get(agent) ?? []), ...namedVariables(role)]) {
    const value = host.env[name];
    if (value !== undefined) env[name] = value;
  }
  const files: Record<string, string> = {};
  for (const path of role.signIn) {
    const file = await readPlain(`${host.home}/${path}`);
    if (file.kind !== 'text')
      return `sign-in: ~/${path} ${file.kind === 'absent' ? 'is not there: sign in with the agent once, as you' : file.flaw}`;
    files[path] = file.text;
  }
  const secrets = credentialsAmong([
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...Object.entries(files).flatMap(([path, text]) => tokensIn(text).map((value) => ({ name: `~/${path}`, value }))),
  ]);
  if (!role.gateway) return { env, files, secrets, gateway: null };
  const known = agent === 'opencode' ? providerOf(role.model) : gateways[agent];
  if (known == null || known.header === '')
    return `gateway: true, and how ${launch.label} takes a base address is not known`;
  if (agent === 'opencode' && 'OPENCODE_CONFIG_CONTENT' in env)
    return 'gateway: true, and OPENCODE_CONFIG_CONTENT would lead past it';
  const key = env[known.key];
  if (key === undefined) return `gateway: true, and ${known.key} is not set where fourline was started, or not named`;
  const upstream = env[known.base] ?? host.env[known.base] ?? known.upstream;
  return {
    env: { ...env, [known.key]: dummyKey },
    files,
    secrets,
    gateway: { upstream, header: known.header, key, api: known.api, baseName: known.base },
  };
}

// Any long word of a sign-in file with letters and digits may be a token; a long word of letters alone is a setting's
// name.
function tokensIn(text: string): string[] {
  return (text.match(/[A-Za-z0-9_.+/=-]{16,}/g) ?? []).filter((word) => /\d/.test(word) && /[A-Za-z]/.test(word));
}
