// Why: a card's prompt is of use in a person's own sessions too, in the form that their tool reads.
// Promises: pure. The prompt is the card's, byte for byte. Each key of the card is carried, or named as lost.
// Never: claims that another tool holds what only the gate holds.
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import { printToml } from '../platform/text/toml.ts';
import { type ForeignKind, foreignPlaces, rawBody } from './foreign.ts';
import type { Remark } from './import-card.ts';
import type { Role } from './role.ts';
import type { Card } from './roles.ts';

/** A card as a file of another tool: its path below the folder it is for, its text, and what it could not carry. */
export type ExportedCard = { readonly path: string; readonly text: string; readonly lost: readonly Remark[] };

/** The values a file gets, by the file's keys; undefined is left out. `carries` are the card's keys in them. */
type ForeignValues = { readonly values: Readonly<Record<string, unknown>>; readonly carries: readonly string[] };

/** How many characters of a prompt Copilot takes (GitHub's documentation of custom agents). */
const copilotMost = 30_000;

// Patterns of repositories as opencode has them: below the repository, where `*` goes through folders.
function opencodePaths({ write, deny }: Role): Readonly<Record<string, string>> {
  const local = (lines: Role['write']): string[] =>
    lines.flatMap(({ glob }) =>
      glob.text.startsWith('repos/') ? [glob.text.split('/').slice(2).join('/').replaceAll('**', '*') || '*'] : [],
    );
  const named = (lines: Role['write'], word: string) => local(lines).map((one) => [one, word] as const);
  return Object.fromEntries([['*', 'deny'], ...named(write, 'allow'), ...named(deny, 'deny')]);
}

function carry(kind: ForeignKind, role: Role): ForeignValues {
  const { name, description, agent, limits, send } = role;
  const own = agent.kind === 'cli' && agent.name === kind;
  const model = own && role.model !== null ? role.model : undefined;
  const effort = own && role.effort !== null ? role.effort : undefined;
  const base = { name, description: description || name, model };
  const always = ['description', 'agent', ...(model === undefined ? [] : ['model'])];
  const reads = role.write.length === 0 ? true : undefined;
  const effortCarried = effort === undefined ? [] : ['effort'];
  switch (kind) {
    case 'claude':
      return {
        values: { ...base, effort, maxTurns: limits.turns, disallowedTools: reads && 'Edit, Write, NotebookEdit' },
        carries: [...always, ...effortCarried, 'limits.turns'],
      };
    case 'codex':
      return {
        values: { ...base, model_reasoning_effort: effort, sandbox_mode: reads && 'read-only' },
        carries: [...always, ...effortCarried],
      };
    case 'opencode': {
      const task = Object.fromEntries([['*', 'deny'], ...send.map((one) => [one.role, 'allow'])]);
      const { name: _, ...rest } = base;
      return {
        values: { ...rest, steps: limits.turns, permission: { edit: opencodePaths(role), task } },
        carries: [...always, 'limits.turns', 'send'],
      };
    }
    case 'gemini':
      return {
        values: { ...base, max_turns: limits.turns, timeout_mins: limits.minutes },
        carries: [...always, 'limits.turns', 'limits.minutes'],
      };
    case 'cursor':
      return { values: { ...base, readonly: reads }, carries: always };
    case 'copilot':
      return { values: base, carries: always };
  }
}

const pathWords: Readonly<Partial<Record<ForeignKind, string>>> = {
  opencode: 'carried as permission.edit, where * goes through folders; paths in state/ are not',
};

function lostOf(fields: readonly Field[], carries: readonly string[], kind: ForeignKind): Remark[] {
  return fields.flatMap((field): Remark[] => {
    if (carries.includes(field.key)) return [];
    if (field.key === 'limits')
      return (field.fields ?? [])
        .filter((one) => !carries.includes(`limits.${one.key}`))
        .map((one) => ({ key: `limits.${one.key}`, text: 'fourline alone holds it' }));
    if (field.key === 'write' || field.key === 'deny')
      return [{ key: field.key, text: pathWords[kind] ?? `no file of ${kind} holds paths: only the gate does` }];
    if (field.key === 'model' || field.key === 'effort')
      return [{ key: field.key, text: `it is for another agent than ${kind}, or ${kind} has no such key` }];
    if (['tools', 'skills', 'mcp'].includes(field.key))
      return [{ key: field.key, text: `${kind} says it in words of its own: set it there by hand` }];
    return [{ key: field.key, text: 'fourline alone holds it' }];
  });
}

/** A card as a file of another tool. */
export function exportCard(kind: ForeignKind, { role, text }: Pick<Card, 'role' | 'text'>): ExportedCard {
  const parts = splitFrontMatter(text);
  const [fields, bodyLine] = parts.ok ? [parts.fields, parts.bodyLine] : [[], 1];
  const body = rawBody(text.replace(/^\uFEFF/, ''), bodyLine);
  const { values, carries } = carry(kind, role);
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const { folder, end } = foreignPlaces[kind];
  const long = kind === 'copilot' && body.length > copilotMost;
  return {
    path: `${folder}/${role.name}${end}`,
    text:
      kind === 'codex'
        ? printToml({ ...Object.fromEntries(given), developer_instructions: body })
        : `---\n${given.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('')}---\n${body}`,
    lost: [
      ...lostOf(fields, carries, kind),
      ...(long ? [{ key: 'prompt', text: `it has ${body.length} characters; Copilot reads ${copilotMost}` }] : []),
    ],
  };
}
