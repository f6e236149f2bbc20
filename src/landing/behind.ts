// Why: while another git holds a work tree's index, the work tree or its index stays behind a landing. The person's
// next commit would then undo the landing.
// Promises: a note on disk says which work trees are behind, and `status` shows it. They follow to the newest commit as
// soon as possible.
// Never: moves a branch; changes what a person has staged or edited since.
import { removeFile, writeDurable } from '../platform/files/files.ts';
import { resolveRef } from '../platform/git/git.ts';
import { bringCommit } from '../platform/git/target.ts';
import { messageOf } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { behindFile, type KeptBehind, listBehind, readBehindNotes } from './behind-note.ts';
import { type Behind, catchUp } from './worktree.ts';

/** Milliseconds between two looks whether a work tree that is behind can follow. */
const lookTime = 500;

async function writeBehind(workspace: Workspace, repo: string, kept: readonly KeptBehind[]): Promise<void> {
  const { places, behind } = workspace;
  if (kept.length > 0) behind.repos.add(repo);
  else behind.repos.delete(repo);
  behind.changed();
  if (kept.length > 0) await writeDurable(behindFile(places, repo), `${JSON.stringify(kept, null, 1)}\n`);
  else await removeFile(behindFile(places, repo));
}

/**
 * Notes work trees of a repository that could not follow a landing on `branch`. A work tree that is behind already
 * keeps the commit it is behind from.
 */
export async function noteBehind(
  workspace: Workspace,
  repo: string,
  branch: string,
  behind: readonly Behind[],
): Promise<void> {
  if (behind.length === 0) return;
  const kept = await readBehindNotes(workspace.places, repo);
  for (const one of behind) {
    const at = kept.findIndex((other) => other.gitDir === one.gitDir && other.branch === branch);
    const before = kept[at];
    if (before === undefined) kept.push({ ...one, branch });
    else kept[at] = { ...before, files: before.files || one.files };
  }
  await writeBehind(workspace, repo, kept);
}

/**
 * Looks from time to time whether work trees that are behind can follow, in turn with landings. The returned function
 * ends that, after a last look.
 */
export async function followUp(workspace: Workspace): Promise<() => Promise<void>> {
  for (const repo of await listBehind(workspace.places)) workspace.behind.repos.add(repo);
  let looking: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    looking = looking.then(() => lookAll(workspace));
    return looking;
  };
  await look();
  // A timer runs only while a work tree is behind: a daemon that has nothing to do does nothing.
  let timer: NodeJS.Timeout | null = null;
  const wait = (): void => {
    if (timer !== null || workspace.behind.repos.size === 0) return;
    timer = setTimeout(() => {
      void look().finally(() => {
        timer = null;
        workspace.behind.changed();
      });
    }, lookTime);
    timer.unref();
  };
  workspace.behind.changed = wait;
  wait();
  return async () => {
    workspace.behind.changed = () => undefined;
    if (timer !== null) clearTimeout(timer);
    await look();
  };
}

async function lookAll(workspace: Workspace): Promise<void> {
  for (const repo of [...workspace.behind.repos])
    await workspace
      .inTurn(`land ${repo}`, async () => {
        if (await bringRepo(workspace, repo))
          workspace.tell({
            kind: 'work tree',
            detail: `repos/${repo}: its work tree is up to its branch again`,
            weight: 'good',
          });
      })
      .catch((error: unknown) =>
        workspace.tell({
          kind: 'work tree',
          detail: `repos/${repo} is behind still: ${messageOf(error)}`,
          weight: 'bad',
        }),
      );
}

/**
 * Brings the work trees of one repository that are behind up to their branch, as far as possible now. True when there
 * were any. The caller has the turn to land there.
 */
export async function bringRepo(workspace: Workspace, repo: string): Promise<boolean> {
  const target = await workspace.target(repo);
  if ('kind' in target) return false;
  const before = await readBehindNotes(workspace.places, repo);
  const still: KeptBehind[] = [];
  for (const one of before) {
    const tip = await resolveRef(target.commonDir, `refs/heads/${one.branch}`);
    if (tip === null) continue;
    await bringCommit(target, one.branch, tip);
    const left = await catchUp(target, one.branch, tip, one);
    if (left === null) still.push(one);
    for (const words of left ?? [])
      workspace.tell({
        kind: 'work tree',
        detail: `repos/${repo}: left as it was: ${escapeText(words)}`,
        weight: 'bad',
      });
  }
  if (still.length === before.length && before.length > 0) return false;
  await writeBehind(workspace, repo, still);
  return before.length > still.length;
}
