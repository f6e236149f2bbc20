// Why: `repos:` in fourline.yaml says, repository by repository, what its rooms and checks need around the code. An operator writes it, so its commands are trusted.
// Promises: pure; strict: an unknown key or an odd value is a problem that says what was found and what is meant.
// Never: runs anything, or fills in a command that nobody wrote.
import { hostFlaw, plainHost } from '../platform/net/host.ts';
import { closestOf, escapeText } from '../platform/text/text.ts';
import { noRemote, type RemoteSettings, readRemote, remoteKeys } from '../remote/plan.ts';
import { managerOf } from './ecosystem.ts';

/** One setup. `folder` is where it runs, relative to the repository ('' is its top); paths of `key` and `keep` count from there. */
export type Setup = {
  readonly folder: string;
  readonly commands: readonly string[];
  /** Files that decide what it installs; null takes the lock files that are known. */
  readonly key: readonly string[] | null;
  /** Hosts that it alone may reach, at port 443. */
  readonly network: readonly string[];
  /** Ignored paths that rooms and checks find; null takes all that it left. Those that begin with `~/` are in HOME. */
  readonly keep: readonly string[] | null;
};

/** What fourline.yaml says about one repository. */
export type RepoSettings = {
  readonly setups: readonly Setup[];
  /** Variables for setup, runs and checks; PATH are folders in front of the usual ones, `~/` in it is their HOME. */
  readonly env: Readonly<Record<string, string>>;
  /** Days that a layer nobody uses is kept. */
  readonly keepFor: number;
  readonly checks: {
    /** Hosts that Acceptance commands may reach, at port 443. */
    readonly network: readonly string[];
    /** Commands that are started before the checks, in their sandbox, and ended after them. */
    readonly with: readonly string[];
  };
  /** How work comes from a remote and goes back to it. */
  readonly remote: RemoteSettings;
};

/** What holds for a repository that fourline.yaml doesn't name. */
export const defaultRepo: RepoSettings = {
  setups: [],
  env: {},
  keepFor: 14,
  checks: { network: [], with: [] },
  remote: noRemote,
};

const repoKeys = ['setup', 'key', 'network', 'keep', 'env', 'keep-for', 'checks', ...remoteKeys];
const setupKeys = ['run', 'key', 'network', 'keep'];

/** A flaw ends the reading of one value: it says what was found and what is meant. */
type Reading<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly flaw: string };

/** Reads the value of `repos:`. Each flaw is one sentence that names the repository and the key. */
export function readRepos(value: unknown): { repos: Map<string, RepoSettings>; flaws: string[] } {
  const repos = new Map<string, RepoSettings>();
  const flaws: string[] = [];
  const entries = entriesOf(value);
  if (entries === null)
    return { repos, flaws: ['repos: must hold a block for each repository: shop: { setup: npm ci }'] };
  for (const [name, block] of entries) {
    const where = `repos: ${escapeText(name).slice(0, 60)}`;
    const keys = entriesOf(block);
    if (!/^[\w.-]{1,100}$/.test(name) || name.startsWith('.'))
      flaws.push(`${where}: that is not the name of a folder in repos/`);
    else if (keys === null) flaws.push(`${where}: must hold keys (${repoKeys.join(', ')})`);
    else {
      const read = readRepo(new Map(keys));
      repos.set(name, read.settings);
      flaws.push(...read.flaws.map((flaw) => `${where}: ${flaw}`));
    }
  }
  return { repos, flaws };
}

function readRepo(keys: ReadonlyMap<string, unknown>): { settings: RepoSettings; flaws: string[] } {
  const flaws = unknownKeys(keys.keys(), repoKeys);
  const take = <Value>(key: string, read: (value: unknown) => Reading<Value>, otherwise: Value): Value => {
    if (!keys.has(key)) return otherwise;
    const reading = read(keys.get(key));
    if (!reading.ok) flaws.push(`${key}: ${reading.flaw}`);
    return reading.ok ? reading.value : otherwise;
  };
  const shared = {
    key: take<readonly string[] | null>('key', readPaths, null),
    network: take<readonly string[] | null>('network', readHosts, null),
    keep: take<readonly string[] | null>('keep', readKeep, null),
  };
  const setups = take('setup', (value) => readSetups(value, shared), []);
  if (!keys.has('setup'))
    for (const key of ['key', 'network', 'keep'])
      if (keys.has(key)) flaws.push(`${key}: says something about a setup, and there is no setup: beside it`);
  const checks = take('checks', readChecks, defaultRepo.checks);
  const remote = readRemote(keys);
  return {
    settings: {
      setups,
      env: take('env', readEnv, {}),
      keepFor: take('keep-for', readDays, defaultRepo.keepFor),
      checks,
      remote: remote.settings,
    },
    flaws: [...flaws, ...remote.flaws],
  };
}

type Shared = Pick<Setup, 'key' | 'keep'> & { readonly network: readonly string[] | null };

// A command, a list of commands, or either of them by folder.
function readSetups(value: unknown, shared: Shared): Reading<readonly Setup[]> {
  const commands = textsOf(value);
  if (commands !== null) return { ok: true, value: [setupOf('', commands, shared)] };
  const folders = entriesOf(value);
  if (folders === null || folders.length === 0)
    return { ok: false, flaw: 'must be a command, a list of commands, or commands by folder: { web: npm ci }' };
  const setups: Setup[] = [];
  for (const [folder, block] of folders) {
    const where = folder === '.' ? '' : folder.replace(/\/$/, '');
    if (where !== '' && pathFlaw(where) !== null)
      return { ok: false, flaw: `'${escapeText(folder)}' is no folder of the repository (${pathFlaw(where)})` };
    const read = readBlock(where, block, shared);
    if (!read.ok) return { ok: false, flaw: `${escapeText(folder)}: ${read.flaw}` };
    setups.push(read.value);
  }
  return { ok: true, value: setups };
}

function readBlock(folder: string, block: unknown, shared: Shared): Reading<Setup> {
  const plain = textsOf(block);
  if (plain !== null) return { ok: true, value: setupOf(folder, plain, shared) };
  const keys = new Map(entriesOf(block) ?? []);
  const [unknown] = unknownKeys(keys.keys(), setupKeys);
  if (unknown !== undefined) return { ok: false, flaw: unknown };
  const commands = textsOf(keys.get('run'));
  if (commands === null) return { ok: false, flaw: 'needs run: with a command or a list of commands' };
  const own = { ...shared };
  for (const [key, read] of [
    ['key', readPaths],
    ['network', readHosts],
    ['keep', readKeep],
  ] as const) {
    if (!keys.has(key)) continue;
    const reading = read(keys.get(key));
    if (!reading.ok) return { ok: false, flaw: `${key}: ${reading.flaw}` };
    own[key] = reading.value;
  }
  return { ok: true, value: setupOf(folder, commands, own) };
}

function setupOf(folder: string, commands: readonly string[], { key, network, keep }: Shared): Setup {
  const known = commands.flatMap((one) => managerOf(one)?.hosts ?? []);
  return { folder, commands, key, keep, network: network ?? [...new Set(known)] };
}

function readChecks(value: unknown): Reading<RepoSettings['checks']> {
  const keys = new Map(entriesOf(value) ?? []);
  if (keys.size === 0) return { ok: false, flaw: 'must hold network: or with:' };
  const [unknown] = unknownKeys(keys.keys(), ['network', 'with']);
  if (unknown !== undefined) return { ok: false, flaw: unknown };
  const network: Reading<readonly string[]> = keys.has('network')
    ? readHosts(keys.get('network'))
    : { ok: true, value: [] };
  if (!network.ok) return { ok: false, flaw: `network: ${network.flaw}` };
  const commands = keys.has('with') ? textsOf(keys.get('with')) : [];
  return commands === null
    ? { ok: false, flaw: 'with: must be a command or a list of commands' }
    : { ok: true, value: { network: network.value, with: commands } };
}

function readHosts(value: unknown): Reading<readonly string[]> {
  const hosts = textsOf(typeof value === 'string' ? value.split(/[,\s]+/).filter(Boolean) : value) ?? [];
  if (hosts.length === 0) return { ok: false, flaw: 'must be a list of hosts: [registry.npmjs.org]' };
  for (const host of hosts) {
    const flaw = hostFlaw(host);
    if (flaw !== null) return { ok: false, flaw: `'${escapeText(host).slice(0, 60)}' cannot be used: ${flaw}` };
  }
  return { ok: true, value: hosts.map(plainHost) };
}

function readPaths(value: unknown): Reading<readonly string[]> {
  const paths = textsOf(value) ?? [];
  if (paths.length === 0) return { ok: false, flaw: 'must be a list of files: [package-lock.json, .npmrc]' };
  const odd = paths.find((path) => pathFlaw(path) !== null);
  return odd === undefined
    ? { ok: true, value: paths }
    : { ok: false, flaw: `'${escapeText(odd).slice(0, 60)}' cannot be used: ${pathFlaw(odd)}` };
}

function readKeep(value: unknown): Reading<readonly string[]> {
  const paths = (textsOf(value) ?? []).map((path) => path.replace(/\/$/, ''));
  if (paths.length === 0) return { ok: false, flaw: 'must be a list of ignored folders: [node_modules]' };
  const odd = paths.find((path) => pathFlaw(path.replace(/^~\//, '')) !== null);
  return odd === undefined
    ? { ok: true, value: paths }
    : { ok: false, flaw: `'${escapeText(odd).slice(0, 60)}' cannot be used: ${pathFlaw(odd.replace(/^~\//, ''))}` };
}

// Names that fourline sets itself, and those that change how a program is loaded.
const ownNames = /^(?:HOME|TMPDIR|FOURLINE_\w*)$/;

function readEnv(value: unknown): Reading<Readonly<Record<string, string>>> {
  const given = entriesOf(value);
  const pairs =
    given?.map(([name, one]) => [name, String(one)] as const) ??
    (textsOf(value) ?? []).map(
      (text) => [text.slice(0, Math.max(0, text.indexOf('='))), text.slice(text.indexOf('=') + 1)] as const,
    );
  if (pairs.length === 0) return { ok: false, flaw: 'must be NAME=value, a list of those, or a block of names' };
  for (const [name] of pairs) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      return { ok: false, flaw: `'${escapeText(name).slice(0, 60)}' is no variable's name` };
    if (ownNames.test(name)) return { ok: false, flaw: `fourline sets ${name} itself` };
  }
  const path = pairs.find(([name]) => name === 'PATH')?.[1].split(':') ?? [];
  if (path.some((folder) => !/^~?\/[^$]/.test(folder)))
    return {
      ok: false,
      flaw: 'PATH names folders that are put in front of the usual ones, each by an absolute path or as ~/…',
    };
  return { ok: true, value: Object.fromEntries(pairs) };
}

function readDays(value: unknown): Reading<number> {
  const days =
    typeof value === 'number' ? value : Number(/^(\d+)\s*d(?:ays?)?$/.exec(String(value))?.[1] ?? Number.NaN);
  return Number.isFinite(days) && days >= 0
    ? { ok: true, value: days }
    : { ok: false, flaw: 'must be a number of days: keep-for: 14d' };
}

/** Why a text is no plain relative path, or null. */
function pathFlaw(path: string): string | null {
  if (path === '' || path.length > 256) return 'it is empty or too long';
  if (path.startsWith('/') || path.includes('\\')) return 'paths are relative, with /';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git'))
    return 'it has an empty, .., . or .git part';
  if (/[*?[\]{}]/.test(path)) return 'patterns mean nothing here; name the file or folder';
  return escapeText(path) === path ? null : 'it holds a character that cannot be seen';
}

function unknownKeys(keys: Iterable<string>, known: readonly string[]): string[] {
  return [...keys]
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = closestOf(key, known);
      return `unknown key '${escapeText(key).slice(0, 40)}'; ${near === undefined ? `the keys are ${known.join(', ')}` : `did you mean '${near}'?`}`;
    });
}

function textsOf(value: unknown): string[] | null {
  const list: unknown = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0) return null;
  const texts = (list as unknown[]).filter((one): one is string => typeof one === 'string' && one.trim() !== '');
  return texts.length === list.length ? texts : null;
}

function entriesOf(value: unknown): [string, unknown][] | null {
  return value === null || typeof value !== 'object' || Array.isArray(value) ? null : Object.entries(value);
}
