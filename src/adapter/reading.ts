// Why: agent CLIs print JSON, one value a line, each in words of its own; what their readers have in common is here.
// Promises: pure and total: whatever a line holds, reading it answers with a value and never throws; a failure is named
// with what to do about it.
// Never: knows one CLI from another.
import type { AgentEvent, AgentFailure, Usage } from '../agent/agent.ts';
import type { McpServer, ToolKind } from '../role/equipment.ts';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

const nothing: Json = {};

/**
 * The prompt that every CLI gets: a fixed sentence. Text of an order could begin with something that a CLI reads as a
 * command or as a file name.
 */
export const prompt = 'Read the file {room}/brief.md and carry out the order in it.\n';

/** Reads a line as a JSON object; null when it isn't one. */
export function readJson(line: string): Json | null {
  if (!line.trimStart().startsWith('{')) return null;
  try {
    return mapAt(JSON.parse(line) as unknown);
  } catch {
    return null;
  }
}

function valueAt(value: unknown, names: readonly string[]): unknown {
  let at: unknown = value;
  for (const name of names) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = (at as Json)[name];
  }
  return at;
}

/** The object at a path of names; an empty one where there is none. */
export function mapAt(value: unknown, ...names: string[]): Json {
  const at = valueAt(value, names);
  return at !== null && typeof at === 'object' && !Array.isArray(at) ? (at as Json) : nothing;
}

/** The objects of the list at a path. */
export function listAt(value: unknown, ...names: string[]): readonly Json[] {
  const at = valueAt(value, names);
  return Array.isArray(at) ? at.map((one: unknown) => mapAt(one)) : [];
}

/** The text at a path; empty where there is none. */
export function textAt(value: unknown, ...names: string[]): string {
  const at = valueAt(value, names);
  return typeof at === 'string' ? at : '';
}

/** The number at a path; null where there is none. */
export function numberAt(value: unknown, ...names: string[]): number | null {
  const at = valueAt(value, names);
  return typeof at === 'number' && Number.isFinite(at) && at >= 0 ? at : null;
}

/** The whole number at a path; 0 where there is none. */
export function countAt(value: unknown, ...names: string[]): number {
  return Math.trunc(numberAt(value, ...names) ?? 0);
}

/** Tokens of an answer that went to its model: its live context. */
export function contextOf(usage: Usage): number {
  return usage.fresh + usage.reread + usage.written;
}

const telling = [
  'file_path',
  'filePath',
  'absolute_path',
  'path',
  'command',
  'cmd',
  'pattern',
  'query',
  'url',
  'description',
];

/** The detail of a tool's input that says most about its use, on one line; empty when it has none of the known ones. */
export function detailOf(input: Json): string {
  const name = telling.find((one) => textAt(input, one) !== '');
  return name === undefined ? '' : cut(textAt(input, name), 300);
}

function cut(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

/** A tool's use that came to nothing; no event where the tool said nothing. */
export function erred(tool: string, text: string): AgentEvent[] {
  const said = cut(text, 500);
  return said === '' ? [] : [{ kind: 'erred', tool, text: said }];
}

/**
 * The server that is gone, by a call of its tool that failed with those words; no event for another failure. Servers of
 * the Model Context Protocol are libraries of few makers: they say it alike.
 */
export function goneServer(server: string, text: string): AgentEvent[] {
  const gone =
    /^(?:Error: )?(?:MCP error -32000: )?Connection closed$|MCP error -32000: Connection closed|Transport closed/;
  return server !== '' && gone.test(text.trim()) ? [{ kind: 'lost', server, when: 'call' }] : [];
}

const titles: Readonly<Record<AgentFailure['code'], string>> = {
  'not-signed-in': 'it is not signed in',
  'rate-limited': 'its usage limit is reached',
  'context-full': 'its context is full',
  'model-unknown': 'its model is not known there',
  'no-answer': 'its model does not answer',
  'agent-failed': 'it failed',
};

const hints: Readonly<Record<AgentFailure['code'], string>> = {
  'not-signed-in': 'name its key in the env: of the card',
  'rate-limited': 'orders of this agent wait until it resets; or name another agent: or model: on the card',
  'context-full': 'give it a smaller order',
  'model-unknown': 'correct model: on the card',
  'no-answer': 'see that its hosts can be reached (network: on the card), then fourline retry',
  'agent-failed': 'fourline show --log says what it did',
};

// In words of their servers and their own. The first that fits counts: what says "401" may also say "connection".
const signs: readonly (readonly [AgentFailure['code'], RegExp])[] = [
  [
    'context-full',
    /context.?(?:length|window|overflow)|prompt.{1,12}too.?long|token count.{0,40}exceed|maximum context|too many (?:input )?tokens/i,
  ],
  ['rate-limited', /\b429\b|rate.?limit|quota|resource.?exhausted|too many requests/i],
  [
    'not-signed-in',
    /\b401\b|unauthori[sz]ed|unauthenticated|authenticat|(?:logged|signed) in|log ?in\b|api.?key|auth method|credential/i,
  ],
  [
    'model-unknown',
    /model.{0,80}(?:not (?:exist|found|supported|available)|unknown|invalid)|ModelNotFound|(?:not find|unknown) model|issue with the selected model/i,
  ],
  [
    'no-answer',
    /\b(?:status|error|http)\W{0,3}5\d\d\b|server.?error|ECONN|ENOTFOUND|EAI_AGAIN|time(?:d )?.?out|connect|network|overloaded|unavailable|stream (?:closed|ended)|fetch failed|dns|lookup/i,
  ],
];

// A limit of a plan or an account, not of a minute: what its servers and the CLIs say when it is used up (their issue
// trackers quote these).
const used =
  /usage.?limit|hit your (?:\w+ )?limit|\d.hour limit|weekly limit|out of (?:extra )?usage|usage exceeded|quota|exhausted your|insufficient.?(?:balance|quota|credits|funds)|credit balance|credits? (?:exhausted|depleted)|billing.?(?:error|hard.?limit)|payment required/i;

/** True of words that say a limit of a plan or an account is used up: trying again soon is no use. */
export function isUsedUp(words: string): boolean {
  return used.test(words);
}

/** The failure that a CLI's words are about. */
export function codeOf(words: string): AgentFailure['code'] {
  const code = findCode(words);
  // A 401 may say it as well.
  return code !== 'context-full' && isUsedUp(words) ? 'rate-limited' : code;
}

function findCode(words: string): AgentFailure['code'] {
  return signs.find(([, sign]) => sign.test(words))?.[0] ?? 'agent-failed';
}

/** A failure of that kind, with the words it was told in. `own` are hints of the CLI's own. */
export function failureOf(
  code: AgentFailure['code'],
  words: string,
  own: Partial<Readonly<Record<AgentFailure['code'], string>>> = {},
): AgentFailure {
  const said = cut(words, 300);
  return {
    code,
    detail: said === '' ? titles[code] : `${titles[code]}: ${said}`,
    hint: own[code] ?? hints[code],
    ...(code === 'rate-limited' ? { resets: words.slice(0, 4000) } : {}),
  };
}

/** The failure that a CLI complained of on standard error: in the words of the line that tells most. */
export function failureIn(
  complaint: string,
  own: Partial<Readonly<Record<AgentFailure['code'], string>>>,
): AgentFailure {
  const lines = complaint.split('\n').filter((line) => !/^\s*(?:at\b|[{}()[\]]*$)/.test(line));
  const line = lines.find((one) => codeOf(one) !== 'agent-failed') ?? lines.at(-1) ?? 'it ended without a result';
  return failureOf(codeOf(line), line, own);
}

/** All tokens of a count. */
export function totalOf(usage: Usage): number {
  return usage.fresh + usage.reread + usage.written + usage.output + usage.reasoning;
}

/** The settings by which a CLI asks a command before each use of those tools. All of them write it alike. */
export function hooksFor(event: string, matcher: string, command: string): Json {
  return { hooks: { [event]: [{ matcher, hooks: [{ type: 'command', command }] }] } };
}

/** A CLI's own names of its tools, by their kind; `skill` are those that read skills. */
export type ToolNames = Readonly<Record<ToolKind | 'skill', readonly string[]>>;

/** The names of the tools that a CLI keeps. */
export function keptTools(names: ToolNames, kinds: readonly ToolKind[], skilled: boolean): readonly string[] {
  return [...kinds, ...(skilled ? (['skill'] as const) : [])].flatMap((kind) => names[kind]);
}

/** Servers as several CLIs write them. `refer` is how a CLI writes the value of a variable. */
export function serversFor(servers: readonly McpServer[], refer: (name: string) => string): Json {
  return Object.fromEntries(
    servers.map(({ name, command: [command, ...args], env }) => [
      name,
      { command, args, env: Object.fromEntries(env.map((one) => [one, refer(one)])) },
    ]),
  );
}
