// Why: after a crash or a fault breaks off an order's journey, fourline finishes what is intended. It hands back the
// rest, with the work it left.
// Promises: once a branch holds an order's commit, the order only goes forward. Allowed work that was judged is kept,
// for the next attempt or as a patch.
// Never: lands anything that was not intended.

import { notesRef } from '../commit/note.ts';
import { inStateTurn } from '../landing/decide-state.ts';
import { completeLanding } from '../landing/deliver.ts';
import { landedAs } from '../landing/landed-as.ts';
import { flattenStanding, type Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { hasObject } from '../platform/git/git.ts';
import { removeDeadLock } from '../platform/git/index-file.ts';
import { removeOwnLocks } from '../platform/git/own-locks.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { removeDeadDrafts } from '../platform/git/pack-file.ts';
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
import type { Session, Workspace } from '../workspace/workspace.ts';
import { decideResume, type Remains } from './decide-resume.ts';
import { firedBy } from './heed.ts';

/** The fate of a broken-off order. `words` say where it had been. */
export type Resumed = { readonly kind: 'done' | 'failed' | 'halted' | 'returned'; readonly words: string };

/**
 * An order that broke off, with what is left of it. `target` is its repository; null when it has no repository, or the
 * repository is not sound.
 */
type Broken = Omit<Remains, 'fired' | 'limit'> & { readonly standing: Standing; readonly target: Target | null };

/**
 * Brings an order that lies in `state/active` to where it can go on from. `reason` is recorded; `limit` is the card's
 * attempts, null when this one does not count. Gives what became of it; throws while the machine fails.
 */
export async function resumeOrder(
  session: Session,
  standing: Standing,
  { reason, limit }: { readonly reason: string; readonly limit: number | null },
): Promise<Resumed> {
  const { workspace, ledger } = session;
  await putBackOrder(workspace.places, standing.id);
  const broken = await findRemains(workspace, standing);
  const fired = firedBy(ledger.history, standing.id) !== null;
  const wayOn = decideResume(flattenStanding(standing), { ...broken, fired, limit });
  // An undo goes on where it lies: nothing of it has landed, and all that it needs is made anew.
  if (standing.bonds.undoes !== null && wayOn.kind !== 'finish' && wayOn.kind !== 'withdraw')
    return { kind: 'returned', words: 'broke off; it goes on' };
  switch (wayOn.kind) {
    case 'unclaim':
      await giveOrderBack(session, broken, { reason, spent: false });
      return { kind: 'returned', words: `had just been claimed; ${waitsAgain(standing)}` };
    case 'finish':
      return finishIntent(session, broken, wayOn.intent);
    case 'withdraw':
      return withdrawOrder(session, broken);
    case 'fail':
      return failOrder(session, broken, `${reason}; attempt ${standing.tries.attempt} was the last of ${wayOn.limit}`);
    case 'return':
      return clearAndReturn(session, broken, { reason, spent: wayOn.spent });
  }
}

// If an order's claim is not on record, the search looks at nothing else: no run of it began.
async function findRemains(workspace: Workspace, standing: Standing): Promise<Broken> {
  const { id } = standing;
  const held = await readStored(activeFolder(workspace.places, id), 'held.json');
  const keeps = standing.pause.held !== null && held !== null && needLeft(held, standing) === null;
  if (standing.position === 'posted') return { standing, keeps, target: null, landed: null, gone: false };
  const target = await resumeTarget(workspace, standing);
  if (target !== null) await clearOwnLocks(workspace, standing, target);
  const landed = await findLanded(standing, target);
  return { standing, keeps, target, landed, gone: (await findOrderFile(workspace.places, id)) === null };
}

async function finishIntent(
  session: Session,
  broken: Broken,
  intent: NonNullable<Standing['landing']['intent']>,
): Promise<Resumed> {
  const left = await deliverRest(session, broken, intent);
  const rest = await endIntended(session, broken, { intent, left });
  if (rest === 'wait') return { kind: 'returned', words: 'had delivered; it waits for its orders' };
  const had = broken.landed === null ? 'was done' : 'had landed';
  return { kind: rest === 'done' ? 'done' : 'failed', words: `${had}, delivered the rest` };
}

async function withdrawOrder(session: Session, broken: Broken): Promise<Resumed> {
  const kept = await keepWork(session.workspace, broken, true);
  const note = 'withdrawn: its file was taken out of state/active while it ran';
  await settleBroken(session, broken, { outcome: 'halted', note, kept });
  return { kind: 'halted', words: note };
}

async function failOrder(session: Session, broken: Broken, note: string): Promise<Resumed> {
  const kept = await keepWork(session.workspace, broken, true);
  crashPoint('recover.kept');
  await settleBroken(session, broken, { outcome: 'failed', note, kept });
  return { kind: 'failed', words: `attempt ${broken.standing.tries.attempt} was its last: failed${keptWords(kept)}` };
}

async function clearAndReturn(
  session: Session,
  broken: Broken,
  back: { readonly reason: string; readonly spent: boolean },
): Promise<Resumed> {
  const { workspace } = session;
  const { standing } = broken;
  const kept = await keepWork(workspace, broken, false);
  crashPoint('recover.kept');
  await closeRoom(workspace.places.outside.rooms, `${standing.id}.${standing.tries.attempt}`);
  crashPoint('recover.cleared');
  await giveOrderBack(session, broken, back);
  const words = `broke off in attempt ${standing.tries.attempt}; ${waitsAgain(standing)}${keptWords(kept)}`;
  return { kind: 'returned', words };
}

function waitsAgain({ role }: Standing): string {
  return `it waits in inbox/${role} again`;
}

function keptWords(kept: readonly string[]): string {
  return kept.length > 0 ? ', its work is kept' : '';
}

async function settleBroken(
  session: Session,
  { standing, target }: Broken,
  ending: Pick<ReportParts, 'outcome' | 'note' | 'kept'>,
): Promise<void> {
  await settle(session, { ...beginReport(standing), ...ending }, target?.mirror ?? null);
}

async function giveOrderBack(
  session: Session,
  { standing, keeps }: Broken,
  { reason, spent }: { readonly reason: string; readonly spent: boolean },
): Promise<void> {
  const { id, role } = standing;
  const line = { step: 'returned' as const, order: id, role, reason, spent, ...(keeps ? { keeps } : {}) };
  await moveBack(session.workspace.places, session.ledger, line, 'recover');
}

async function resumeTarget(workspace: Workspace, standing: Standing): Promise<Target | null> {
  if (standing.asked.repo === null) return null;
  const found = await workspace.target(standing.asked.repo);
  return 'kind' in found ? null : found;
}

// The commit the branch holds what was intended by; null when nothing of it is there.
async function findLanded({ landing: { intent } }: Standing, target: Target | null): Promise<string | null> {
  if (intent === null || intent.commit === null || intent.branch === null || target === null) return null;
  const { branch, run, commit, from } = intent;
  return landedAs(target.commonDir, branch, { run, commit, from });
}

// A killed process leaves its locks, and packs that are not there yet. Only fourline wanted that commit there, and
// these refs are fourline's own.
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
  await removeDeadDrafts(target.commonDir);
  for (const path of removed)
    workspace.tell({
      kind: 'recovered',
      role: intent.role,
      order: id,
      detail: `removed ${path}, which a git of ours left when it was killed`,
      weight: 'minor',
    });
}

// Gives what could not be delivered.
async function deliverRest(
  session: Session,
  { standing, target, landed }: Broken,
  intent: NonNullable<Standing['landing']['intent']>,
): Promise<readonly string[]> {
  const { workspace } = session;
  // Its mirror may be damaged or gone by now; all that is needed is on the branch.
  if (target !== null && landed !== null && intent.branch !== null) {
    const from = landed === intent.commit ? intent.from : null;
    await bringSound(target, intent.branch, landed, from === null ? [landed] : [landed, from]);
  }
  const folder = activeFolder(workspace.places, standing.id);
  const left = await inStateTurn(workspace, () => completeLanding(session, intent, landed, folder, target));
  crashPoint('recover.landed');
  return left;
}

// The intended landing is delivered. The order has ended, unless it waits for orders that it sent or for its pull
// request.
async function endIntended(
  session: Session,
  { standing, target, landed }: Broken,
  { intent, left }: { readonly intent: NonNullable<Standing['landing']['intent']>; readonly left: readonly string[] },
): ReturnType<typeof restOf> {
  const { id, role } = standing;
  const { attempt } = standing.tries;
  const folder = activeFolder(session.workspace.places, id);
  if (intent.behind !== undefined) {
    await waitBehind(session, { id, role, attempt, folder }, intent.behind);
    return 'wait';
  }
  const rest = await restOf(session, id, role);
  if (rest === 'wait') {
    await waitForChildren(session, standing);
    return rest;
  }
  const parts: ReportParts = {
    ...beginReport(standing),
    ...(rest === 'done' ? { outcome: 'done' as const, note: 'finished after it had broken off' } : rest),
    branch: intent.branch ?? standing.landing.branch,
    commits: landed === null ? [] : [landed],
    sent: intent.mail.map((one) => `${one.id} to ${one.role}`),
    left,
    kept: standing.tries.refused.length > 0 ? [`what was refused: fourline show ${id} --refused`] : [],
  };
  if (rest === 'done' && (await waitForPull(session, { ...standing, folder }, parts))) return 'wait';
  await settle(session, parts, target?.mirror ?? null);
  return rest;
}

// The judged and allowed work is on disk already: a commit in the mirror, letters and state files in the order's
// folder. Names what is kept.
async function keepWork(workspace: Workspace, { standing, target }: Broken, last: boolean): Promise<string[]> {
  const folder = activeFolder(workspace.places, standing.id);
  const record = await readStored(folder, 'verdicts.json');
  const commit = record?.run === `${standing.id}.${standing.tries.attempt}` ? record.commit : null;
  if (last) return keepUnlanded(folder, standing.id, target?.mirror ?? null, commit);
  if (target === null || commit === null || !(await hasObject(target.mirror, commit))) return [];
  await writeRef(target.mirror, workRef(standing.id), commit, { flush: true });
  return [commit];
}
