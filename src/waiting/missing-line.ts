// Why: a process that died between a move on disk and its journal line leaves an order whose line is missing.
// Promises: the line says what the disk shows; nothing is written when nothing is missing.
// Never: makes a move.

import { readFile } from 'node:fs/promises';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { sealFolder } from '../platform/files/digests.ts';
import { listFolder } from '../platform/files/files.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import { firstLine } from '../platform/text/text.ts';
import { findOrderFile } from '../record/inbox.ts';
import { archiveFolder, recordFile } from '../record/path.ts';
import { readReport } from '../record/report.ts';
import { mirrorOf, type Workspace } from '../workspace/workspace.ts';
import { clearAway, clearBranch } from './settle.ts';
/** Writes the line that tells of an order's last move, where the move was made and the line is missing; says what it came to, null when nothing is missing. */
export async function writeMissing(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<string | null> {
  return (
    (await writeMissingEnd(workspace, ledger, standing)) ?? (await writeMissingReturn(workspace, ledger, standing))
  );
}

// The folder was moved to the archive, the line that says so is missing.
async function writeMissingEnd(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<string | null> {
  const { id, role, repo } = standing;
  for (const month of await listFolder(workspace.places.orders)) {
    const folder = archiveFolder(workspace.places, id, month);
    const report = await readFile(recordFile(folder, 'report.md'), 'utf8').catch(whenAbsent(null));
    if (report === null) continue;
    const { outcome, note, limit, verdict, by } = readReport(report);
    await clearAway(workspace, id, await mirrorOf(workspace, repo));
    await clearBranch(workspace, ledger, id);
    const reached = {
      ...(limit === null ? {} : { limit }),
      ...(verdict === null ? {} : { verdict }),
      ...(by === null ? {} : { by }),
    };
    const record = await sealFolder(folder);
    const ending = { outcome, note: firstLine(note, 300), month, record };
    await ledger.record({ step: 'settled', order: id, role, ...ending, ...reached });
    crashPoint('recover.lined');
    return `had ended (${outcome}), wrote that down`;
  }
  return null;
}

// Handed back, moved on or released before the crash, and the line that says so is missing.
async function writeMissingReturn(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<string | null> {
  const { id, role, position } = standing;
  const file = position === 'posted' ? null : await findOrderFile(workspace.places, id);
  if (file?.kind !== 'inbox') return null;
  if (file.role !== role) {
    const note = 'fourline ended while it was moved on';
    await ledger.record({ step: 'routed', order: id, role, to: file.role, note });
    return `had been routed to ${file.role}, wrote that down`;
  }
  const rejected = standing.decisions.some((one) => one.run === standing.held?.run && one.verdict === 'rejected');
  if (position === 'parked' && !rejected) {
    await ledger.record({ step: 'released', order: id, role, by: role, why: 'it had been released' });
    return 'had been released, wrote that down';
  }
  const reason = 'fourline ended while handing it back';
  await ledger.record({ step: 'returned', order: id, role, reason, spent: true });
  return 'had been handed back, wrote that down';
}
