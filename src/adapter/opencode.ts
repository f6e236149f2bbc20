// Why: opencode (`opencode`): how it is started without a terminal, and what its stream and its log say.
// Promises: pure; each answer of the model counts once; what it tries again without end is ended.
// Never: lets the repository's configuration decide how it runs; installs anything.
import type { Adapter, AgentEvent, AgentFailure, LaunchWish, Reader } from '../agent/agent.ts';
import {
  codeOf,
  contextOf,
  countAt,
  detailOf,
  failureIn,
  failureOf,
  type Json,
  mapAt,
  numberAt,
  prompt,
  readJson,
  textAt,
} from './reading.ts';

/** opencode. */
export const opencode: Adapter = {
  name: 'opencode',
  program: 'opencode',
  launch: ({ model, env }) => ({
    argv: [
      'opencode',
      'run',
      '--format',
      'json',
      '--auto',
      // A title of its own would be asked of a model.
      '--title',
      'fourline',
      // What it tries again is in its log alone.
      '--print-logs',
      '--log-level',
      'ERROR',
      ...(model === null ? [] : ['--model', model]),
    ],
    files: {},
    home,
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
    },
    prompt,
    label: model === null ? 'opencode' : `opencode ${model}`,
    hosts: hostsFor(model, env),
    sessions: null,
    openReader: () => readOpencode(model),
  }),
};

// With these its folder looks as if the plugin package were installed there; else it asks npm for it at each start.
const home = {
  '.config/opencode/opencode.json': '{ "autoupdate": false, "share": "disabled", "snapshot": false }\n',
  '.config/opencode/node_modules/.keep': '',
  '.config/opencode/package-lock.json': `${JSON.stringify({ packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } })}\n`,
};

// Where the models of its providers are, and the variable that signs it in there (models.dev, as opencode brings it along).
const providers: readonly (readonly [name: string, key: string, host: string])[] = [
  ['anthropic', 'ANTHROPIC_API_KEY', 'api.anthropic.com'],
  ['openai', 'OPENAI_API_KEY', 'api.openai.com'],
  ['google', 'GEMINI_API_KEY', 'generativelanguage.googleapis.com'],
  ['openrouter', 'OPENROUTER_API_KEY', 'openrouter.ai'],
  ['opencode', 'OPENCODE_API_KEY', 'opencode.ai'],
];

function hostsFor(model: string | null, env: LaunchWish['env']): string[] {
  const named = model?.split('/')[0];
  return providers
    .filter(([name, key]) => (named === undefined ? key in env : name === named))
    .map(([, , host]) => host);
}

const own = {
  'not-signed-in': `name the provider's key (${providers.map(([, key]) => key).join(', ')}) in the env: of the card, or what \`opencode auth login\` left: sign-in: ~/.local/share/opencode/auth.json`,
  'model-unknown': 'correct model: on the card: provider/model',
};

// It tries again without end, at most half a minute between two; so many refusals in a row are believed.
const patience = 6;

function readOpencode(model: string | null): Reader {
  let answers = 0;
  let refusals = 0;
  let failure: AgentFailure | null = null;
  const fail = (words: string, code: AgentFailure['code'] = codeOf(words)): AgentEvent[] => {
    refusals += 1;
    failure = failureOf(code, words, own);
    return refusals < patience ? [{ kind: 'waited', reason: failure.detail }] : [{ kind: 'failed', failure }];
  };
  const readStep = (part: Json): AgentEvent[] => {
    const tokens = mapAt(part, 'tokens');
    const usage = {
      fresh: countAt(tokens, 'input'),
      reread: countAt(tokens, 'cache', 'read'),
      written: countAt(tokens, 'cache', 'write'),
      output: countAt(tokens, 'output'),
      reasoning: countAt(tokens, 'reasoning'),
    };
    answers += 1;
    // An answer that a tool follows, or the last one: what went wrong before has come right. What ends otherwise has not.
    if (textAt(part, 'reason') === 'tool-calls' || failure?.code !== 'context-full') {
      refusals = 0;
      failure = null;
    }
    // A price that is not known is 0 there.
    return [{ kind: 'answered', model, usage, context: contextOf(usage), usd: numberAt(part, 'cost') || null }];
  };
  return {
    line: (text) => {
      const line = readJson(text);
      const part = mapAt(line, 'part');
      switch (textAt(line, 'type')) {
        case 'text':
          return part['synthetic'] === true ? [] : [{ kind: 'said', text: textAt(part, 'text') }];
        case 'tool_use':
          return [{ kind: 'used', tool: textAt(part, 'tool'), detail: detailOf(mapAt(part, 'state', 'input')) }];
        case 'step_finish':
          return readStep(part);
        case 'error':
          return failure?.code === 'model-unknown' || failure?.code === 'not-signed-in'
            ? []
            : fail(wordsOf(mapAt(line, 'error')));
        default:
          return [];
      }
    },
    aside: (text) => {
      const words = /\berror(?:\.error)?="((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
      if (/message="stream error"/.test(text)) return fail(words, waitingCode(words));
      if (/ProviderModelNotFoundError/.test(words)) return fail(words, unknownCode(words));
      return [];
    },
    rest: () => [],
    end: (status, complaint) => failure ?? (status === 0 && answers > 0 ? null : failureIn(complaint, own)),
  };
}

function wordsOf(error: Json): string {
  const status = numberAt(error, 'data', 'statusCode');
  return `${textAt(error, 'name')}${status === null ? '' : ` ${status}`}: ${textAt(error, 'data', 'message')}`;
}

function waitingCode(words: string): AgentFailure['code'] {
  const code = codeOf(words);
  return code === 'agent-failed' ? 'no-answer' : code;
}

// Of a provider that it has no key for it knows no model; then it proposes the very name it was given.
function unknownCode(words: string): AgentFailure['code'] {
  const [, asked = '', proposed = ''] = /not found: [^/]*\/(.+?)\. Did you mean: (.*?)\??$/.exec(words) ?? [];
  return asked !== '' && proposed.split(', ').includes(asked) ? 'not-signed-in' : 'model-unknown';
}
