// Why: Google's Gemini CLI (`gemini`): how it is started without a terminal, and what its stream and its session files
// say.
// Promises: pure. The cost of each answer comes from the session files while the CLI runs, once each. At the end the
// CLI's own sum replaces our count; it includes small models that worked beside.
// Never: asks inside the sandbox.
import type { Adapter, AgentEvent, LaunchWish, Reader, Usage } from '../agent/agent.ts';
import {
  codeOf,
  contextOf,
  countAt,
  detailOf,
  erred,
  failureIn,
  failureOf,
  goneServer,
  hooksFor,
  type Json,
  keptTools,
  mapAt,
  prompt,
  readJson,
  serversFor,
  type ToolNames,
  textAt,
} from './reading.ts';

/** The Gemini CLI. */
export const gemini: Adapter = {
  name: 'gemini',
  program: 'gemini',
  launch: ({ model, ...wish }) => ({
    argv: [
      'gemini',
      '--output-format',
      'stream-json',
      '--skip-trust',
      '--yolo',
      // Its tools for files know the folder it starts in and no other: brief, trays and mail are outside.
      '--include-directories',
      '{room}',
      ...(model === null ? [] : ['--model', model]),
    ],
    files: {},
    home: { '.gemini/settings.json': settingsFor(wish) },
    hook: (command) => ({
      home: {
        '.gemini/settings.json': settingsFor(wish, hooksFor('BeforeTool', 'write_file|replace', command)),
      },
      args: [],
    }),
    env: {},
    prompt,
    label: model === null ? 'gemini' : `gemini ${model}`,
    // Its model by key, by Google account, and what refreshes that (docs of the Gemini CLI, authentication); Vertex is
    // at regions' own hosts.
    hosts: ['generativelanguage.googleapis.com', 'cloudcode-pa.googleapis.com', 'oauth2.googleapis.com'],
    sessions: '.gemini/tmp',
    instructions: { path: '.gemini/GEMINI.md', reads: [] },
    skills: '.gemini/skills',
    openReader: readGemini,
  }),
};

const geminiToolNames: ToolNames = {
  read: ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search'],
  edit: ['replace', 'write_file'],
  shell: ['run_shell_command', 'list_background_processes', 'read_background_output'],
  web: ['web_fetch', 'google_web_search'],
  agents: ['invoke_agent'],
  skill: ['activate_skill'],
};

// Without the type it guesses from the environment, and an address of one's own makes it guess wrong.
function settingsFor(
  { tools = null, skilled = false, servers = [], env, signIn }: Omit<LaunchWish, 'model'>,
  hooks: Json = {},
): string {
  const google = signIn.includes('.gemini/oauth_creds.json');
  const selectedType =
    env['GOOGLE_GENAI_USE_VERTEXAI'] === 'true' ? 'vertex-ai' : google ? 'oauth-personal' : 'gemini-api-key';
  const names = servers.map((one) => one.name);
  const core = [...keptTools(geminiToolNames, tools ?? [], skilled), ...names.map((one) => `mcp_${one}_*`)];
  return `${JSON.stringify({
    security: { auth: { selectedType } },
    general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
    privacy: { usageStatisticsEnabled: false },
    ...(tools === null ? {} : { tools: { core } }),
    ...(names.length === 0 ? {} : { mcp: { allowed: names }, mcpServers: serversFor(servers, (name) => `$${name}`) }),
    ...hooks,
  })}\n`;
}

const geminiHints = {
  'not-signed-in':
    'name GEMINI_API_KEY in the env: of the card, or what signing in with Google left: sign-in: ~/.gemini/oauth_creds.json',
};

// The CLI tries ten times, for some minutes. After this many refusals by a rate limit we believe the refusal.
const geminiPatience = 5;

function geminiUsage(counts: { input: number; cached: number; output: number; thoughts: number }): Usage {
  return {
    fresh: Math.max(0, counts.input - counts.cached),
    reread: counts.cached,
    written: 0,
    output: counts.output,
    reasoning: counts.thoughts,
  };
}

// The answer of the model that a line of a session file tells of; null when it tells of none.
function geminiAnswer(line: Json): AgentEvent | null {
  const tokens = mapAt(line, 'tokens');
  if (textAt(line, 'type') !== 'gemini' || countAt(tokens, 'total') === 0) return null;
  const usage = geminiUsage({
    input: countAt(tokens, 'input'),
    cached: countAt(tokens, 'cached'),
    output: countAt(tokens, 'output'),
    thoughts: countAt(tokens, 'thoughts'),
  });
  return { kind: 'answered', model: textAt(line, 'model') || null, usage, context: contextOf(usage), usd: null };
}

/** Puts texts together from the pieces that messages bring. `finish` tells the text so far and begins another. */
function joinMessages(): { readonly add: (message: Json) => AgentEvent[]; readonly finish: () => AgentEvent[] } {
  let saying = '';
  const finish = (): AgentEvent[] => {
    const text = saying;
    saying = '';
    return text.trim() === '' ? [] : [{ kind: 'said', text }];
  };
  return {
    add: (message) => {
      if (textAt(message, 'role') !== 'assistant') return [];
      const before = message['delta'] === true ? [] : finish();
      saying += textAt(message, 'content');
      return before;
    },
    finish,
  };
}

function readGemini(): Reader {
  const texts = joinMessages();
  const seen = new Set<string>();
  let result: Json | null = null;
  /** Tools by the id of their use. */
  const tools = new Map<string, string>();
  const readStep = (line: Json): AgentEvent[] => {
    const tool = textAt(line, 'tool_name');
    const id = textAt(line, 'tool_id');
    switch (textAt(line, 'type')) {
      case 'init':
        return [{ kind: 'began' }];
      case 'result':
        result = line;
        return textAt(line, 'status') === 'success' ? [{ kind: 'ended' }] : [];
      case 'tool_use':
        tools.set(id, tool);
        return [{ kind: 'used', tool, detail: detailOf(mapAt(line, 'parameters')) }];
      case 'tool_result':
        if (textAt(line, 'status') !== 'error') return [];
        return readError(tools.get(id) ?? '', textAt(line, 'error', 'message') || textAt(line, 'output'));
      default:
        return [];
    }
  };
  const readSession = (line: Json): AgentEvent[] => {
    const answer = geminiAnswer(line);
    const id = textAt(line, 'id');
    // The same answer is written again with each result of its tools.
    if (answer === null || seen.has(id)) return [];
    seen.add(id);
    return [answer];
  };
  return {
    line: (text) => {
      const line = readJson(text);
      if (line === null) return [];
      // Any line but a message ends the text.
      return textAt(line, 'type') === 'message' ? texts.add(line) : [...texts.finish(), ...readStep(line)];
    },
    aside: (text) => {
      const line = readJson(text);
      return line === null ? readComplaint(text) : readSession(line);
    },
    rest: () => [...texts.finish(), ...(result === null ? [] : [geminiSum(mapAt(result, 'stats'))])],
    end: (status, complaint) => {
      if (result === null) return failureIn(complaint, geminiHints);
      if (status === 0 && textAt(result, 'status') === 'success') return null;
      const words = textAt(result, 'error', 'message') || complaint;
      return failureOf(codeOf(words), words, geminiHints);
    },
  };
}

function geminiSum(stats: Json): AgentEvent {
  const [input, output] = [countAt(stats, 'input_tokens'), countAt(stats, 'output_tokens')];
  // Thoughts are in no number but the whole.
  const thoughts = Math.max(0, countAt(stats, 'total_tokens') - input - output);
  const usage = geminiUsage({ input, cached: countAt(stats, 'cached'), output, thoughts });
  return { kind: 'summed', usage, turns: null, usd: null };
}

function readError(tool: string, words: string): AgentEvent[] {
  return [...erred(tool, words), ...goneServer(/^mcp_([a-z0-9-]+)_/.exec(tool)?.[1] ?? '', words)];
}

function readComplaint(text: string): AgentEvent[] {
  // It names no server here, and prints this line before its first one.
  if (text.startsWith('MCP issues detected')) return [{ kind: 'lost', server: null, when: 'start' }];
  const [, attempt = '', status = ''] = /^Attempt (\d+) failed(?: with status (\d+))?/.exec(text) ?? [];
  if (attempt === '') return [];
  if (status === '429' && Number(attempt) >= geminiPatience)
    return [{ kind: 'failed', failure: failureOf('rate-limited', text, geminiHints) }];
  return [{ kind: 'waited', reason: text.slice(0, 300) }];
}
