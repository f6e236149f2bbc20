// Why: people rebase and amend. A landing is then on its branch as another commit, which names the same run.
// Promises: gives the landed commit itself if the branch holds it, else the newest commit there that names its run.
// Never: takes a commit of another branch for it.
import { isAncestor, resolveRef, runGit } from '../platform/git/git.ts';

/** A landing as the journal has it: its run, its commit, and the tip on which the commit was made. */
type LandedRun = { readonly run: string; readonly commit: string; readonly from: string | null };

/** The commit by which a branch holds a landing; null when nothing of it is there. Throws Fault `git-failed`. */
export async function landedAs(
  gitDir: string,
  branch: string,
  { run, commit, from }: LandedRun,
): Promise<string | null> {
  const tip = await resolveRef(gitDir, `refs/heads/${branch}`);
  if (tip === null) return null;
  if (await isAncestor(gitDir, commit, tip)) return commit;
  const named = `--grep=^Fourline-Run: ${run.replaceAll('.', '\\.')}$`;
  // The commit that it was based on may be gone as well, after somebody rewrote and cleaned up its history.
  for (const since of from === null ? [[]] : [[`^${from}`], []]) {
    const found = await runGit(gitDir, 'rev-list', ['-n', '1', named, tip, ...since], { answers: [128] });
    if (found.status === 0) return found.stdout.toString().trim() || null;
  }
  return null;
}
