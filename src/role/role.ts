// Why: a role is a card that people edit by hand: permissions, agent and limits on top, the prompt below.
// Promises: strict (an unknown key, a doubtful pattern, a misspelt limit is an error with its line); no default grants anything.
// Never: touches the disk; matches a path.
import {
  block,
  type Camel,
  camelKeys,
  key,
  orBlank,
  type Reader,
  readFields,
  refine,
  type Values,
} from '../platform/text/fields.ts';
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { oneOf, shaped, text, words, yesNo } from '../platform/text/readers.ts';
import { escapeText } from '../platform/text/text.ts';
import { approval, noApproval } from './approval.ts';
import { tryAgain, wake } from './follow-up.ts';
import { patterns } from './patterns.ts';
import {
  type AgentKeys,
  type AgentSetting,
  agentWord,
  command,
  defaultLimits,
  joinAgent,
  limitKeys,
  type Network,
  network,
  rehearsal,
} from './role-settings.ts';

const since = '0.1.0';
const noNetwork: Network = { kind: 'none' };

/** A role's name: a folder name, an author name and part of `route-to-<role>`. */
const roleShape = /^[a-z][a-z0-9-]{0,31}$/;

/** The name of a role that a person gives work or trust to. */
export const roleName: Reader<string> = shaped(
  /^(?!(?:operator|fourline|nobody)$)[a-z][a-z0-9-]{0,31}$/,
  'must be the name of one role',
);

/** Roles that may get orders, with the line they are named on. */
const receivers: Reader<readonly { readonly role: string; readonly line: number }[]> = refine(
  words(roleShape, 'a role'),
  (names, { field }) => names.map((role) => ({ role, line: field.line })),
);

const signIn: Reader<readonly string[]> = refine(
  words(/^~(?:\/(?!\.\.?(?:\/|$))[\w.@+-]+)+$/, 'a file of your HOME (~/.codex/auth.json)'),
  (files) => files.map((one) => one.slice(2)),
);

/** All keys of a card. `recalled` reads patterns that were good enough for an earlier fourline. */
export function cardKeys(recalled = false) {
  return {
    description: key(text(), '', {
      help: 'Says in a sentence what the role does. `fourline role list` shows it.',
      example: 'description: Writes product code and its tests.',
      since,
      code: 'role-text',
    }),
    agent: key(agentWord, null, {
      help: 'Which program does the work: `claude`, `codex`, `opencode` or `gemini`; `auto`, the first of them that is installed; `command`, any program; `acp`, one that speaks the Agent Client Protocol; or `rehearsal`, a script.',
      example: 'agent: claude',
      since,
      code: 'role-agent',
      required: true,
    }),
    command: key(command, null, {
      help: 'The program and its arguments, for `agent: command` and `agent: acp`.',
      example: 'agent: command\ncommand: [node, my-agent.mjs]',
      since,
      code: 'role-agent',
    }),
    rehearsal: key(rehearsal, null, {
      help: 'The steps of the script, for `agent: rehearsal`.',
      example:
        'agent: rehearsal\nrehearsal:\n  - write: src/a.ts\n    text: export const a = 1;\n  - report: done\n    text: It is written.',
      since,
      code: 'role-rehearsal',
    }),
    model: key(text(), null, {
      help: 'The model, as the agent CLI names it.',
      example: 'model: sonnet',
      since,
      without: "the CLI's own choice",
      code: 'role-text',
    }),
    write: key(patterns({ key: 'write', codes: true, recalled }), [], {
      help: 'Workspace paths that the role may change, one pattern a line. `*` stays inside a folder, `**` goes through any number of them, `?` is one character, `{a,b}` is a choice.',
      example: 'write: |\n  repos/*/src/**\n  repos/*/test/**',
      since,
      without: 'it may change nothing',
    }),
    deny: key(patterns({ key: 'deny', codes: true, recalled }), [], {
      help: 'Paths that the role may not change, whatever `write:` and an order say.',
      example: 'deny: |\n  repos/*/src/generated/**\n  **/*.key',
      since,
    }),
    read: key(patterns({ key: 'read', codes: true, recalled }), [], {
      help: 'State files that lie in the rooms of the role, to be read.',
      example: 'read: |\n  state/plans/*.json',
      since,
    }),
    send: key(receivers, [], {
      help: 'Roles that it may send orders to; `operator` lets it ask questions.',
      example: 'send: auditor, operator',
      since,
      code: 'role-list',
    }),
    limits: key(block(limitKeys), defaultLimits, {
      help: 'Limits what a run of the role may use, and how often its orders are tried.',
      example: 'limits: { minutes: 30, attempts: 3 }',
      since,
      without: 'each limit has its own default',
      code: 'role-limits',
    }),
    env: key(words(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name'), [], {
      help: "Variables of fourline's own environment that are handed to the agent, by name.",
      example: 'env: ANTHROPIC_API_KEY',
      since,
      code: 'role-list',
    }),
    network: key(network, noNetwork, {
      help: "The network of a run: `none`, `open`, or exact hosts at port 443, where `model` stands for those of the agent's model.",
      example: 'network: [model, registry.npmjs.org]',
      since,
      without: 'none',
      code: 'role-network',
    }),
    'sign-in': key(signIn, [], {
      help: 'Files of your HOME that the agent is signed in with. They are copied into the HOME of the run, read-only.',
      example: 'sign-in: ~/.codex/auth.json',
      since,
      code: 'role-list',
    }),
    gateway: key(yesNo, false, {
      help: "With true the model's key stays outside the room: requests to the model go through fourline, which adds the key.",
      example: 'gateway: true',
      since,
      code: 'role-yes',
    }),
    'on-refusal': key(
      oneOf(['strip', 'reject'], { hint: 'strip lands what is allowed, reject lands nothing' }),
      'strip',
      {
        help: 'Decides about a run with a refused change: `strip` lands the other changes, `reject` lands nothing.',
        example: 'on-refusal: reject',
        since,
        code: 'role-on-refusal',
      },
    ),
    review: key(orBlank(roleName), null, {
      help: 'The role that reviews what this one would land.',
      example: 'review: auditor',
      since,
      code: 'role-review',
    }),
    approve: key(approval(recalled), noApproval, {
      help: 'Work of the role that waits for the operator: patterns, one a line, or a map.',
      example: 'approve: { paths: [repos/*/billing/**], first: 3, plan: true }',
      since,
      without: 'nothing waits',
      code: 'approve',
    }),
    wake: key(orBlank(wake), null, {
      help: 'When the role is run again for the orders it sent: for `each` report, for a whole `batch`, or on `escalation`, when something did not end well.',
      example: 'wake: batch',
      since,
      without: 'never: its order ends when its orders are sent',
      code: 'role-wake',
    }),
    'try-again': key(tryAgain, ['died'], {
      help: 'After which bad ends an order is tried again: `died`, `limit`, `report` (it cannot be read), `nothing` (nothing was produced), or `none`.',
      example: 'try-again: died, limit',
      since,
      without: 'died',
      code: 'role-try-again',
    }),
  };
}

/** A role's card, read and found good: the keys of its front matter by their names, and the prompt below it. */
export type Role = Omit<Camel<Values<ReturnType<typeof cardKeys>>>, keyof AgentKeys> & {
  readonly name: string;
  readonly agent: AgentSetting;
  readonly prompt: string;
};

/** What reading a card came to. Warnings come with a good card. */
export type RoleReading =
  | { readonly ok: true; readonly role: Role; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const reserved = ['operator', 'fourline', 'nobody'];

/** What is wrong with a role's name, or undefined. It is a folder name, an author name and part of `route-to-<role>`. */
export function roleNameFlaw(name: string): string | undefined {
  if (reserved.includes(name)) return `'${name}' is reserved`;
  if (!roleShape.test(name))
    return `'${escapeText(name)}' is no role name: lower case letters, digits and -, at most 32, beginning with a letter`;
  return undefined;
}

/** Reads a card. `name` is its file's stem; `recalled` reads one that was in force before, whose patterns were good enough then. */
export function parseRole(name: string, text: string, recalled = false): RoleReading {
  const flaw = roleNameFlaw(name);
  if (flaw !== undefined)
    return {
      ok: false,
      problems: [{ code: 'role-name', level: 'error', message: flaw, line: 1, column: 1, hint: 'rename the file' }],
    };
  const parts = splitFrontMatter(text);
  if (!parts.ok) return parts;
  const problems: Problem[] = [];
  if (!parts.present)
    problems.push(
      problem(
        'role-no-front-matter',
        'the card has no front matter',
        1,
        'it begins with --- , then write:, send:, agent: …, then ---',
      ),
    );
  const read = readFields(cardKeys(recalled), parts.fields, { code: 'role-key' });
  const { agent, command, rehearsal, ...rest } = camelKeys(read.values);
  problems.push(...read.problems);
  const role: Role = {
    ...rest,
    name,
    agent: joinAgent({ agent, command, rehearsal }, parts.fields, problems),
    prompt: parts.body.trim(),
  };
  problems.push(...ownName(role, parts.fields));
  if (problems.length > 0) return { ok: false, problems };
  const warning = problem('role-no-prompt', 'the card has no prompt below its front matter', parts.bodyLine);
  return { ok: true, role, warnings: role.prompt === '' ? [{ ...warning, level: 'warning' }] : [] };
}

// A role gives itself neither orders nor reviews.
function ownName({ name, send, review }: Role, fields: readonly Field[]): Problem[] {
  const lineOf = (key: string): number => fields.find((field) => field.key === key)?.line ?? 1;
  const out: Problem[] = [];
  if (send.some((one) => one.role === name))
    out.push(
      problem(
        'role-send-self',
        `send: '${name}' is the role itself`,
        lineOf('send'),
        'a role cannot write itself orders',
      ),
    );
  if (review === name)
    out.push(
      problem('role-review', `review: '${name}' is the role itself`, lineOf('review'), 'nobody reviews its own work'),
    );
  return out;
}

function problem(code: string, message: string, line: number, hint?: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}
