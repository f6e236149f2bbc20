// Why: the settings of a whole workspace, in one optional hand-written file; the defaults suffice.
// Promises: strict: an unknown key or an odd value is a problem with its line. Pure.
// Never: grants anything; the cards do.

import type { SignalName } from '../ledger/entry.ts';
import { type Endpoint, readEndpoint } from '../platform/net/host.ts';
import {
  block,
  byName,
  defaultsOf,
  type KeyReader,
  key,
  readFields,
  tellNone,
  type Values,
} from '../platform/text/fields.ts';
import { readYaml } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { amount, oneOf, shaped, wholeNumber, wordList, yesNo } from '../platform/text/readers.ts';
import { approval, noApproval } from '../role/approval.ts';
import { roleName } from '../role/card.ts';
import { reposReader } from '../setup/plan.ts';
import { happeningKeys } from './actions.ts';

const upToADay = amount({ most: 24 * 60 });

// A misspelt `sandbox:` must not count as a wish for no sandbox.
const sandbox: KeyReader<'required' | 'auto' | 'off'> = {
  ...oneOf(['required', 'auto', 'off']),
  read: ({ value }, fail) => {
    if (value === 'required' || value === 'auto' || value === 'off') return value;
    fail('must be required, auto or off', { hint: 'until it is mended, required holds' });
    return 'required';
  },
};

/** A list of texts, or a single text, each read by `read`; null from it means that the text is invalid. */
function oneOrList<Value>(
  read: (text: string) => Value | null,
  { pattern, message }: { readonly pattern: string; readonly message: string },
): KeyReader<readonly Value[]> {
  const item = { type: 'string', pattern };
  return {
    read: ({ value }, fail) => {
      const list: unknown = typeof value === 'string' ? [value] : value;
      const found = Array.isArray(list) ? list.map((one) => (typeof one === 'string' ? read(one) : null)) : [null];
      return found.every((one) => one !== null) ? found : tellNone(fail, message);
    },
    schema: { anyOf: [item, { type: 'array', items: item }] },
  };
}

const readable = oneOrList((path) => (/^\/[^/]/.test(path) && !path.includes('/../') ? path : null), {
  pattern: '^/[^/]',
  message: 'must be a list of absolute paths',
});

const reachable = oneOrList<Endpoint>(readEndpoint, {
  pattern: '^[^*]+:\\d{1,5}$',
  message: 'must be a list of hosts with ports',
});

const quantityRule = oneOf(['hold', 'warn', 'off']);
// Older YAML reads a bare off as false.
const quantities: KeyReader<'hold' | 'warn' | 'off'> = {
  read: (field, fail) => (field.value === false ? 'off' : quantityRule.read(field, fail)),
  schema: { enum: ['hold', 'warn', 'off', false] },
};

/** The action on a signal: `note` counts it, `tell` leaves the operator a notice, `fire` takes the order away. */
export type Rule = 'note' | 'tell' | 'fire';

function signalKey(name: string, help: string) {
  return key(oneOf(['note', 'tell', 'fire']), 'note', { help, example: `${name}: tell`, since: '0.1.0' });
}

const signalKeys = {
  artefact: signalKey(
    'artefact',
    "A role that only sends orders put code, SQL or a diff into them, or tried to change others' files.",
  ),
  override: signalKey('override', 'A word was overruled, or a rejected or halted order given again, without a reason.'),
  'missed-rejection': signalKey('missed-rejection', 'A new order does not name the order that was rejected.'),
  scope: signalKey('scope', 'A run changed files outside its boundary.'),
  silent: signalKey('silent', 'Work with no order, or with no report.'),
} satisfies Record<SignalName, unknown>;

const checkLimitKeys = {
  minutes: key(upToADay, 30, { help: 'Minutes of each command.', example: 'minutes: 10', since: '0.2.0' }),
  together: key(upToADay, 60, {
    help: 'Minutes of all commands of an order.',
    example: 'together: 30',
    since: '0.2.0',
  }),
  output: key(amount(), 64_000_000, {
    help: 'Bytes that each command may print.',
    example: 'output: 16m',
    since: '0.2.0',
  }),
  room: key(amount(), 8_000_000_000, {
    help: "Bytes that the commands may write beside the run's own.",
    example: 'room: 2g',
    since: '0.2.0',
  }),
};

const familyKeys = {
  generations: key(amount(), 12, {
    help: 'Generations of orders, from the first one on; the last sends none.',
    example: 'generations: 4',
    since: '0.2.0',
  }),
  runs: key(amount(), 400, { help: 'Runs of all its orders together.', example: 'runs: 60', since: '0.2.0' }),
  usd: key(amount(), 100, { help: 'US dollars of all its runs together.', example: 'usd: 20', since: '0.2.0' }),
};

// The value isn't shown: an address may hold a password.
const collector: KeyReader<string> = {
  read: ({ value }, fail) =>
    typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)
      ? value
      : tellNone(fail, 'must be the address of a collector, as http://127.0.0.1:4318'),
  schema: { type: 'string', pattern: '^https?://' },
};

const otelKeys = {
  endpoint: key(collector, undefined, {
    help: 'The collector that spans and metrics are sent to, over OTLP/HTTP. `OTEL_EXPORTER_OTLP_ENDPOINT` counts before it.',
    example: 'endpoint: http://127.0.0.1:4318',
    since: '0.2.0',
    without: 'nothing is sent',
  }),
  content: key(yesNo, false, {
    help: "Whether orders' texts, agents' words and what tools were used on are sent too.",
    example: 'content: true',
    since: '0.2.0',
  }),
};

/** All keys of fourline.yaml. */
export const settingsKeys = {
  runs: key(wholeNumber(1, 256), 4, {
    help: 'How many runs there may be at once, over all roles.',
    example: 'runs: 2',
    since: '0.1.0',
  }),
  domain: key(shaped(/^[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*$/, 'must be a mail domain'), 'fourline.local', {
    help: 'The mail domain of roles in commits. An edit takes effect at the next start.',
    example: 'domain: agents.example.com',
    since: '0.1.0',
  }),
  sandbox: key(sandbox, 'auto', {
    help: 'Whether a sandbox around agents and checks is `required`, used where the machine has one (`auto`) or `off`. An edit takes effect at the next start.',
    example: 'sandbox: required',
    since: '0.1.0',
  }),
  rooms: key(oneOf(['auto', 'copy']), 'auto', {
    help: 'How rooms get the code: as overlays over one checkout or as clones of its files, where that can be had (`auto`), or each as a `copy`.',
    example: 'rooms: copy',
    since: '0.2.0',
  }),
  readable: key(readable, [], {
    help: 'Folders and files of this machine that every sandbox may read, by absolute paths.',
    example: 'readable: [/opt/tools]',
    since: '0.1.0',
  }),
  reachable: key(reachable, [], {
    help: 'Private or loopback endpoints that runs with listed hosts may connect to.',
    example: "reachable: ['127.0.0.1:11434']",
    since: '0.1.0',
  }),
  free: key(amount({ zero: true }), 256_000_000, {
    help: 'Bytes that must be free where rooms and state lie before a run starts.',
    example: 'free: 2g',
    since: '0.1.0',
  }),
  quantities: key(quantities, 'warn', {
    help: 'Decides about numbers in an order that appear in none of its child orders: `hold` the child orders, `warn`, or `off`.',
    example: 'quantities: hold',
    since: '0.1.0',
  }),
  credentials: key(byName(wordList(/^[A-Za-z_]\w*$/, 'a variable name'), 'must name variables by agent'), new Map(), {
    help: "Variables that an agent is handed whatever its card says, by the agent's name.",
    example: 'credentials: { claude: ANTHROPIC_API_KEY }',
    since: '0.1.0',
  }),
  review: key(byName(roleName, 'must name a role by repository'), new Map(), {
    help: 'Which role reviews what lands in a repository.',
    example: 'review: { shop: auditor }',
    since: '0.1.0',
  }),
  approve: key(approval(), noApproval, {
    help: 'Work of any role that waits for the operator: patterns, one a line, or a map.',
    example: 'approve: { paths: [repos/*/billing/**], first: 3, plan: true }',
    since: '0.1.0',
    without: 'nothing waits',
    code: 'approve',
  }),
  hops: key(wholeNumber(0), 5, { help: 'How often an order may be routed on.', example: 'hops: 2', since: '0.1.0' }),
  signals: key(block(signalKeys, 'must give a rule by signal'), defaultsOf(signalKeys), {
    help: 'Decides about each signal: `note` counts it, `tell` leaves the operator a notice, `fire` takes the order away.',
    example: 'signals: { artefact: fire, scope: tell }',
    since: '0.1.0',
    without: 'each is noted',
  }),
  on: key(block(happeningKeys, 'must give actions by event'), defaultsOf(happeningKeys), {
    help: 'Tells you or your team of what happens: by a command, a webhook or the terminal.',
    example: 'on: { needs-you: terminal, failed: { webhook: $TEAM_WEBHOOK, as: slack } }',
    since: '0.2.0',
    without: 'nobody is told',
  }),
  otel: key(block(otelKeys), defaultsOf(otelKeys), {
    help: 'Sends what happens to an OpenTelemetry collector while `fourline start` works.',
    example: 'otel: { endpoint: http://127.0.0.1:4318 }',
    since: '0.2.0',
    without: 'nothing is sent',
  }),
  checks: key(block(checkLimitKeys), defaultsOf(checkLimitKeys), {
    help: 'Limits what the commands of Acceptance may use.',
    example: 'checks: { minutes: 10, together: 30, output: 16m, room: 2g }',
    since: '0.2.0',
    without: 'each has its own default',
  }),
  family: key(block(familyKeys), defaultsOf(familyKeys), {
    help: 'Limits everything that comes of one order.',
    example: 'family: { generations: 4, runs: 60, usd: 20 }',
    since: '0.2.0',
    without: 'each has its own default',
  }),
  repos: key(reposReader, new Map(), {
    help: 'Says what rooms and checks of a repository need, and how its work comes and goes, by the name of its folder.',
    example: 'repos: { shop: { setup: npm ci } }',
    since: '0.2.0',
    without: 'nothing is installed, fetched or pushed',
  }),
};

/** The settings of a whole workspace, as fourline.yaml gives them. */
export type Settings = Values<typeof settingsKeys>;

/** The settings without a fourline.yaml. */
export const defaultSettings: Settings = defaultsOf(settingsKeys);

/** Reads fourline.yaml. Values with a problem keep their default. */
export function parseSettings(text: string): { settings: Settings; problems: Problem[] } {
  const reading = readYaml(text);
  if (!reading.ok) return { settings: { ...defaultSettings, sandbox: 'required' }, problems: [...reading.problems] };
  const { values, problems } = readFields(settingsKeys, reading.fields, { code: 'settings' });
  return { settings: values, problems };
}
