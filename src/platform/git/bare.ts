// Why: mirrors and the ledger are repositories of fourline's own. A half-made repository (a full disk, a kill) would
// pass for a whole one.
// Promises: a repository is whole, or it is not there. When it finds a half-made repository, it sets that aside and
// makes a new one.
// Never: touches a repository of anybody else's.
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { listFolder, makeFolder, moveDurable } from '../files/files.ts';
import { temporaryName } from '../process/remains.ts';
import { whenAbsent } from '../text/fault.ts';
import { runGit } from './git.ts';

/**
 * Makes a bare repository where there is none. `head` is the branch it stands on. Safe between processes: one of them
 * makes it.
 */
export async function ensureBare(
  gitDir: string,
  options: { readonly format?: 'sha1' | 'sha256'; readonly head?: string } = {},
): Promise<void> {
  if (await isWhole(gitDir)) return;
  const folder = dirname(gitDir);
  const draft = `${folder}/${temporaryName(basename(gitDir))}`;
  try {
    await setAside(gitDir, `${folder}/.${basename(gitDir)}.half`);
    await makeFolder(draft);
    await runGit(draft, 'init', ['--bare', '-q', '--template=', `--object-format=${options.format ?? 'sha1'}`]);
    if (options.head !== undefined) await runGit(draft, 'symbolic-ref', ['HEAD', options.head]);
    // When another process was quicker, a repository stands in this place and the move fails.
    await moveDurable(draft, gitDir);
    await removeDrafts(gitDir);
  } catch (error) {
    if (!(await isWhole(gitDir))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/**
 * Sets a repository aside that is damaged, and makes an empty one in its place; an earlier one that was set aside goes.
 * The caller fills it.
 */
export async function renewBare(gitDir: string, options: Parameters<typeof ensureBare>[1] = {}): Promise<void> {
  const half = `${dirname(gitDir)}/.${basename(gitDir)}.half`;
  await rm(half, { recursive: true, force: true });
  await rename(gitDir, half).catch(whenAbsent(undefined));
  await ensureBare(gitDir, options);
}

async function setAside(gitDir: string, half: string): Promise<void> {
  if ((await stat(gitDir).catch(whenAbsent(null))) === null || (await isWhole(gitDir))) return;
  await rm(half, { recursive: true, force: true });
  await rename(gitDir, half);
}

// Those of others as well: who still works on one finds the repository there.
async function removeDrafts(gitDir: string): Promise<void> {
  const folder = dirname(gitDir);
  for (const name of await listFolder(folder))
    if (name.startsWith(`.${basename(gitDir)}.`) && name.endsWith('.tmp'))
      await rm(`${folder}/${name}`, { recursive: true, force: true });
}

async function isWhole(gitDir: string): Promise<boolean> {
  const parts = ['HEAD', 'config', 'objects', 'refs'].map((name) => stat(`${gitDir}/${name}`).catch(whenAbsent(null)));
  return (await Promise.all(parts)).every((part) => part !== null && (part.isDirectory() || part.size > 0));
}
