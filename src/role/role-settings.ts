// Why: the parts of a card that say how its agent is run: which program, and the limits it is held to.
// Promises: a limit that is not given has the default below; a limit is a number above 0.
// Never: starts anything.
import type { Field } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { closestOf, escapeText, readSize } from '../platform/text/text.ts';

/**
 * What a run may use. `runs` at once; `minutes` of wall time; `attempts` per order; `children`: orders one run may send; `hourly`: orders the role takes from other
 * roles in an hour; `wakes`: how often one order is run again for reports; `output` printed and `room` filled, in bytes; of an agent whose stream tells them `tokens` (but those
 * read again from a cache), `context` (live), `usd`, `turns`, and `silence`: minutes without a word.
 */
export type Limits = {
  readonly runs: number;
  readonly minutes: number;
  readonly attempts: number;
  readonly children: number;
  readonly hourly: number;
  readonly wakes: number;
  readonly output: number;
  readonly room: number;
  readonly tokens?: number;
  readonly context?: number;
  readonly usd?: number;
  readonly turns?: number;
  readonly silence: number;
};

/** One step of a rehearsal. */
export type RehearsalStep =
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'delete'; readonly path: string }
  | { readonly do: 'shell'; readonly line: string }
  | { readonly do: 'sleep'; readonly milliseconds: number }
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'mail'; readonly to: string; readonly name: string; readonly text: string }
  | { readonly do: 'report'; readonly outcome: string; readonly text: string }
  | { readonly do: 'exit'; readonly status: number };

/** Which program does the role's work. */
export type AgentSetting =
  | { readonly kind: 'command' | 'acp'; readonly command: readonly [string, ...string[]] }
  | { readonly kind: 'rehearsal'; readonly steps: readonly RehearsalStep[] }
  | { readonly kind: 'cli'; readonly name: AgentCli };

/** The agent CLIs that a card may name; `auto` is the first one installed. */
export const agentClis = ['claude', 'codex', 'opencode', 'gemini', 'auto'] as const;
/** One of them. */
export type AgentCli = (typeof agentClis)[number];

/** How an agent is named in lists: the CLI, or the program of its command; a rehearsal is always named as one. */
export function agentName(agent: AgentSetting): string {
  switch (agent.kind) {
    case 'cli':
      return agent.name;
    case 'command':
    case 'acp':
      return agent.command[0];
    case 'rehearsal':
      return 'rehearsal';
  }
}

/** Defaults: one run at a time, half an hour, three attempts. The rest is far above honest work: what reaches it has run away. */
export const defaultLimits: Limits = {
  runs: 1,
  minutes: 30,
  attempts: 3,
  children: 50,
  hourly: 200,
  wakes: 20,
  output: 256_000_000,
  room: 8_000_000_000,
  silence: 10,
};

const limitNames = [
  'runs',
  'minutes',
  'attempts',
  'tokens',
  'context',
  'usd',
  'children',
  'hourly',
  'wakes',
  'output',
  'room',
  'turns',
  'silence',
] as const;
const whole = ['runs', 'attempts', 'tokens', 'context', 'children', 'hourly', 'wakes', 'output', 'room', 'turns'];

function problem(code: string, message: string, line: number, hint?: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}

/** Reads `limits:`. Sizes may end in k, m or g (`400k`), by thousands. */
export function readLimits(field: Field | undefined, problems: Problem[]): Limits {
  const value = field?.value;
  if (field === undefined || value === null || typeof value !== 'object' || Array.isArray(value)) {
    problems.push(
      problem('role-limits', 'limits: must be a map', field?.line ?? 1, 'limits: { minutes: 30, attempts: 3 }'),
    );
    return defaultLimits;
  }
  const out: { -readonly [Key in keyof Limits]: Limits[Key] } = { ...defaultLimits };
  for (const [key, raw] of Object.entries(value)) {
    const name = limitNames.find((one) => one === key);
    const size = readSize(raw);
    if (name === undefined) {
      const near = closestOf(key, limitNames);
      problems.push(
        problem(
          'role-limits',
          `limits: does not know '${escapeText(key).slice(0, 40)}'`,
          field.line,
          near === undefined ? `the limits are ${limitNames.join(', ')}` : `did you mean '${near}'?`,
        ),
      );
    } else if (size === undefined || size <= 0 || (whole.includes(name) && !Number.isInteger(size))) {
      problems.push(
        problem(
          'role-limits',
          `limits: ${name} must be a ${whole.includes(name) ? 'whole ' : ''}number above 0`,
          field.line,
        ),
      );
    } else if (name === 'minutes' && size > 24 * 60)
      problems.push(problem('role-limits', 'limits: minutes is at most 1440 (a day)', field.line));
    else out[name] = size;
  }
  return out;
}

/** Reads `agent:` with the key that belongs to it. */
export function readAgent(fields: ReadonlyMap<string, Field>, problems: Problem[]): AgentSetting {
  const agent = fields.get('agent');
  const none: AgentSetting = { kind: 'rehearsal', steps: [] };
  const fail = (message: string, line: number, hint?: string): AgentSetting => {
    problems.push(problem('role-agent', message, line, hint));
    return none;
  };
  const cli = agentClis.find((one) => one === agent?.value);
  const own = agent?.value === 'acp' ? 'command' : agent?.value;
  const strays = ['command', 'rehearsal'].filter((key) => key !== own && fields.has(key));
  const stray = fields.get(strays[0] ?? '');
  if (stray !== undefined && (cli ?? ['command', 'acp', 'rehearsal'].find((one) => one === agent?.value)) !== undefined)
    return fail(`${stray.key}: does not go with agent: ${String(agent?.value)}`, stray.line);
  if (cli !== undefined) return { kind: 'cli', name: cli };
  switch (agent?.value) {
    case 'command':
    case 'acp': {
      const command = readCommand(fields.get('command')?.value);
      if (command === undefined)
        return fail(
          `agent: ${agent.value} needs command:, the program and its arguments`,
          fields.get('command')?.line ?? agent.line,
          'command: [node, my-agent.mjs]',
        );
      return { kind: agent.value, command };
    }
    case 'rehearsal':
      return { kind: 'rehearsal', steps: readSteps(fields.get('rehearsal'), problems) };
    case undefined:
      return fail('the card names no agent', agent?.line ?? 1, 'agent: command and command: [program, argument, …]');
    default: {
      const close = closestOf(String(agent?.value), [...agentClis, 'command', 'acp', 'rehearsal']);
      return fail(
        `agent: '${escapeText(String(agent?.value)).slice(0, 40)}' is not known`,
        agent?.line ?? 1,
        `${close === undefined ? '' : `did you mean '${close}'? There are `}${agentClis.join(', ')}, command (any program), acp (one that speaks the Agent Client Protocol) or rehearsal (a script)`,
      );
    }
  }
}

function readCommand(value: unknown): [string, ...string[]] | undefined {
  const words = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : value;
  if (
    !Array.isArray(words) ||
    words.length === 0 ||
    words[0] === '' ||
    !words.every((word) => typeof word === 'string' && !word.includes('\0'))
  )
    return undefined;
  return words as [string, ...string[]];
}

function readSteps(field: Field | undefined, problems: Problem[]): RehearsalStep[] {
  if (field === undefined || !Array.isArray(field.value)) {
    problems.push(
      problem(
        'role-rehearsal',
        'agent: rehearsal needs rehearsal:, a list of steps',
        field?.line ?? 1,
        'rehearsal: and below it - shell: …, - write: path',
      ),
    );
    return [];
  }
  const steps: RehearsalStep[] = [];
  for (const [index, raw] of (field.value as unknown[]).entries()) {
    const step = readStep(raw);
    if (step === undefined)
      problems.push(
        problem(
          'role-rehearsal',
          `step ${index + 1} of the rehearsal is not known`,
          field.line,
          'write, delete, shell, sleep, say, mail, report or exit; text: goes with write, mail and report',
        ),
      );
    else steps.push(step);
  }
  return steps;
}

function readStep(raw: unknown): RehearsalStep | undefined {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  const map = new Map(Object.entries(raw));
  const text = map.get('text') ?? '';
  const heads = [...map.keys()].filter((key) => key !== 'text');
  const [head] = heads;
  if (heads.length !== 1 || head === undefined || typeof text !== 'string') return undefined;
  const value: unknown = map.get(head);
  if (head === 'sleep')
    return typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? { do: 'sleep', milliseconds: value }
      : undefined;
  if (head === 'exit')
    return typeof value === 'number' && Number.isInteger(value) ? { do: 'exit', status: value } : undefined;
  if (typeof value !== 'string') return undefined;
  switch (head) {
    case 'write':
      return { do: 'write', path: value, text };
    case 'delete':
      return { do: 'delete', path: value };
    case 'shell':
      return { do: 'shell', line: value };
    case 'say':
      return { do: 'say', text: value };
    case 'report':
      return { do: 'report', outcome: value, text };
    case 'mail': {
      const [to, name, ...more] = value.split('/');
      return to === undefined || name === undefined || more.length > 0 ? undefined : { do: 'mail', to, name, text };
    }
    default:
      return undefined;
  }
}
