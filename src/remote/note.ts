// Why: commits still to push and trouble with a remote must outlive a kill, and other terminals show them.
// Promises: one small file a repository, written whole. Changes of one process wait for each other.
// Never: holds anything but branches, commits and sentences.
import type { Places } from '../places.ts';
import { listFolder, makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';

/** A commit that landed and is to be pushed. `reason` says why it could not be pushed yet. */
export type ToPush = {
  readonly branch: string;
  readonly commit: string;
  readonly order: string;
  readonly role: string;
  readonly reason?: string | undefined;
};

/** The note about a repository's remote. */
export type RemoteNote = {
  readonly push: readonly ToPush[];
  /** Branches that both sides added commits to: the commit here and the one there. */
  readonly diverged: Readonly<Record<string, { readonly here: string; readonly there: string }>>;
  /** Why the last fetch failed; null when it did not. */
  readonly unfetched: string | null;
  /** Why the last call of gh failed; null when it did not. */
  readonly unopened: string | null;
};

const noteNothing: RemoteNote = { push: [], diverged: {}, unfetched: null, unopened: null };

const noteSuffix = '.remote.json';

/** Reads the note about a repository's remote. */
export async function readNote(places: Places, repo: string): Promise<RemoteNote> {
  const file = await readPlain(`${places.mirrors}/${repo}${noteSuffix}`);
  try {
    return file.kind === 'text' ? { ...noteNothing, ...(JSON.parse(file.text) as Partial<RemoteNote>) } : noteNothing;
  } catch {
    return noteNothing;
  }
}

/** Something that runs work in turn, by a key. */
type Turns = { readonly places: Places; readonly inTurn: <R>(key: string, work: () => Promise<R>) => Promise<R> };

/**
 * Changes the note about a repository's remote. `change` returns the fields that are different now, null for no change.
 */
export async function changeNote(
  { places, inTurn }: Turns,
  repo: string,
  change: (note: RemoteNote) => Partial<RemoteNote> | null,
): Promise<void> {
  await inTurn(`note ${repo}`, async () => {
    const before = await readNote(places, repo);
    const different = change(before);
    if (different === null) return;
    const now = { ...before, ...different };
    const path = `${places.mirrors}/${repo}${noteSuffix}`;
    const empty = now.push.length === 0 && Object.keys(now.diverged).length === 0;
    if (empty && now.unfetched === null && now.unopened === null) await removeFile(path);
    else {
      await makeFolder(places.mirrors);
      await writeDurable(path, `${JSON.stringify(now, null, 1)}\n`);
    }
  });
}

/** The repositories that have a note. */
export async function listNotes(places: Places): Promise<string[]> {
  return (await listFolder(places.mirrors))
    .filter((name) => name.endsWith(noteSuffix))
    .map((name) => name.slice(0, -noteSuffix.length));
}
