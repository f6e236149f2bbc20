// Why: with a sparse checkout git keeps some paths out of the work tree. A new path belongs in or out by the same
// rules.
// Promises: git's own word, by the work tree's own rules; asked of an index and a folder that are thrown away.
// Never: touches the work tree or its index.
import { mkdir, rm, stat } from 'node:fs/promises';
import { makeTemporary } from '../process/remains.ts';
import { whenAbsent } from '../text/fault.ts';
import { askGit, type ObjectId, runGit } from './git.ts';

/** The paths of a commit that a work tree's sparse checkout keeps out; none where it has no such rules. */
export async function keptOut(gitDir: string, commit: ObjectId): Promise<Set<string>> {
  if ((await stat(`${gitDir}/info/sparse-checkout`).catch(whenAbsent(null))) === null) return new Set();
  const place = await makeTemporary('sparse');
  try {
    const workTree = `${place}/tree`;
    await mkdir(workTree);
    const env = { GIT_INDEX_FILE: `${place}/index`, GIT_OPTIONAL_LOCKS: '1' };
    await runGit(gitDir, 'read-tree', [commit], { env });
    // Onto the same commit: no file is written, but the rules are looked at (unpack-trees, "sparse checkout").
    await runGit(gitDir, 'read-tree', ['-m', '-u', commit], { env, workTree });
    const listing = await askGit(gitDir, 'ls-files', ['-t', '-z', '--full-name'], { env });
    return new Set(listing.split('\0').flatMap((line) => (line.startsWith('S ') ? [line.slice(2)] : [])));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
