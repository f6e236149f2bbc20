// Why: after a crash. Where did each order stand; finish it or hand it back.
// Promises: position on disk is believed before the journal; a landing whose branch moved is completed, one whose branch did not is begun anew; a missing
// journal line is written; only processes that carry a run's mark are ended.
// Never: lands what is not intended; throws work away that is allowed.
import { stat } from 'node:fs/promises';
import { messageOf } from './ground/fault.ts';
import { listFolder } from './ground/files.ts';
import { hasObject, resolveRef, runGit } from './ground/git.ts';
import { endMarked } from './ground/process.ts';
import { firstLine } from './ground/text.ts';
import type { Entry } from './ledger/entry.ts';
import type { Standing } from './ledger/fold.ts';
import type { Ledger } from './ledger/ledger.ts';
import { returnOrder } from './order/inbox.ts';
import { closeRoom } from './room/room.ts';
import { completeLanding } from './steps/deliver.ts';
import { clearAway, settle } from './steps/settle.ts';
import { sayStep, type Workspace } from './workspace.ts';

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** Brings every order that a crash left in between to where it can go on from. Returns how many there were. */
export async function recover(workspace: Workspace, ledger: Ledger): Promise<number> {
  let count = 0;
  for (const id of [...ledger.history.open]) {
    const standing = ledger.history.orders.get(id);
    if (standing === undefined) continue;
    if (await writeMissingLine(workspace, ledger, standing)) count += 1;
  }
  for (const id of await listFolder(workspace.places.active)) {
    if (!(await exists(`${workspace.places.active}/${id}/order.md`))) continue;
    count += 1;
    await recoverOne(workspace, ledger, id).catch((error: unknown) =>
      sayStep(workspace, '', id, 'fault', `could not be recovered: ${messageOf(error)}`, 'bad'),
    );
  }
  return count;
}

// The folder was moved to the archive, the line that says so is missing.
async function writeMissingLine(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<boolean> {
  for (const month of await listFolder(workspace.places.orders)) {
    if (!(await exists(`${workspace.places.orders}/${month}/${standing.id}/report.md`))) continue;
    const landed = standing.intent !== null || standing.landed.length > 0;
    await ledger.record({
      step: 'settled',
      order: standing.id,
      role: standing.role,
      outcome: landed ? 'done' : 'halted',
      note: 'settled before a crash; its report says how',
      month,
    });
    await clearAway(workspace, standing.id, standing.attempt, null);
    return true;
  }
  return false;
}

async function recoverOne(workspace: Workspace, ledger: Ledger, id: string): Promise<void> {
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) {
    sayStep(
      workspace,
      '',
      id,
      'unknown',
      'lies in state/active, and the journal does not know it; it is left there',
      'bad',
    );
    return;
  }
  const attempt = standing.position === 'claimed' ? standing.attempt : standing.attempt + 1;
  await endMarked(`${workspace.places.rooms}/${id}.${attempt}`, 500);
  if (standing.intent !== null && (await resume(workspace, ledger, standing, standing.intent))) return;
  await closeRoom(workspace.places.rooms, `${id}.${attempt}`);
  const limit = workspace.cards.get(standing.role)?.role.limits.attempts ?? 1;
  if (standing.spent + 1 >= limit) {
    await settle(workspace, ledger, {
      ...emptyReport(standing),
      outcome: 'failed',
      note: `fourline ended during attempt ${attempt}, the last of ${limit}`,
    });
    await clearAway(workspace, id, attempt, null);
    return;
  }
  await returnOrder(workspace.places, standing.role, id);
  const reason = 'fourline ended during the run';
  await ledger.record({
    step: 'returned',
    order: id,
    role: standing.role,
    reason,
    spent: standing.position === 'claimed',
  });
  sayStep(workspace, standing.role, id, 'returned', reason);
}

function emptyReport(standing: Standing) {
  return {
    id: standing.id,
    role: standing.role,
    from: standing.from,
    title: standing.title,
    summary: '',
    commits: [],
    landed: [],
    sent: [],
    refused: standing.refused,
    checks: [],
    left: [],
    kept: [],
  };
}

// An intent: when the branch holds the commit (or nothing was to move), the rest is done; otherwise the order is judged again.
async function resume(
  workspace: Workspace,
  ledger: Ledger,
  standing: Standing,
  intent: Extract<Entry, { step: 'intended' }>,
): Promise<boolean> {
  const found = intent.repo === null ? null : await workspace.target(intent.repo);
  const target = found === null || 'kind' in found ? null : found;
  if (intent.commit !== null) {
    if (target === null || intent.branch === null) return false;
    const tip = await resolveRef(target.commonDir, `refs/heads/${intent.branch}`);
    if (tip === null || !(await hasObject(target.commonDir, intent.commit))) return false;
    const inside = await runGit(target.commonDir, 'merge-base', ['--is-ancestor', intent.commit, tip], {
      answers: [1, 128],
    });
    if (inside.status !== 0) return false;
  }
  const left = await completeLanding(workspace, ledger, intent, `${workspace.places.active}/${standing.id}`, target);
  const sent = intent.mail.map((one) => `${one.id} to ${one.role}`);
  await settle(workspace, ledger, {
    ...emptyReport(standing),
    outcome: 'done',
    note: firstLine('finished after a crash'),
    commits: intent.commit === null ? [] : [intent.commit],
    landed: [],
    sent,
    left,
  });
  await clearAway(workspace, standing.id, standing.attempt, target?.mirror ?? null);
  return true;
}
