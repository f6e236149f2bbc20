// Why: fetching, pushing and pull requests need the operator's own git configuration, ssh agent, credential helpers and
// tokens. This is the one door through which programs run with those. No other git of ours has any of them
// (platform/git/git).
// Promises: works in a repository of the operator's, never in a room. Asks nothing on a terminal; no hooks, no tags, no
// submodules, no gc. It never forces a branch there, and it ends within its time limit. No password of an address
// stands in what it says.
// Never: reads a credential; keeps what a program printed. A fourline that starts after a kill doesn't wait for a call
// made here: the call can be done again.
import { type Host, ownPath } from '../process/host.ts';
import { type Environment, type Finished, runProcess } from '../process/process.ts';

/** Milliseconds that one call may take. We tell git and ssh to end a connection that stands still sooner. */
const longest = 10 * 60_000;

/** Seconds without a byte after which a connection is given up. */
const stillness = 30;

const remoteSettings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'gc.auto=0',
  'maintenance.auto=false',
  'http.lowSpeedLimit=1',
  `http.lowSpeedTime=${stillness}`,
  'push.followTags=false',
  'push.gpgSign=false',
];

// They would name another repository than the one that is meant (git(1)), or ask somebody.
const withheld = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  // It opens windows (gitcredentials(7)).
  'SSH_ASKPASS',
];

function operatorEnvironment({ env }: Host): Environment {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !withheld.includes(name) && !name.startsWith('FOURLINE_')) out[name] = value;
  return {
    ...out,
    PATH: ownPath(),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
  };
}

/** A text without user names, passwords and tokens that stand in addresses. */
export function blotAddresses(text: string): string {
  return text.replace(/(\b[a-z][\w+.-]*:\/\/)[^/\s]+@/gi, '$1…@');
}

/** Tells what went wrong, in a line: the line that git or gh called fatal, else the last line it printed. */
function reasonOf({ stderr, status, missing }: Finished, program: string): string {
  if (missing) return `${program} is not installed or not on PATH`;
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const told = lines.find((line) => /^(?:fatal|error|remote: error|ssh):|gh auth login/i.test(line)) ?? lines.at(-1);
  if (told === undefined) return status === null ? 'it was ended: out of time' : `it ended with status ${status}`;
  const denied = lines.find((line) => /permission denied|host key verification failed/i.test(line));
  return blotAddresses(denied ?? told).slice(0, 300);
}

function bounded(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(longest)]);
}

/** With whose credentials a remote is asked, and what ends it. */
export type Reach = { readonly host: Host; readonly signal: AbortSignal };

async function runRemote(gitDir: string, args: readonly string[], { host, signal }: Reach): Promise<Finished> {
  const env = operatorEnvironment(host);
  const git = ['git', `--git-dir=${gitDir}`, ...remoteSettings.flatMap((one) => ['-c', one])] as const;
  const options = { cwd: gitDir, limit: 16 * 1024 * 1024, signal: bounded(signal) };
  // Whoever chose an ssh of their own is not asked to change it; without a terminal it cannot ask either.
  const chosen =
    env['GIT_SSH_COMMAND'] !== undefined ||
    env['GIT_SSH'] !== undefined ||
    (await runProcess([...git, 'config', '--get', 'core.sshCommand'], { ...options, env })).status === 0;
  const ssh = `ssh -o BatchMode=yes -o ConnectTimeout=${stillness} -o ServerAliveInterval=${stillness}`;
  return runProcess([...git, ...args], { ...options, env: chosen ? env : { ...env, GIT_SSH_COMMAND: ssh } });
}

/** The result of a call; `reason` is a line for people. */
export type Reached = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string };

/** Fetches one branch of a remote to where git keeps it, `refs/remotes/<remote>/<branch>`. */
export async function fetchBranch(gitDir: string, remote: string, branch: string, reach: Reach): Promise<Reached> {
  const refspec = `+refs/heads/${branch}:${trackingRef(remote, branch)}`;
  const flags = [
    '--quiet',
    '--no-tags',
    '--no-prune',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
  ];
  const finished = await runRemote(gitDir, ['fetch', ...flags, '--', remote, refspec], reach);
  return finished.status === 0 ? { kind: 'done' } : { kind: 'failed', reason: reasonOf(finished, 'git') };
}

/** Where a fetched branch of a remote stands. */
export function trackingRef(remote: string, branch: string): string {
  return `refs/remotes/${remote}/${branch}`;
}

/**
 * Pushes a commit to a branch of a remote, forward alone. `behind`: the branch there holds commits that this one does
 * not.
 */
export async function pushCommit(
  gitDir: string,
  remote: string,
  { commit, branch }: { readonly commit: string; readonly branch: string },
  reach: Reach,
): Promise<Reached | { readonly kind: 'behind' }> {
  const flags = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
  const refspec = `${commit}:refs/heads/${branch}`;
  const finished = await runRemote(gitDir, ['push', ...flags, '--', remote, refspec], reach);
  if (finished.status === 0) return { kind: 'done' };
  const line = finished.stdout
    .toString()
    .split('\n')
    .find((one) => one.startsWith('!\t'));
  const word = /\t(\[[^\t]*)$/.exec(line ?? '')?.[1];
  if (word?.startsWith('[rejected]') === true) return { kind: 'behind' };
  return { kind: 'failed', reason: word === undefined ? reasonOf(finished, 'git') : blotAddresses(word).slice(0, 300) };
}

/** Clones a repository to a new folder, as the operator's own git does. */
export async function cloneRepository(address: string, folder: string, host: Host): Promise<Reached> {
  const argv = ['git', 'clone', '--quiet', '--', address, folder] as const;
  const finished = await runProcess(argv, { env: operatorEnvironment(host) });
  return finished.status === 0 ? { kind: 'done' } : { kind: 'failed', reason: reasonOf(finished, 'git') };
}

/** The answer of gh. `missing` is true when that program isn't there. */
export type GhAnswer =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly missing: boolean };

/** Runs the GitHub command line in a repository's folder; `input` goes to its standard input. */
export async function runGh(
  folder: string,
  args: readonly string[],
  input: string,
  { host, signal }: Reach,
): Promise<GhAnswer> {
  const env = operatorEnvironment(host);
  const options = { cwd: folder, env, input, limit: 16 * 1024 * 1024, signal: bounded(signal) };
  const finished = await runProcess(['gh', ...args], options);
  return finished.status === 0
    ? { ok: true, text: finished.stdout.toString() }
    : { ok: false, reason: reasonOf(finished, 'gh'), missing: finished.missing };
}
