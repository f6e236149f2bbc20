// Why: the one door to git. Config, attributes, hooks and environment steer what git does. Here git is plumbing on a
// named git folder and nothing else.
// Promises: only the verbs in `gitVerbs`; no user or system config, no hooks. No replace objects, grafts or commit
// graph, no network protocol, no background gc. git flushes what a commit needs before it returns.
// Never: runs in a room or lets a work tree choose its git folder.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ownPath } from '../process/host.ts';
import { pipeProcesses } from '../process/pipe.ts';
import { type Environment, type Finished, runProcess } from '../process/process.ts';
import { processMark, processMarkName } from '../process/remains.ts';
import { Fault, machineFails, whenAbsent } from '../text/fault.ts';

/** The closed list. A test greps for any other. */
export const gitVerbs = [
  'blame',
  'cat-file',
  'check-attr',
  'commit-tree',
  // Read alone.
  'config',
  'diff-files',
  'diff-tree',
  'fast-import',
  'for-each-ref',
  'hash-object',
  'index-pack',
  'init',
  'ls-files',
  'ls-tree',
  'merge-base',
  // Three texts of the caller's own, with no git folder: neither configuration nor attributes of anybody's take part.
  'merge-file',
  'merge-tree',
  'pack-objects',
  'read-tree',
  // The ledger's own objects, now and then.
  'repack',
  'rev-list',
  'symbolic-ref',
  'update-index',
  'update-ref',
  'version',
  'write-tree',
] as const;

/** One of git's plumbing commands that fourline uses. */
export type GitVerb = (typeof gitVerbs)[number];

/** A git object's name, in hexadecimal. */
export type ObjectId = string;

const settings: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.fsync=committed,loose-object,pack,pack-metadata,reference',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.alternateRefsCommand=false',
  // It tells parents and trees a second time, and is believed.
  'core.commitGraph=false',
  'core.untrackedCache=false',
  'core.quotePath=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // Older gits find renames of files all the same; what that puts at other paths is a conflict for us (landing/build).
  // Refs of fourline's own repositories are files.
  'init.defaultRefFormat=files',
  'merge.renames=false',
  'merge.directoryRenames=false',
  'protocol.allow=never',
  'fastimport.unpackLimit=200',
];

/** The environment every git of ours runs in, and nothing of the caller's but PATH. */
export function gitEnvironment(extra: Environment = {}): Environment {
  return {
    PATH: ownPath(),
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    // A file that is not there: what stands in `info/grafts` gives commits other parents.
    GIT_GRAFT_FILE: '/nonexistent/grafts',
    GIT_NO_LAZY_FETCH: '1',
    // A repository's own configuration can lift `protocol.allow`, and older gits don't know GIT_NO_LAZY_FETCH. This
    // list nothing lifts (git(1)).
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    [processMarkName]: processMark,
    ...extra,
  };
}

/** The argument vector for one verb on one git folder. */
export function gitCommand(gitDir: string, verb: GitVerb, args: readonly string[]): [string, ...string[]] {
  return ['git', `--git-dir=${gitDir}`, ...settings.flatMap((one) => ['-c', one]), verb, ...args];
}

/**
 * The additions of one call: standard input, environment (GIT_INDEX_FILE), a work tree, and which exit statuses are
 * answers.
 */
export type GitOptions = {
  readonly input?: string | Uint8Array;
  readonly env?: Environment;
  readonly workTree?: string;
  /** Exit statuses that are an answer and no failure (0 always is). */
  readonly answers?: readonly number[];
};

const working = new Set<Promise<unknown>>();

async function watched<Result>(work: Promise<Result>): Promise<Result> {
  working.add(work);
  return work.finally(() => working.delete(work));
}

/** Settles when no git that this process asked for is at work: also those whose caller has given up. */
export async function gitAtRest(): Promise<void> {
  while (working.size > 0) await Promise.allSettled(working);
}

/** Runs one verb; returns how it ended. Throws Fault `git-missing`, or `git-failed` when the status is no answer. */
export async function runGit(
  gitDir: string,
  verb: GitVerb,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Finished> {
  const [git, ...rest] = gitCommand(gitDir, verb, args);
  const argv: [string, ...string[]] =
    options.workTree === undefined ? [git, ...rest] : [git, `--work-tree=${options.workTree}`, ...rest];
  const finished = await watched(
    runProcess(argv, {
      env: gitEnvironment(options.env),
      ...(options.workTree === undefined ? {} : { cwd: options.workTree }),
      ...(options.input === undefined ? {} : { input: options.input }),
    }),
  );
  if (finished.missing)
    throw new Fault('git-missing', 'git is not installed or not on PATH', { hint: 'install git 2.38 or newer' });
  if (finished.status === 0 || (finished.status !== null && options.answers?.includes(finished.status) === true))
    return finished;
  throw new Fault(
    'git-failed',
    `git ${verb} ended with status ${finished.status}: ${finished.stderr.trim().slice(0, 600)}`,
    { where: gitDir },
  );
}

/** Runs one verb and returns its standard output as text without the final newline. */
export async function askGit(
  gitDir: string,
  verb: GitVerb,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  return (await runGit(gitDir, verb, args, options)).stdout.toString().replace(/\n$/, '');
}

/**
 * The commit a ref names, or null when there is none. A loose ref is read as the file it is (gitrepository-layout); git
 * is asked only where that does not settle it: packed refs, other ref storage.
 */
export async function resolveRef(gitDir: string, ref: string): Promise<ObjectId | null> {
  const loose = await readFile(`${gitDir}/${ref}`, 'latin1').catch(whenAbsent(null));
  const id = /^([0-9a-f]{64}|[0-9a-f]{40})\n?$/.exec(loose ?? '')?.[1];
  if (id !== undefined) return id;
  if (loose === null && !(await hasPackedRefs(gitDir))) return null;
  // A pattern also finds what stands below it (`feature` finds `feature/login`): only the whole name counts.
  const lines = (await askGit(gitDir, 'for-each-ref', ['--format=%(objectname) %(refname)', ref])).split('\n');
  return lines.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0] ?? null;
}

/** True where refs are kept in other ways than as files of their own: packed, or in a reftable. */
export async function hasPackedRefs(gitDir: string): Promise<boolean> {
  const places = ['packed-refs', 'reftable'].map((name) => stat(`${gitDir}/${name}`).catch(whenAbsent(null)));
  return (await Promise.all(places)).some((one) => one !== null);
}

/**
 * The folder of a git folder's refs, objects and configuration: that of a linked work tree names it
 * (gitrepository-layout(5), "commondir").
 */
export async function commonDirOf(gitDir: string): Promise<string> {
  const common = await readFile(`${gitDir}/commondir`, 'utf8').catch(whenAbsent(''));
  return common === '' ? gitDir : resolve(gitDir, common.trim());
}

/** The tip of a branch that holds a commit; null where there is no such branch, or it does not hold that. */
export async function tipHolding(gitDir: string, branch: string, commit: ObjectId): Promise<ObjectId | null> {
  const tip = await resolveRef(gitDir, `refs/heads/${branch}`);
  return tip !== null && (await isAncestor(gitDir, commit, tip)) ? tip : null;
}

/** The ref HEAD stands on, or null when it is detached. Throws Fault `git-failed` when it is neither. */
export async function readHead(gitDir: string): Promise<string | null> {
  const text = await readFile(`${gitDir}/HEAD`, 'utf8').catch(whenAbsent(''));
  const ref = /^ref: (refs\/heads\/\S+)\n$/.exec(text)?.[1];
  if (ref !== undefined && ref !== 'refs/heads/.invalid') return ref;
  const asked = await runGit(gitDir, 'symbolic-ref', ['-q', 'HEAD'], { answers: [1] });
  return asked.status === 1 ? null : asked.stdout.toString().trim();
}

/**
 * Moves a ref from `from` to `to`, only if it still stands at `from` (null: must not exist). False when it stood
 * elsewhere or is locked.
 */
export async function swapRef(
  gitDir: string,
  ref: string,
  to: ObjectId,
  from: ObjectId | null,
): Promise<{ moved: boolean; reason: string }> {
  const expected = from ?? '0'.repeat(to.length);
  const finished = await runGit(gitDir, 'update-ref', ['--no-deref', ref, to, expected], { answers: [1, 128] });
  const reason = finished.stderr.trim();
  const fault = new Fault('git-failed', reason, { where: gitDir });
  if (finished.status !== 0 && machineFails(fault)) throw fault;
  return { moved: finished.status === 0, reason };
}

/** True when the object is there. */
export async function hasObject(gitDir: string, id: ObjectId): Promise<boolean> {
  return (await runGit(gitDir, 'cat-file', ['-e', id], { answers: [1, 128] })).status === 0;
}

/**
 * Copies a commit and all it needs from one git folder into another. `known` are commits that both have. By pack, so
 * nothing of either repository's transport, hooks or config takes part.
 */
export async function copyObjects(
  from: string,
  to: string,
  wanted: ObjectId,
  known: readonly ObjectId[],
): Promise<void> {
  const revisions = [wanted, ...known.map((id) => `^${id}`), ''].join('\n');
  const pack = gitCommand(from, 'pack-objects', ['--revs', '--stdout', '-q', '--delta-base-offset']);
  const index = gitCommand(to, 'index-pack', ['--stdin', '--fix-thin']);
  // From one to the other, so that a repository may be larger than memory.
  const failure = await watched(pipeProcesses(pack, index, { env: gitEnvironment(), input: revisions }));
  if (failure !== null) throw new Fault('git-failed', `copying ${wanted} failed: ${failure}`, { where: from });
}

/** The name git gives a blob of these bytes, in a repository whose object names look like `like`. */
export function blobId(like: ObjectId, content: Uint8Array): ObjectId {
  return createHash(like.length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex');
}

/** True when one commit is in the history of another, or is the same. False when either isn't there. */
export async function isAncestor(gitDir: string, commit: ObjectId, of: ObjectId): Promise<boolean> {
  const asked = await runGit(gitDir, 'merge-base', ['--is-ancestor', commit, of], { answers: [1, 128] });
  return asked.status === 0;
}
