// Why: makes commits out of verdicts: one of exactly what is allowed, and one beside it that also holds what was refused, for the patch.
// Promises: the allowed commit is diffed again against its base and must hold exactly the allowed changes, to the byte, or it is not used.
// Never: moves a branch; runs in the room.
import { rm } from 'node:fs/promises';
import type { Change } from '../changes/change.ts';
import { askGit, type ObjectId, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import { type FileOperation, streamCommit } from '../platform/git/stream.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Sign, signCommit } from './sign.ts';

/** A difference between two trees. `mode` and `id` are null where the path is gone. */
export type TreeDifference = {
  readonly path: string;
  readonly old: { mode: string; id: string } | null;
  readonly new: { mode: string; id: string } | null;
};

/** The differences between two commits or trees, without renames. */
export async function diffTrees(gitDir: string, from: ObjectId, to: ObjectId): Promise<TreeDifference[]> {
  const raw = await askGit(gitDir, 'diff-tree', ['-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to]);
  const fields = raw.split('\0');
  const out: TreeDifference[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [oldMode = '', newMode = '', oldId = '', newId = ''] = (fields[at] ?? '').slice(1).split(' ');
    const side = (mode: string, id: string): { mode: string; id: string } | null =>
      mode === '000000' ? null : { mode, id };
    out.push({ path: fields[at + 1] ?? '', old: side(oldMode, oldId), new: side(newMode, newId) });
  }
  return out;
}

/** What is built from: all changes that go in, with repository paths, and a way to read a file of the sealed room. */
export type BuildPlan = {
  readonly mirror: string;
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

/** Builds the commits in the mirror. Throws Fault `landing-unequal` when what was built is not exactly what was allowed. */
export async function buildCommits(plan: BuildPlan): Promise<Built> {
  const seconds = Math.floor(plan.date.getTime() / 1000);
  const common = { author: plan.author, committer: plan.committer, seconds };
  const first = streamCommit({
    ...common,
    ref: `refs/fourline/runs/${plan.run}`,
    mark: 1,
    message: plan.message,
    from: plan.base,
    files: await operations(plan.allowed, plan.read),
  });
  const second = streamCommit({
    ...common,
    ref: `refs/fourline/refused/${plan.run}`,
    mark: 2,
    message: 'Refused\n',
    from: ':1',
    files: await operations(plan.refused, plan.read),
  });
  const withRefused = plan.refused.length > 0;
  const script = Buffer.concat([
    Buffer.from('feature done\n'),
    first,
    Buffer.from('get-mark :1\n'),
    ...(withRefused ? [second, Buffer.from('get-mark :2\n')] : []),
    Buffer.from('done\n'),
  ]);
  const marks = (
    await askGit(plan.mirror, 'fast-import', ['--quiet', '--force', '--date-format=raw'], { input: script })
  ).split('\n');
  const commit = await signRun(plan, marks[0] ?? '');
  await requireExactly(plan, commit);
  return { commit, refused: withRefused ? (marks[1] ?? null) : null };
}

// The run's ref holds what may land, signed where it is.
async function signRun(plan: Pick<BuildPlan, 'mirror' | 'run' | 'sign'>, commit: ObjectId): Promise<ObjectId> {
  if (plan.sign === undefined) return commit;
  const signed = await signCommit(plan.mirror, commit, plan.sign);
  if (signed !== commit) await runGit(plan.mirror, 'update-ref', [`refs/fourline/runs/${plan.run}`, signed]);
  return signed;
}

async function operations(changes: readonly Change[], read: BuildPlan['read']): Promise<FileOperation[]> {
  const out: FileOperation[] = [];
  for (const change of changes) {
    if (change.after === null) out.push({ path: change.path, mode: '', content: null });
    else if (change.after.kind === 'blob')
      out.push({ path: change.path, mode: change.after.mode, content: await read(change) });
  }
  return out;
}

async function requireExactly(plan: BuildPlan, commit: ObjectId): Promise<void> {
  const expected = new Map(
    plan.allowed.map((change) => [
      change.path,
      change.after?.kind === 'blob' ? `${change.after.mode} ${change.after.id}` : 'gone',
    ]),
  );
  const found = new Map(
    (await diffTrees(plan.mirror, plan.base, commit)).map((one) => [
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

/** What merging a commit onto a newer tip came to. */
export type Merge =
  | { readonly kind: 'merged'; readonly commit: ObjectId }
  | {
      readonly kind: 'conflict';
      readonly paths: readonly string[] /** The tip with all that did merge, as a commit on it. */;
      readonly work: ObjectId | null;
    };

/**
 * Puts a commit's changes onto a newer tip, as one commit on top of it. Anything that would then differ from the tip outside `allowed` (repository paths) is a
 * conflict, as is what git cannot merge.
 */
export async function mergeOnto(
  mirror: string,
  commit: ObjectId,
  tip: ObjectId,
  allowed: ReadonlySet<string>,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message' | 'run' | 'sign'>,
): Promise<Merge> {
  const merged = await runGit(
    mirror,
    'merge-tree',
    ['--write-tree', '-z', '--name-only', '--no-messages', tip, commit],
    { answers: [1, 128] },
  );
  if (merged.status === 128) return { kind: 'conflict', paths: [], work: null };
  const [tree = '', ...conflicted] = merged.stdout.toString().split('\0').filter(Boolean);
  const differences = await diffTrees(mirror, tip, tree);
  const strays = differences.map((one) => one.path).filter((path) => !allowed.has(path));
  const named = [...conflicted, ...strays];
  // Where a file and a folder want one name, git writes the file as `<name>~<commit>`: it is the name that is in conflict.
  const paths = [...new Set(named.map((path) => asideName(path, [tip, commit])))];
  if (paths.length > 0) {
    const merged = await withTipAt(mirror, tip, tree, new Set([...named, ...paths]), plan.run);
    return { kind: 'conflict', paths, work: await commitOnto(mirror, merged, tip, plan) };
  }
  const onto = await commitOnto(mirror, tree, tip, plan);
  await runGit(mirror, 'update-ref', [`refs/fourline/runs/${plan.run}`, onto]);
  return { kind: 'merged', commit: await signRun({ mirror, run: plan.run, sign: plan.sign }, onto) };
}

function asideName(path: string, commits: readonly ObjectId[]): string {
  const [, name, commit] = /^(.+)~([0-9a-f]{40,64})(?:_\d+)?$/s.exec(path) ?? [];
  return name !== undefined && commits.includes(commit ?? '') ? name : path;
}

async function commitOnto(
  mirror: string,
  tree: ObjectId,
  tip: ObjectId,
  plan: Pick<BuildPlan, 'author' | 'committer' | 'date' | 'message'>,
): Promise<ObjectId> {
  const stamp = `${Math.floor(plan.date.getTime() / 1000)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: plan.author.name,
    GIT_AUTHOR_EMAIL: plan.author.email,
    GIT_AUTHOR_DATE: stamp,
    GIT_COMMITTER_NAME: plan.committer.name,
    GIT_COMMITTER_EMAIL: plan.committer.email,
    GIT_COMMITTER_DATE: stamp,
  };
  return askGit(mirror, 'commit-tree', [tree, '-p', tip, '-F', '-'], { input: plan.message, env });
}

// The merged tree with the tip's own version at the paths that conflict: no conflict marker ever stands in a file.
async function withTipAt(
  mirror: string,
  tip: ObjectId,
  tree: ObjectId,
  wanted: ReadonlySet<string>,
  run: string,
): Promise<ObjectId> {
  const file = `${mirror}/conflict-${run}.index`;
  const index = { GIT_INDEX_FILE: file };
  await rm(`${file}.lock`, { force: true });
  await runGit(mirror, 'read-tree', [tree], { env: index });
  const zero = '0'.repeat(tree.length);
  const lines = (await diffTrees(mirror, tip, tree))
    .filter((one) => wanted.has(one.path))
    .map((one) => `${one.old?.mode ?? '0'} ${one.old?.id ?? zero}\t${one.path}\0`);
  await runGit(mirror, 'update-index', ['-z', '--index-info'], { env: index, input: lines.join('') });
  const written = await askGit(mirror, 'write-tree', [], { env: index });
  await rm(file, { force: true });
  return written;
}
