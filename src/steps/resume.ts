// Why: an order whose journey broke off, by a crash or by a fault: what is intended is finished, what is not is handed back with the work it left.
// Promises: once a branch holds an order's commit, the order only goes forward; allowed work that was judged is kept, for the next attempt or as a patch.
// Never: lands anything that was not intended.

import { crashPoint } from '../ground/crash.ts';
import { writeDurable } from '../ground/files.ts';
import { hasObject, resolveRef, runGit } from '../ground/git.ts';
import type { Target } from '../ground/target.ts';
import { firstLine } from '../ground/text.ts';
import { patchOf } from '../landing/keep.ts';
import type { Standing } from '../ledger/fold.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { returnOrder } from '../order/inbox.ts';
import { closeRoom } from '../room/room.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { completeLanding } from './deliver.ts';
import { workRef } from './open.ts';
import { readRunRecord } from './run-record.ts';
import { blankReport, clearAway, settle } from './settle.ts';

/** What became of a broken-off order. */
export type Resumed = 'done' | 'failed' | 'returned';

/** Brings an order that lies in `state/active` to where it can go on from. `reason` is said and recorded; `limit` is the card's attempts. */
export async function resumeOrder(
  workspace: Workspace,
  ledger: Ledger,
  standing: Standing,
  reason: string,
  limit: number,
): Promise<Resumed> {
  const target = await targetOf(workspace, standing);
  if (standing.intent !== null && (await intentHolds(standing, target))) {
    await finishIntent(workspace, ledger, standing, target);
    return 'done';
  }
  const { id, role, attempt } = standing;
  const spent = standing.position === 'claimed';
  const kept = await keepWork(workspace, standing, target, standing.spent + 1 >= limit);
  crashPoint('recover.kept');
  if (standing.spent + 1 >= limit) {
    const note = `${reason}; attempt ${attempt} was the last of ${limit}`;
    await settle(workspace, ledger, { ...blankReport(standing), outcome: 'failed', note, kept });
    await clearAway(workspace, id, attempt, target?.mirror ?? null);
    return 'failed';
  }
  await closeRoom(workspace.places.rooms, `${id}.${attempt}`);
  crashPoint('recover.cleared');
  await returnOrder(workspace.places, role, id);
  crashPoint('recover.moved');
  await ledger.record({ step: 'returned', order: id, role, reason: firstLine(reason, 300), spent });
  crashPoint('recover.recorded');
  sayStep(workspace, role, id, 'returned', firstLine(reason, 160));
  return 'returned';
}

async function targetOf(workspace: Workspace, standing: Standing): Promise<Target | null> {
  if (standing.repo === null) return null;
  const found = await workspace.target(standing.repo);
  return 'kind' in found ? null : found;
}

// True when nothing was to move, or the branch holds the commit.
async function intentHolds({ intent }: Standing, target: Target | null): Promise<boolean> {
  if (intent === null || intent.commit === null) return intent !== null;
  if (target === null || intent.branch === null) return false;
  const tip = await resolveRef(target.commonDir, `refs/heads/${intent.branch}`);
  if (tip === null || !(await hasObject(target.commonDir, intent.commit))) return false;
  return (
    (await runGit(target.commonDir, 'merge-base', ['--is-ancestor', intent.commit, tip], { answers: [1, 128] }))
      .status === 0
  );
}

async function finishIntent(
  workspace: Workspace,
  ledger: Ledger,
  standing: Standing,
  target: Target | null,
): Promise<void> {
  const { intent } = standing;
  if (intent === null) return;
  const left = await completeLanding(workspace, ledger, intent, `${workspace.places.active}/${standing.id}`, target);
  crashPoint('recover.landed');
  await settle(workspace, ledger, {
    ...blankReport(standing),
    outcome: 'done',
    note: 'finished after it had broken off',
    commits: intent.commit === null ? [] : [intent.commit],
    sent: intent.mail.map((one) => `${one.id} to ${one.role}`),
    left,
  });
  crashPoint('recover.settled');
  await clearAway(workspace, standing.id, standing.attempt, target?.mirror ?? null);
}

// What was judged and allowed is a commit in the mirror already.
async function keepWork(
  workspace: Workspace,
  standing: Standing,
  target: Target | null,
  last: boolean,
): Promise<string[]> {
  const folder = `${workspace.places.active}/${standing.id}`;
  const record = await readRunRecord(folder);
  const { commit, base } = record ?? {};
  if (
    target === null ||
    record?.run !== `${standing.id}.${standing.attempt}` ||
    commit == null ||
    base == null ||
    !(await hasObject(target.mirror, commit))
  )
    return [];
  if (!last) {
    await runGit(target.mirror, 'update-ref', [workRef(standing.id), commit]);
    return [];
  }
  await writeDurable(`${folder}/unlanded.patch`, await patchOf(target.mirror, base, commit));
  return ['what was allowed and did not land: unlanded.patch in its record'];
}
