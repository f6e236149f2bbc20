// Why: no card and no Files bound an undo. It may change the paths that the undone order landed, back to how they were
// before.
// Promises: each path must be one that the undone order landed. Where it stood as that order left it, it must be as it
// was before. Where others changed it since, a merge of git's decided.
// Never: takes the undo's own word for what it undoes; the journal says it.
import type { Entry } from '../ledger/entry.ts';
import type { TreeDifference } from '../platform/git/tree.ts';
import type { JudgedRun } from '../record/format.ts';
import type { Commit } from './commits.ts';
import type { Name } from './record.ts';
import type { Delivery } from './trail.ts';

/** The landings and state files of each order, by the journal, and the commits as they stand, by id. */
export type UndoEvidence = {
  readonly delivered: ReadonlyMap<string, readonly Extract<Entry, { step: 'landed' | 'stated' }>[]>;
  readonly commits: ReadonlyMap<string, Commit>;
};

/** How many paths of one undo are named one by one. */
const namedUndone = 10;

/** Gathers the lines that say what each order delivered. */
export function deliveredIn(entries: readonly Entry[]): UndoEvidence['delivered'] {
  const lines = entries.filter((one) => one.step === 'landed' || one.step === 'stated');
  return Map.groupBy(lines, (one) => one.order);
}

/** Holds an undo against what the undone order landed. `record` has what the undo was to change; null: it is lost. */
export function verifyUndone(
  delivery: Delivery & { readonly undoes: string },
  commit: Commit | null,
  { delivered, commits, record }: UndoEvidence & { readonly record: JudgedRun | null },
  name: Name,
): void {
  const { undoes, landed, intended } = delivery;
  const lines = delivered.get(undoes) ?? [];
  const wrote = new Set(lines.flatMap((one) => (one.step === 'stated' ? one.path : [])));
  for (const { path } of intended?.state ?? [])
    if (!wrote.has(path)) name('state-differs', `it writes ${path}, which ${undoes} did not write`);
  if (landed === null || commit === null) return;
  const own = lines.flatMap((one) => (one.step === 'landed' ? (commits.get(one.commit) ?? null) : []));
  if (own.some((one) => one?.differences == null)) {
    name('commit-missing', `what ${undoes} landed is not there: the undo cannot be recomputed`);
    return;
  }
  const changes = commit.differences ?? [];
  const outside = changes.flatMap((one) => oddOf(one, own, undoes));
  for (const words of outside.slice(0, namedUndone)) name('commit-outside', words);
  if (outside.length > namedUndone)
    name('commit-outside', `it changes ${outside.length - namedUndone} more paths that are not undone so`);
  if (landed.files !== changes.length)
    name('commit-unequal', `it changes ${changes.length} paths, the journal says ${landed.files}`);
  const recorded = new Set(record?.verdicts.map((one) => one.path));
  const odd = changes.map((one) => `repos/${landed.repo}/${one.path}`).filter((path) => !recorded.has(path));
  if (record !== null && odd.length > 0)
    name('commit-unequal', `it changes what its record does not name: ${odd.slice(0, namedUndone).join(', ')}`);
}

function oddOf(change: TreeDifference, own: readonly (Commit | null)[], undoes: string): string[] {
  const landings = own.flatMap((one) => one?.differences?.filter(({ path }) => path === change.path) ?? []);
  const [first] = landings;
  const last = landings.at(-1);
  if (first === undefined || last === undefined) return [`it changes ${change.path}, which ${undoes} did not change`];
  const chained = landings.every((one, at) => at === 0 || isSide(one.old, landings[at - 1]?.new ?? null));
  if (!chained || !isSide(change.old, last.new) || isSide(change.new, first.old)) return [];
  return [`it leaves ${change.path} as something else than it was before ${undoes}`];
}

function isSide(one: TreeDifference['old'], other: TreeDifference['old']): boolean {
  return one?.id === other?.id && one?.mode === other?.mode;
}
