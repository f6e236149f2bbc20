// Why: if a process died between a move on disk and its journal line, the order's line is missing.
// Promises: the line says what the disk shows, and the rest of the move is done to its end. All of it can be done
// again.
// Never: makes a move that the disk doesn't show.

import { readFile } from 'node:fs/promises';
import type { Standing } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { missedBack, recordBack } from '../record/move.ts';
import { archiveFolder, recordFile } from '../record/path.ts';
import { readReport } from '../record/report.ts';
import type { Missing } from '../record/state.ts';
import { readWaiting } from '../record/stored.ts';
import { mirrorOf, type Session } from '../workspace/workspace.ts';
import { finishParking } from './park.ts';
import { finishSettling } from './settle.ts';

/**
 * Completes a move of an order. Returns in words what the order had been; null if no line was missing, or if the
 * order's process ended on its way.
 */
export async function complete(session: Session, standing: Standing, missing: Missing): Promise<string | null> {
  const { id, role, position } = standing;
  switch (missing.kind) {
    case 'none':
    case 'broken':
      return null;
    case 'settled':
      return completeSettling(session, standing, missing.month);
    case 'parked': {
      const waiting = await readWaiting(session.workspace.places, id);
      if (waiting === null) return null;
      await finishParking(session, id, role, waiting);
      return position === 'parked' ? null : `waits: ${waitWords(waiting)}`;
    }
    case 'routed':
    case 'released':
    case 'returned':
      await recordBack(session.ledger, missedBack(missing, standing));
      return sayBack(missing);
  }
}

function sayBack(missing: Extract<Missing, { kind: 'routed' | 'released' | 'returned' }>): string {
  const had = { routed: 'routed', released: 'released', returned: 'handed back' }[missing.kind];
  return `had been ${had}${missing.kind === 'routed' ? ` to ${missing.to}` : ''}, wrote that down`;
}

// The report has the contents of the missing line.
async function completeSettling(
  session: Session,
  { id, role, asked: { repo } }: Standing,
  month: string,
): Promise<string> {
  const { workspace } = session;
  const text = await readFile(recordFile(archiveFolder(workspace.places, id, month), 'report.md'), 'utf8');
  const ending = readReport(text);
  await finishSettling(session, { ...ending, id, role, month }, await mirrorOf(workspace, repo));
  crashPoint('recover.lined');
  return `had ended (${ending.outcome}), wrote that down`;
}
