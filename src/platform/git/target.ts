// Why: a target is a repository people put under repos/; its mirror is fourline's own bare copy, the only one rooms and
// commits are made in.
// Promises: the target is read through its git folder alone, never through its work tree; a mirror only grows.
// Never: changes a target (landing does, by one compare-and-swap).

import { constants } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Host } from '../process/host.ts';
import { errnoOf, Fault, machineFails, whenAbsent } from '../text/fault.ts';
import { ensureBare, renewBare } from './bare.ts';
import { commonDirOf, copyObjects, hasObject, type ObjectId, readHead, resolveRef } from './git.ts';
import { type Objects, openObjects } from './objects.ts';
import { writeRef } from './own-refs.ts';
import { listRepos } from './repos.ts';
import { changeListing, diffTrees, listTree, type TreeEntry } from './tree.ts';
import { readTraits } from './work-trees.ts';

/**
 * A repository under repos/ with its mirror. `workTree` is null for a bare one; `partial` is true of a clone that
 * fetches objects when it needs them.
 */
export type Target = {
  readonly name: string;
  readonly gitDir: string;
  /** Where refs and objects are; differs from `gitDir` for a linked work tree. */
  readonly commonDir: string;
  readonly workTree: string | null;
  readonly partial: boolean;
  /** Whose work trees these are: git writes them as the configuration in their home says. */
  readonly host: Host;
  readonly mirror: string;
  /** The objects of the mirror. */
  readonly objects: Objects;
  /** The listing of a commit or tree of the mirror; the last few are remembered, since an id always names the same. */
  readonly list: (tree: ObjectId) => Promise<TreeEntry[]>;
};

/** A repository that fourline cannot work with, with words that say what to do. */
export type TargetFlaw = {
  readonly kind: 'flaw';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
};

/** Where a target stands: its checked-out branch and the commit there. */
export type Tip = { readonly kind: 'tip'; readonly branch: string; readonly commit: ObjectId };

function flaw(code: string, message: string, hint: string): TargetFlaw {
  return { kind: 'flaw', code, message, hint };
}

/** Finds the git folder of `repos/<name>`: `.git` as folder or file, or a bare repository. */
export async function findTarget(
  repos: string,
  mirrors: string,
  name: string,
  host: Host,
): Promise<Target | TargetFlaw> {
  const folder = await realpath(`${repos}/${name}`).catch(whenAbsent(null));
  if (folder === null) {
    const known = await listRepos(repos);
    return flaw(
      'repo-unknown',
      `there is no repository repos/${name}`,
      known.length === 0
        ? `clone one: git clone <url> repos/${name}`
        : `there is ${known.map((one) => `repos/${one}`).join(', ')}`,
    );
  }
  const found = await gitDirOf(folder);
  if (found === null)
    return flaw(
      'repo-not-git',
      `repos/${name} is not a git repository`,
      `git init repos/${name}, then make a first commit`,
    );
  const commonDir = await commonDirOf(found.gitDir);
  const traits = await readTraits(found.gitDir);
  const config = await readFile(`${commonDir}/config`, 'utf8').catch(whenAbsent(''));
  const format = /objectformat\s*=\s*sha256/i.test(config) ? 'sha256' : 'sha1';
  // One mirror for each hash: people may replace a repository by one with another hash.
  const mirror = `${mirrors}/${name}${format === 'sha1' ? '' : '.sha256'}.git`;
  await ensureBare(mirror, { format });
  const objects = openObjects({ gitDir: mirror, format, flush: true });
  return {
    name,
    gitDir: found.gitDir,
    commonDir,
    // A linked work tree is one, whatever the repository it is linked to says of itself.
    workTree: found.gitDir !== commonDir ? found.workTree : traits.bare ? null : (traits.workTree ?? found.workTree),
    partial: traits.partial,
    host,
    mirror,
    objects,
    list: rememberTrees(objects),
  };
}

async function gitDirOf(folder: string): Promise<{ gitDir: string; workTree: string | null } | null> {
  const inside = await stat(`${folder}/.git`).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (inside?.isDirectory() === true) return { gitDir: `${folder}/.git`, workTree: folder };
  if (inside?.isFile() === true) {
    const line = /^gitdir: ([^\n]+)/.exec(await readFile(`${folder}/.git`, 'utf8'))?.[1];
    return line === undefined ? null : { gitDir: resolve(folder, line.trim()), workTree: folder };
  }
  const bare = await stat(`${folder}/HEAD`).catch(() => null);
  const objects = await stat(`${folder}/objects`).catch(() => null);
  return bare !== null && objects !== null ? { gitDir: folder, workTree: null } : null;
}

/**
 * Where a target stands, with that commit's objects brought into the mirror: on `wanted` (a branch an order began on),
 * else on the branch that is checked out. Each folder of it is read, unless `how` says 'glance': that costs the same
 * for 100,000 files as for one.
 */
export async function syncTarget(
  target: Target,
  wanted: string | null = null,
  how: 'whole' | 'glance' = 'whole',
): Promise<Tip | TargetFlaw> {
  const standing = wanted === null ? await checkedOut(target) : { branch: wanted };
  if ('kind' in standing) return standing;
  const { branch } = standing;
  const commit = await resolveRef(target.commonDir, `refs/heads/${branch}`);
  if (commit === null && wanted !== null)
    return flaw(
      'repo-branch-gone',
      `the branch ${branch}, on which the order began, is gone from repos/${target.name}`,
      `git -C repos/${target.name} branch ${branch} <commit> brings it back; an order that is given anew begins on the branch that is checked out`,
    );
  if (commit === null)
    return flaw(
      'repo-no-commit',
      `repos/${target.name} has no commit on ${branch} yet`,
      `git -C repos/${target.name} commit --allow-empty -m 'Begin'`,
    );
  const closed = await closedFolder(target);
  if (closed !== null) return closed;
  try {
    await bringSound(target, branch, commit, how === 'whole' ? [commit] : []);
  } catch (error) {
    if (!target.partial || machineFails(error)) throw error;
    return flaw(
      'repo-partial',
      `repos/${target.name} is a partial clone: objects of ${branch} are missing in it, and fourline fetches none`,
      `git -C repos/${target.name} fetch --refetch --no-filter brings them`,
    );
  }
  return { kind: 'tip', branch, commit };
}

/**
 * Brings one commit into the mirror, and sees that all of the trees of `whole` can be read there (that commit, and one
 * that both must have). A mirror that is damaged is set aside and made anew from the target; what only it had is lost
 * with it.
 */
export async function bringSound(
  target: Target,
  branch: string,
  commit: ObjectId,
  whole: readonly ObjectId[] = [commit],
): Promise<void> {
  const bring = async (): Promise<void> => {
    await bringCommit(target, branch, commit);
    for (const one of whole) await target.list(one);
  };
  try {
    await bring();
  } catch (error) {
    if (machineFails(error) || !(error instanceof Fault) || error.code !== 'git-failed') throw error;
    // When the target itself lacks an object, a new mirror is no better.
    if (!(await hasObject(target.commonDir, commit))) throw error;
    target.objects.close();
    await renewBare(target.mirror, { format: commit.length === 64 ? 'sha256' : 'sha1' });
    await bring();
  }
}

async function checkedOut(target: Target): Promise<{ readonly branch: string } | TargetFlaw> {
  const ref = await readHead(target.gitDir).catch((error: unknown) => {
    if (error instanceof Fault && !machineFails(error)) return error;
    throw error;
  });
  if (ref instanceof Fault)
    return flaw('repo-broken', `repos/${target.name}: ${ref.message}`, `git -C repos/${target.name} status says more`);
  if (ref === null)
    return flaw(
      'repo-detached',
      `repos/${target.name} is not on a branch (detached HEAD)`,
      `git -C repos/${target.name} switch <branch>`,
    );
  return { branch: ref.replace(/^refs\/heads\//, '') };
}

async function closedFolder(target: Target): Promise<TargetFlaw | null> {
  for (const name of ['objects', 'refs/heads']) {
    const folder = `${target.commonDir}/${name}`;
    const closed = await access(folder, constants.W_OK | constants.X_OK).then(() => null, errnoOf);
    if (closed === 'EACCES')
      return flaw(
        'repo-closed',
        `nothing can land in repos/${target.name}: ${folder} may not be written`,
        'give the user of fourline the right to write there',
      );
  }
  return null;
}

/** Brings one commit with all it needs into the mirror and remembers it as the branch's last seen tip. */
export async function bringCommit(target: Target, branch: string, commit: ObjectId): Promise<void> {
  if ((await target.objects.read(commit)) !== null) return;
  // One flat name a branch: `feature/login` may come after `feature` was deleted, and git keeps refs as files and
  // folders.
  const seen = `refs/target/${encodeURIComponent(branch)}`;
  const last = await resolveRef(target.mirror, seen);
  const shared = last !== null && (await hasObject(target.commonDir, last)) ? [last] : [];
  await copyObjects(target.commonDir, target.mirror, commit, shared);
  await writeRef(target.mirror, seen, commit, { flush: true });
}

const remembered = 4;

function rememberTrees(objects: Objects): Target['list'] {
  const known = new Map<ObjectId, Promise<TreeEntry[]>>();
  // The next commit differs little from the last.
  const list = async (tree: ObjectId): Promise<TreeEntry[]> => {
    const last = [...known].at(-1);
    const entries = await last?.[1].catch(() => undefined);
    if (last === undefined || entries === undefined) return listTree(objects, tree);
    const differences = await diffTrees(objects, last[0], tree).catch(() => null);
    // Two names that are no text may look alike.
    const odd = differences?.some(({ path }) => path.includes('\ufffd')) !== false;
    return odd || differences === null ? listTree(objects, tree) : changeListing(entries, differences);
  };
  return (tree) => {
    const listing = known.get(tree) ?? list(tree);
    known.delete(tree);
    known.set(tree, listing);
    listing.catch(() => known.delete(tree));
    for (const oldest of known.keys()) if (known.size > remembered) known.delete(oldest);
    return listing;
  };
}
