// Why: the fifth step: allowed changes become a commit on the target's branch, mail in inboxes, state in the workspace.
// Promises: the intent is on record before the branch moves, and the branch moves by compare-and-swap. Checks ran on
// exactly what lands. A landing that is repeated after a crash lands nothing twice.
// Never: lands on a branch that moved without merging onto it and checking again.

import { setTimeout as pause } from 'node:timers/promises';
import type { CheckResult } from '../checks/check.ts';
import { staleContract } from '../delegation/contracts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { copyObjects, resolveRef, runGit, swapRef } from '../platform/git/git.ts';
import { packAhead } from '../platform/git/pack.ts';
import { putPack } from '../platform/git/pack-file.ts';
import type { Target } from '../platform/git/target.ts';
import { bringCommit } from '../platform/git/target.ts';
import { diffTrees } from '../platform/git/tree.ts';
import { withOrderFile } from '../record/order-file.ts';
import type { Base, Parcel, StateChange } from '../record/work.ts';
import type { Session } from '../workspace/workspace.ts';
import { branchGone, candidateOn, conflictBack, lockedBack } from './candidate.ts';
import { landWithState } from './decide-state.ts';
import { completeLanding } from './deliver.ts';
import { type Checked, check, commandsOf, nothingChecked } from './judge-checks.ts';
import type { LandingResult } from './result.ts';
import { awaitLock, lockNamed } from './stale-lock.ts';

/** How often fourline tries to land on a branch that keeps moving before it hands the order back. */
const landingRounds = 8;

/** Lands a judged run; with `hold` it does everything but the landing itself. */
export async function land(
  session: Session,
  parcel: Parcel,
  signal: AbortSignal,
  hold: boolean,
): Promise<LandingResult> {
  const { workspace } = session;
  if (parcel.base === null || (parcel.commit === null && parcel.card.role.write.length === 0))
    return hold
      ? { kind: 'held', commit: null, red: null }
      : landWithState(workspace, parcel, null, (ready) =>
          withOrderFile(workspace, parcel, () => finish(session, ready, null, [])),
        );
  const { base } = parcel;
  let checked: Candidate | null = null;
  let used = 0;
  for (let round = 0; round < landingRounds; round += 1) {
    // Checks run while others may land. Only the last rounds keep the branch to themselves, so that a busy branch
    // cannot starve an order.
    const keep = round >= landingRounds / 2;
    const turn: LandTurn = await workspace.inTurn(`land ${base.target.name}`, () =>
      takeTurn(session, parcel, base, { checked, keep, used, hold }, signal),
    );
    if (turn.kind === 'over') return turn.result;
    if (turn.kind === 'again') continue;
    const { candidate } = turn;
    const result = await check(session, parcel, base, candidate, used, signal);
    if (signal.aborted) return { kind: 'stopped' };
    if (result.back !== null) return backFrom(parcel, candidate, result.back);
    used += landTime(result);
    checked = { ...candidate, result };
  }
  const reason = `the branch ${base.branch} could not be moved (${landingRounds} tries)`;
  return { kind: 'back', reason, feedback: `${reason}. Nothing was wrong with your work.`, work: parcel.commit };
}

type Candidate = { readonly tip: string; readonly commit: string; readonly result: Checked };

// The result of one turn at the branch: over, check first, or try again.
type LandTurn =
  | { readonly kind: 'over'; readonly result: LandingResult }
  | { readonly kind: 'check'; readonly candidate: Candidate }
  | { readonly kind: 'again' };

// The input of a turn: the candidate that was checked before, whether the turn keeps the branch during its checks,
// milliseconds that checks took, and whether the landing is held.
type LandRound = {
  readonly checked: Candidate | null;
  readonly keep: boolean;
  readonly used: number;
  readonly hold: boolean;
};

// Within a turn nobody else of ours lands in this repository: the branch moves to what was checked.
async function takeTurn(
  session: Session,
  parcel: Parcel,
  base: Base,
  { checked, keep, used, hold }: LandRound,
  signal: AbortSignal,
): Promise<LandTurn> {
  const { workspace } = session;
  const over = (result: LandingResult): LandTurn => ({ kind: 'over', result });
  const tip = await tipToLandOn(base);
  if (tip === null) return over(branchGone(parcel, base));
  let candidate = checked?.tip === tip ? checked : null;
  if (candidate === null) {
    await bringCommit(base.target, base.branch, tip);
    const stale = await staleContract(parcel, base, tip);
    if (stale !== null) return over(stale);
    const merge = await candidateOn(workspace, parcel, base, tip);
    if (merge.kind === 'conflict') return over(conflictBack(parcel, base, merge.paths, merge.work));
    candidate = { tip, commit: merge.commit, result: nothingChecked };
    if (commandsOf(workspace, parcel).length > 0) {
      if (!keep) return { kind: 'check', candidate };
      const result = await check(session, parcel, base, candidate, used, signal);
      if (signal.aborted) return over({ kind: 'stopped' });
      if (result.back !== null) return over(backFrom(parcel, candidate, result.back));
      candidate = { ...candidate, result };
    }
  }
  const { red } = candidate.result;
  if (hold || (red !== null && !parcel.despiteRed))
    return over({
      kind: 'held',
      commit: parcel.commit === null ? null : candidate.commit,
      red,
    });
  // The branch doesn't move if nothing changed, or if somebody else made the same change meanwhile.
  const same =
    parcel.commit === null ||
    (tip !== base.commit && (await diffTrees(base.target.objects, tip, candidate.commit)).length === 0);
  const { commit, result } = candidate;
  const checks = result.results;
  const landing = await landWithState(workspace, parcel, parcel.commit === null ? null : commit, (ready) =>
    withOrderFile(workspace, parcel, async () => {
      if (same) return finish(session, ready, null, checks);
      const swapped = await swap(session, ready, base, commit, tip);
      return swapped.moved
        ? finish(session, ready, { commit, from: tip }, checks)
        : { kind: 'unmoved' as const, lock: swapped.lock };
    }),
  );
  if (landing.kind !== 'unmoved') return over(landing);
  if (landing.lock !== null && !(await awaitLock(workspace, parcel, base, landing.lock, signal)))
    return over(signal.aborted ? { kind: 'stopped' } : lockedBack(parcel, base, landing.lock));
  return { kind: 'again' };
}

function backFrom(parcel: Parcel, candidate: Candidate, back: NonNullable<Checked['back']>): LandingResult {
  return { kind: 'back', ...back, work: parcel.commit === null ? null : candidate.commit };
}

function landTime({ results }: Checked): number {
  return results.reduce((sum, one) => sum + one.milliseconds, 0);
}

// An order's own branch grows from the newest tip of the branch it is for.
async function tipToLandOn({ target, branch, from }: Base): Promise<string | null> {
  const tip = await resolveRef(target.commonDir, `refs/heads/${branch}`);
  return tip === null && from !== undefined ? resolveRef(target.commonDir, `refs/heads/${from}`) : tip;
}

// Intent first, then objects, then the one move that counts.
async function swap(
  session: Session,
  parcel: Parcel,
  base: Base,
  commit: string,
  tip: string,
): Promise<{ moved: boolean; lock: string | null }> {
  await intend(session.ledger, parcel, { commit, from: tip });
  crashPoint('land.intended');
  await bringObjects(base.target, commit, tip);
  crashPoint('land.copied');
  const ref = `refs/heads/${base.branch}`;
  const made = base.from !== undefined && (await resolveRef(base.target.commonDir, ref)) === null;
  const moved = await swapRef(base.target.commonDir, ref, commit, made ? null : tip);
  crashPoint('land.moved');
  if (moved.moved) return { moved: true, lock: null };
  const lock = lockNamed(moved.reason);
  if (lock === null)
    session.workspace.tell({
      kind: 'branch',
      role: parcel.role,
      order: parcel.id,
      detail: `${base.branch} could not be moved yet: ${moved.reason.split('\n')[0] ?? ''}`,
      weight: 'minor',
    });
  if (lock === null && (await resolveRef(base.target.commonDir, ref)) === tip) await pause(300);
  return { moved: false, lock };
}

// A few new objects are packed here, and written where the repository is a plain one. If there are more, or if the
// commit isn't plainly ahead of the tip, git finds them.
async function bringObjects(target: Target, commit: string, tip: string): Promise<void> {
  const own = await packAhead(target.objects, commit, tip);
  if (own === null) await copyObjects(target.mirror, target.commonDir, commit, [tip]);
  else if (!(await putPack(target.commonDir, own)))
    await runGit(target.commonDir, 'index-pack', ['--stdin'], { input: own.pack });
}

// The intent names texts of mail and state; they are on disk since the run was judged.
async function intend(ledger: Ledger, parcel: Parcel, move: { commit: string; from: string } | null): Promise<void> {
  await ledger.prove();
  await ledger.record({
    step: 'intended',
    order: parcel.id,
    run: parcel.run,
    role: parcel.role,
    repo: move === null ? null : (parcel.base?.target.name ?? null),
    branch: move === null ? null : (parcel.base?.branch ?? null),
    from: move?.from ?? null,
    commit: move?.commit ?? null,
    mail: parcel.mail.map(({ id, role, file }) => ({ id, role, file })),
    ...(parcel.stateOut.length === 0 ? {} : { state: parcel.stateOut.map(stampState) }),
    ...(parcel.dropped === undefined || parcel.dropped.length === 0 ? {} : { dropped: [...parcel.dropped] }),
    ...(parcel.behind === undefined ? {} : { behind: parcel.behind }),
  });
}

function stampState({ path, after }: StateChange): { path: string; digest: string | null } {
  return { path, digest: after === null ? null : digestOf(after) };
}

async function finish(
  session: Session,
  parcel: Parcel,
  move: { commit: string; from: string } | null,
  checks: readonly CheckResult[],
): Promise<LandingResult> {
  const { ledger } = session;
  if (move === null) await intend(ledger, parcel, null);
  const intent = ledger.history.orders.get(parcel.id)?.landing.intent;
  const left =
    intent == null
      ? []
      : await completeLanding(session, intent, intent.commit, parcel.folder, parcel.base?.target ?? null);
  return { kind: 'landed', commit: move?.commit ?? null, checks, left };
}
