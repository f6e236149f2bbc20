// Why: the operator chooses in fourline.yaml, for each repository, how work comes from a remote and goes back to it.
// Promises: pure; strict: a key that means nothing without another key is a problem that names both.
// Never: guesses a remote that nobody named.
import { type Complain, key, orBlank, type Values } from '../platform/text/fields.ts';
import type { Field } from '../platform/text/front-matter.ts';
import { oneOf, shaped, yesNo } from '../platform/text/readers.ts';

/** How a repository's work comes and goes. */
export type RemoteSettings = {
  /** The remote's name in the repository; null if nothing is fetched or pushed. */
  readonly remote: string | null;
  /** True if the base is fetched before an order is claimed. */
  readonly pull: boolean;
  /** True if an order lands on a branch of its own, `agents/<order>`, instead of the branch that is checked out. */
  readonly ownBranch: boolean;
  /** True if landed commits are pushed. */
  readonly push: boolean;
  /** True if a pull request is opened for each order that landed. */
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

// A remote's name, as `git remote` lists it. An address is refused: everybody who reads the settings would see it, with
// its password.
const remoteName = shaped(/^\w[\w.-]{0,99}$/, (shown) => `'${shown}' is not a remote's name (git remote lists them)`);

/** The keys of a repository's block that are about remotes. */
export const remoteKeys = {
  remote: key(orBlank(remoteName), null, {
    help: 'The remote that work comes from and goes to, by the name that `git remote` lists.',
    example: 'remote: origin',
    since: '0.2.0',
    without: 'nothing is fetched or pushed',
  }),
  pull: key(orBlank(yesNo), null, {
    help: 'With true the base is fetched before an order is claimed.',
    example: 'remote: origin\npull: true',
    since: '0.2.0',
    without: 'false',
  }),
  land: key(
    orBlank(
      oneOf(['branch', 'direct'], { message: 'branch (agents/<order>) or direct (the branch that is checked out)' }),
    ),
    null,
    {
      help: 'Where an order lands: on a `branch` of its own, `agents/<order>`, or `direct` on the branch that is checked out.',
      example: 'land: branch',
      since: '0.2.0',
      without: '`direct`; `branch` with `pr: gh`',
    },
  ),
  push: key(orBlank(yesNo), null, {
    help: 'With true what landed is pushed.',
    example: 'remote: origin\npush: true',
    since: '0.2.0',
    without: 'false; true with `pr: gh`',
  }),
  pr: key(orBlank(oneOf(['gh'], { message: 'gh (the GitHub command line opens pull requests)' })), null, {
    help: 'With `gh` the GitHub command line opens a pull request for each order that landed.',
    example: 'remote: origin\npr: gh',
    since: '0.2.0',
    without: 'no pull requests',
  }),
};

/**
 * Combines those keys. A key that means nothing without another is reported at its place; then nothing comes and
 * nothing goes.
 */
export function joinRemote(keys: Values<typeof remoteKeys>, fields: readonly Field[], fail: Complain): RemoteSettings {
  const { remote, pull, push, land, pr } = keys;
  const flaws: [key: string, flaw: string][] = [];
  const given = (name: string): boolean => fields.some((one) => one.key === name && one.value !== null);
  if (!given('remote'))
    for (const [name, is] of Object.entries({ pull, push, pr: pr === 'gh' }))
      if (is === true) flaws.push([name, 'needs remote: beside it, such as remote: origin']);
  if (pr === 'gh' && land === 'direct')
    flaws.push(['pr', 'needs land: branch: a pull request is of a branch of its own']);
  if (pr === 'gh' && push === false)
    flaws.push(['pr', 'needs push: true: a pull request is of a branch that was pushed']);
  for (const [name, flaw] of flaws) fail(`${name}: ${flaw}`, { hint: null, ...atLine(fields, name) });
  if (flaws.length > 0 || (remote === null && given('remote'))) return noRemote;
  return {
    remote,
    pull: pull === true,
    ownBranch: land === 'branch' || pr === 'gh',
    push: push === true || pr === 'gh',
    pullRequest: pr === 'gh',
  };
}

function atLine(fields: readonly Field[], name: string): { readonly line?: number } {
  const line = fields.find((one) => one.key === name)?.line;
  return line === undefined ? {} : { line };
}
