// Why: `on:` in fourline.yaml says whom fourline tells of what happens: a command, a webhook or the terminal.
// Promises: pure; strict: an unknown key or an odd value is a problem. No message shows an address, which may hold a
// password.
// Never: runs anything; takes a command line from anywhere else.
import type { Host } from '../platform/process/host.ts';
import type { Reason } from '../platform/text/fault.ts';
import { block, type KeyReader, key, schemaOf, type Table, tellNone } from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { amount, oneOf } from '../platform/text/readers.ts';
import { closestOf, hideAddresses } from '../platform/text/text.ts';

/** Each event of `on:`, with what it means. */
export const happenings = {
  'needs-you':
    'Something newly waits for you: a question, an approval, a pull request, a halted order of yours, a file that is not taken, a broken card.',
  landed: 'Commits of an order are on their branch, or an order ended well without any.',
  refused: 'The gate refused changes of a run.',
  failed: 'An order ended without landing.',
  budget: 'A limit is reached: of an order in money, tokens or turns, of a family, or of an agent plan.',
  signal: 'A role leaves its job, and `signals:` says that you are told.',
  idle: 'Orders were run, and now nothing runs and nothing can start.',
} as const;

/** The name of an event of `on:`. */
export type HappeningName = keyof typeof happenings;

/** The form in which a webhook is told. */
export type WebhookForm = 'event' | 'slack' | 'text';

/** An action that follows when something happens. A command is an argument vector; times are seconds. */
export type Action =
  | { readonly kind: 'terminal' }
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]]; readonly seconds: number }
  | { readonly kind: 'webhook'; readonly url: string; readonly as: WebhookForm; readonly seconds: number };

const commandLine: KeyReader<readonly [string, ...string[]]> = {
  read: ({ value }, fail) => {
    if (typeof value === 'string' && value.trim() !== '') return ['/bin/sh', '-c', value];
    const words: unknown[] = Array.isArray(value) ? value : [];
    const [program, ...rest] = words.filter((one) => typeof one === 'string');
    const whole = program !== undefined && program !== '' && 1 + rest.length === words.length;
    return whole
      ? [program, ...rest]
      : tellNone(fail, 'must be a line for the shell, or a list of a program and texts');
  },
  schema: {
    anyOf: [
      { type: 'string', pattern: '\\S' },
      { type: 'array', items: { type: 'string' }, minItems: 1 },
    ],
  },
};

const addressShape = /^(?:https?:\/\/[^\s/]\S*|\$[A-Za-z_]\w*)$/;

// The value isn't shown: a misspelt address is as secret as a good one.
const addressReader: KeyReader<string> = {
  read: ({ value }, fail) =>
    typeof value === 'string' && addressShape.test(value) && (value.startsWith('$') || URL.canParse(value))
      ? value
      : tellNone(fail, 'must be an address (https://…), or a variable that holds one ($NAME)'),
  schema: { type: 'string', pattern: addressShape.source },
};

const secondsKey = key(amount({ most: 600 }), undefined, {
  help: 'Seconds that it may take, at most 600.',
  example: 'command: notify\nseconds: 5',
  since: '0.2.0',
  without: '`30` for a command, `10` for each try of a webhook',
});
const commandKey = key(commandLine, undefined, {
  help: 'A program with its arguments, or a line for the shell. It runs as you, outside any sandbox, in the workspace; the event is one JSON object on its standard input.',
  example: 'command: [notify, --now]',
  since: '0.2.0',
  without: 'no command',
});
const webhook = key(addressReader, undefined, {
  help: 'An address that the event is posted to, or `$NAME` for the variable that holds it. An address alone may stand for the map.',
  example: 'webhook: $TEAM_WEBHOOK',
  since: '0.2.0',
  without: 'no webhook',
});
const form = key(oneOf(['event', 'slack', 'text']), 'event', {
  help: 'The form that a webhook gets: the `event` as JSON, a message for `slack`, or the sentence alone as `text`.',
  example: 'webhook: $TEAM_WEBHOOK\nas: slack',
  since: '0.2.0',
});

const commandKeys = { command: commandKey, seconds: secondsKey };
const webhookKeys = { webhook, as: form, seconds: secondsKey };
const allKeys = { ...commandKeys, ...webhookKeys };

const needed = 'must be terminal, an address, a command: or a webhook:, or a list of these';
const neededHint = 'on: { needs-you: { command: [notify] } }';

function readAction(field: Field, fail: Parameters<KeyReader<Action>['read']>[1]): Action | undefined {
  const { value } = field;
  if (value === 'terminal') return { kind: 'terminal' };
  if (typeof value === 'string' && /^(?:https?:\/\/|\$)/.test(value)) {
    const url = addressReader.read(field, fail);
    return url === undefined ? undefined : { kind: 'webhook', url, as: 'event', seconds: 10 };
  }
  if (field.fields === null) {
    const near = typeof value === 'string' ? closestOf(value, ['terminal']) : undefined;
    return tellNone(fail, needed, near === undefined ? neededHint : `did you mean '${near}'?`);
  }
  const names = field.fields.map((one) => one.key);
  if (names.includes('webhook')) {
    const { webhook: url, as, seconds: most = 10 } = block(webhookKeys).read(field, fail) ?? {};
    return url === undefined ? undefined : { kind: 'webhook', url, as: as ?? 'event', seconds: most };
  }
  const { command: argv, seconds: most = 30 } =
    block(names.includes('command') ? commandKeys : allKeys).read(field, fail) ?? {};
  if (argv === undefined && names.every((name) => name in allKeys) && !names.includes('command'))
    fail('needs a command: or a webhook:', { hint: neededHint });
  return argv === undefined ? undefined : { kind: 'command', argv, seconds: most };
}

// A value inside a list, as a field.
function fieldIn(field: Field, value: unknown): Field {
  const map = typeof value === 'object' && value !== null && !Array.isArray(value);
  const fields = map ? Object.entries(value).map(([name, one]) => fieldIn({ ...field, key: name }, one)) : null;
  return { ...field, value, fields };
}

function strictMap(keys: Table, required: string): unknown {
  return { ...schemaOf(keys), required: [required] };
}

const actionSchema = {
  anyOf: [
    { enum: ['terminal'] },
    addressReader.schema,
    strictMap(commandKeys, 'command'),
    strictMap(webhookKeys, 'webhook'),
  ],
};

const actions: KeyReader<readonly Action[]> = {
  read: (field, fail) => {
    const list: unknown[] = Array.isArray(field.value) ? field.value : [field.value];
    const each = Array.isArray(field.value) ? list.map((one) => fieldIn(field, one)) : [field];
    return each.flatMap((one) => readAction(one, fail) ?? []);
  },
  schema: { anyOf: [...actionSchema.anyOf, { type: 'array', items: actionSchema }] },
};

function happeningKey(name: HappeningName, example: string, reader = actions) {
  return key(reader, [], { help: happenings[name], example, since: '0.2.0' });
}

/** The keys of `on:`. Each takes what the first one takes. */
export const happeningKeys = {
  'needs-you': happeningKey('needs-you', 'needs-you: terminal', { ...actions, keys: allKeys }),
  landed: happeningKey('landed', 'landed: { webhook: $TEAM_WEBHOOK, as: slack }'),
  refused: happeningKey('refused', 'refused: { command: [notify, refused] }'),
  failed: happeningKey('failed', 'failed: [terminal, https://ntfy.example.com/team]'),
  budget: happeningKey('budget', 'budget: { command: notify, seconds: 5 }'),
  signal: happeningKey('signal', 'signal: terminal'),
  idle: happeningKey('idle', 'idle: terminal'),
} satisfies Record<HappeningName, unknown>;

/** The actions of `on:`, by event. */
export type Actions = { readonly [Name in HappeningName]: readonly Action[] };

/** Shows an action to people. An address is shown up to its host: a path or a name may be a password. */
export function showAction(action: Action): string {
  if (action.kind === 'terminal') return 'terminal';
  if (action.kind === 'webhook') return `webhook ${hideAddresses(action.url)}`;
  const line = action.argv[1] === '-c' && action.argv[0] === '/bin/sh' ? action.argv.slice(2) : action.argv;
  return `command ${hideAddresses(line.join(' ')).slice(0, 80)}`;
}

/** The address of a webhook: as it stands, or from the variable that it names. A string says why there is none. */
export function addressOf(url: string, { env }: Host): URL | Reason {
  if (!url.startsWith('$')) return new URL(url);
  const value = env[url.slice(1)]?.trim() ?? '';
  if (value === '') return `${url} is not set`;
  if (!/^https?:\/\/[^\s/]\S*$/.test(value) || !URL.canParse(value)) return `${url} holds no address (https://…)`;
  return new URL(value);
}
