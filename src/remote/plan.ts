// Why: how work comes from a remote and goes back to it is the operator's choice, repository by repository, in fourline.yaml.
// Promises: pure; strict: a key that cannot mean anything without another is a problem that names both.
// Never: guesses a remote that nobody named.
import { escapeText } from '../platform/text/text.ts';

/** How a repository's work comes and goes. */
export type RemoteSettings = {
  /** The remote's name in the repository; null where nothing is fetched or pushed. */
  readonly remote: string | null;
  /** True where the base is fetched before an order is claimed. */
  readonly pull: boolean;
  /** True where an order lands on a branch of its own, `agents/<order>`, instead of the one that is checked out. */
  readonly ownBranch: boolean;
  /** True where what landed is pushed. */
  readonly push: boolean;
  /** True where a pull request is opened for each order that landed. */
  readonly pullRequest: boolean;
};

/** Nothing comes and nothing goes: orders land on the branch that is checked out. */
export const noRemote: RemoteSettings = {
  remote: null,
  pull: false,
  ownBranch: false,
  push: false,
  pullRequest: false,
};

/** The keys of a repository's block that are about remotes. */
export const remoteKeys = ['remote', 'pull', 'land', 'push', 'pr'] as const;

/** Reads those keys. Each flaw is one sentence that names its key. */
export function readRemote(keys: ReadonlyMap<string, unknown>): { settings: RemoteSettings; flaws: string[] } {
  const flaws: string[] = [];
  const remote = keys.get('remote') ?? null;
  // A name, as `git remote` lists it: an address would be seen by everybody who reads the settings, with its password.
  if (remote !== null && !(typeof remote === 'string' && /^[\w][\w.-]{0,99}$/.test(remote)))
    flaws.push(`remote: '${escapeText(String(remote)).slice(0, 60)}' is not a remote's name (git remote lists them)`);
  const flag = (key: 'pull' | 'push'): boolean | null => {
    const value = keys.get(key) ?? null;
    if (value === null || typeof value === 'boolean') return value;
    flaws.push(`${key}: must be true or false`);
    return null;
  };
  const pull = flag('pull');
  const push = flag('push');
  const land = keys.get('land') ?? null;
  if (land !== null && land !== 'branch' && land !== 'direct')
    flaws.push('land: must be branch (agents/<order>) or direct (the branch that is checked out)');
  const pr = keys.get('pr') ?? null;
  if (pr !== null && pr !== 'gh') flaws.push('pr: must be gh (the GitHub command line opens pull requests)');
  if (remote === null)
    for (const [key, is] of [
      ['pull', pull === true],
      ['push', push === true],
      ['pr', pr === 'gh'],
    ] as const)
      if (is) flaws.push(`${key}: needs remote: beside it, such as remote: origin`);
  if (pr === 'gh' && land === 'direct') flaws.push('pr: needs land: branch: a pull request is of a branch of its own');
  if (pr === 'gh' && push === false) flaws.push('pr: needs push: true: a pull request is of a branch that was pushed');
  if (flaws.length > 0) return { settings: noRemote, flaws };
  return {
    settings: {
      remote: remote as string | null,
      pull: pull === true,
      ownBranch: land === 'branch' || pr === 'gh',
      push: push === true || pr === 'gh',
      pullRequest: pr === 'gh',
    },
    flaws,
  };
}
