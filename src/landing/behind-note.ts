// Why: `status` says which work trees stay behind a landing; the daemon brings them up to it.
// Promises: one small file a repository.
// Never: changes a work tree.
import type { Places } from '../places.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import type { Behind } from './worktree.ts';

/** A work tree that is behind a branch. */
export type KeptBehind = Behind & { readonly branch: string };

const behindSuffix = '.behind.json';

/** The note about a repository. */
export function behindFile(places: Places, repo: string): string {
  return `${places.mirrors}/${repo}${behindSuffix}`;
}

/** Reads the note about a repository; none for one that can't be read. */
export async function readBehindNotes(places: Places, repo: string): Promise<KeptBehind[]> {
  const file = await readPlain(behindFile(places, repo));
  try {
    return file.kind === 'text' ? (JSON.parse(file.text) as KeptBehind[]) : [];
  } catch {
    return [];
  }
}

/** The repositories with a note. */
export async function listBehind(places: Places): Promise<string[]> {
  return (await listFolder(places.mirrors))
    .filter((name) => name.endsWith(behindSuffix))
    .map((name) => name.slice(0, -behindSuffix.length));
}

/** The work trees that are behind, in words for people, with what to do. */
export async function tellBehind(places: Places): Promise<string[]> {
  const out: string[] = [];
  for (const repo of await listBehind(places))
    for (const { gitDir, branch, files } of await readBehindNotes(places, repo)) {
      const what = files ? 'the work tree is' : 'the index is';
      out.push(
        `repos/${repo}: ${what} behind ${branch}, so a commit there now would take a landing back: ${gitDir}/index.lock is in the way  → remove it when no git works there; fourline does the rest`,
      );
    }
  return out;
}
