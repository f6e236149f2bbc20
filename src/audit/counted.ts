// Why: an audit counts each commit of a branch, and all but the last few were counted by the audit before.
// Promises: gives what counting all of them gives, or nothing: where the journal, the branch or the start of the search
// is not what it was, everything is counted again. Verifying asks no earlier count.
// Never: is in the workspace; counts a commit for good while its order may still change.
import type { Entry } from '../ledger/entry.ts';
import type { JournalSteps } from '../ledger/read-history.ts';
import { z } from '../ledger/schema.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { askGit, type ObjectId, resolveRef } from '../platform/git/git.ts';
import { leadsTo } from '../platform/git/leads-to.ts';
import { syncTarget, type Target } from '../platform/git/target.ts';
import type { Look } from '../workspace/look.ts';
import { type Commit, foldRange, openRanges, type RangeFold, readCommits } from './commits.ts';
import { addRow, countCommit, orderOfCommit, type Row, type Tally } from './tally.ts';

const texts = z.record(z.string(), z.string().nullable());
const marks = z.record(z.string(), z.literal(true));
const rowSchema = z.object({
  role: z.string(),
  commits: z.number(),
  files: z.number(),
  added: z.number(),
  removed: z.number(),
});

// A count: the lines of the journal that it knows, the last of them, the branch and its commits, and what they come to.
const countSchema = z.object({
  version: z.literal(1),
  entries: z.number(),
  last: z.string(),
  ranges: z.object({
    starts: z.record(z.string(), z.array(z.string())),
    held: marks,
    began: texts,
    from: texts,
    own: marks,
  }),
  tip: z.string(),
  rows: z.array(rowSchema),
  unsure: z.array(z.string()),
});

type Count = z.infer<typeof countSchema>;

/** The commits of a target that an earlier count doesn't cover, on its one branch, and that count. */
export type Uncounted = {
  readonly commits: readonly Commit[];
  readonly branch: string;
  readonly before: Count;
  readonly tip: ObjectId;
};

/** How many commits an audit counts before it remembers the count. */
const countEvery = 200;

function countFile({ workspace }: Pick<Look, 'workspace'>, { name }: Target): string {
  return `${workspace.places.outside.counts}/${name}.json`;
}

/**
 * The commits that no earlier count covers; null where there is no count that holds. Throws what git and the disk
 * throw.
 */
export async function findUncounted(look: Look, target: Target): Promise<Uncounted | null> {
  const before = await recallCount(countFile(look, target));
  if (before === null) return null;
  const late = linesBehind(look.steps, before);
  if (late === null) return null;
  const start = onlyStart(before.ranges);
  for (const entry of late) foldRange(before.ranges, entry, target.name, null);
  const now = onlyStart(before.ranges);
  if (start === null || now === null || now.commit !== start.commit || now.branch !== start.branch) return null;
  await syncTarget(target);
  const tip = await resolveRef(target.commonDir, `refs/heads/${now.branch}`);
  if (tip === null || !(await leadsTo(target.objects, before.tip, tip))) return null;
  const listed = await askGit(target.commonDir, 'rev-list', ['--reverse', tip, `^${before.tip}`, `^${now.commit}`]);
  const ids = [...before.unsure, ...listed.split('\n').filter((id) => id !== '')];
  const commits = [...(await readCommits(target.commonDir, ids, true)).values()];
  return { commits, branch: now.branch, before, tip };
}

async function recallCount(path: string): Promise<Count | null> {
  const file = await readPlain(path, 16 * 1024 * 1024);
  try {
    return file.kind === 'text' ? countSchema.parse(JSON.parse(file.text)) : null;
  } catch {
    // It is counted again.
    return null;
  }
}

// The lines since a count; null where the journal is not the one that was counted.
function linesBehind(steps: JournalSteps, { entries, last }: Count): readonly Entry[] | null {
  if (steps.count < entries) return null;
  const [first, ...late] = steps.last(steps.count - entries + 1);
  return JSON.stringify(first) === last ? late : null;
}

// The branch that is searched, where there is one alone, and from which commit.
function onlyStart({ starts }: RangeFold): { readonly branch: string; readonly commit: ObjectId } | null {
  const [[branch, commits = []] = [], second] = Object.entries(starts);
  const [commit] = commits;
  return branch === undefined || commit === undefined || second !== undefined ? null : { branch, commit };
}

/** Adds an earlier count to a tally. */
export function addCounted(tally: Tally, { before }: Uncounted): void {
  for (const row of before.rows) addRow(tally, row);
}

/**
 * Remembers how the commits of a target were counted, for the next audit: `before` is the count that they came on top
 * of, null where they are all. A count that can't be kept is made again.
 */
export async function keepCount(
  look: Look,
  target: Target,
  commits: readonly Commit[],
  before: Uncounted | null,
): Promise<void> {
  const { steps, history } = look;
  if (commits.length - (before?.before.unsure.length ?? 0) < countEvery) return;
  const ranges = before?.before.ranges ?? openRanges();
  if (before === null) for (const entry of await steps.all()) foldRange(ranges, entry, target.name, null);
  const start = onlyStart(ranges);
  const tip = before?.tip ?? (start === null ? null : await resolveRef(target.commonDir, `refs/heads/${start.branch}`));
  // The branch may have moved on since its commits were read.
  if (start === null || tip === null || (before === null && !commits.some(({ id }) => id === tip))) return;
  const tally: Tally = { rows: new Map(), strays: [], gone: [] };
  const unsure: ObjectId[] = [];
  for (const commit of commits) {
    const order = orderOfCommit(commit);
    const strays = tally.strays.length;
    const settled = history.orders.get(order ?? '')?.position === 'settled';
    if (settled) countCommit(tally, history, target.name, start.branch, commit);
    if (!settled || tally.strays.length > strays) unsure.push(commit.id);
  }
  for (const row of before?.before.rows ?? []) addRow(tally, row);
  const count: Count = {
    ...{ version: 1, entries: steps.count, last: JSON.stringify(steps.last(1)[0]), ranges, tip, unsure },
    rows: [...tally.rows.values()].map(({ role, commits: made, files, added, removed }: Row) => {
      return { role, commits: made, files, added, removed };
    }),
  };
  const { counts } = look.workspace.places.outside;
  await makeFolder(counts)
    .then(() => writeDurable(countFile(look, target), `${JSON.stringify(count)}\n`))
    .catch(() => undefined);
}
