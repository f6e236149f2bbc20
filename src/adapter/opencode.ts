// Why: opencode (`opencode`): how it is started without a terminal, and what its stream and its log say.
// Promises: pure; each answer of the model counts once; what it tries again without end is ended.
// Never: lets the repository's configuration decide how it runs; installs anything.
import type { Adapter, AgentEvent, AgentFailure, LaunchWish, Reader, Usage } from '../agent/agent.ts';
import { anthropicApi, googleApi, type ModelApi, openaiApi } from '../platform/net/model-api.ts';
import type { McpServer } from '../role/equipment.ts';
import {
  codeOf,
  contextOf,
  countAt,
  detailOf,
  erred,
  failureIn,
  failureOf,
  isUsedUp,
  type Json,
  keptTools,
  mapAt,
  numberAt,
  prompt,
  readJson,
  type ToolNames,
  textAt,
} from './reading.ts';

/** opencode. */
export const opencode: Adapter = {
  name: 'opencode',
  program: 'opencode',
  launch: ({ model, effort = null, tools = null, skilled = false, servers = [], env }) => ({
    argv: [
      'opencode',
      'run',
      '--format',
      'json',
      '--auto',
      // A title of its own would be asked of a model.
      '--title',
      'fourline',
      // opencode reports its further attempts, and servers that don't start, in its log alone.
      '--print-logs',
      '--log-level',
      'WARN',
      ...(model === null ? [] : ['--model', model]),
      ...(effort === null ? [] : ['--variant', effort]),
    ],
    files: {},
    home: {
      ...home,
      '.config/opencode/opencode.json': `${JSON.stringify({ ...usual, ...permissionOf(tools, skilled, servers), ...serversOf(servers) })}\n`,
    },
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      ...configFor(model, env),
    },
    prompt,
    label: model === null ? 'opencode' : `opencode ${model}`,
    hosts: hostsFor(model, env),
    sessions: null,
    // OPENCODE_DISABLE_PROJECT_CONFIG leaves out a repository's instructions as well.
    instructions: { path: '.config/opencode/AGENTS.md', reads: [] },
    skills: '.config/opencode/skills',
    openReader: () => readOpencode(model),
  }),
};

// With these its folder looks as if the plugin package were installed there; else it asks npm for it at each start.
const home = {
  '.config/opencode/node_modules/.keep': '',
  '.config/opencode/package-lock.json': `${JSON.stringify({ packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } })}\n`,
};

const usual = { autoupdate: false, share: 'disabled', snapshot: false };

const opencodeToolNames: ToolNames = {
  read: ['read', 'glob', 'grep', 'list'],
  edit: ['edit'],
  shell: ['bash'],
  web: ['webfetch', 'websearch', 'codesearch'],
  agents: ['task'],
  skill: ['skill'],
};

// A tool that is denied is not told to the model. The last two are no tools: brief and trays lie outside the folder it
// starts in, and a repeated call is for fourline's limits to end.
function permissionOf(tools: LaunchWish['tools'], skilled: boolean, servers: readonly McpServer[]): Json {
  if (tools == null) return {};
  const kept = [...keptTools(opencodeToolNames, tools, skilled), ...servers.map((one) => `${one.name}_*`)];
  const words = ['external_directory', 'doom_loop', ...kept].map((name) => [name, 'allow'] as const);
  return { permission: { '*': 'deny', ...Object.fromEntries(words) } };
}

function serversOf(servers: readonly McpServer[]): Json {
  if (servers.length === 0) return {};
  const print = ({ name, command, env }: McpServer): [string, Json] => {
    const environment = Object.fromEntries(env.map((one) => [one, `{env:${one}}`]));
    return [name, { type: 'local', command, environment, enabled: true }];
  };
  return { mcp: Object.fromEntries(servers.map(print)) };
}

/**
 * Where the models of a provider are, the variables that sign it in there and name a server in its place, the header
 * its key goes in (models.dev, as opencode brings it along), and what it may be asked.
 */
export type Provider = {
  readonly name: string;
  readonly key: string;
  readonly base: string;
  readonly upstream: string;
  readonly header: string;
  readonly api: ModelApi;
};

const anthropic = {
  name: 'anthropic',
  key: 'ANTHROPIC_API_KEY',
  base: 'ANTHROPIC_BASE_URL',
  upstream: 'https://api.anthropic.com/v1',
  header: 'x-api-key',
  api: anthropicApi,
};
const openai = {
  name: 'openai',
  key: 'OPENAI_API_KEY',
  base: 'OPENAI_BASE_URL',
  upstream: 'https://api.openai.com/v1',
  header: 'authorization',
  api: openaiApi,
};
const google = {
  name: 'google',
  // opencode takes two other variables too, but the package that speaks to Google doesn't know them.
  key: 'GOOGLE_GENERATIVE_AI_API_KEY',
  base: 'GOOGLE_GEMINI_BASE_URL',
  upstream: 'https://generativelanguage.googleapis.com/v1beta',
  header: 'x-goog-api-key',
  api: googleApi,
};
const openrouter = {
  name: 'openrouter',
  key: 'OPENROUTER_API_KEY',
  base: 'OPENROUTER_BASE_URL',
  upstream: 'https://openrouter.ai/api/v1',
  header: 'authorization',
  api: openaiApi,
};
// Which header it wants differs from model to model.
const zen = {
  name: 'opencode',
  key: 'OPENCODE_API_KEY',
  base: 'OPENCODE_BASE_URL',
  upstream: 'https://opencode.ai/zen/v1',
  header: '',
  api: openaiApi,
};
const providers: readonly Provider[] = [anthropic, openai, google, openrouter, zen];

/** The provider that a model's name begins with; null when we don't know it. */
export function providerOf(model: string | null): Provider | null {
  return providers.find((one) => one.name === model?.split('/')[0]) ?? null;
}

function hostsFor(model: string | null, env: LaunchWish['env']): string[] {
  const named = providerOf(model);
  const meant = model === null ? providers.filter((one) => one.key in env) : named === null ? [] : [named];
  return meant.map((one) => new URL(one.upstream).hostname);
}

// Not all of its providers look at such a variable themselves.
function configFor(model: string | null, env: LaunchWish['env']): Record<string, string> {
  const provider = providerOf(model);
  const baseURL = env[provider?.base ?? ''];
  if (provider === null || baseURL === undefined) return {};
  return { OPENCODE_CONFIG_CONTENT: JSON.stringify({ provider: { [provider.name]: { options: { baseURL } } } }) };
}

const opencodeHints = {
  'not-signed-in': `name the provider's key (${providers.map((one) => one.key).join(', ')}) in the env: of the card, or what \`opencode auth login\` left: sign-in: ~/.local/share/opencode/auth.json`,
  'model-unknown': 'correct model: on the card: provider/model',
};

// It tries again without end, at most half a minute between two; so many refusals in a row are believed.
const opencodePatience = 6;

function opencodeUsage(tokens: Json): Usage {
  return {
    fresh: countAt(tokens, 'input'),
    reread: countAt(tokens, 'cache', 'read'),
    written: countAt(tokens, 'cache', 'write'),
    output: countAt(tokens, 'output'),
    reasoning: countAt(tokens, 'reasoning'),
  };
}

function readUse(part: Json): AgentEvent[] {
  const tool = textAt(part, 'tool');
  return [
    { kind: 'used', tool, detail: detailOf(mapAt(part, 'state', 'input')) },
    ...erred(tool, textAt(part, 'state', 'error')),
  ];
}

function readOpencode(model: string | null): Reader {
  let answers = 0;
  let refusals = 0;
  let failure: AgentFailure | null = null;
  const fail = (words: string, code: AgentFailure['code'] = codeOf(words)): AgentEvent[] => {
    refusals += 1;
    failure = failureOf(code, words, opencodeHints);
    return refusals < opencodePatience && !isUsedUp(words)
      ? [{ kind: 'waited', reason: failure.detail }]
      : [{ kind: 'failed', failure }];
  };
  const readStep = (part: Json): AgentEvent[] => {
    const usage = opencodeUsage(mapAt(part, 'tokens'));
    answers += 1;
    // An answer clears the earlier failure when a tool call follows it. Any other end clears it too, unless the failure
    // is a full context.
    if (textAt(part, 'reason') === 'tool-calls' || failure?.code !== 'context-full') {
      refusals = 0;
      failure = null;
    }
    // opencode gives 0 for a price that it doesn't know.
    const usd = numberAt(part, 'cost') || null;
    const answered: AgentEvent = { kind: 'answered', model, usage, context: contextOf(usage), usd };
    return textAt(part, 'reason') === 'stop' && failure === null ? [answered, { kind: 'ended' }] : [answered];
  };
  return {
    line: (text) => {
      const line = readJson(text);
      const part = mapAt(line, 'part');
      switch (textAt(line, 'type')) {
        case 'text':
          return part['synthetic'] === true ? [] : [{ kind: 'said', text: textAt(part, 'text') }];
        case 'tool_use':
          return readUse(part);
        case 'step_finish':
          return readStep(part);
        case 'error':
          return failure?.code === 'model-unknown' || failure?.code === 'not-signed-in'
            ? []
            : fail(opencodeWords(mapAt(line, 'error')));
        default:
          return [];
      }
    },
    aside: (text) => {
      const trouble = troubleIn(text);
      const [, server] = /message="server unavailable" key=([a-z0-9-]+) /.exec(text) ?? [];
      if (server !== undefined) return [{ kind: 'lost', server, when: 'start' }];
      return trouble === null ? [] : fail(trouble.words, trouble.code);
    },
    rest: () => [],
    end: (status, complaint) =>
      failure ?? (status === 0 && answers > 0 ? null : failureIn(errorsOf(complaint), opencodeHints)),
  };
}

// A warning is no reason for an end.
function errorsOf(complaint: string): string {
  return complaint
    .split('\n')
    .filter((line) => !line.includes(' level=WARN '))
    .join('\n');
}

/** The trouble that a line of opencode's log reports, with its code; null where it reports none. Never throws. */
export function troubleIn(line: string): { readonly words: string; readonly code: AgentFailure['code'] } | null {
  const words = /\berror(?:\.error)?="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? '';
  if (/message="stream error"/.test(line)) return { words, code: waitingCode(words) };
  return /ProviderModelNotFoundError/.test(words) ? { words, code: unknownCode(words) } : null;
}

function opencodeWords(error: Json): string {
  const status = numberAt(error, 'data', 'statusCode');
  return `${textAt(error, 'name')}${status === null ? '' : ` ${status}`}: ${textAt(error, 'data', 'message')}`;
}

function waitingCode(words: string): AgentFailure['code'] {
  const code = codeOf(words);
  return code === 'agent-failed' ? 'no-answer' : code;
}

// When opencode has no key for a provider, it knows no model of that provider. Then it proposes the very name that it
// was given.
function unknownCode(words: string): AgentFailure['code'] {
  const [, asked = '', proposed = ''] = /not found: [^/]*\/(.+?)\. Did you mean: (.*?)\??$/.exec(words) ?? [];
  return asked !== '' && proposed.split(', ').includes(asked) ? 'not-signed-in' : 'model-unknown';
}
