// Why: a process that is killed leaves things behind: half-written files, git at work on its behalf, git's own
// temporary files. The next process must tell them from things that somebody needs.
// Promises: everything that a process leaves carries its mark. fourline waits for the helpers of a dead process, since
// their work still counts. It removes only things that certainly belong to nobody.
// Never: ends a helper half-way; goes by age or by process ids; touches temporary files in people's repositories.
import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { whenAbsent } from '../text/fault.ts';
import { nameProcess, processLives } from './living.ts';

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

/**
 * Removes the temporary files in a folder: those of the process with that mark, or all of them. `deep` looks into its
 * folders as well.
 */
export async function sweepTemporary(folder: string, mark: string | null, deep = false): Promise<void> {
  for (const entry of await entriesOf(folder, deep)) {
    const found = temporaryShape.exec(entry.name)?.[1];
    if (entry.isFile() && found !== undefined && (mark === null || mark === found))
      await rm(`${entry.parentPath}/${entry.name}`, { force: true });
  }
}

/**
 * Removes what killed gits left in a repository that is fourline's own: objects and packs that were never finished,
 * crash reports, locks that nobody holds. The caller knows that no git works there.
 */
export async function sweepRepository(gitDir: string): Promise<void> {
  const left = /^(?:fast_import_crash_\d+|tmp_(?:pack|idx|rev|obj|objdir)[_-]\w+|conflict-.*\.index|.*\.lock)$/;
  const objects = await entriesOf(`${gitDir}/objects`, false);
  const places = [
    objects,
    await entriesOf(gitDir, false),
    await entriesOf(`${gitDir}/refs`, true),
    ...(await Promise.all(
      objects.filter((one) => one.isDirectory()).map((one) => entriesOf(`${gitDir}/objects/${one.name}`, false)),
    )),
  ];
  for (const entry of places.flat())
    if (left.test(entry.name)) await rm(`${entry.parentPath}/${entry.name}`, { recursive: true, force: true });
}

/**
 * Makes a folder for the time being, in the system's folder for such or in `where`. The next fourline removes those in
 * the system's folder where this process could not.
 */
export async function makeTemporary(kind: string, where = tmpdir()): Promise<string> {
  return mkdtemp(`${where}/fourline-${kind}-${nameProcess()}-`);
}

/** Removes the folders for the time being of processes that have ended. */
export async function sweepTemporaryFolders(): Promise<void> {
  for (const { name, parentPath } of await entriesOf(tmpdir(), false)) {
    const owner = /^fourline-[a-z]+-([0-9a-z.]+)-\w{6}$/.exec(name)?.[1];
    // Other users have folders there as well.
    if (owner?.includes('.') === true && !processLives(owner))
      await rm(`${parentPath}/${name}`, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function entriesOf(folder: string, recursive: boolean): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true, recursive }).catch(whenAbsent([]));
}

/**
 * Waits until no helper of the process with that mark is at work, and no other process's git writes below the folder
 * `own`, for `patience` milliseconds. False when one still is. Where there is no /proc it cannot know.
 */
export async function awaitHelpers(mark: string | null, patience: number, own: string | null = null): Promise<boolean> {
  const deadline = performance.now() + patience;
  while (await helps(mark, own)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return true;
}

const writers = /\0(?:commit-tree|fast-import|index-pack|init|read-tree|update-index|update-ref|write-tree)\0/;

async function helps(mark: string | null, own: string | null): Promise<boolean> {
  for (const name of await readdir('/proc').catch(whenAbsent([]))) {
    if (!/^\d+$/.test(name) || name === String(process.pid)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(whenAbsent(''));
    const found = new RegExp(`(?:^|\0)${processMarkName}=([0-9a-f]{12})\0`).exec(environment)?.[1];
    if (found === undefined || found === processMark) continue;
    if (found === mark) return true;
    const command = own === null ? '' : await readFile(`/proc/${name}/cmdline`, 'latin1').catch(whenAbsent(''));
    if (own !== null && command.includes(`--git-dir=${own}/`) && writers.test(command)) return true;
  }
  return false;
}
