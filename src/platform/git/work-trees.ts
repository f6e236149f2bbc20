// Why: a branch may be checked out in any of a repository's work trees: its own, or a linked one (gitrepository-layout,
// "worktrees"). All of them follow.
// Promises: read from the repository's own files; a work tree whose folder is gone or has another repository doesn't
// count.
// Never: changes anything.
import { readFile, realpath } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { listFolder } from '../files/files.ts';
import { whenAbsent } from '../text/fault.ts';
import { readHead, runGit } from './git.ts';

/** A work tree: its folder, and the git folder that has its HEAD and its index. */
export type WorkTree = { readonly folder: string; readonly gitDir: string };

/** Facts about a repository from its git configuration. `workTree` is null when it names no work tree. */
export type Traits = { readonly bare: boolean; readonly workTree: string | null; readonly partial: boolean };

/** Reads these facts from a repository's configuration, as git does. When git cannot read it, nothing is known. */
export async function readTraits(gitDir: string): Promise<Traits> {
  const pattern = '^(core\\.(bare|worktree)|extensions\\.partialclone|remote\\..*\\.promisor)$';
  const asked = await runGit(gitDir, 'config', ['-z', '--get-regexp', pattern], { answers: [1, 128] });
  let [bare, partial, workTree]: [boolean, boolean, string | null] = [false, false, null];
  for (const line of asked.stdout.toString().split('\0').filter(Boolean)) {
    const [key = '', value = 'true'] = line.split(/\n([\s\S]*)/);
    if (key === 'core.bare') bare = /^(?:true|yes|on|1)$/i.test(value);
    else if (key === 'core.worktree') workTree = resolve(gitDir, value);
    else if (key === 'extensions.partialclone' || value !== 'false') partial = true;
  }
  return { bare, workTree, partial };
}

/** A repository as it is looked for work trees. */
export type Checkouts = WorkTreeHome & { readonly commonDir: string };
type WorkTreeHome = { readonly gitDir: string; readonly workTree: string | null };

/** All work trees of a repository, whatever they have checked out. */
export async function listWorkTrees({ gitDir, commonDir, workTree }: Checkouts): Promise<WorkTree[]> {
  const own = workTree === null ? [] : [{ folder: workTree, gitDir }];
  const main = gitDir === commonDir ? null : await mainWorkTree(commonDir);
  const all = [...own, ...(main === null ? [] : [main])];
  for (const name of await listFolder(`${commonDir}/worktrees`)) {
    const linked = await linkedWorkTree(`${commonDir}/worktrees/${name}`);
    if (linked !== null && linked.gitDir !== gitDir) all.push(linked);
  }
  return all;
}

/** True while a work tree has a branch checked out. */
export async function isOn(tree: WorkTree, branch: string): Promise<boolean> {
  return (await readHead(tree.gitDir).catch(whenAbsent(null))) === `refs/heads/${branch}`;
}

async function mainWorkTree(commonDir: string): Promise<WorkTree | null> {
  const traits = await readTraits(commonDir);
  if (traits.bare) return null;
  const folder = traits.workTree ?? (basename(commonDir) === '.git' ? dirname(commonDir) : null);
  return folder === null ? null : { folder, gitDir: commonDir };
}

async function linkedWorkTree(gitDir: string): Promise<WorkTree | null> {
  const link = (await readFile(`${gitDir}/gitdir`, 'utf8').catch(whenAbsent(''))).trim();
  if (link === '') return null;
  const folder = dirname(resolve(gitDir, link));
  const back = /^gitdir: (.+)$/m.exec(await readFile(`${folder}/.git`, 'utf8').catch(whenAbsent('')))?.[1];
  if (back === undefined) return null;
  const [here, there] = await Promise.all(
    [gitDir, resolve(folder, back.trim())].map((path) => realpath(path).catch(() => path)),
  );
  return here === there ? { folder, gitDir } : null;
}
