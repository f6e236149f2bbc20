// Why: OpenAI's Codex (`codex`): how it is started without a terminal, and what its stream and its session files say.
// Promises: pure. The stream tells only the sum, so the cost of each answer comes from the session files while the CLI
// runs, once each. When two sums differ, the greater one counts.
// Never: asks or guards inside the sandbox; they stand around it.
import type { Adapter, AgentEvent, LaunchWish, Reader, Usage } from '../agent/agent.ts';
import { printToml } from '../platform/text/toml.ts';
import type { McpServer, ToolKind } from '../role/equipment.ts';
import {
  codeOf,
  contextOf,
  countAt,
  erred,
  failureIn,
  failureOf,
  goneServer,
  hooksFor,
  type Json,
  mapAt,
  prompt,
  readJson,
  textAt,
  totalOf,
} from './reading.ts';

const trustHooks = '--dangerously-bypass-hook-trust';

/** Codex. */
export const codex: Adapter = {
  name: 'codex',
  program: 'codex',
  launch: ({ model, effort = null, tools = null, servers = [], env }) => {
    const { OPENAI_API_KEY: key } = env;
    return {
      argv: [
        'codex',
        'exec',
        '--json',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        ...(model === null ? [] : ['--model', model]),
        ...(effort === null ? [] : ['--config', `model_reasoning_effort="${effort}"`]),
        '-',
      ],
      files: {},
      home: { '.codex/config.toml': configOf({ tools, servers, env }) },
      // Codex silently skips a hook that no person has trusted at a terminal, unless an argument tells it to trust the
      // hook.
      hook: (command) => ({
        home: { '.codex/hooks.json': `${JSON.stringify(hooksFor('PreToolUse', 'apply_patch', command))}\n` },
        args: [trustHooks],
      }),
      // Without a terminal it takes a key from this variable alone.
      env: key === undefined || 'CODEX_API_KEY' in env ? {} : { CODEX_API_KEY: key },
      prompt,
      label: model === null ? 'codex' : `codex ${model}`,
      // Its model by key, by ChatGPT account, and what refreshes that (docs of Codex, network access).
      hosts: ['api.openai.com', 'chatgpt.com', 'auth.openai.com'],
      sessions: '.codex/sessions',
      unblocked: true,
      instructions: { path: '.codex/AGENTS.md', reads: ['AGENTS.md'] },
      skills: '.agents/skills',
      unheld: unheldBy(tools),
      openReader: readCodex,
    };
  },
};

function configOf({ tools = null, servers = [], env }: Pick<LaunchWish, 'tools' | 'servers' | 'env'>): string {
  const { OPENAI_BASE_URL: address } = env;
  return printToml({
    check_for_update_on_startup: false,
    // It does not look at the variable itself.
    ...(address === undefined ? {} : { openai_base_url: address }),
    ...(tools?.includes('web') === false ? { web_search: 'disabled' } : {}),
    ...(tools?.includes('agents') === false ? { agents: { enabled: false } } : {}),
    analytics: { enabled: false },
    // It would fetch a list of them from GitHub at each start.
    features: { plugins: false },
    ...(servers.length === 0 ? {} : { mcp_servers: Object.fromEntries(servers.map(printServer)) }),
  });
}

function printServer({ name, command: [command, ...args], env }: McpServer): [string, Json] {
  return [name, { command, args, env_vars: env }];
}

// It reads with its shell, and has its tool for edits with every model that has one.
function unheldBy(tools: readonly ToolKind[] | null): string[] {
  if (tools === null) return [];
  return [
    ...(tools.includes('shell') ? [] : ['tools: codex reads with its shell, and keeps it']),
    ...(tools.includes('edit') ? [] : ['tools: codex keeps its tool for edits']),
  ];
}

const codexHints = {
  'not-signed-in':
    'name OPENAI_API_KEY in the env: of the card, or what `codex login` left: sign-in: ~/.codex/auth.json',
};

// After how many reports of a missing network we believe it: Codex tries for ever.
const codexPatience = 6;

function codexUsage(counts: Json): Usage {
  const reread = countAt(counts, 'cached_input_tokens');
  const written = countAt(counts, 'cache_write_input_tokens');
  const reasoning = countAt(counts, 'reasoning_output_tokens');
  return {
    fresh: Math.max(0, countAt(counts, 'input_tokens') - reread - written),
    reread,
    written,
    output: Math.max(0, countAt(counts, 'output_tokens') - reasoning),
    reasoning,
  };
}

/** Counts each answer of the model once, by the lines of the session files. `total` is all their tokens so far. */
function countSessions(): { readonly read: (line: Json) => AgentEvent[]; readonly total: () => number } {
  const seen = new Set<string>();
  let counted = 0;
  let model: string | null = null;
  return {
    read: (line) => {
      const payload = mapAt(line, 'payload');
      if (textAt(line, 'type') === 'response_item') return readOutput(payload);
      if (textAt(line, 'type') === 'turn_context') model = textAt(payload, 'model') || model;
      if (textAt(line, 'type') !== 'event_msg' || textAt(payload, 'type') !== 'token_count') return [];
      // The same count is written again when something else about it is new.
      const total = JSON.stringify(mapAt(payload, 'info', 'total_token_usage'));
      const usage = codexUsage(mapAt(payload, 'info', 'last_token_usage'));
      if (seen.has(total) || totalOf(usage) === 0) return [];
      seen.add(total);
      counted += totalOf(usage);
      return [{ kind: 'answered', model, usage, context: contextOf(usage), usd: null }];
    },
    total: () => counted,
  };
}

function readCodex(): Reader {
  const sessions = countSessions();
  let sum: Usage | null = null;
  let failed = '';
  let waits = 0;
  /** Ids of the tools that are told already: they were in use when they began. */
  const begun = new Set<string>();
  const readBegun = (item: Json): AgentEvent[] => {
    const used = readItem(item).filter((event) => event.kind === 'used');
    if (used.length > 0) begun.add(textAt(item, 'id'));
    return used;
  };
  const readDone = (item: Json): AgentEvent[] =>
    readItem(item).filter((event) => event.kind !== 'used' || !begun.has(textAt(item, 'id')));
  const readError = (words: string): AgentEvent[] => {
    waits += /waiting for network/i.test(words) ? 1 : 0;
    if (waits >= codexPatience) return [{ kind: 'failed', failure: failureOf('no-answer', words, codexHints) }];
    failed = words;
    return [{ kind: 'waited', reason: words }];
  };
  return {
    line: (text) => {
      const line = readJson(text);
      switch (textAt(line, 'type')) {
        case 'thread.started':
          return [{ kind: 'began' }];
        case 'item.started':
          return readBegun(mapAt(line, 'item'));
        case 'item.completed':
          return readDone(mapAt(line, 'item'));
        case 'error':
          return readError(textAt(line, 'message'));
        case 'turn.failed':
          failed = textAt(line, 'error', 'message') || failed || 'its turn failed';
          sum = null;
          return [];
        case 'turn.completed':
          failed = '';
          sum = codexUsage(mapAt(line, 'usage'));
          return [{ kind: 'ended' }];
        default:
          return [];
      }
    },
    aside: (text) => {
      const line = readJson(text);
      return line === null ? [] : sessions.read(line);
    },
    rest: () =>
      sum === null || totalOf(sum) < sessions.total() ? [] : [{ kind: 'summed', usage: sum, turns: null, usd: null }],
    end: (status, complaint) => {
      if (failed !== '') return failureOf(codeOf(failed), failed, codexHints);
      if (sum !== null && status === 0) return null;
      // Codex always complains that it has to work without a websocket.
      const rest = complaint.split('\n').filter((one) => !/websocket/i.test(one));
      return failureIn(rest.join('\n'), codexHints);
    },
  };
}

// A hook's refusal goes to the model alone, as the output of its tool: it stands in the session file and not in the
// stream.
function readOutput(payload: Json): AgentEvent[] {
  if (!textAt(payload, 'type').endsWith('call_output')) return [];
  const output = textAt(payload, 'output') || textAt(payload, 'output', 'content');
  const at = output.indexOf('not yours: ');
  return at < 0 ? [] : erred('edit', output.slice(at));
}

function readCall(item: Json): AgentEvent[] {
  const [tool, server] = [textAt(item, 'tool'), textAt(item, 'server')];
  const words = textAt(item, 'error', 'message');
  return [{ kind: 'used', tool, detail: server }, ...erred(tool, words), ...goneServer(server, words)];
}

function readItem(item: Json): AgentEvent[] {
  switch (textAt(item, 'type')) {
    case 'agent_message':
      return [{ kind: 'said', text: textAt(item, 'text') }];
    case 'command_execution':
      return [
        { kind: 'used', tool: 'shell', detail: textAt(item, 'command').slice(0, 300) },
        ...(countAt(item, 'exit_code') === 0 && textAt(item, 'status') !== 'failed'
          ? []
          : erred(
              'shell',
              `exit status ${countAt(item, 'exit_code')} ${textAt(item, 'aggregated_output').slice(-400)}`,
            )),
      ];
    case 'file_change': {
      const changes = Array.isArray(item['changes']) ? item['changes'].map((one: unknown) => textAt(one, 'path')) : [];
      const failed = textAt(item, 'status') === 'failed';
      return [
        { kind: 'used', tool: 'edit', detail: changes.join(' ').slice(0, 300) },
        ...(failed ? erred('edit', 'the patch was not applied') : []),
      ];
    }
    case 'mcp_tool_call':
      return readCall(item);
    case 'web_search':
      return [{ kind: 'used', tool: 'web_search', detail: textAt(item, 'query').slice(0, 300) }];
    case 'error': {
      const message = textAt(item, 'message');
      // Codex warns of the argument by which it trusts our hook: nothing waits.
      return message.includes(trustHooks) ? [] : [{ kind: 'waited', reason: message.slice(0, 300) }];
    }
    default:
      return [];
  }
}
