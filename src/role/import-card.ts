// Why: an agent that people have in another tool's file becomes a card, by one table of keys a tool.
// Promises: pure. A card that comes in has no path, variable or network; what the file says about paths stands in it as
// a comment. The prompt is the file's, byte for byte. Each key of the file is carried or named.
// Never: touches the disk.
import { expandChoices } from '../platform/text/braces.ts';
import type { Problem } from '../platform/text/problem.ts';
import { roleShape } from './card.ts';
import { type CarriedKey, isTable, lose, showForeign } from './carried-key.ts';
import { type ForeignFile, type ForeignKind, splitForeign } from './foreign.ts';
import { carryToolList, claudeTools, opencodeTools, toolsNamed } from './import-tools.ts';
import { parseRole, roleNameFlaw } from './role.ts';
import { efforts } from './role-settings.ts';

/** Something to know about one key. */
export type Remark = { readonly key: string; readonly text: string };

/** An agent file as a card. `lost` are the parts that no card has; `told` says how others were carried. */
export type ImportedCard = {
  readonly name: string;
  readonly text: string;
  readonly lost: readonly Remark[];
  readonly told: readonly Remark[];
};

type KeyTable = Readonly<Record<string, (value: unknown) => CarriedKey>>;

const carryNothing = (): CarriedKey => ({});
const readsOnly: CarriedKey = { told: 'it changes no file there; write: stays empty' };

const carryText =
  (key: string) =>
  (value: unknown): CarriedKey =>
    typeof value === 'string' && value.trim() !== '' ? { set: { [key]: JSON.stringify(value.trim()) } } : lose(value);

// A model's name means something to the tool that it was written for.
const ownModel = (value: unknown): CarriedKey =>
  value === 'inherit' ? { told: "inherit: the CLI's own choice" } : carryText('model')(value);
const otherModel = (value: unknown): CarriedKey => ({
  comments: [`model: ${showForeign(value)}`],
  lost: `${showForeign(value)}: the agent is another program here; set model: by hand`,
});

const effort = (value: unknown): CarriedKey =>
  efforts.some((one) => one === value) ? { set: { effort: String(value) } } : lose(value);

const amountOf =
  (key: 'turns' | 'minutes', most: number) =>
  (value: unknown): CarriedKey => {
    const good =
      typeof value === 'number' && value > 0 && value <= most && (key === 'minutes' || Number.isInteger(value));
    return good ? { [key]: value } : lose(value);
  };
const turns = amountOf('turns', Number.MAX_SAFE_INTEGER);

// There `*` goes through folders, and the last line that matches decides. A card has `**`, and deny: always wins. A
// choice that holds folders is written out.
function cardGlobs(pattern: string): string[] {
  const choices = /\{[^}]*\//.test(pattern) ? expandChoices(pattern) : null;
  return (choices?.ok === true ? choices.forms : [pattern]).map((form) => {
    const parts = form
      .split('/')
      .flatMap((part) => (part === '*' ? ['**'] : part.includes('*') ? ['**', part] : [part]));
    return `  repos/*/${parts.filter((part, at) => part !== '**' || parts[at - 1] !== '**').join('/')}`;
  });
}

const proposals = { allow: 'write', deny: 'deny', ask: 'approve' } as const;

function opencodeEdit(rules: unknown): CarriedKey {
  if (rules === 'deny') return readsOnly;
  if (!isTable(rules)) return rules === undefined ? {} : { lost: `edit: ${showForeign(rules)}; write: decides here` };
  const entries = Object.entries(rules);
  const comments = Object.entries(proposals).flatMap(([action, key]) => {
    const globs = entries.filter(([, word]) => word === action).map(([pattern]) => pattern);
    const whole = action === 'deny' ? globs.filter((one) => one !== '*' && one !== '**') : globs;
    return whole.length === 0 ? [] : [`${key}: |`, ...whole.flatMap(cardGlobs)];
  });
  return { comments, lost: 'edit: its paths stand in the card as a proposal; the last match wins there, deny: here' };
}

function opencodePermission(value: unknown): CarriedKey {
  if (!isTable(value)) return lose(value);
  const { edit, task, ...others } = value;
  const piece = opencodeEdit(edit);
  const send = isTable(task)
    ? Object.entries(task).flatMap(([name, word]) => (word === 'allow' && !name.includes('*') ? [name] : []))
    : [];
  const rest = [
    ...(Object.keys(others).length > 0 ? [showForeign(others)] : []),
    ...(task === undefined ? [] : [`task: ${showForeign(task)}`]),
  ];
  const lost = [piece.lost ?? '', ...rest].filter(Boolean).join('; ');
  return { ...piece, send, ...(lost === '' ? {} : { lost }) };
}

// A rule of Cursor names the files that it is about: a proposal for write:.
function cursorGlobs(value: unknown): CarriedKey {
  const globs = toolsNamed(value);
  if (globs.length === 0) return lose(value);
  return { comments: ['write: |', ...globs.flatMap(cardGlobs)], lost: 'its paths stand in the card as a proposal' };
}

function copilotHandoffs(value: unknown): CarriedKey {
  const agents = Array.isArray(value)
    ? value.flatMap((one) => (isTable(one) && one['agent'] ? [`${one['agent']}`] : []))
    : [];
  return { send: agents, lost: showForeign(value) };
}

const common: KeyTable = { name: carryNothing, description: carryText('description') };

const foreignTables: Readonly<Record<ForeignKind, KeyTable>> = {
  claude: {
    ...common,
    model: ownModel,
    effort,
    maxTurns: turns,
    tools: claudeTools,
    permissionMode: (value) => (value === 'plan' ? readsOnly : lose(value)),
  },
  codex: {
    ...common,
    model: ownModel,
    model_reasoning_effort: effort,
    sandbox_mode: (value) => (value === 'read-only' ? readsOnly : lose(value)),
  },
  opencode: {
    description: common['description'] ?? carryNothing,
    model: ownModel,
    steps: turns,
    maxSteps: turns,
    tools: opencodeTools,
    permission: opencodePermission,
  },
  gemini: {
    ...common,
    model: ownModel,
    max_turns: turns,
    timeout_mins: amountOf('minutes', 1440),
    tools: (value) => carryToolList('gemini', value),
  },
  cursor: {
    ...common,
    model: otherModel,
    readonly: (value) => (value === true ? readsOnly : lose(value)),
    globs: cursorGlobs,
  },
  copilot: {
    ...common,
    model: otherModel,
    handoffs: copilotHandoffs,
    tools: (value) => carryToolList('copilot', value),
  },
};

const credentials: Readonly<Partial<Record<ForeignKind, string>>> = {
  claude: 'ANTHROPIC_API_KEY',
  codex: 'OPENAI_API_KEY',
  gemini: 'GEMINI_API_KEY',
};

/** A name in the shape that roles have: lower case, with dashes, at most 32 characters. */
function nameFor(wish: string): string {
  const plain = wish
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32);
  return plain.replace(/^[-\d]+|-+$/g, '');
}

/** The name of a file's agent, as its tool has it. */
function foreignName(kind: ForeignKind, stem: string, { fields }: ForeignFile): string {
  const own = kind === 'opencode' ? undefined : fields.find((one) => one.key === 'name')?.value;
  return typeof own === 'string' && own.trim() !== '' ? own.trim() : stem;
}

/**
 * Makes a card of an agent file. `stem` is the file's name without its ending; `as` the role's name, where the file's
 * own doesn't do. Gives the problems instead where it can't be read.
 */
export function importCard(
  kind: ForeignKind,
  { stem, text: source, as }: { readonly stem: string; readonly text: string; readonly as?: string | undefined },
): ImportedCard | readonly Problem[] {
  const file = splitForeign(kind, source);
  if (!('fields' in file)) return file;
  const wish = foreignName(kind, stem, file);
  const name = as ?? nameFor(wish);
  const flaw = roleNameFlaw(name);
  if (flaw !== undefined) return [{ ...importProblem('role-name', flaw), hint: 'give it a name with --as' }];
  const pieces = file.fields.map(({ key, value }) => {
    const own = Object.hasOwn(foreignTables[kind], key) ? foreignTables[kind][key] : undefined;
    return { key, piece: (own ?? lose)(value) };
  });
  const card =
    printCard(
      kind,
      pieces.map((one) => one.piece),
      name,
    ) + file.body;
  const reading = parseRole(name, card);
  if (!reading.ok) return reading.problems;
  const { write, deny, read, env, network, signIn } = reading.role;
  if ([write, deny, read, env, signIn].some((list) => list.length > 0) || network.kind !== 'none')
    return [importProblem('import-unreadable', 'the card would grant something')];
  const remarks = (part: 'lost' | 'told') =>
    pieces.flatMap(({ key, piece }) => (piece[part] === undefined ? [] : [{ key, text: piece[part] }]));
  const told = [
    ...(name === wish ? [] : [{ key: 'name', text: `${showForeign(wish)} becomes ${name}` }]),
    ...(file.present ? [] : [{ key: 'prompt', text: 'the file has no front matter: all of it is the prompt' }]),
    ...(file.body.trim() === '' ? [{ key: 'prompt', text: 'it is empty' }] : []),
    ...file.relaxed.map((key) => ({ key, text: 'the line is no YAML; it is read as plain text' })),
    ...(kind === 'cursor' || kind === 'copilot' ? [{ key: 'agent', text: `auto: fourline starts no ${kind}` }] : []),
  ];
  return { name, text: card, lost: remarks('lost'), told: [...told, ...remarks('told')] };
}

function printCard(kind: ForeignKind, pieces: readonly CarriedKey[], name: string): string {
  const set = Object.assign({}, ...pieces.map((one) => one.set ?? {})) as Readonly<Record<string, string>>;
  const send = pieces.flatMap((one) => one.send ?? []).filter((one) => roleShape.test(one) && one !== name);
  const limits = (['turns', 'minutes'] as const).flatMap((key) => {
    const found = pieces.findLast((one) => one[key] !== undefined)?.[key];
    return found === undefined ? [] : [`${key}: ${found}`];
  });
  const asked = pieces.flatMap((one) => one.comments ?? []);
  const paths = asked.some((one) => one.startsWith('write:')) ? [] : ['write: |', '  repos/*/src/**'];
  const key = credentials[kind];
  return [
    '---',
    ...Object.entries(set).flatMap(([one, value]) => (one === 'description' ? [`${one}: ${value}`] : [])),
    `agent: ${kind === 'cursor' || kind === 'copilot' ? 'auto' : kind}`,
    ...Object.entries(set).flatMap(([one, value]) => (one === 'description' ? [] : [`${one}: ${value}`])),
    ...(send.length === 0 ? [] : [`send: [${[...new Set(send)].join(', ')}]`]),
    ...(limits.length === 0 ? [] : [`limits: { ${limits.join(', ')} }`]),
    '# It came in without a path, a credential or a network. A proposal; remove the # of what it needs:',
    ...[...asked, ...paths, ...(key === undefined ? [] : [`env: ${key}`]), 'network: model'].map(
      (line) => `# ${line.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')}`,
    ),
    '---',
    '',
  ].join('\n');
}

function importProblem(code: string, message: string): Problem {
  return { code, level: 'error', message, line: 1, column: 1 };
}
