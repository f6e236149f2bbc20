// Why: a role is a card that people edit by hand: permissions, agent and limits on top, the prompt below.
// Promises: strict (an unknown key, a doubtful pattern, a misspelt limit is an error with its line); no default grants
// anything.
// Never: touches the disk; matches a path.
import { type Camel, camelKeys, readFields, type Values } from '../platform/text/fields.ts';
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { cardKeys, recalledKeys, reserved, roleShape } from './card.ts';
import { type AgentKeys, type AgentSetting, agentClis, agentWords, joinAgent } from './role-settings.ts';

/** A role's card, read and found good: the keys of its front matter by their names, and the prompt below it. */
export type Role = Omit<Camel<Values<typeof cardKeys>>, keyof AgentKeys> & {
  readonly name: string;
  readonly agent: AgentSetting;
  readonly prompt: string;
};

/** The result of reading a card. Warnings come with a good card. */
export type RoleReading =
  | { readonly ok: true; readonly role: Role; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Finds the flaw of a role's name; undefined when there is none. The name is also a folder name, an author name and
 * part of `route-to-<role>`.
 */
export function roleNameFlaw(name: string): string | undefined {
  if (reserved.includes(name)) return `'${name}' is reserved`;
  if (!roleShape.test(name))
    return `'${escapeText(name)}' is no role name: lower case letters, digits and -, at most 32, beginning with a letter`;
  return undefined;
}

/**
 * Reads a card. `name` is its file's stem; `recalled` reads one that was in force before, whose patterns were good
 * enough then.
 */
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
  const read = readFields(recalled ? recalledKeys : cardKeys, parts.fields, { code: 'role-key' });
  const { agent, command, rehearsal, ...rest } = camelKeys(read.values);
  problems.push(...read.problems);
  const role: Role = {
    ...rest,
    name,
    agent: joinAgent({ agent, command, rehearsal }, parts.fields, problems),
    prompt: parts.body.trim(),
  };
  problems.push(...ownName(role, parts.fields), ...ownCli(parts.fields));
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

/** The keys that an agent CLI alone can follow, and the CLIs that do; `auto` may be one of them. */
const cliKeys: Readonly<Record<string, readonly string[]>> = {
  effort: ['claude', 'codex', 'opencode', 'auto'],
  tools: agentClis,
  skills: agentClis,
  mcp: agentClis,
};

// The agent is the one that the card names, also where something else is wrong with it.
function ownCli(fields: readonly Field[]): Problem[] {
  const name = agentWords.find((word) => word === fields.find(({ key }) => key === 'agent')?.value);
  if (name === undefined) return [];
  return fields.flatMap(({ key, line }) =>
    Object.hasOwn(cliKeys, key) && cliKeys[key]?.includes(name) === false
      ? [problem(`role-${key}`, `${key}: does not go with agent: ${name}`, line, 'remove the line')]
      : [],
  );
}

function problem(code: string, message: string, line: number, hint?: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}
