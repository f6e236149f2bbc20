// Why: Claude Code (`claude`): how it is started without a terminal, and what its stream of JSON says.
// Promises: pure; each answer of the model counts once, when it is whole. At the end the CLI's own sum over all models
// replaces our count.
// Never: lets the repository's settings or MCP servers decide how it runs.
import type { Adapter, AgentEvent, AgentFailure, Reader, Usage } from '../agent/agent.ts';
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
  listAt,
  mapAt,
  numberAt,
  prompt,
  readJson,
  serversFor,
  type ToolNames,
  textAt,
} from './reading.ts';

/** Claude Code. */
export const claude: Adapter = {
  name: 'claude',
  program: 'claude',
  launch: ({ model, effort = null, tools = null, skilled = false, servers = [] }) => ({
    argv: [
      'claude',
      '-p',
      '--output-format',
      'stream-json',
      '--verbose',
      // Whole messages come with the count of their first token only; and nothing is heard while one is written.
      '--include-partial-messages',
      '--permission-mode',
      'bypassPermissions',
      '--strict-mcp-config',
      ...(servers.length === 0 ? [] : ['--mcp-config', `{home}/${serversFile}`]),
      '--setting-sources',
      'user',
      ...(model === null ? [] : ['--model', model]),
      ...(effort === null ? [] : ['--effort', effort]),
      ...(tools === null ? [] : ['--tools', keptTools(claudeToolNames, tools, skilled).join(',')]),
    ],
    files: {},
    home:
      servers.length === 0
        ? {}
        : { [serversFile]: `${JSON.stringify({ mcpServers: serversFor(servers, (name) => `\${${name}}`) })}\n` },
    hook: (command) => ({
      home: {
        '.claude/settings.json': `${JSON.stringify(hooksFor('PreToolUse', 'Edit|Write|MultiEdit|NotebookEdit', command))}\n`,
      },
      args: [],
    }),
    // No updates, no telemetry: hosts nobody listed.
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    prompt,
    label: model === null ? 'claude' : `claude ${model}`,
    // Its model; the other two sign it in and refresh that (docs of Claude Code, network configuration).
    hosts: ['api.anthropic.com', 'claude.ai', 'platform.claude.com'],
    sessions: null,
    // With --setting-sources user it passes over all that a repository brings, its CLAUDE.md too.
    instructions: { path: '.claude/CLAUDE.md', reads: [] },
    skills: '.claude/skills',
    openReader: readClaude,
  }),
};

const serversFile = '.claude/servers.json';

// Its subagents have no other tools than it has.
const claudeToolNames: ToolNames = {
  read: ['Read', 'Glob', 'Grep'],
  edit: ['Edit', 'Write', 'NotebookEdit'],
  shell: ['Bash', 'TaskStop'],
  web: ['WebFetch', 'WebSearch'],
  agents: ['Agent'],
  skill: ['Skill'],
};

const own = {
  'not-signed-in':
    'name ANTHROPIC_API_KEY in the env: of the card, or CLAUDE_CODE_OAUTH_TOKEN with what `claude setup-token` gave, or sign-in: ~/.claude/.credentials.json',
  'model-unknown': 'correct model: on the card: sonnet, opus, haiku or a full name',
};

// As root it does not run free, except behind a sandbox, where nobody is root.
const asRoot = {
  ...own,
  'agent-failed': 'start fourline as another user, or where it has a sandbox (fourline doctor)',
};

// The names that Claude Code has for its failures.
const claudeCodes: Readonly<Record<string, AgentFailure['code']>> = {
  authentication_failed: 'not-signed-in',
  oauth_org_not_allowed: 'not-signed-in',
  billing_error: 'rate-limited',
  rate_limit: 'rate-limited',
  model_not_found: 'model-unknown',
  server_error: 'no-answer',
  overloaded: 'no-answer',
};

function usageOf(counts: Json): Usage {
  const reasoning = countAt(counts, 'output_tokens_details', 'thinking_tokens');
  return {
    fresh: countAt(counts, 'input_tokens'),
    reread: countAt(counts, 'cache_read_input_tokens'),
    written: countAt(counts, 'cache_creation_input_tokens'),
    output: Math.max(0, countAt(counts, 'output_tokens') - reasoning),
    reasoning,
  };
}

function answered(model: string, counts: Json): AgentEvent {
  const usage = usageOf(counts);
  return { kind: 'answered', model: model === '' ? null : model, usage, context: contextOf(usage), usd: null };
}

/** Counts each answer of the model once: an answer that streams when it is whole, else with its first message. */
function countAnswers(): {
  readonly streamed: (event: Json) => AgentEvent[];
  readonly whole: (message: Json) => AgentEvent[];
} {
  /** The answer that is being written: its model, and what is counted so far. */
  let writing: { readonly model: string; readonly counts: Json } | null = null;
  const counted = new Set<string>();
  return {
    streamed: (event) => {
      if (textAt(event, 'type') === 'message_start') {
        counted.add(textAt(event, 'message', 'id'));
        writing = { model: textAt(event, 'message', 'model'), counts: mapAt(event, 'message', 'usage') };
      }
      if (textAt(event, 'type') !== 'message_delta' || writing === null) return [];
      const whole = answered(writing.model, { ...writing.counts, ...mapAt(event, 'usage') });
      writing = null;
      return [whole];
    },
    // Answers of its subagents do not stream. Each comes as several messages with one id, a message for each block.
    whole: (message) => {
      const id = textAt(message, 'id');
      if (counted.has(id)) return [];
      counted.add(id);
      return [answered(textAt(message, 'model'), mapAt(message, 'usage'))];
    },
  };
}

// `own` is false for a message of a subagent: its texts are not for people.
function readBlock(block: Json, own: boolean): AgentEvent[] {
  const text = textAt(block, 'text');
  switch (textAt(block, 'type')) {
    case 'text':
      return own && text.trim() !== '' ? [{ kind: 'said', text }] : [];
    case 'tool_use':
      return [{ kind: 'used', tool: textAt(block, 'name'), detail: detailOf(mapAt(block, 'input')) }];
    default:
      return [];
  }
}

// Results of tools come back as the user's message. Claude Code itself tells a hook's refusal as an error of the tool.
function readToolErrors(line: Json, tools: ReadonlyMap<string, string>): AgentEvent[] {
  return listAt(line, 'message', 'content').flatMap((block) => {
    if (block['is_error'] !== true) return [];
    const parts = listAt(block, 'content').map((one) => textAt(one, 'text'));
    const tool = tools.get(textAt(block, 'tool_use_id')) ?? '';
    const said = textAt(block, 'content') || parts.join('\n');
    return [...erred(tool, said), ...goneServer(/^mcp__([a-z0-9-]+)__/.exec(tool)?.[1] ?? '', said)];
  });
}

function readClaude(): Reader {
  const answers = countAnswers();
  /** Tools by the id of their use. */
  const tools = new Map<string, string>();
  let error = '';
  let limit = '';
  let result: Json | null = null;
  const readMessage = (line: Json): AgentEvent[] => {
    const message = mapAt(line, 'message');
    error = textAt(line, 'error') || error;
    if (line['is_api_error_message'] === true || textAt(message, 'model') === '<synthetic>') return [];
    const own = textAt(line, 'parent_tool_use_id') === '';
    const blocks = listAt(message, 'content');
    for (const block of blocks)
      if (textAt(block, 'type') === 'tool_use') tools.set(textAt(block, 'id'), textAt(block, 'name'));
    return [...blocks.flatMap((block) => readBlock(block, own)), ...answers.whole(message)];
  };
  return {
    line: (text) => {
      const line = readJson(text);
      switch (textAt(line, 'type')) {
        case 'stream_event':
          return answers.streamed(mapAt(line, 'event'));
        case 'assistant':
          return readMessage(mapAt(line));
        case 'user':
          return readToolErrors(mapAt(line), tools);
        case 'result':
          result = mapAt(line);
          return readResult(result);
        case 'rate_limit_event':
          limit = mapAt(line, 'rate_limit_info')['status'] === 'rejected' ? text : '';
          return [];
        case 'system':
          return readSystem(mapAt(line));
        default:
          return [];
      }
    },
    aside: () => [],
    rest: () => [],
    end: (status, complaint) => claudeFailure({ result, error, limit, complaint }, status),
  };
}

// Its first line comes when each server has answered or is given up (docs of Claude Code, Agent SDK, system messages).
function readSystem(line: Json): AgentEvent[] {
  if (textAt(line, 'subtype') === 'api_retry') return readRetry(line);
  if (textAt(line, 'subtype') !== 'init') return [];
  const missing = listAt(line, 'mcp_servers').filter((one) => textAt(one, 'status') !== 'connected');
  return [
    { kind: 'began' },
    ...missing.map((one): AgentEvent => ({ kind: 'lost', server: textAt(one, 'name'), when: 'start' })),
  ];
}

function readResult(result: Json): AgentEvent[] {
  const usd = numberAt(result, 'total_cost_usd');
  const summed: AgentEvent = { kind: 'summed', usage: sumOf(result), turns: null, usd };
  return isGood(result) ? [summed, { kind: 'ended' }] : [summed];
}

/** The parts of a run's output that say how the run ended. */
export type ClaudeEnd = {
  /** The line with its result; null when none came. */
  readonly result: Json | null;
  /** The name of the last error that a message had; empty when none had one. */
  readonly error: string;
  /** The line that said a usage limit was reached; empty when no limit was. */
  readonly limit: string;
  /** The text that the run printed on standard error. */
  readonly complaint: string;
};

/** The failure that a run ended with, by what it told and its exit status; null when it ended well. Never throws. */
export function claudeFailure(
  { result, error, limit, complaint }: ClaudeEnd,
  status: number | null,
): AgentFailure | null {
  if (result === null) return failureIn(complaint, /\broot\b/.test(complaint) ? asRoot : own);
  if (isGood(result) && status === 0) return null;
  const words = textAt(result, 'result') || textAt(result, 'subtype') || complaint;
  const code = textAt(result, 'terminal_reason') === 'prompt_too_long' ? 'context-full' : claudeCodes[error];
  const found = code ?? codeOf(words);
  // When it resets stands in a line of its own.
  const failure = failureOf(found, words, own);
  return found === 'rate-limited' && limit !== '' ? { ...failure, resets: limit } : failure;
}

// Some of its versions call it success that the limit of a plan is reached.
function isGood(result: Json): boolean {
  const good = result['is_error'] === false && textAt(result, 'subtype') === 'success';
  return good && countAt(result, 'num_turns') > 0 && !/usage limit reached\|\d{10}/.test(textAt(result, 'result'));
}

// Over all models it used, where it says so: small ones work beside the one that was asked for.
function sumOf(result: Json): Usage {
  const models = Object.values(mapAt(result, 'modelUsage'));
  if (models.length === 0) return usageOf(mapAt(result, 'usage'));
  const sum = (name: string): number => models.reduce<number>((all, one) => all + countAt(one, name), 0);
  const reasoning = sum('thinkingTokens');
  return {
    fresh: sum('inputTokens'),
    reread: sum('cacheReadInputTokens'),
    written: sum('cacheCreationInputTokens'),
    output: Math.max(0, sum('outputTokens') - reasoning),
    reasoning,
  };
}

// It tries a refused key again for minutes. The second refusal is believed.
function readRetry(line: Json): AgentEvent[] {
  const error = textAt(line, 'error');
  const status = numberAt(line, 'error_status');
  const reason = `${error || 'no answer'}${status === null ? '' : ` (${status})`}, try ${countAt(line, 'attempt')}`;
  if (claudeCodes[error] === 'not-signed-in' && countAt(line, 'attempt') > 1)
    return [{ kind: 'failed', failure: failureOf('not-signed-in', reason, own) }];
  return [{ kind: 'waited', reason }];
}
