// Why: before fourline brings a path of a work tree forward, it looks at which side of the landing the path stands, by
// git's comparison. If it is at neither side, this file says why it is left.
// Promises: changes nothing. A file is the old or the new version by its bytes, by git's conversion of either, or by
// git's own stamps in the index.
// Never: runs a filter program.
import type { Stats } from 'node:fs';
import { type Conversion, readConversion } from '../platform/git/converted.ts';
import { blobId, type ObjectId } from '../platform/git/git.ts';
import type { HeldIndex } from '../platform/git/index-file.ts';
import type { IndexEntry } from '../platform/git/index-lines.ts';
import type { Target } from '../platform/git/target.ts';
import type { TreeDifference } from '../platform/git/tree.ts';
import { isAt, linkAbove, type State, stateOf } from '../platform/git/work-file.ts';
import type { WorkTree } from '../platform/git/work-trees.ts';
import { isReason, type Reason, whenAbsent } from '../platform/text/fault.ts';

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
    index?.entries.ending('.gitattributes') ?? ['.gitattributes'],
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
  const looks: WorktreeLook[] = [];
  for (const one of batch) {
    const state = states.get(one.path) ?? 'it cannot be read';
    const entry = index?.entries.get(one.path) ?? null;
    const look = { one, conversion, seen: null, out: isOut(one, entry, state, index, out) };
    if (isReason(state)) looks.push({ ...look, stands: 'other', word: state });
    else {
      const trusted = clean.has(one.path) && entry !== null && entry.flags.length === 0 && isSame(entry, one.old);
      const named = names.get(one.path);
      const converted: State = state.kind === 'entry' && named !== undefined ? { ...state, id: named } : state;
      const side = await standOf(one, [state, converted], trusted, conversion);
      const seen = state.kind === 'entry' ? state.stat : null;
      if (side !== null) looks.push({ ...look, seen, stands: side, word: null });
      else looks.push({ ...look, stands: 'other', word: look.out ? null : wordFor(one, state, conversion) });
    }
  }
  return looks;
}

// A file is given as it is, and by the name that git would give it. `trusted` is true if git takes it for unchanged
// since the old version.
async function standOf(
  one: TreeDifference,
  [state, converted]: readonly [State, State],
  trusted: boolean,
  conversion: Conversion,
): Promise<'old' | 'new' | null> {
  if (isAt(state, one.new) || isAt(converted, one.new)) return 'new';
  if (isAt(state, one.old) || isAt(converted, one.old) || trusted) return 'old';
  // Git converts some content to bytes that it does not convert back to that content.
  if (await isAsWritten(one.path, state, one.new, conversion)) return 'new';
  return (await isAsWritten(one.path, state, one.old, conversion)) ? 'old' : null;
}

/** True if a file has the bytes that git would write for one side of a difference. */
export async function isAsWritten(
  path: string,
  state: State,
  side: TreeDifference['old'],
  conversion: Conversion,
): Promise<boolean> {
  if (state.kind !== 'entry' || side === null || side.mode === '120000' || !conversion.converts(path)) return false;
  const bytes = await conversion.bytesOf(path, side.id).catch(whenAbsent(null));
  return bytes !== null && isAt(state, { mode: side.mode, id: blobId(side.id, bytes) });
}

function wordFor({ path }: TreeDifference, state: State, { filterOf }: Conversion): Reason {
  if (state.kind === 'other') return `it is ${state.what}`;
  if (state.kind === 'entry' && filterOf(path) !== null)
    return 'it may have local edits: only its filter program could tell, and fourline runs none';
  return 'it has local edits';
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
