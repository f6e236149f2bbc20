// Why: the last step: the order's record is complete, its sender has the report, and its folder stands in the archive.
// Promises: the report reaches the sender's inbox before the order counts as settled. Work that did not land is kept as
// a patch. The room is gone afterwards.
// Never: leaves an order without an outcome.

import { waitersFor } from '../delegation/family.ts';
import { type Standing, unknownSender } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { sealFolder } from '../platform/files/digests.ts';
import { listFolder, makeFolder, writeDurable } from '../platform/files/files.ts';
import { hasObject, resolveRef } from '../platform/git/git.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { ownWords } from '../platform/text/fault.ts';
import { firstLine } from '../platform/text/text.ts';
import { endingEvent } from '../record/ending.ts';
import { settleOrder } from '../record/inbox.ts';
import { patchOf } from '../record/keep.ts';
import { workRef } from '../record/kept-work.ts';
import { moveBack } from '../record/move.ts';
import { fixOrder } from '../record/order-file.ts';
import { activeFolder, archiveFolder, feedbackFile, recordFile } from '../record/path.ts';
import { postReport } from '../record/post.ts';
import { beginReport, composeReport, type ReportEnd, type ReportParts } from '../record/report.ts';
import { cutText, reportLimits } from '../record/report-words.ts';
import { type Parcel, refusedOf } from '../record/work.ts';
import { mirrorOf, type Session } from '../workspace/workspace.ts';
import { clearAway } from './leftovers.ts';
import { dropBranch, takeForms } from './park.ts';

/**
 * Settles an order. The rooms and refs of its runs are removed before the line that says it is settled, because nobody
 * looks for them afterwards.
 */
export async function settle(session: Session, parts: ReportParts, mirror: string | null): Promise<void> {
  const { workspace, ledger } = session;
  const { places } = workspace;
  const waiting = parts.outcome === 'done' ? [] : waitersFor(ledger.history, parts.id);
  const report = composeReport({ ...parts, waiting });
  const month = workspace.clock.now().toISOString().slice(0, 7);
  await makeFolder(activeFolder(places, parts.id));
  await fixRecord(session, parts.id);
  await writeDurable(recordFile(activeFolder(places, parts.id), 'report.md'), report);
  if (cutText(parts.summary, reportLimits.summary) !== null)
    await writeDurable(recordFile(activeFolder(places, parts.id), 'summary.md'), parts.summary);
  crashPoint('settle.reported');
  // The report is in the record in any case; if an inbox cannot be written to, that holds nothing up. If a limit was
  // reached, the operator gets the report too: somebody set the limit, or something has run away. A review's word goes
  // to the landing that asked for it, not to the sender's inbox. The operator also gets a copy when other orders now
  // wait in vain.
  const reviews = ledger.history.orders.get(parts.id)?.bonds.reviews ?? null;
  const told = parts.limit !== null || waiting.length > 0;
  const sender = parts.from === unknownSender ? 'operator' : parts.from;
  const readers = new Set([...(reviews === null ? [sender] : []), ...(told ? ['operator'] : [])]);
  for (const reader of readers)
    await postReport(places, reader, parts.id, report).catch((error: unknown) =>
      workspace.tell({
        kind: 'fault',
        role: parts.role,
        order: parts.id,
        detail: `its report could not be put into inbox/${reader}: ${ownWords(error)}`,
        weight: 'bad',
      }),
    );
  crashPoint('settle.sent');
  await takeForms(places, parts.id);
  await settleOrder(places, parts.id, month);
  crashPoint('settle.moved');
  await finishSettling(session, { ...parts, month }, mirror);
  crashPoint('settle.recorded');
  workspace.tell(endingEvent(parts));
}

/**
 * Does what settling promises once the record is in the archive: clears away, seals the record, writes the line. Can be
 * done again.
 */
export async function finishSettling(
  session: Session,
  ending: ReportEnd & {
    readonly id: string;
    readonly role: string;
    readonly month: string;
  },
  mirror: string | null,
): Promise<void> {
  const { workspace, ledger } = session;
  const { id, role, outcome, month, limit, verdict, by } = ending;
  await clearAway(workspace, id, mirror);
  await clearBranch(session, id);
  crashPoint('settle.cleared');
  const record = await sealFolder(archiveFolder(workspace.places, id, month));
  crashPoint('settle.sealed');
  await ledger.record({
    step: 'settled',
    order: id,
    role,
    outcome,
    note: firstLine(ending.note, 300),
    month,
    record,
    ...(limit === null ? {} : { limit }),
    ...(verdict === null ? {} : { verdict }),
    ...(by === null ? {} : { by }),
  });
}

// The record gets the text that the last run was given. An order that waits in an inbox keeps the text that stands
// there.
async function fixRecord(session: Session, id: string): Promise<void> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(id);
  if (standing === undefined || standing.position === 'posted') return;
  if (await fixOrder(workspace.places, id, standing.tries.attempt))
    workspace.tell({
      kind: 'edited',
      role: standing.role,
      order: id,
      detail: 'too late: its record has the edited text beside it',
      weight: 'bad',
    });
}

/** Removes the branch on which an order's landing waited. */
export async function clearBranch(session: Session, id: string): Promise<void> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(id);
  if (standing === undefined || standing.pause.held === null) return;
  await dropBranch(workspace, id, standing.asked.repo).catch((error: unknown) =>
    workspace.tell({
      kind: 'fault',
      role: standing.role,
      order: id,
      detail: `its branch could not be removed: ${ownWords(error)}`,
      weight: 'bad',
    }),
  );
}

/** Names what an order's record keeps of a run that was refused in part or did not land. */
export async function keptOf(parcel: Parcel, landed: boolean): Promise<string[]> {
  const kept: string[] = [];
  if (refusedOf(parcel.verdicts).length > 0) kept.push(`what was refused: fourline show ${parcel.id} --refused`);
  if (landed) return kept;
  return [
    ...kept,
    ...(await keepUnlanded(parcel.folder, parcel.id, parcel.base?.target.mirror ?? null, parcel.commit)),
  ];
}

/**
 * Keeps the work that an order was allowed and did not land: work of its last run, else (`commit` null) work that
 * earlier runs had left for the next. Returns its names.
 */
export async function keepUnlanded(
  folder: string,
  id: string,
  mirror: string | null,
  commit: string | null,
): Promise<string[]> {
  const unsent = await namesUnsent(folder);
  const work = mirror === null ? null : (commit ?? (await resolveRef(mirror, workRef(id))));
  if (mirror === null || work === null || !(await hasObject(mirror, work))) return unsent;
  await writeDurable(recordFile(folder, 'unlanded.patch'), await patchOf(mirror, `${work}^`, work));
  return ['what was allowed and did not land: unlanded.patch in its record', ...unsent];
}

/**
 * Settles an order as halted or refused, if it waits in an inbox or its file was taken out of it. The files of earlier
 * attempts are kept.
 */
export async function settleWaiting(
  session: Session,
  standing: Standing,
  note: string,
  outcome: 'halted' | 'refused' = 'halted',
): Promise<void> {
  const { workspace } = session;
  const folder = activeFolder(workspace.places, standing.id);
  await makeFolder(folder);
  const mirror = await mirrorOf(workspace, standing.asked.repo);
  const kept = await keepUnlanded(folder, standing.id, mirror, null);
  await settle(session, { ...beginReport(standing), outcome, note, kept }, mirror);
}

// Names the letters and state files that the gate allowed and that were never delivered: they are in the record since
// the run was judged.
async function namesUnsent(folder: string): Promise<string[]> {
  const letters = await listFolder(recordFile(folder, 'outbox'));
  const state = (await listFolder(folder)).includes('state.json');
  return [
    ...(letters.length > 0
      ? [`orders that were not sent: ${letters.map((name) => `outbox/${name}`).join(', ')} in its record`]
      : []),
    ...(state ? ['state files that were not written: state.json in its record'] : []),
  ];
}

/**
 * Hands an order back to its role with feedback for the next attempt; `work` is the commit that attempt goes on from.
 * With `keeps` an approval remains valid; `limited` is an agent that is held.
 */
export async function handBack(
  session: Session,
  parcel: Parcel,
  back: {
    reason: string;
    feedback: string;
    work: string | null;
    spent: boolean;
    keeps?: boolean;
    handover?: true;
    limited?: { agent: string; until: string };
  },
): Promise<void> {
  const { workspace, ledger } = session;
  await writeDurable(feedbackFile(parcel.folder, parcel.attempt), back.feedback);
  crashPoint('return.written');
  if (back.work !== null && parcel.base !== null)
    await writeRef(parcel.base.target.mirror, workRef(parcel.id), back.work, { flush: true });
  crashPoint('return.kept');
  if (parcel.approved && back.keeps !== true) await clearBranch(session, parcel.id);
  await moveBack(
    workspace.places,
    ledger,
    {
      step: 'returned',
      order: parcel.id,
      role: parcel.role,
      reason: back.reason,
      spent: back.spent,
      ...(back.keeps === true ? { keeps: true } : {}),
      ...(back.limited === undefined ? {} : { limited: back.limited }),
      ...(back.handover === true ? { handover: true } : {}),
    },
    'return',
  );
  workspace.tell({
    kind: 'returned',
    role: parcel.role,
    order: parcel.id,
    detail: firstLine(back.reason, 160),
    weight: 'bad',
  });
}
