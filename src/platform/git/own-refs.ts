// Why: refs of fourline's own repositories are moved without a process, as the files they are (gitrepository-layout(5),
// "refs"; gitformat: loose refs).
// Promises: a ref is the old one or the new one; one that stands elsewhere is not moved; git's own locks are heeded.
// Packed refs are left to git.
// Never: touches a repository that isn't fourline's own.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf, Fault, whenAbsent } from '../text/fault.ts';
import { askGit, hasPackedRefs, type ObjectId, resolveRef, runGit } from './git.ts';

/**
 * Sets a ref of one of fourline's own repositories. With `from` (null: must not exist) only where it stands there.
 * `flush` waits for the disk. Throws Fault `git-failed` where it stands elsewhere, `ref-locked` where somebody holds
 * its lock for a second.
 */
export async function writeRef(
  gitDir: string,
  ref: string,
  to: ObjectId,
  options: { readonly from?: ObjectId | null; readonly flush: boolean },
): Promise<void> {
  const path = `${gitDir}/${ref}`;
  mkdirSync(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  const file = await openLock(lock, gitDir);
  try {
    const stands = options.from === undefined ? undefined : await resolveRef(gitDir, ref);
    if (stands !== options.from)
      throw new Fault(
        'git-failed',
        `${ref} stands at ${stands ?? 'nothing'} and was expected at ${options.from ?? 'nothing'}`,
        {
          where: gitDir,
        },
      );
    writeFileSync(file, `${to}\n`);
    if (options.flush) fsyncSync(file);
    renameSync(lock, path);
  } catch (error) {
    rmSync(lock, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

// Another process that writes the ref is done in a moment. A lock says nothing of what the repository holds.
async function openLock(lock: string, gitDir: string): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return openSync(lock, 'wx');
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
      if (tries === lockTries)
        throw new Fault('ref-locked', `${lock} is there: another process writes that ref, or was killed`, {
          where: gitDir,
          hint: 'the next start removes it, if no git works there',
        });
    }
    await pause(20);
  }
}

/** How often a lock is tried, every 20 ms: git itself waits 100 ms (git-config(1), core.filesRefLockTimeout). */
const lockTries = 50;

/** The refs below a prefix (`refs/fourline`) that one of fourline's own repositories has. */
export async function listRefs(gitDir: string, prefix: string): Promise<string[]> {
  if (await hasPackedRefs(gitDir))
    return (await askGit(gitDir, 'for-each-ref', ['--format=%(refname)', prefix])).split('\n').filter(Boolean);
  const found = await readdir(`${gitDir}/${prefix}`, { recursive: true, withFileTypes: true }).catch(whenAbsent([]));
  return found
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(gitDir.length + 1));
}

/**
 * Removes refs of one of fourline's own repositories; those that are not there are no matter. Throws what git and the
 * disk throw.
 */
export async function dropRefs(gitDir: string, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return;
  if (await hasPackedRefs(gitDir))
    await runGit(gitDir, 'update-ref', ['--stdin'], { input: refs.map((ref) => `delete ${ref}\n`).join('') });
  else for (const ref of refs) await rm(`${gitDir}/${ref}`, { force: true });
}
