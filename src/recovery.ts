// Why: after a crash. Where did each order stand; finish it or hand it back.
// Promises: position on disk is believed before the journal; a landing whose branch moved is completed, one whose branch did not is begun anew; a missing
// journal line is written; only processes that carry a run's mark are ended.
// Never: lands what is not intended; throws work away that is allowed.
import { readFile, stat } from 'node:fs/promises';
import { endMarked, markOf } from './ground/ending.ts';
import { messageOf } from './ground/fault.ts';
import { listFolder } from './ground/files.ts';
import { outcomeSchema } from './ledger/entry.ts';
import type { Standing } from './ledger/fold.ts';
import type { Ledger } from './ledger/ledger.ts';
import { findOrderFile } from './order/inbox.ts';
import { resumeOrder } from './steps/resume.ts';
import { clearAway } from './steps/settle.ts';
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
    if (
      (await writeMissingLine(workspace, ledger, standing)) ||
      (await writeMissingReturn(workspace, ledger, standing))
    )
      count += 1;
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
    const report = await readFile(`${workspace.places.orders}/${month}/${standing.id}/report.md`, 'utf8').catch(
      () => null,
    );
    if (report === null) continue;
    const outcome = outcomeSchema.safeParse(/^outcome: (\w+)$/m.exec(report)?.[1]).data ?? 'halted';
    await ledger.record({
      step: 'settled',
      order: standing.id,
      role: standing.role,
      outcome,
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
  if (standing === undefined || standing.position === 'settled') {
    const what = standing === undefined ? 'the journal does not know it' : `it is settled (${standing.outcome ?? ''})`;
    sayStep(workspace, '', id, 'unclear', `it lies in state/active, and ${what}; it is left there`, 'bad');
    return;
  }
  const attempt = standing.position === 'claimed' ? standing.attempt : standing.attempt + 1;
  await endMarked(markOf(`${workspace.places.rooms}/${id}.${attempt}`), 500);
  const limit = workspace.cards.get(standing.role)?.role.limits.attempts ?? 1;
  await resumeOrder(workspace, ledger, standing, 'fourline ended during the run', limit);
}

// Handed back before the crash, and the line that says so is missing.
async function writeMissingReturn(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<boolean> {
  const file = await findOrderFile(workspace.places, standing.id);
  if (standing.position !== 'claimed' || file?.kind !== 'inbox') return false;
  await ledger.record({
    step: 'returned',
    order: standing.id,
    role: standing.role,
    reason: 'fourline ended while handing it back',
    spent: true,
  });
  return true;
}
