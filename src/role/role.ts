// Why: a role is a card that people edit by hand: permissions, agent and limits on top, the prompt below.
// Promises: strict (an unknown key, a doubtful pattern, a misspelt limit is an error with its line); no default grants anything.
// Never: touches the disk; matches a path.
import { type Field, splitFrontMatter } from '../platform/text/front-matter.ts';
import { formsOf, type Glob, readPattern } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { closestOf, escapeText } from '../platform/text/text.ts';
import { type Approval, noApproval, readApproval } from './approval.ts';
import { type BadEnd, readTryAgain, readWake, type Wake } from './follow-up.ts';
import { type Network, readNetwork } from './network.ts';
import { type AgentSetting, defaultLimits, type Limits, readAgent, readLimits } from './role-settings.ts';

/** One line of `write:`, `deny:` or `read:`; `line` counts from 1 in the card's file. */
export type GlobLine = { readonly glob: Glob; readonly line: number };

/** A role's card, read and found good. */
export type Role = {
  readonly name: string;
  readonly description: string;
  readonly agent: AgentSetting;
  readonly model: string | null;
  readonly write: readonly GlobLine[];
  readonly deny: readonly GlobLine[];
  /** State files that stand in its rooms to be read. */
  readonly read: readonly GlobLine[];
  readonly send: readonly { readonly role: string; readonly line: number }[];
  readonly limits: Limits;
  /** Names of environment variables that are handed to the agent. */
  readonly env: readonly string[];
  readonly onRefusal: 'strip' | 'reject';
  readonly network: Network;
  /** Files of the operator's HOME, by their path in it, that the agent is signed in with: copied into the private one, read-only. */
  readonly signIn: readonly string[];
  /** True when the model's key stays outside: a gateway adds it. */
  readonly gateway: boolean;
  /** The role that reviews what this one would land; null: nobody. */
  readonly review: string | null;
  /** What of its work waits for the operator. */
  readonly approve: Approval;
  /** When it is run again for reports on orders it sent; null: its order ends when it has sent them. */
  readonly wake: Wake | null;
  /** After which bad ends its order is tried again, as long as attempts are left. */
  readonly tryAgain: readonly BadEnd[];
  readonly prompt: string;
};

/** What reading a card came to. Warnings come with a good card. */
export type RoleReading =
  | { readonly ok: true; readonly role: Role; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const keys = [
  'network',
  'sign-in',
  'gateway',
  'description',
  'agent',
  'model',
  'write',
  'deny',
  'read',
  'send',
  'limits',
  'command',
  'rehearsal',
  'env',
  'on-refusal',
  'review',
  'approve',
  'wake',
  'try-again',
];
const reserved = ['operator', 'fourline', 'nobody'];

/** What is wrong with a role's name, or undefined. It is a folder name, an author name and part of `route-to-<role>`. */
export function roleNameFlaw(name: string): string | undefined {
  if (reserved.includes(name)) return `'${name}' is reserved`;
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
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
  const warnings: Problem[] = [];
  if (!parts.present)
    problems.push(
      problem(
        'role-no-front-matter',
        'the card has no front matter',
        1,
        'it begins with --- , then write:, send:, agent: …, then ---',
      ),
    );
  const at = new Map(parts.fields.map((field) => [field.key, field]));
  for (const field of parts.fields) if (!keys.includes(field.key)) problems.push(unknownKey(field));
  const write = readGlobs(at.get('write'), problems, recalled);
  const deny = readGlobs(at.get('deny'), problems, recalled);
  const read = readGlobs(at.get('read'), problems, recalled);
  const role: Role = {
    name,
    description: readText(at.get('description'), problems) ?? '',
    agent: readAgent(at, problems),
    model: readText(at.get('model'), problems) ?? null,
    write,
    deny,
    read,
    send: readSend(at.get('send'), name, problems),
    limits: at.has('limits') ? readLimits(at.get('limits'), problems) : defaultLimits,
    env: readNames(at.get('env'), /^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name', problems).map((one) => one.text),
    onRefusal: readOnRefusal(at.get('on-refusal'), problems),
    network: readNetwork(at.get('network'), problems),
    signIn: readSignIn(at.get('sign-in'), problems),
    gateway: readYes(at.get('gateway'), problems),
    review: readReview(at.get('review'), name, problems),
    approve: at.has('approve') ? readApproval(at.get('approve'), problems, recalled) : noApproval,
    wake: readWake(at.get('wake'), problems),
    tryAgain: readTryAgain(at.get('try-again'), problems),
    prompt: parts.body.trim(),
  };
  if (role.prompt === '')
    warnings.push({
      ...problem('role-no-prompt', 'the card has no prompt below its front matter', parts.bodyLine),
      level: 'warning',
    });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, role, warnings };
}

function problem(code: string, message: string, line: number, hint?: string): Problem {
  return { code, level: 'error', message, line, column: 1, hint };
}

function unknownKey(field: Field): Problem {
  const near = closestOf(field.key, keys);
  return problem(
    'role-key',
    `unknown key '${escapeText(field.key).slice(0, 40)}'`,
    field.line,
    near === undefined ? `the keys are ${keys.join(', ')}` : `did you mean '${near}'?`,
  );
}

function readText(field: Field | undefined, problems: Problem[]): string | undefined {
  if (field === undefined) return undefined;
  if (typeof field.value === 'string' && field.value.trim() !== '') return field.value.trim();
  problems.push(problem('role-text', `${field.key}: must be a text`, field.line));
  return undefined;
}

function blockHint(field: Field): string {
  return `${field.key}: | and below it one pattern a line, indented`;
}

// A literal block with one pattern a line, so that no pattern needs quoting; `#` begins a comment line.
function readGlobs(field: Field | undefined, problems: Problem[], recalled: boolean): GlobLine[] {
  if (field === undefined || field.value === null) return [];
  if (typeof field.value !== 'string') {
    problems.push(problem('role-globs', `${field.key}: must be a literal block`, field.line, blockHint(field)));
    return [];
  }
  const out: GlobLine[] = [];
  field.value.split('\n').forEach((raw, index) => {
    const text = raw.trim();
    const line = field.valueLine + index;
    if (text === '' || text.startsWith('#')) return;
    const reading = readPattern(text, recalled);
    if (!reading.ok)
      problems.push(
        problem(
          'role-glob',
          `${field.key}: '${escapeText(text).slice(0, 80)}' is no pattern: ${reading.reason}`,
          line,
          reading.hint,
        ),
      );
    else if (/\s(?:repos\/|state\/|\*\*)/.test(text))
      problems.push(
        problem(
          'role-glob',
          `${field.key}: '${text.slice(0, 80)}' is two patterns on one line`,
          line,
          blockHint(field),
        ),
      );
    else if (field.key === 'read' && formsOf(text).some((one) => !one.startsWith('state/'))) {
      const hint = "read: is for state files; an order's repository is in the room anyway";
      problems.push(problem('role-glob-place', `read: '${text}' does not begin with state/`, line, hint));
    } else if (formsOf(text).some((one) => !isPlaced(one, field.key))) {
      const hint = text.startsWith('inbox')
        ? 'mail is granted with send: <role>'
        : `patterns are workspace paths: repos/*/${text}`;
      problems.push(
        problem('role-glob-place', `${field.key}: '${text}' does not begin with repos/ or state/`, line, hint),
      );
    } else out.push({ glob: reading.glob, line });
  });
  return out;
}

// A pattern begins where files are; one that denies may begin with a wildcard.
function isPlaced(pattern: string, key: string): boolean {
  return /^(?:repos|state)\//.test(pattern) || (key !== 'write' && /^[^/]*\*/.test(pattern));
}

function readNames(
  field: Field | undefined,
  shape: RegExp,
  what: string,
  problems: Problem[],
): { text: string; line: number }[] {
  if (field === undefined || field.value === null) return [];
  const list: unknown = typeof field.value === 'string' ? field.value.split(/[,\s]+/).filter(Boolean) : field.value;
  if (!Array.isArray(list)) {
    problems.push(problem('role-list', `${field.key}: must be names with commas between`, field.line));
    return [];
  }
  const out: { text: string; line: number }[] = [];
  for (const one of list as unknown[]) {
    if (typeof one === 'string' && shape.test(one)) out.push({ text: one, line: field.line });
    else
      problems.push(
        problem('role-list', `${field.key}: '${escapeText(String(one)).slice(0, 40)}' is not ${what}`, field.line),
      );
  }
  return out;
}

function readSend(field: Field | undefined, self: string, problems: Problem[]): { role: string; line: number }[] {
  const out: { role: string; line: number }[] = [];
  for (const { text, line } of readNames(field, /^[a-z][a-z0-9-]{0,31}$/, 'a role', problems)) {
    if (text === self)
      problems.push(
        problem('role-send-self', `send: '${text}' is the role itself`, line, 'a role cannot write itself orders'),
      );
    else out.push({ role: text, line });
  }
  return out;
}

function readOnRefusal(field: Field | undefined, problems: Problem[]): 'strip' | 'reject' {
  if (field === undefined || field.value === 'strip') return 'strip';
  if (field.value === 'reject') return 'reject';
  problems.push(
    problem(
      'role-on-refusal',
      `on-refusal: '${escapeText(String(field.value)).slice(0, 40)}' is not known`,
      field.line,
      'strip lands what is allowed, reject lands nothing',
    ),
  );
  return 'strip';
}

function readReview(field: Field | undefined, self: string, problems: Problem[]): string | null {
  if (field === undefined || field.value === null) return null;
  const value = typeof field.value === 'string' ? field.value.trim() : '';
  if (value === self)
    problems.push(
      problem('role-review', `review: '${self}' is the role itself`, field.line, 'nobody reviews its own work'),
    );
  else if (roleNameFlaw(value) === undefined) return value;
  else problems.push(problem('role-review', 'review: must be the name of one role', field.line, 'review: auditor'));
  return null;
}

function readSignIn(field: Field | undefined, problems: Problem[]): string[] {
  const shape = /^~(?:\/(?!\.\.?(?:\/|$))[\w.@+-]+)+$/;
  return readNames(field, shape, 'a file of your HOME (~/.codex/auth.json)', problems).map((one) => one.text.slice(2));
}

function readYes(field: Field | undefined, problems: Problem[]): boolean {
  if (field === undefined || field.value === false) return false;
  if (field.value === true) return true;
  problems.push(problem('role-yes', `${field.key}: must be true or false`, field.line));
  return false;
}
