// Why: a git of ours that is killed while it moves a branch leaves its locks in a person's repository. Nothing can be
// done there until somebody removes them.
// Promises: removes a lock only when it is certainly ours, in three cases. The lock holds the commit that only we
// wanted there. It is on a ref of our own. Or it was made while our git held the branch to move it to that commit.
// Never: goes by a lock's age alone.
import { readFile, stat, unlink } from 'node:fs/promises';
import { listFolder } from '../files/files.ts';
import { whenAbsent } from '../text/fault.ts';
import { type ObjectId, resolveRef } from './git.ts';

/** Milliseconds in which a git takes all the locks of one move. */
const moveTime = 60_000;

/**
 * Removes the locks that a killed git of ours left when it moved `branch` to `commit`, and those on `refs` that nobody
 * else writes. The caller knows that no git of ours is at work. Returns the paths of what was removed.
 */
export async function removeOwnLocks(
  commonDir: string,
  branch: string,
  commit: ObjectId,
  refs: readonly string[],
): Promise<string[]> {
  const ref = `refs/heads/${branch}`;
  const lock = `${commonDir}/${ref}.lock`;
  const removed: string[] = [];
  const remove = async (path: string): Promise<void> => {
    await unlink(path).catch(whenAbsent(undefined));
    removed.push(path);
  };
  const ours = (await readFile(lock, 'latin1').catch(whenAbsent(''))) === `${commit}\n`;
  const moved = !ours && (await resolveRef(commonDir, ref)) === commit;
  // The file of the branch was its lock until the move (lockfile.h): made when the lock was taken, changed last when it
  // was moved.
  const held = await stat(ours ? lock : `${commonDir}/${ref}`).catch(whenAbsent(null));
  if (held !== null && (ours || moved)) {
    const until = ours ? held.birthtimeMs + moveTime : held.ctimeMs;
    const linked = (await listFolder(`${commonDir}/worktrees`)).map((name) => `${commonDir}/worktrees/${name}`);
    for (const gitDir of [commonDir, ...linked]) {
      // When a HEAD stands on the branch, git locks that HEAD as well, and writes nothing into the lock.
      const head = await stat(`${gitDir}/HEAD.lock`).catch(whenAbsent(null));
      const within = head !== null && head.birthtimeMs >= held.birthtimeMs && head.birthtimeMs <= until;
      if (within && head.size === 0) await remove(`${gitDir}/HEAD.lock`);
    }
  }
  if (ours) await remove(lock);
  for (const own of refs)
    if ((await stat(`${commonDir}/${own}.lock`).catch(whenAbsent(null))) !== null)
      await remove(`${commonDir}/${own}.lock`);
  return removed;
}
