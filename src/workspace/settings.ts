// Why: what a whole workspace agrees on, in one optional hand-written file; the defaults suffice.
// Promises: strict: an unknown key or an odd value is a problem with its line. Pure.
// Never: grants anything; that is the cards'.
import { type SignalName, signalNames } from '../ledger/entry.ts';
import { type Endpoint, readEndpoint } from '../platform/net/host.ts';
import { readYaml } from '../platform/text/front-matter.ts';
import type { Problem } from '../platform/text/problem.ts';
import { closestOf, escapeText, readSize } from '../platform/text/text.ts';
import { type Approval, noApproval, readApproval } from '../role/approval.ts';
import { type RepoSettings, readRepos } from '../setup/plan.ts';

/** What is done about a signal: `note` counts it, `tell` leaves the operator a notice, `fire` takes the order away. */
export type Rule = 'note' | 'tell' | 'fire';

/**
 * `runs`: how many runs there may be at once, over all roles. `domain`: the mail domain of roles in commits. `sandbox`: walls around agents and checks are
 * required, used where there are any, or off. `readable`: host folders and files that every cell may read, where they are. `reachable`: private or loopback
 * endpoints that runs with a listed network may connect to. `free`: bytes that must be free where rooms and state lie before a run starts. `quantities`: what is done about numbers of an order that none of the orders it sends carries on. `credentials`: variables that an agent is handed whatever its card says, by the agent's name. `review`: which role reviews landings
 * in a repository, by its name. `approve`: what of any role's work waits for the operator. `hops`: how often an order may be routed on. `signals`: what is done about each. `checks`: what Acceptance commands may use:
 * minutes each and together, bytes of output each and of room beside the run's own. `family`: how far all that comes of one order may go: generations of orders, runs, money.
 */
export type Settings = {
  readonly runs: number;
  readonly domain: string;
  readonly sandbox: 'required' | 'auto' | 'off';
  readonly readable: readonly string[];
  readonly reachable: readonly Endpoint[];
  readonly free: number;
  readonly quantities: 'hold' | 'warn' | 'off';
  readonly credentials: ReadonlyMap<string, readonly string[]>;
  readonly review: ReadonlyMap<string, string>;
  readonly approve: Approval;
  readonly hops: number;
  readonly signals: Readonly<Record<SignalName, Rule>>;
  readonly checks: {
    readonly minutes: number;
    readonly together: number;
    readonly output: number;
    readonly room: number;
  };
  readonly family: { readonly generations: number; readonly runs: number; readonly usd: number };
  /** Setup, variables and checks, by repository. */
  readonly repos: ReadonlyMap<string, RepoSettings>;
};

/** What holds without a fourline.yaml. */
export const defaultSettings: Settings = {
  runs: 4,
  domain: 'fourline.local',
  sandbox: 'auto',
  readable: [],
  reachable: [],
  free: 256_000_000,
  quantities: 'warn',
  credentials: new Map(),
  review: new Map(),
  approve: noApproval,
  hops: 5,
  signals: { artefact: 'note', override: 'note', 'missed-rejection': 'note', scope: 'note', silent: 'note' },
  checks: { minutes: 30, together: 60, output: 64_000_000, room: 8_000_000_000 },
  family: { generations: 12, runs: 400, usd: 100 },
  repos: new Map(),
};

const keys = [
  'runs',
  'domain',
  'sandbox',
  'readable',
  'reachable',
  'free',
  'quantities',
  'credentials',
  'review',
  'approve',
  'hops',
  'signals',
  'checks',
  'family',
  'repos',
];

/** Reads fourline.yaml. Values with a problem keep their default. */
export function parseSettings(text: string): { settings: Settings; problems: Problem[] } {
  const reading = readYaml(text);
  if (!reading.ok) return { settings: { ...defaultSettings, sandbox: 'required' }, problems: [...reading.problems] };
  const problems: Problem[] = [];
  const out: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...defaultSettings };
  for (const field of reading.fields) {
    const fail = (message: string, hint?: string): void =>
      void problems.push({ code: 'settings', level: 'error', message, line: field.line, column: 1, hint });
    if (field.key === 'runs') {
      if (typeof field.value === 'number' && Number.isInteger(field.value) && field.value >= 1 && field.value <= 256)
        out.runs = field.value;
      else fail('runs: must be a whole number from 1 to 256');
    } else if (field.key === 'domain') {
      if (typeof field.value === 'string' && /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/i.test(field.value))
        out.domain = field.value;
      else fail('domain: must be a mail domain', 'domain: agents.example.com');
    } else if (field.key === 'sandbox') {
      if (field.value === 'required' || field.value === 'auto' || field.value === 'off') out.sandbox = field.value;
      else {
        // A misspelt wish for walls is no wish for none.
        out.sandbox = 'required';
        fail('sandbox: must be required, auto or off', 'until it is mended, required holds');
      }
    } else if (field.key === 'readable') {
      const list: unknown = typeof field.value === 'string' ? [field.value] : field.value;
      if (
        Array.isArray(list) &&
        list.every((one) => typeof one === 'string' && /^\/[^/]/.test(one) && !one.includes('/../'))
      )
        out.readable = list as string[];
      else fail('readable: must be a list of absolute paths', 'readable: [/opt/tools]');
    } else if (field.key === 'reachable') {
      const list: unknown = typeof field.value === 'string' ? [field.value] : field.value;
      const read = Array.isArray(list) ? list.map((one) => readEndpoint(String(one))) : [null];
      if (read.every((one) => one !== null)) out.reachable = read;
      else fail('reachable: must be a list of hosts with ports', "reachable: ['127.0.0.1:11434']");
    } else if (field.key === 'quantities') {
      if (field.value === 'hold' || field.value === 'warn' || field.value === 'off') out.quantities = field.value;
      // YAML takes a bare off for false.
      else if (field.value === false) out.quantities = 'off';
      else fail('quantities: must be hold, warn or off', 'quantities: hold');
    } else if (field.key === 'credentials') {
      const read = readCredentials(field.value);
      if (read === null)
        fail('credentials: must name variables by agent', 'credentials: { claude: ANTHROPIC_API_KEY }');
      else out.credentials = read;
    } else if (field.key === 'review') {
      const read = readReviews(field.value);
      if (read === null) fail('review: must name a role by repository', 'review: { shop: auditor }');
      else out.review = read;
    } else if (field.key === 'approve') out.approve = readApproval(field, problems);
    else if (field.key === 'hops') {
      if (typeof field.value === 'number' && Number.isInteger(field.value) && field.value >= 0) out.hops = field.value;
      else fail('hops: must be a whole number, 0 or more');
    } else if (field.key === 'signals') {
      const read = readRules(field.value);
      if (typeof read === 'string') fail(read, 'signals: { artefact: fire, scope: tell }');
      else out.signals = { ...out.signals, ...read };
    } else if (field.key === 'checks') {
      const read = readAmounts(field.value, out.checks);
      if (typeof read === 'string')
        fail(`checks: ${read}`, 'checks: { minutes: 10, together: 30, output: 16m, room: 2g }');
      else out.checks = read;
    } else if (field.key === 'family') {
      const read = readAmounts(field.value, out.family);
      if (typeof read === 'string') fail(`family: ${read}`, 'family: { generations: 12, runs: 400, usd: 100 }');
      else out.family = read;
    } else if (field.key === 'repos') {
      const read = readRepos(field.value);
      for (const flaw of read.flaws) fail(flaw);
      out.repos = read.repos;
    } else if (field.key === 'free') {
      const size = readSize(field.value);
      if (size !== undefined && size >= 0) out.free = size;
      else fail('free: must be a size, in bytes or with k, m or g', 'free: 2g');
    } else {
      const near = closestOf(field.key, keys);
      fail(
        `unknown key '${escapeText(field.key).slice(0, 40)}'`,
        near === undefined ? `the keys are ${keys.join(', ')}` : `did you mean '${near}'?`,
      );
    }
  }
  return { settings: out, problems };
}

// Amounts above 0 by name, over those that hold otherwise; a string says what is wrong.
function readAmounts<Amounts extends Readonly<Record<string, number>>>(
  value: unknown,
  defaults: Amounts,
): Amounts | string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'must be a map';
  const out: Record<string, number> = { ...defaults };
  for (const [key, raw] of Object.entries(value)) {
    const size = readSize(raw);
    if (!Object.hasOwn(defaults, key))
      return `does not know '${escapeText(key).slice(0, 40)}' (${Object.keys(defaults).join(', ')})`;
    if (size === undefined || size <= 0 || size > Number.MAX_SAFE_INTEGER) return `${key} must be a number above 0`;
    if ((key === 'minutes' || key === 'together') && size > 24 * 60) return `${key} must be at most ${24 * 60}`;
    out[key] = size;
  }
  return out as Amounts;
}

function readReviews(value: unknown): Map<string, string> | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  return entries.every(([, role]) => typeof role === 'string' && /^[a-z][a-z0-9-]{0,31}$/.test(role))
    ? new Map(entries as [string, string][])
    : null;
}

function readCredentials(value: unknown): Map<string, string[]> | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const out = new Map<string, string[]>();
  for (const [agent, names] of Object.entries(value)) {
    const list: unknown = typeof names === 'string' ? names.split(/[,\s]+/).filter(Boolean) : names;
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string' && /^[A-Za-z_]\w*$/.test(one)))
      return null;
    out.set(agent, list as string[]);
  }
  return out;
}

function readRules(value: unknown): Partial<Record<SignalName, Rule>> | string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'signals: must give a rule by signal';
  const out: Partial<Record<SignalName, Rule>> = {};
  for (const [key, rule] of Object.entries(value)) {
    const name = signalNames.find((one) => one === key);
    if (name === undefined)
      return `signals: does not know '${escapeText(key).slice(0, 40)}' (${signalNames.join(', ')})`;
    if (rule !== 'note' && rule !== 'tell' && rule !== 'fire') return `signals: ${name} must be note, tell or fire`;
    out[name] = rule;
  }
  return out;
}
