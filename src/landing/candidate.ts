// Why: what would land on a branch as it stands now, and what its role is told when nothing can.
// Promises: on a tip that moved, the same changes on top of what came; what does not merge is handed back with the files as they are on the branch.
// Never: moves the branch.

import { type Merge, mergeOnto } from '../commit/build.ts';
import { composeMessage } from '../commit/message.ts';
import { mayMakeRepository, refuseRepositories } from '../gate/repository.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { type Base, type Judged, type Opened, refusedOf } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { LandingResult } from './result.ts';
import { signerOf } from './signer.ts';

/** The answer where the branch was deleted. */
export function branchGone(judged: Judged, base: Base): LandingResult {
  const reason = `the branch ${base.from ?? base.branch} is gone from ${base.target.name}`;
  return { kind: 'back', reason, feedback: `${reason}: it was deleted while you worked.`, work: judged.commit };
}

/** What would land on a tip: the run's own commit where the branch stood still, else the same changes on top of what came. */
export async function candidateOn(workspace: Workspace, judged: Judged, base: Base, tip: string): Promise<Merge> {
  if (judged.commit === null) return { kind: 'merged', commit: tip };
  return tip === base.commit
    ? { kind: 'merged', commit: judged.commit }
    : mergeMoved(workspace, judged, base, judged.commit, tip);
}

async function mergeMoved(
  workspace: Workspace,
  judged: Judged,
  base: Base,
  commit: string,
  tip: string,
): Promise<Merge> {
  const { target } = base;
  const { domain } = workspace.settings;
  const prefix = `repos/${target.name}/`;
  const allowed = new Set(judged.allowedFiles.map((path) => path.slice(prefix.length)));
  const message = landingMessage(judged, judged.agent, judged.allowedFiles.length, refusedOf(judged.verdicts).length);
  const made = await repositoriesMade(judged, base, tip);
  if (made.length > 0) return { kind: 'conflict', paths: made.map((path) => path.slice(prefix.length)), work: null };
  return mergeOnto(target.mirror, commit, tip, allowed, {
    author: identityOf(judged.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message,
    run: judged.run,
    sign: await signerOf(workspace, judged.role, judged.id),
  });
}

// Two runs, each with a part of what makes a folder a git repository, would make one together.
async function repositoriesMade(judged: Judged, { target }: Base, tip: string): Promise<string[]> {
  if (!judged.verdicts.some(mayMakeRepository)) return [];
  const standing = (await target.list(tip)).map((entry) => `repos/${target.name}/${entry.path}`);
  const before = new Set(refusedOf(judged.verdicts));
  const after = refuseRepositories(judged.verdicts, new Set(standing));
  return refusedOf(after).flatMap((one) => (before.has(one) ? [] : one.path));
}

/** The answer where the changes do not merge; `paths` are those that don't. */
export function conflictBack(judged: Judged, base: Base, paths: readonly string[], work: string | null): LandingResult {
  const named = paths.length === 0 ? 'its history' : paths.join(', ');
  const feedback = [
    `The branch ${base.from ?? base.branch} moved while you worked, and your changes do not merge with it: ${named}.`,
    'In your room these files now stand as they are on the branch; your other changes are in. Make the change again where it is still needed.',
  ].join('\n');
  return {
    kind: 'back',
    reason: `conflict with ${base.from ?? base.branch}: ${named}`,
    feedback,
    work: work ?? judged.commit,
  };
}

/** The answer where somebody held the repository's lock all the time. */
export function lockedBack(judged: Judged, base: Base, lock: string): LandingResult {
  const reason = `repos/${base.target.name} was locked all the time: ${lock}`;
  return { kind: 'back', reason, feedback: `${reason}. Nothing was wrong with your work.`, work: judged.commit };
}

/** The message of an order's landing, whether its commit stands on its own base or was put onto a newer tip. */
export function landingMessage(opened: Opened, agent: string, files: number, refused: number): string {
  return composeMessage({
    objective: opened.order.objective.text,
    order: opened.id,
    run: opened.run,
    role: opened.role,
    card: opened.card.digest,
    agent,
    files,
    refused,
  });
}
