// Why: an audit looks at thousands of commits; a process for each would take minutes.
// Promises: one rev-list a branch, one pipe for all commits, one diff-tree for a thousand of them; a commit is compared
// with its first parent.
// Never: reads a work tree, or changes anything.

import type { Entry } from '../ledger/entry.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { askGit, hasObject, type ObjectId, resolveRef, runGit } from '../platform/git/git.ts';
import { readMany } from '../platform/git/git-reader.ts';
import type { Identity } from '../platform/git/identity.ts';
import { syncTarget, type Target } from '../platform/git/target.ts';
import type { TreeDifference } from '../platform/git/tree.ts';

/** A commit as it stands. `differences` are those from its first parent; null when they cannot be read. */
export type Commit = {
  readonly id: ObjectId;
  readonly parents: readonly ObjectId[];
  readonly author: Identity;
  readonly committer: Identity;
  readonly message: string;
  readonly content: Buffer;
  readonly differences: readonly TreeDifference[] | null;
  readonly added: number;
  readonly removed: number;
};

/** How many commits one diff-tree is asked for. */
const commitsBatch = 1000;

/**
 * Reads commits of one git folder, by id; those that are not there are absent. `lines` counts added and removed lines
 * as well.
 */
export async function readCommits(
  gitDir: string,
  ids: readonly ObjectId[],
  lines: boolean,
): Promise<Map<ObjectId, Commit>> {
  const out = new Map<ObjectId, Commit>();
  const objects = await readMany(gitDir, ids);
  const found = objects.flatMap((object) => (object?.type === 'commit' ? parseCommit(object.id, object.content) : []));
  for (let at = 0; at < found.length; at += commitsBatch)
    for (const commit of await readDifferences(gitDir, found.slice(at, at + commitsBatch), lines))
      out.set(commit.id, commit);
  return out;
}

function parseCommit(id: ObjectId, content: Buffer): Commit {
  const { parents, author, committer, message } = readCommitText(content.toString());
  return {
    id,
    parents,
    author,
    committer,
    message,
    content,
    differences: null,
    added: 0,
    removed: 0,
  };
}

// An object that is missing ends git: then the halves are asked for, down to the commit it is missing of.
async function readDifferences(gitDir: string, commits: readonly Commit[], lines: boolean): Promise<Commit[]> {
  const input = commits.map((one) => `${[one.id, ...one.parents.slice(0, 1)].join(' ')}\n`).join('');
  const finished = await runGit(
    gitDir,
    'diff-tree',
    [
      '--stdin',
      '--always',
      '-r',
      '-z',
      '--raw',
      ...(lines ? ['--numstat'] : []),
      '--no-renames',
      '--no-abbrev',
      '--root',
    ],
    { input, answers: [128] },
  );
  if (finished.status === 128) {
    if (commits.length === 1) return [...commits];
    const middle = Math.ceil(commits.length / 2);
    return [
      ...(await readDifferences(gitDir, commits.slice(0, middle), lines)),
      ...(await readDifferences(gitDir, commits.slice(middle), lines)),
    ];
  }
  const read = parseDifferences(finished.stdout.toString());
  return commits.map((one) => ({ ...one, ...read.get(one.id) }));
}

type Differences = { differences: TreeDifference[]; added: number; removed: number };

function parseDifferences(text: string): Map<ObjectId, Differences> {
  const out = new Map<ObjectId, Differences>();
  let now: Differences = { differences: [], added: 0, removed: 0 };
  const fields = text.split('\0');
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    if (/^[0-9a-f]{40,64}$/.test(field)) {
      now = { differences: [], added: 0, removed: 0 };
      out.set(field, now);
    } else if (field.startsWith(':')) {
      const [oldMode = '', newMode = '', oldId = '', newId = ''] = field.slice(1).split(' ');
      at += 1;
      now.differences.push({ path: fields[at] ?? '', old: sideOf(oldMode, oldId), new: sideOf(newMode, newId) });
    } else {
      const [added = '', removed = ''] = field.split('\t');
      now.added += Number(added) || 0;
      now.removed += Number(removed) || 0;
    }
  }
  return out;
}

function sideOf(mode: string, id: string): { mode: string; id: string } | null {
  return mode === '000000' ? null : { mode, id };
}

/**
 * The commits of a target since fourline's history there begins. `missing` are branches that are gone; `on` gives the
 * commits that each branch holds.
 */
export type Since = {
  readonly commits: readonly Commit[];
  readonly missing: readonly string[];
  readonly on: ReadonlyMap<string, ReadonlySet<ObjectId>>;
};

/**
 * Reads the commits that fourline answers for in one target: since the base of the first run on each branch, or the
 * last landing before `since` (ISO 8601).
 */
export async function commitsSince(
  target: Target,
  entries: readonly Entry[],
  since: string | null,
  lines: boolean,
): Promise<Since> {
  await syncTarget(target);
  const on = new Map<string, Set<ObjectId>>();
  const missing: string[] = [];
  const wanted = new Set<ObjectId>();
  for (const { branch, starts } of rangesOf(entries, target.name, since)) {
    const there = (await resolveRef(target.commonDir, `refs/heads/${branch}`)) !== null;
    if (!there) missing.push(branch);
    const start = await firstThere(target, starts);
    if (start === undefined) continue;
    // A branch that is gone may have been merged before. Only what fourline landed there is looked for: nothing is said
    // of the branches it was merged into.
    const landed = there ? null : landedOn(entries, target.name, branch);
    const ids = (
      await askGit(target.commonDir, 'rev-list', [
        '--reverse',
        ...(there ? [`refs/heads/${branch}`] : ['--branches']),
        `^${start}`,
      ])
    ).split('\n');
    const held = new Set(ids.filter((id) => id !== '' && (landed === null || landed.has(id))));
    on.set(branch, held);
    for (const id of held) wanted.add(id);
  }
  return { commits: [...(await readCommits(target.commonDir, [...wanted], lines)).values()], missing, on };
}

async function firstThere(target: Target, starts: readonly ObjectId[]): Promise<ObjectId | undefined> {
  for (const start of starts) if (await hasObject(target.commonDir, start)) return start;
  return undefined;
}

/**
 * The commits from which a target's branches are searched, as its lines of the journal say, while they are read.
 * `starts` has them by branch, with the preferred one first. Plain values, that JSON can hold.
 */
export type RangeFold = {
  readonly starts: Record<string, ObjectId[]>;
  /** Branches on which a landing waited, while nothing had landed there; the empty name is no branch. */
  readonly held: Record<string, true>;
  /** The branch that each open order had at its claim, and the commit that its intent goes on from. */
  readonly began: Record<string, string | null>;
  readonly from: Record<string, ObjectId | null>;
  readonly own: Record<string, true>;
};

/** Begins a fold. */
export function openRanges(): RangeFold {
  // Names of branches and orders are keys.
  const empty = <Value>(): Record<string, Value> => Object.create(null) as Record<string, Value>;
  return { starts: empty(), held: empty(), began: empty(), from: empty(), own: empty() };
}

/**
 * Takes one line into a fold. A branch of an order's own begins with the first landing there. With `since` (ISO 8601),
 * branches are searched from the last landing before that time.
 */
export function foldRange(fold: RangeFold, entry: Entry, repo: string, since: string | null): void {
  const { starts, held, began, from, own } = fold;
  if (entry.step === 'parked') held[entry.branch ?? ''] = true;
  if (entry.step === 'claimed') began[entry.order] = entry.branch ?? null;
  if (entry.step === 'intended') from[entry.order] = entry.from;
  if (entry.step === 'opened' && entry.repo === repo && entry.branch !== null && entry.base !== null) {
    const claimed = began[entry.order] ?? null;
    if (claimed !== null && claimed !== entry.branch) own[entry.branch] = true;
    else if (starts[entry.branch] === undefined && held[entry.branch] !== true) starts[entry.branch] = [entry.base];
  }
  if (entry.step === 'landed' && entry.repo === repo && own[entry.branch] === true) {
    const start = from[entry.order] ?? null;
    if (start !== null && starts[entry.branch] === undefined) starts[entry.branch] = [start];
  }
  if (since !== null && entry.step === 'landed' && entry.repo === repo && entry.at < since)
    starts[entry.branch]?.unshift(entry.commit);
  if (entry.step === 'settled') {
    delete began[entry.order];
    delete from[entry.order];
  }
}

function rangesOf(
  entries: readonly Entry[],
  repo: string,
  since: string | null,
): { branch: string; starts: ObjectId[] }[] {
  const fold = openRanges();
  for (const entry of entries) foldRange(fold, entry, repo, since);
  return Object.entries(fold.starts).map(([branch, starts]) => ({ branch, starts }));
}

function landedOn(entries: readonly Entry[], repo: string, branch: string): ReadonlySet<ObjectId> {
  return new Set(
    entries.flatMap((one) => (one.step === 'landed' && one.repo === repo && one.branch === branch ? one.commit : [])),
  );
}
