// Why: builds what would land on a branch as it stands now, and what its role is told when nothing can land.
// Promises: on a tip that moved, it puts the same changes on top of the new commits. Changes that do not merge are
// handed back, with the files as they are on the branch.
// Never: moves the branch.
import { type Merge, mergeOnto, takeBackOnto } from '../commit/build.ts';
import { composeMessage } from '../commit/message.ts';
import { mayMakeRepository, refuseRepositories } from '../gate/repository.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { type Base, type Parcel, refusedOf } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { LandingResult } from './result.ts';
import { signerOf } from './signer.ts';

/** The answer if the branch was deleted. */
export function branchGone(parcel: Parcel, base: Base): LandingResult {
  const reason = `the branch ${base.from ?? base.branch} is gone from ${base.target.name}`;
  return { kind: 'back', reason, feedback: `${reason}: it was deleted while you worked.`, work: parcel.commit };
}

/**
 * The commit that would land on a tip: the run's own commit if the branch didn't move, else the same changes on top of
 * the new commits.
 */
export async function candidateOn(workspace: Workspace, parcel: Parcel, base: Base, tip: string): Promise<Merge> {
  if (parcel.commit === null) return { kind: 'merged', commit: tip };
  return tip === base.commit
    ? { kind: 'merged', commit: parcel.commit }
    : mergeMoved(workspace, parcel, base, parcel.commit, tip);
}

async function mergeMoved(
  workspace: Workspace,
  parcel: Parcel,
  base: Base,
  commit: string,
  tip: string,
): Promise<Merge> {
  const { target } = base;
  const { domain } = workspace.settings;
  const prefix = `repos/${target.name}/`;
  const allowed = new Set(parcel.allowedFiles.map((path) => path.slice(prefix.length)));
  const message = landingMessage(parcel, parcel.agent, parcel.allowedFiles.length, refusedOf(parcel.verdicts).length);
  const made = await repositoriesMade(parcel, base, tip);
  if (made.length > 0) return { kind: 'conflict', paths: made.map((path) => path.slice(prefix.length)), work: null };
  const plan = {
    author: identityOf(parcel.role, domain),
    committer: committerOf(domain),
    date: workspace.clock.now(),
    message,
    run: parcel.run,
    sign: await signerOf(workspace, parcel.role, parcel.id),
  };
  return parcel.undoes === undefined
    ? mergeOnto(target.objects, commit, tip, allowed, plan)
    : takeBackOnto(target.objects, { base: base.commit, commit }, tip, plan);
}

// Two runs could each add a part of what makes a folder a git repository; together they would make one.
async function repositoriesMade(parcel: Parcel, { target }: Base, tip: string): Promise<string[]> {
  if (!parcel.verdicts.some(mayMakeRepository)) return [];
  const standing = (await target.list(tip)).map((entry) => `repos/${target.name}/${entry.path}`);
  const before = new Set(refusedOf(parcel.verdicts));
  const after = refuseRepositories(parcel.verdicts, () => new Set(standing));
  return refusedOf(after).flatMap((one) => (before.has(one) ? [] : one.path));
}

/** The answer if the changes do not merge; `paths` are those that don't. */
export function conflictBack(parcel: Parcel, base: Base, paths: readonly string[], work: string | null): LandingResult {
  const named = paths.length === 0 ? 'its history' : paths.join(', ');
  const feedback = [
    `The branch ${base.from ?? base.branch} moved while you worked, and your changes do not merge with it: ${named}.`,
    'In your room these files now stand as they are on the branch; your other changes are in. Make the change again where it is still needed.',
  ].join('\n');
  return {
    kind: 'back',
    reason: `conflict with ${base.from ?? base.branch}: ${named}`,
    feedback,
    work: work ?? parcel.commit,
  };
}

/** The answer if somebody held the repository's lock all the time. */
export function lockedBack(parcel: Parcel, base: Base, lock: string): LandingResult {
  const reason = `repos/${base.target.name} was locked all the time: ${lock}`;
  return { kind: 'back', reason, feedback: `${reason}. Nothing was wrong with your work.`, work: parcel.commit };
}

/** The message of an order's landing. It is the same on the run's own base and on a newer tip. */
export function landingMessage(
  opened: Pick<Parcel, 'order' | 'id' | 'run' | 'role' | 'card'> & { readonly undoes?: string | undefined },
  agent: string,
  files: number,
  refused: number,
): string {
  return composeMessage({
    objective: opened.order.objective.text,
    order: opened.id,
    run: opened.run,
    role: opened.role,
    card: opened.card.digest,
    agent,
    files,
    refused,
    undoes: opened.undoes,
  });
}
