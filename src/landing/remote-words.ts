// Why: `status`, notices and reports say in the same words what waits to go to a remote, and what holds it up.
// Promises: reads notes; changes nothing.
// Never: asks a remote.
import { escapeText } from '../platform/text/text.ts';
import { listNotes, readNote, type ToPush } from '../remote/note.ts';
import { repoSettings, type Workspace } from '../workspace/workspace.ts';

/** The reason for no pull request where gh is missing. */
export const noGh = 'gh is not installed or not on PATH';

/** Tells people what waits to go to remotes, and what holds it up. */
export async function tellRemotes(workspace: Workspace): Promise<string[]> {
  const out: string[] = [];
  for (const repo of await listNotes(workspace.places)) {
    const { remote, pull, push: pushes, pullRequest } = repoSettings(workspace, repo).remote;
    if (remote === null) continue;
    const { push, diverged, unfetched, unopened } = await readNote(workspace.places, repo);
    for (const branch of pull ? Object.keys(diverged) : [])
      out.push(
        `${divergedWords(repo, remote, branch)}: its orders wait  → git -C repos/${repo} merge ${remote}/${branch}`,
      );
    if (pull && unfetched !== null)
      out.push(
        `repos/${repo}: ${remote} could not be fetched: ${escapeText(unfetched)}; work goes on from what is here`,
      );
    for (const one of pushes ? push : []) out.push(waitingWords(repo, remote, one));
    if (pullRequest && unopened !== null) out.push(unopenedWords(repo, unopened));
  }
  return out;
}

/** Says in words that a branch diverged. */
export function divergedWords(repo: string, remote: string, branch: string): string {
  return `repos/${repo}: ${branch} and ${remote}/${branch} have diverged`;
}

/** Says in words that a push waits. */
export function waitingWords(repo: string, remote: string, { branch, reason }: ToPush): string {
  const why = reason === undefined ? 'fourline start pushes it' : escapeText(reason);
  return `push of repos/${repo} ${escapeText(branch)} to ${remote} waits: ${why}`;
}

/** Says in words why no pull request is opened. */
export function unopenedWords(repo: string, reason: string): string {
  const hint =
    reason === noGh ? 'install it (https://cli.github.com), then gh auth login' : 'gh auth status; gh repo set-default';
  return `repos/${repo}: no pull request is opened: ${escapeText(reason)}  → ${hint}`;
}
