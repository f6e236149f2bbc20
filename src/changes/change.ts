// Why: a change is one path that differs between the room and its base; the whole run is judged as a list of them.
// Promises: pure; every path in base or room that differs is in the list once; a rename is a deletion and an addition.
// Never: decides what is allowed.
import { type PathFlaw, pathFlaw } from './path.ts';

/** File modes git knows for a blob. */
export type BlobMode = '100644' | '100755' | '120000';

/** The file of the base at a path. `160000` is a submodule. */
export type BaseEntry = { readonly mode: BlobMode | '160000'; readonly id: string };

/**
 * The entry of the room at a path. `target` is where a symbolic link leads. `odd` marks an entry that a commit cannot
 * hold as a file, with the reason.
 */
export type RoomEntry =
  | {
      readonly kind: 'blob';
      readonly mode: BlobMode;
      readonly id: string;
      readonly size: number;
      readonly target?: string;
    }
  | { readonly kind: 'odd'; readonly flaw: PathFlaw };

/** One path that differs. `path` is a workspace path, safe to show; `flaw` says why it cannot be an honest change. */
export type Change = {
  readonly path: string;
  readonly what: 'added' | 'modified' | 'deleted';
  readonly before: BaseEntry | null;
  readonly after: RoomEntry | null;
  readonly flaw: PathFlaw | null;
};

/** The differences between base and room, by path. */
export function compareEntries(base: ReadonlyMap<string, BaseEntry>, room: ReadonlyMap<string, RoomEntry>): Change[] {
  const changes: Change[] = [];
  for (const [path, after] of room) {
    const before = base.get(path) ?? null;
    if (before !== null && after.kind === 'blob' && before.mode === after.mode && before.id === after.id) continue;
    changes.push({
      path,
      what: before === null ? 'added' : 'modified',
      before,
      after,
      flaw: changeFlaw(path, before, after),
    });
  }
  for (const [path, before] of base) {
    if (room.has(path)) continue;
    changes.push({ path, what: 'deleted', before, after: null, flaw: changeFlaw(path, before, null) });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function changeFlaw(path: string, before: BaseEntry | null, after: RoomEntry | null): PathFlaw | null {
  if (after?.kind === 'odd') return after.flaw;
  const flaw = pathFlaw(path);
  if (flaw !== null) return flaw;
  if (path.startsWith('state/') && after?.kind === 'blob' && after.mode === '120000')
    return { code: 'kind-state-link', message: 'state holds plain files, no links' };
  if (before?.mode === '160000') return { code: 'kind-submodule', message: 'it is a submodule' };
  if (after?.kind === 'blob' && after.mode === '120000' && linkLeaves(path, after.target ?? ''))
    return { code: 'kind-link-leaves', message: `the link leads out of its repository (${after.target ?? ''})` };
  return null;
}

/**
 * True when a symbolic link at a workspace path may not lead there: absolute, or out of its repository, or into git's
 * own folder, or up again after a name (`up/../..`: the name may itself be a link, and then `..` leaves from wherever
 * that one leads).
 */
export function linkLeaves(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\\')) return true;
  const root = path.startsWith('repos/') ? 2 : 1;
  const at = path.split('/').slice(0, -1);
  let named = false;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..' && named) return true;
    if (segment === '..') at.pop();
    else {
      at.push(segment);
      named = true;
    }
    if (at.length < root) return true;
  }
  return at.some((segment) => pathFlaw(segment)?.code === 'path-git');
}

/** True when a change of a repository can stand in a commit, allowed or not. Its path is relative to the repository. */
export function standsInCommit(change: Change): boolean {
  return (
    pathFlaw(change.path) === null &&
    change.before?.mode !== '160000' &&
    (change.after === null || change.after.kind === 'blob')
  );
}
