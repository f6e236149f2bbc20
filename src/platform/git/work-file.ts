// Why: how a file of a work tree stands against a commit is asked in the words of git's trees: its kind and mode, and
// the name of its bytes.
// Promises: what is asked is answered to the byte; no link is followed, neither in its place nor above it.
// Never: writes.
import type { Stats } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { errnoOf } from '../text/fault.ts';
import { blobId, type ObjectId } from './git.ts';

/** How a path stands in a work tree. */
export type State =
  | { readonly kind: 'absent' }
  | { readonly kind: 'entry'; readonly mode: string; readonly id: ObjectId; readonly stat: Stats }
  | { readonly kind: 'other'; readonly what: string };

/** True when a path stands as a tree has it; null stands for no entry. */
export function isAt(state: State, side: { readonly mode: string; readonly id: ObjectId } | null): boolean {
  if (side === null) return state.kind === 'absent';
  return state.kind === 'entry' && state.id === side.id && state.mode === side.mode;
}

/**
 * Looks at a path; `like` is an object name of its repository: its length tells the hash. Throws what the disk throws.
 */
export async function stateOf(at: string, like: ObjectId): Promise<State> {
  const stat = await lstat(at).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  if (stat === null) return { kind: 'absent' };
  if (stat.isSymbolicLink()) {
    const id = blobId(like, await readlink(at, { encoding: 'buffer' }));
    return { kind: 'entry', mode: '120000', id, stat };
  }
  if (stat.isDirectory()) return { kind: 'other', what: 'a folder' };
  if (!stat.isFile()) return { kind: 'other', what: 'no plain file' };
  const handle = await open(at);
  try {
    const mode = (stat.mode & 0o100) === 0 ? '100644' : '100755';
    return { kind: 'entry', mode, id: blobId(like, await handle.readFile()), stat };
  } finally {
    await handle.close();
  }
}

/** The folder above a path that is a symbolic link; null where there is none. */
export async function linkAbove(root: string, path: string): Promise<string | null> {
  const segments = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= segments.length; depth += 1) {
    const parent = segments.slice(0, depth).join('/');
    const stat = await lstat(`${root}/${parent}`).catch(() => null);
    if (stat?.isSymbolicLink() === true) return parent;
  }
  return null;
}
