// Why: the parts of a card that say how its agent is run: which program, and the limits it is held to.
// Promises: a limit that is not given has the default below; a limit is a number above 0.
// Never: starts anything.

import {
  type Complain,
  defaultsOf,
  type KeyReader,
  key,
  showValue,
  tellNone,
  type Values,
} from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { amount } from '../platform/text/readers.ts';
import { closestOf } from '../platform/text/text.ts';

const wholeAmount = amount({ whole: true });

/**
 * All keys of `limits:`. Sizes may end in k, m or g, by thousands. Defaults without a reason below are far above honest
 * work: what reaches them has run away.
 */
export const limitKeys = {
  runs: key(wholeAmount, 1, { help: 'Runs of the role at once.', example: 'runs: 2', since: '0.1.0' }),
  minutes: key(amount({ most: 24 * 60 }), 30, {
    help: 'Minutes that a run may take, at most 1440 (a day).',
    example: 'minutes: 45',
    since: '0.1.0',
  }),
  attempts: key(wholeAmount, 3, { help: 'How often an order is tried.', example: 'attempts: 2', since: '0.1.0' }),
  children: key(wholeAmount, 50, { help: 'Orders that one run may send.', example: 'children: 12', since: '0.1.0' }),
  hourly: key(wholeAmount, 200, {
    help: 'Orders that the role takes from other roles in an hour.',
    example: 'hourly: 60',
    since: '0.1.0',
  }),
  wakes: key(wholeAmount, 20, {
    help: 'How often one order is run again for reports on the orders it sent.',
    example: 'wakes: 5',
    since: '0.1.0',
  }),
  output: key(wholeAmount, 256_000_000, {
    help: 'Bytes that a run may print.',
    example: 'output: 64m',
    since: '0.1.0',
  }),
  room: key(wholeAmount, 8_000_000_000, { help: 'Bytes that its room may hold.', example: 'room: 2g', since: '0.1.0' }),
  tokens: key(wholeAmount, undefined, {
    help: 'Tokens of a run; those read again from a cache do not count. It holds for agents that report them.',
    example: 'tokens: 400k',
    since: '0.1.0',
  }),
  context: key(wholeAmount, undefined, {
    help: "Tokens of live context above that of the run's first answer. At the limit a fresh run goes on, and no attempt is spent. It holds for agents that report them.",
    example: 'context: 60k',
    since: '0.1.0',
  }),
  usd: key(amount(), undefined, {
    help: 'US dollars of a run. It holds for agents that report their use.',
    example: 'usd: 2.50',
    since: '0.1.0',
  }),
  turns: key(wholeAmount, undefined, {
    help: 'Answers of the model in a run. It holds for agents that report them.',
    example: 'turns: 80',
    since: '0.1.0',
  }),
  silence: key(amount(), 10, {
    help: 'Minutes without a word, for agents that report what they do.',
    example: 'silence: 5',
    since: '0.1.0',
  }),
};

/** The limits of a run, as `limits:` of a card says them. */
export type Limits = Values<typeof limitKeys>;

/** The limits of a card without `limits:`. */
export const defaultLimits: Limits = defaultsOf(limitKeys);

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
/** An agent CLI that a card may name. */
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

/** How hard a model thinks, in the words of the CLIs. Which of them a model takes, its CLI knows. */
export const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** The words that `agent:` takes. */
export const agentWords = [...agentClis, 'command', 'acp', 'rehearsal'] as const;

/** `agent:` of a card: which program does the work. */
export const agentWord: KeyReader<(typeof agentWords)[number]> = {
  read: ({ value }, fail) => {
    const known = agentWords.find((one) => one === value);
    if (known !== undefined) return known;
    const close = closestOf(String(value), agentWords);
    const all = `${agentClis.join(', ')}, command (any program), acp (one that speaks the Agent Client Protocol) or rehearsal (a script)`;
    const hint = close === undefined ? all : `did you mean '${close}'? There are ${all}`;
    return tellNone(fail, `'${showValue(String(value))}' is not known`, hint);
  },
  schema: { enum: agentWords },
};

/** `command:` of a card: a program and its arguments, as a list or in one line without quotes. */
export const agentCommand: KeyReader<readonly [string, ...string[]]> = {
  read: ({ value }, fail) => {
    const words = typeof value === 'string' ? value.split(/\s+/).filter(Boolean) : value;
    if (!Array.isArray(words) || words.length === 0 || words[0] === '')
      return tellNone(fail, 'must be a program and its arguments', 'command: [program, argument, …]');
    const odd: unknown = words.find((word) => typeof word !== 'string' || word.includes('\0'));
    return odd === undefined
      ? (words as [string, ...string[]])
      : tellNone(fail, `${showValue(odd)} is no plain text`, 'each word is a text; quotes make one: "true", "8080"');
  },
  schema: {
    anyOf: [
      { type: 'string', pattern: '\\S' },
      { type: 'array', minItems: 1, items: { type: 'string' } },
    ],
  },
};

/** The keys of a card that together say which program runs. */
export type AgentKeys = {
  readonly agent: (typeof agentWords)[number] | null;
  readonly command: readonly [string, ...string[]] | null;
  readonly rehearsal: readonly RehearsalStep[] | null;
};

/**
 * Joins `agent:` with the key that belongs to it. Adds to `problems` what is wrong between the two; `fields` says
 * where.
 */
export function joinAgent(keys: AgentKeys, fields: readonly Field[], problems: Problem[]): AgentSetting {
  const at = (key: string): Field | undefined => fields.find((one) => one.key === key);
  const none: AgentSetting = { kind: 'rehearsal', steps: [] };
  const fail = (code: string, message: string, where: Field | undefined, hint?: string): AgentSetting => {
    problems.push({ code, level: 'error', message, line: where?.line ?? 1, column: where?.column ?? 1, hint });
    return none;
  };
  const { agent } = keys;
  if (at('agent') === undefined)
    return fail(
      'role-agent',
      'the card names no agent',
      undefined,
      'agent: command and command: [program, argument, …]',
    );
  if (agent === null) return none;
  const own = agent === 'acp' ? 'command' : agent;
  const stray = ['command', 'rehearsal'].find((key) => key !== own && at(key) !== undefined);
  if (stray !== undefined) return fail('role-agent', `${stray}: does not go with agent: ${agent}`, at(stray));
  switch (agent) {
    case 'command':
    case 'acp':
      if (keys.command !== null) return { kind: agent, command: keys.command };
      if (at('command') !== undefined) return none;
      return fail(
        'role-agent',
        `agent: ${agent} needs command:, the program and its arguments`,
        at('agent'),
        'command: [node, my-agent.mjs]',
      );
    case 'rehearsal':
      if (keys.rehearsal !== null || at('rehearsal') !== undefined) return { kind: agent, steps: keys.rehearsal ?? [] };
      return fail('role-rehearsal', 'agent: rehearsal needs rehearsal:, a list of steps', at('agent'), stepsHint);
    default:
      return { kind: 'cli', name: agent };
  }
}

const stepsHint = 'rehearsal: and below it - shell: …, - write: path';

const stepTypes: { readonly [Step in RehearsalStep['do']]: string } = {
  write: 'string',
  delete: 'string',
  shell: 'string',
  sleep: 'number',
  say: 'string',
  mail: 'string',
  report: 'string',
  exit: 'integer',
};

/** `rehearsal:` of a card: the steps of the script. */
export const rehearsal: KeyReader<readonly RehearsalStep[]> = {
  read: ({ value }, fail) => {
    if (!Array.isArray(value)) return tellNone(fail, 'must be a list of steps', stepsHint);
    return (value as unknown[]).flatMap((raw, index) => readStep(raw) ?? refuseStep(index, fail));
  },
  schema: {
    type: 'array',
    items: {
      anyOf: Object.entries(stepTypes).map(([step, type]) => ({
        type: 'object',
        required: [step],
        additionalProperties: false,
        properties: { [step]: { type }, text: { type: 'string' } },
      })),
    },
  },
};

function refuseStep(index: number, fail: Complain): RehearsalStep[] {
  const hint = 'write, delete, shell, sleep, say, mail, report or exit; text: goes with write, mail and report';
  fail(`step ${index + 1} is not known`, { hint });
  return [];
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
