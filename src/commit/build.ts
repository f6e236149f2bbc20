// Why: makes commits out of verdicts: one of exactly what is allowed, and one beside it that also holds what was
// refused, for the patch.
// Promises: the allowed commit is diffed again against its base and must hold exactly the allowed changes, to the byte,
// or it is not used.
// Never: moves a branch; runs in the room.

import type { Change } from '../changes/change.ts';
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import type { Objects } from '../platform/git/objects.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { diffTrees, editTree, type TreeEdit, treeOf } from '../platform/git/tree.ts';
import { writeCommit } from '../platform/git/write-commit.ts';
import { Fault } from '../platform/text/fault.ts';
import { mergePlainly } from './plain-merge.ts';
import { type Sign, signCommit } from './sign.ts';
import { takeBackTree } from './take-back.ts';

/**
 * The parts of a commit: all changes that go in, with repository paths, and a way to read a file of the sealed room.
 */
export type BuildPlan = {
  /** The mirror's. */
  readonly objects: Objects;
  readonly run: string;
  readonly base: ObjectId;
  readonly author: Identity;
  readonly committer: Identity;
  readonly date: Date;
  readonly message: string;
  /** Signs the commit that may land; absent: unsigned. */
  readonly sign?: Sign | undefined;
  readonly allowed: readonly Change[];
  readonly refused: readonly Change[];
  readonly read: (change: Change) => Promise<Uint8Array>;
};

/** The two commits. `refused` is null when nothing that was refused can stand in a commit. */
export type Built = { readonly commit: ObjectId; readonly refused: ObjectId | null };

/**
 * Builds the commits in the mirror. Throws Fault `landing-unequal` when what was built is not exactly what was allowed.
 */
export async function buildCommits(plan: BuildPlan): Promise<Built> {
  const { objects, run, base } = plan;
  const seconds = Math.floor(plan.date.getTime() / 1000);
  const common = { author: plan.author, committer: plan.committer, seconds };
  const tree = await editTree(objects, await treeOf(objects, base), await changeEdits(plan, plan.allowed));
  const allowed = await writeCommit(objects, { ...common, tree, parent: base, message: plan.message });
  const commit = await signCommit(objects, allowed, plan.sign);
  await writeRef(objects.gitDir, `refs/fourline/runs/${run}`, commit, { flush: true });
  await requireExactly(plan, commit);
  if (plan.refused.length === 0) return { commit, refused: null };
  const whole = await editTree(objects, tree, await changeEdits(plan, plan.refused));
  const refused = await writeCommit(objects, { ...common, tree: whole, parent: allowed, message: 'Refused\n' });
  await writeRef(objects.gitDir, `refs/fourline/refused/${run}`, refused, { flush: true });
  return { commit, refused };
}

async function changeEdits({ objects, read }: BuildPlan, changes: readonly Change[]): Promise<TreeEdit[]> {
  const edits: TreeEdit[] = [];
  for (const change of changes) {
    const { path, after } = change;
    if (after === null) edits.push({ path, to: null });
    else if (after.kind === 'blob')
      edits.push({ path, to: { mode: after.mode, id: await objects.write('blob', await read(change)) } });
  }
  return edits;
}

async function requireExactly(plan: BuildPlan, commit: ObjectId): Promise<void> {
  const expected = new Map(
    plan.allowed.map((change) => [
      change.path,
      change.after?.kind === 'blob' ? `${change.after.mode} ${change.after.id}` : 'gone',
    ]),
  );
  const found = new Map(
    (await diffTrees(plan.objects, plan.base, commit)).map((one) => [
      one.path,
      one.new === null ? 'gone' : `${one.new.mode} ${one.new.id}`,
    ]),
  );
  const wrong = [...new Set([...expected.keys(), ...found.keys()])].filter(
    (path) => expected.get(path) !== found.get(path),
  );
  if (wrong.length > 0)
    throw new Fault(
      'landing-unequal',
      `the commit that was built differs from what is allowed at ${wrong.slice(0, 5).join(', ')}`,
      { hint: 'nothing landed; this is a fault of fourline, please report it' },
    );
}

/** The result of merging a commit onto a newer tip. */
export type Merge =
  | { readonly kind: 'merged'; readonly commit: ObjectId }
  | {
      readonly kind: 'conflict';
      readonly paths: readonly string[] /** The tip with all that did merge, as a commit on it. */;
      readonly work: ObjectId | null;
    };

/**
 * Puts a commit's changes onto a newer tip, as one commit on top of it. Anything that would then differ from the tip
 * outside `allowed` (repository paths) is a conflict, as is what git cannot merge.
 */
export async function mergeOnto(
  objects: Objects,
  commit: ObjectId,
  tip: ObjectId,
  allowed: ReadonlySet<string>,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message' | 'run' | 'sign'>,
): Promise<Merge> {
  const [tree, ...conflicted] = await mergeTrees(objects, commit, tip);
  if (tree === undefined) return { kind: 'conflict', paths: [], work: null };
  const differences = await diffTrees(objects, tip, tree);
  const strays = differences.map((one) => one.path).filter((path) => !allowed.has(path));
  const named = [...conflicted, ...strays];
  // When a file and a folder want one name, git writes the file as `<name>~<commit>`. The name itself is the one in
  // conflict.
  const paths = [...new Set(named.map((path) => asideName(path, [tip, commit])))];
  if (paths.length > 0) {
    // The tip's own version at the paths that conflict: no conflict marker ever stands in a file.
    const aside = new Set([...named, ...paths]);
    const edits = differences.filter(({ path }) => aside.has(path)).map(({ path, old }) => ({ path, to: old }));
    const merged = await editTree(objects, tree, edits);
    return { kind: 'conflict', paths, work: await commitOnto(objects, merged, tip, plan) };
  }
  return { kind: 'merged', commit: await keepOnto(objects, tree, tip, plan) };
}

/**
 * Puts the difference between two commits onto a newer tip, as one commit on top of it, without looking for renames.
 * `work` of a conflict is null.
 */
export async function takeBackOnto(
  objects: Objects,
  { base, commit }: { readonly base: ObjectId; readonly commit: ObjectId },
  tip: ObjectId,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message' | 'run' | 'sign'>,
): Promise<Merge> {
  const taken = await takeBackTree(objects, base, commit, tip);
  if (taken.kind === 'conflict') return { ...taken, work: null };
  return { kind: 'merged', commit: await keepOnto(objects, taken.tree, tip, plan) };
}

// The signed commit of a tree on a tip, kept by a ref of its run.
async function keepOnto(
  objects: Objects,
  tree: ObjectId,
  tip: ObjectId,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message' | 'run' | 'sign'>,
): Promise<ObjectId> {
  const onto = await signCommit(objects, await commitOnto(objects, tree, tip, plan), plan.sign);
  await writeRef(objects.gitDir, `refs/fourline/runs/${plan.run}`, onto, { flush: true });
  return onto;
}

// The merged tree, and the paths in conflict; nothing where git can't merge.
async function mergeTrees(objects: Objects, commit: ObjectId, tip: ObjectId): Promise<string[]> {
  const plain = await mergePlainly(objects, commit, tip);
  if (plain !== null) return [plain];
  const merged = await runGit(
    objects.gitDir,
    'merge-tree',
    ['--write-tree', '-z', '--name-only', '--no-messages', tip, commit],
    { answers: [1, 128] },
  );
  return merged.status === 128 ? [] : merged.stdout.toString().split('\0').filter(Boolean);
}

function asideName(path: string, commits: readonly ObjectId[]): string {
  const [, name, commit] = /^(.+)~([0-9a-f]{40,64})(?:_\d+)?$/s.exec(path) ?? [];
  return name !== undefined && commits.includes(commit ?? '') ? name : path;
}

async function commitOnto(
  objects: Objects,
  tree: ObjectId,
  tip: ObjectId,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message'>,
): Promise<ObjectId> {
  const { author, committer, date, message } = plan;
  return writeCommit(objects, {
    tree,
    parent: tip,
    author,
    committer,
    seconds: Math.floor(date.getTime() / 1000),
    message,
  });
}
