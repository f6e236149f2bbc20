// Why: an order whose journey broke off, by a crash or by a fault: what is intended is finished, what is not is handed back with the work it left.
// Promises: once a branch holds an order's commit, the order only goes forward; allowed work that was judged is kept, for the next attempt or as a patch.
// Never: lands anything that was not intended.
import { notesRef } from '../commit/note.ts';
import { inStateTurn } from '../landing/decide-state.ts';
import { completeLanding } from '../landing/deliver.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { hasObject, isAncestor, resolveRef, runGit } from '../platform/git/git.ts';
import { removeDeadLock } from '../platform/git/index-file.ts';
import { removeOwnLocks } from '../platform/git/own-locks.ts';
import { bringSound, type Target } from '../platform/git/target.ts';
import { listWorkTrees } from '../platform/git/work-trees.ts';
import { findOrderFile, putBackOrder } from '../record/inbox.ts';
import { workRef } from '../record/kept-work.ts';
import { moveBack } from '../record/move.ts';
import { activeFolder } from '../record/path.ts';
import { beginReport, type ReportParts } from '../record/report.ts';
import { readStored } from '../record/stored.ts';
import { closeRoom } from '../room/room.ts';
import { needLeft } from '../waiting/hold.ts';
import { waitBehind } from '../waiting/move-on.ts';
import { heldBranch } from '../waiting/park.ts';
import { waitForPull } from '../waiting/propose.ts';
import { keepUnlanded, settle } from '../waiting/settle.ts';
import { restOf, waitForChildren } from '../waiting/wake.ts';
import { sayStep, type Workspace } from '../workspace/workspace.ts';
import { firedBy } from './heed.ts';

/** What became of a broken-off order, and in words where it had been. */
export type Resumed = { readonly kind: 'done' | 'failed' | 'halted' | 'returned'; readonly words: string };

/** Brings an order that lies in `state/active` to where it can go on from. `reason` is recorded; `limit` is the card's attempts, null when this one does not count. */
export async function resumeOrder(
  workspace: Workspace,
  ledger: Ledger,
  standing: Standing,
  reason: string,
  limit: number | null,
): Promise<Resumed> {
  const { id, role, tries, landing } = standing;
  await putBackOrder(workspace.places, id);
  const waits = `it waits in inbox/${role} again`;
  // An approved landing that broke off: no run of it did, and the approval stands.
  const held = await readStored(activeFolder(workspace.places, id), 'held.json');
  const keeps = standing.pause.held !== null && held !== null && needLeft(held, standing) === null;
  // The claim is not on record: no attempt of it began, and what an earlier one left stands as it was.
  if (standing.position === 'posted') {
    await giveOrderBack(workspace, ledger, standing, reason, false, keeps);
    return { kind: 'returned', words: `had just been claimed; ${waits}` };
  }
  const target = await resumeTarget(workspace, standing);
  if (target !== null) await clearOwnLocks(workspace, standing, target);
  const landed = await findLanded(standing, target);
  if (landing.intent !== null && (landing.intent.commit === null || landed !== null)) {
    const rest = await finishIntent(workspace, ledger, standing, landing.intent, landed, target);
    if (rest === 'wait') return { kind: 'returned', words: 'had delivered; it waits for its orders' };
    return {
      kind: rest === 'done' ? 'done' : 'failed',
      words: `${landed === null ? 'was done' : 'had landed'}, delivered the rest`,
    };
  }
  if ((await findOrderFile(workspace.places, id)) === null) {
    const kept = await keepWork(workspace, standing, target, true);
    const note = 'withdrawn: its file was taken out of state/active while it ran';
    await settle(
      workspace,
      ledger,
      { ...beginReport(standing), outcome: 'halted', note, kept },
      target?.mirror ?? null,
    );
    return { kind: 'halted', words: note };
  }
  const last = limit !== null && standing.tries.spent + 1 >= limit && !keeps && firedBy(ledger.history, id) === null;
  const kept = await keepWork(workspace, standing, target, last);
  crashPoint('recover.kept');
  const work = kept.length > 0 ? ', its work is kept' : '';
  if (last) {
    const note = `${reason}; attempt ${tries.attempt} was the last of ${limit}`;
    await settle(
      workspace,
      ledger,
      { ...beginReport(standing), outcome: 'failed', note, kept },
      target?.mirror ?? null,
    );
    return { kind: 'failed', words: `attempt ${tries.attempt} was its last: failed${work}` };
  }
  await closeRoom(workspace.places.outside.rooms, `${id}.${tries.attempt}`);
  crashPoint('recover.cleared');
  await giveOrderBack(workspace, ledger, standing, reason, limit !== null && !keeps, keeps);
  return { kind: 'returned', words: `broke off in attempt ${tries.attempt}; ${waits}${work}` };
}

async function giveOrderBack(
  workspace: Workspace,
  ledger: Ledger,
  { id, role }: Standing,
  reason: string,
  spent: boolean,
  keeps = false,
): Promise<void> {
  const line = { step: 'returned' as const, order: id, role, reason, spent, ...(keeps ? { keeps } : {}) };
  await moveBack(workspace.places, ledger, line, 'recover');
}

async function resumeTarget(workspace: Workspace, standing: Standing): Promise<Target | null> {
  if (standing.asked.repo === null) return null;
  const found = await workspace.target(standing.asked.repo);
  return 'kind' in found ? null : found;
}

// The commit the branch holds it by: the intended one, or, where somebody rebased or amended since, the one that names its run. Null when nothing of it is there.
async function findLanded({ landing: { intent } }: Standing, target: Target | null): Promise<string | null> {
  if (intent === null || intent.commit === null || intent.branch === null || target === null) return null;
  const tip = await resolveRef(target.commonDir, `refs/heads/${intent.branch}`);
  if (tip === null) return null;
  if (await isAncestor(target.commonDir, intent.commit, tip)) return intent.commit;
  const named = `--grep=^Fourline-Run: ${intent.run.replaceAll('.', '\\.')}$`;
  // What it was based on may be gone as well, once its history was rewritten and cleared up.
  for (const since of intent.from === null ? [[]] : [[`^${intent.from}`], []]) {
    const found = await runGit(target.commonDir, 'rev-list', ['-n', '1', named, tip, ...since], { answers: [128] });
    if (found.status === 0) return found.stdout.toString().trim() || null;
  }
  return null;
}

// A killed git of ours leaves its locks; nobody else wanted that commit there, and these refs are ours.
async function clearOwnLocks(
  workspace: Workspace,
  { id, landing: { intent } }: Standing,
  target: Target,
): Promise<void> {
  if (intent?.commit == null || intent.branch === null) return;
  const refs = [notesRef, `refs/heads/${heldBranch(id)}`];
  const removed = await removeOwnLocks(target.commonDir, intent.branch, intent.commit, refs);
  for (const { gitDir } of await listWorkTrees(target))
    if (await removeDeadLock(`${gitDir}/index.lock`)) removed.push(`${gitDir}/index.lock`);
  for (const path of removed)
    sayStep(
      workspace,
      intent.role,
      id,
      'recovered',
      `removed ${path}, which a git of ours left when it was killed`,
      'dim',
    );
}

async function finishIntent(
  workspace: Workspace,
  ledger: Ledger,
  standing: Standing,
  intent: NonNullable<Standing['landing']['intent']>,
  landed: string | null,
  target: Target | null,
): ReturnType<typeof restOf> {
  const folder = activeFolder(workspace.places, standing.id);
  // Its mirror may be damaged or gone by now; all that is needed is on the branch.
  if (target !== null && landed !== null && intent.branch !== null)
    await bringSound(target, intent.branch, landed, landed === intent.commit ? intent.from : null);
  const left = await inStateTurn(workspace, () => completeLanding(workspace, ledger, intent, landed, folder, target));
  crashPoint('recover.landed');
  if (intent.behind !== undefined) {
    const { id, role } = standing;
    const { attempt } = standing.tries;
    await waitBehind(workspace, ledger, { id, role, attempt, folder }, intent.behind);
    return 'wait';
  }
  const rest = await restOf(workspace, ledger, standing.id, standing.role);
  if (rest === 'wait') {
    await waitForChildren(workspace, ledger, standing);
    return rest;
  }
  const parts: ReportParts = {
    ...beginReport(standing),
    ...(rest === 'done' ? { outcome: 'done' as const, note: 'finished after it had broken off' } : rest),
    branch: intent.branch ?? standing.landing.branch,
    commits: landed === null ? [] : [landed],
    sent: intent.mail.map((one) => `${one.id} to ${one.role}`),
    left,
    kept: standing.tries.refused.length > 0 ? [`what was refused: fourline show ${standing.id} --refused`] : [],
  };
  if (rest === 'done' && (await waitForPull(workspace, ledger, { ...standing, folder }, parts))) return 'wait';
  await settle(workspace, ledger, parts, target?.mirror ?? null);
  return rest;
}

// What was judged and allowed is on disk already: a commit in the mirror, letters and state files in the order's folder. Names what is kept.
async function keepWork(
  workspace: Workspace,
  standing: Standing,
  target: Target | null,
  last: boolean,
): Promise<string[]> {
  const folder = activeFolder(workspace.places, standing.id);
  const record = await readStored(folder, 'verdicts.json');
  const commit = record?.run === `${standing.id}.${standing.tries.attempt}` ? record.commit : null;
  if (last) return keepUnlanded(folder, standing.id, target?.mirror ?? null, commit);
  if (target === null || commit === null || !(await hasObject(target.mirror, commit))) return [];
  await runGit(target.mirror, 'update-ref', [workRef(standing.id), commit]);
  return [commit];
}
