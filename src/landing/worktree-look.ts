// Why: before fourline brings a path of a work tree forward, it looks at which side of the landing the path stands, by
// git's comparison. If it is at neither side, this file says why it is left.
// Promises: changes nothing. A file is the old or the new version by its bytes, by git's conversion, or by git's own
// stamps in the index.
// Never: runs a filter program.
import type { Stats } from 'node:fs';
import { type Conversion, readConversion } from '../platform/git/converted.ts';
import type { ObjectId } from '../platform/git/git.ts';
import type { HeldIndex, IndexEntry } from '../platform/git/index-file.ts';
import type { Target } from '../platform/git/target.ts';
import type { TreeDifference } from '../platform/git/tree.ts';
import { isAt, linkAbove, type State, stateOf } from '../platform/git/work-file.ts';
import type { WorkTree } from '../platform/git/work-trees.ts';
import { isReason, type Reason } from '../platform/text/fault.ts';

/**
 * The state of a path: the side of its difference at which it stands, or why it is left if it stands at neither. `seen`
 * is the file as it was looked at.
 */
export type WorktreeLook = {
  readonly one: TreeDifference;
  readonly conversion: Conversion;
  readonly stands: 'old' | 'new' | 'other';
  readonly seen: Stats | null;
  readonly out: boolean;
  readonly word: string | null;
};

/**
 * Looks at the paths of some differences. `index` is null if another git holds it; `out` are the paths that a sparse
 * checkout leaves out. Throws what git and the disk throw.
 */
export async function lookAtFile(
  { tree, target }: { readonly tree: WorkTree; readonly target: Pick<Target, 'host'> },
  batch: readonly TreeDifference[],
  index: HeldIndex | null,
  out: ReadonlySet<string>,
): Promise<WorktreeLook[]> {
  const { folder } = tree;
  const conversion = await readConversion(
    tree,
    batch.map((one) => one.path),
    // While another git holds the index, we can't know its entries.
    index?.entries.keys() ?? ['.gitattributes'],
    target.host,
  );
  const states = new Map<string, State | Reason>();
  for (const one of batch) states.set(one.path, await readTreeState(folder, one));
  // The bytes equal neither version: now compare as git converts them, and as git remembers what it wrote itself.
  const doubtful = batch.filter((one) => {
    const state = states.get(one.path);
    return (
      typeof state === 'object' &&
      state.kind === 'entry' &&
      state.mode !== '120000' &&
      !isAt(state, one.new) &&
      !isAt(state, one.old)
    );
  });
  const paths = doubtful.map((one) => one.path);
  const names = await conversion.namesOf(paths);
  const clean = await conversion.cleanAmong(paths);
  return batch.map((one) => {
    const state = states.get(one.path) ?? 'it cannot be read';
    const entry = index?.entries.get(one.path) ?? null;
    const look = { one, conversion, seen: null, out: isOut(one, entry, state, index, out) };
    if (isReason(state)) return { ...look, stands: 'other', word: state };
    const seen = state.kind === 'entry' ? state.stat : null;
    const named = names.get(one.path);
    const converted: State = state.kind === 'entry' && named !== undefined ? { ...state, id: named } : state;
    const trusted = clean.has(one.path) && entry !== null && entry.flags.length === 0 && isSame(entry, one.old);
    if (isAt(state, one.new) || isAt(converted, one.new)) return { ...look, seen, stands: 'new', word: null };
    if (isAt(state, one.old) || isAt(converted, one.old) || trusted)
      return { ...look, seen, stands: 'old', word: null };
    if (look.out) return { ...look, stands: 'other', word: null };
    const word = state.kind === 'other' ? `it is ${state.what}` : 'it has local edits';
    return { ...look, stands: 'other', word };
  });
}

// A sparse checkout keeps the path out of the work tree, or nothing is checked out at all.
function isOut(
  one: TreeDifference,
  entry: IndexEntry | null,
  state: State | Reason,
  index: HeldIndex | null,
  out: ReadonlySet<string>,
): boolean {
  if (isReason(state) || state.kind !== 'absent') return false;
  if (index !== null && !index.exists) return true;
  return entry?.flags.includes('skip-worktree') === true || (one.old === null && out.has(one.path));
}

async function readTreeState(root: string, one: TreeDifference): Promise<State | Reason> {
  if (one.new?.mode === '160000' || one.old?.mode === '160000') return 'it is a submodule';
  const blocked = await linkAbove(root, one.path);
  return blocked === null ? stateOf(`${root}/${one.path}`, idOf(one)) : `${blocked} is a symbolic link`;
}

/** True if an index entry equals that side of a difference. */
export function isSame(entry: IndexEntry | null, side: TreeDifference['old']): boolean {
  return entry === null || side === null ? entry === side : entry.mode === side.mode && entry.id === side.id;
}

/** An object name of the repository: its length tells the hash algorithm. */
export function idOf(one: TreeDifference): ObjectId {
  return (one.new ?? one.old)?.id ?? '';
}
