// Why: a process that is killed leaves things behind: half-written files, git at work on its behalf, git's own temporary files. Whoever comes next must tell them
// from what somebody needs.
// Promises: everything a process leaves carries its mark; helpers of a dead one are waited for, since what they do still counts; only what is certainly nobody's is removed.
// Never: ends a helper half-way; goes by age or by process ids; touches temporary files in people's repositories.
import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { whenAbsent } from './fault.ts';

/** The mark of this process, in the names of its temporary files and the environment of its helpers. */
export const processMark: string = randomBytes(6).toString('hex');

/** The environment variable that carries it. */
export const processMarkName = 'FOURLINE_PROCESS';

let count = 0;

const temporaryShape = /^\..*\.([0-9a-f]{12})-\d+\.tmp$/s;

/** A new name for a file that is on its way to be `name`. */
export function temporaryName(name: string): string {
  count += 1;
  return `.${name.slice(0, 60)}.${processMark}-${count}.tmp`;
}

/** True for a name of a file that is on its way. */
export function isTemporary(name: string): boolean {
  return temporaryShape.test(name);
}

/** Removes the temporary files in a folder: those of the process with that mark, or all of them. `deep` looks into its folders as well. */
export async function sweepTemporary(folder: string, mark: string | null, deep = false): Promise<void> {
  for (const entry of await entriesOf(folder, deep)) {
    const found = temporaryShape.exec(entry.name)?.[1];
    if (entry.isFile() && found !== undefined && (mark === null || mark === found))
      await rm(`${entry.parentPath}/${entry.name}`, { force: true });
  }
}

/** Removes what killed gits left in a repository that is fourline's own: packs that were never finished, crash reports, locks that nobody holds. */
export async function sweepRepository(gitDir: string): Promise<void> {
  const left = /^(?:fast_import_crash_\d+|tmp_(?:pack|idx)_\w+|conflict-.*\.index|.*\.lock)$/;
  const places = [
    await entriesOf(gitDir, false),
    await entriesOf(`${gitDir}/objects/pack`, false),
    await entriesOf(`${gitDir}/refs/heads`, true),
    await entriesOf(`${gitDir}/refs/fourline`, true),
  ];
  for (const entry of places.flat())
    if (entry.isFile() && left.test(entry.name)) await rm(`${entry.parentPath}/${entry.name}`, { force: true });
}

async function entriesOf(folder: string, recursive: boolean): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true, recursive }).catch(whenAbsent([]));
}

/** Waits until no helper of the process with that mark is at work, for `patience` milliseconds. False when one still is. Where there is no /proc it cannot know. */
export async function awaitHelpers(mark: string, patience: number): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (await helps(mark)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return true;
}

async function helps(mark: string): Promise<boolean> {
  const wanted = Buffer.from(`${processMarkName}=${mark}\0`);
  for (const name of await readdir('/proc').catch(whenAbsent([]))) {
    if (!/^\d+$/.test(name) || name === String(process.pid)) continue;
    const environment = await readFile(`/proc/${name}/environ`).catch(whenAbsent(null));
    if (environment?.includes(wanted) === true) return true;
  }
  return false;
}
