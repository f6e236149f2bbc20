// Why: `repos:` in fourline.yaml says, for each repository, what its rooms and checks need around the code. An operator
// writes it, so its commands are trusted.
// Promises: pure; strict: an unknown key or an odd value is a problem that says what was found and what is meant.
// Never: runs anything, or fills in a command that nobody wrote.
import { pathFlaw } from '../changes/path.ts';
import {
  block,
  byName,
  type Complain,
  defaultsOf,
  type KeyReader,
  key,
  refine,
  showValue,
  tellNone,
  type Values,
} from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { joinRemote, type RemoteSettings, remoteKeys } from '../remote/plan.ts';
import { managerOf } from './ecosystem.ts';
import { commands, days, env, hosts, listOfPaths, plainTexts } from './values.ts';

/**
 * One setup. `folder` is where it runs, relative to the repository ('' is its top); paths of `key` and `keep` count
 * from there.
 */
export type Setup = {
  readonly folder: string;
  readonly commands: readonly string[];
  /** Files that decide what it installs; null takes the lock files that are known. */
  readonly key: readonly string[] | null;
  /** Hosts that it alone may reach, at port 443. */
  readonly network: readonly string[];
  /** Ignored paths that rooms and checks find; null takes all that it left. Paths that begin with `~/` are in HOME. */
  readonly keep: readonly string[] | null;
};

/** The settings of one repository in fourline.yaml. `line` is where its block stands; 0 if there is no block. */
export type RepoSettings = {
  readonly line: number;
  readonly setups: readonly Setup[];
  /**
   * Variables for setup, runs and checks. The folders in PATH stand before the usual ones; `~/` in it is their HOME.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Days for which a layer that nobody uses is kept. */
  readonly keepFor: number;
  readonly checks: {
    /** Hosts that Acceptance commands may reach, at port 443. */
    readonly network: readonly string[];
    /** Commands that are started before the checks, in their sandbox, and ended after them. */
    readonly with: readonly string[];
    /** Commands that must pass on all that lands, besides those of Acceptance. */
    readonly always: readonly string[];
  };
  /** How work comes from a remote and goes back to it. */
  readonly remote: RemoteSettings;
};

// The parts of a setup stand beside `setup:`, or beside `run:` in a block of its own.
function partsBeside(setup: string) {
  return {
    key: key(listOfPaths('must be a list of files', false), null, {
      help: 'Files and folders, from the folder of the setup, that decide what is installed. When one of them changes, the layer is made anew.',
      example: `${setup}: npm ci\nkey: [package-lock.json, .npmrc]`,
      since: '0.2.0',
      without: 'the known lock files with what belongs to them; in a folder without any, every file',
    }),
    network: key(hosts, null, {
      help: 'Hosts that the setup alone may reach, at port 443.',
      example: `${setup}: npm ci\nnetwork: [registry.npmjs.org]`,
      since: '0.2.0',
      without: 'the public hosts of the package managers that the commands call',
    }),
    keep: key(listOfPaths('must be a list of ignored folders', true), null, {
      help: 'Ignored paths that rooms and checks find. Those that begin with `~/` are in HOME.',
      example: `${setup}: npm ci\nkeep: [node_modules, ~/.cache/tool]`,
      since: '0.2.0',
      without: 'all that git ignores, and the folders of HOME that the package manager fills',
    }),
  };
}

const setupParts = partsBeside('setup');

const setupKeys = {
  run: key(commands, undefined, {
    help: 'The command, or a list of commands.',
    example: 'run: npm ci',
    since: '0.2.0',
    required: true,
  }),
  ...partsBeside('run'),
};

/** A setup as it is written; its repository's settings fill in what it leaves out. */
type Written = Pick<Setup, 'folder' | 'commands' | 'key' | 'keep'> & { readonly network: readonly string[] | null };

const setupBlock = block(setupKeys, 'must be a command, a list of commands, or a block with run:');
const folders = byName<Omit<Written, 'folder'>>(
  {
    read: (field, fail) => {
      const plain = plainTexts(field.value);
      if (plain !== null) return { commands: plain, key: null, network: null, keep: null };
      const { run, ...parts } = setupBlock.read(field, fail) ?? {};
      return run === undefined ? undefined : { ...defaultsOf(setupParts), ...parts, commands: run };
    },
    schema: { anyOf: [commands.schema, setupBlock.schema] },
    keys: setupKeys,
  },
  'must be a command, a list of commands, or commands by folder',
  {
    shape: /^(?!\.\.|\/)[^*?{}[\]\\]+$/,
    flawOf: (folder) => {
      const flaw = pathFlaw(plainFolder(folder) || 'top')?.message;
      return flaw === undefined ? null : `that is no folder of the repository (${flaw})`;
    },
  },
);

function plainFolder(folder: string): string {
  return folder === '.' ? '' : folder.replace(/\/$/, '');
}

/** `setup:` of a repository: a command, a list of commands, or either of them by folder. */
const setups: KeyReader<readonly Written[]> = {
  read: (field, fail) => {
    const plain = plainTexts(field.value);
    if (plain !== null) return [{ folder: '', commands: plain, key: null, network: null, keep: null }];
    const read = folders.read(field, fail);
    const list = [...(read ?? [])].map(([folder, setup]) => ({ folder: plainFolder(folder), ...setup }));
    const double = list.find((one, at) => list.slice(0, at).some((other) => other.folder === one.folder));
    if (double !== undefined)
      return tellNone(
        fail,
        `the folder '${showValue(double.folder || '.')}' is named twice; give it a list of commands`,
        null,
      );
    return read && list;
  },
  schema: { anyOf: [commands.schema, folders.schema] },
  keys: setupKeys,
  named: true,
};

const checkKeys = {
  network: key(hosts, [], {
    help: 'Hosts that Acceptance commands may reach, at port 443.',
    example: 'network: [staging.example.com]',
    since: '0.2.0',
  }),
  with: key(commands, [], {
    help: 'Commands that are started before the checks, in their sandbox, and ended after them.',
    example: 'with: [redis-server --port 6379]',
    since: '0.2.0',
  }),
  always: key(commands, [], {
    help: 'Commands that must pass on everything that lands in the repository, besides those of Acceptance. An undo has no others.',
    example: 'always: [npm test]',
    since: '0.2.0',
  }),
};

/** All keys of a repository's block. */
const repoKeys = {
  setup: key(setups, [], {
    help: 'Installs the packages that the tests need: a shell command, a list of them, or either of them by folder. By folder each may also be a block with keys of its own.',
    example: 'setup: npm ci',
    since: '0.2.0',
    without: 'nothing is installed',
  }),
  ...setupParts,
  env: key(
    env,
    {},
    {
      help: 'Variables for setup, runs and checks. `PATH` names folders that are put in front of the usual ones; `~/` in it is HOME inside.',
      example: 'env: NODE_ENV=test',
      since: '0.2.0',
    },
  ),
  'keep-for': key(days, 14, {
    help: 'Days that a layer nobody uses is kept.',
    example: 'keep-for: 30d',
    since: '0.2.0',
    without: '14d',
  }),
  checks: key(block(checkKeys, 'must hold network:, with: or always:'), defaultsOf(checkKeys), {
    help: 'Gives checks something that runs do not have, and names commands that check all that lands.',
    example: 'checks: { network: [staging.example.com], with: [redis-server --port 6379] }',
    since: '0.2.0',
    without: 'no network, no services, and the commands of Acceptance alone',
  }),
  ...remoteKeys,
};

/** The settings of a repository that fourline.yaml doesn't name. */
export const defaultRepo: RepoSettings = joinRepo(defaultsOf(repoKeys), null, () => undefined);

/** The name of a folder in repos/. */
const folderName = /^(?!\.)[\w.-]{1,100}$/;

/** `repos:` of fourline.yaml: a block for each repository, by its folder's name. */
export const reposReader: KeyReader<ReadonlyMap<string, RepoSettings>> = byName(
  refine(block(repoKeys, `must hold keys (${Object.keys(repoKeys).join(', ')})`), (values, { field, fail }) =>
    joinRepo(values, field, fail),
  ),
  'must hold a block for each repository',
  {
    shape: folderName,
    flawOf: (name) => (folderName.test(name) ? null : 'that is not the name of a folder in repos/'),
  },
);

function joinRepo(values: Values<typeof repoKeys>, written: Field | null, fail: Complain): RepoSettings {
  const fields = written?.fields ?? [];
  const { setup, key, network, keep, env, checks, 'keep-for': keepFor, ...remote } = values;
  const setupField = fields.find((one) => one.key === 'setup');
  for (const one of setupField === undefined ? fields : [])
    if (one.key in setupParts) {
      const hint = `setup: npm ci, and beside it ${one.key}:`;
      fail(`${one.key}: says something about a setup, and there is no setup: beside it`, { line: one.line, hint });
    }
  return {
    line: written?.line ?? 0,
    setups: setup.map((one) =>
      setupOf({ ...one, key: one.key ?? key, network: one.network ?? network, keep: one.keep ?? keep }),
    ),
    env,
    keepFor,
    checks,
    remote: joinRemote(remote, fields, fail),
  };
}

function setupOf({ network, ...setup }: Written): Setup {
  const known = setup.commands.flatMap((one) => managerOf(one)?.hosts ?? []);
  return { ...setup, network: network ?? [...new Set(known)] };
}
