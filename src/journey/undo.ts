// Why: `fourline undo` takes a landing back. It is an order of the operator's that fourline carries out itself: no
// role, no room to work in, and the way of any landing from there on.
// Promises: what was landed is taken back whole, on the newest tip, checked as any landing; or nothing changes, and its
// record says why. It can be begun again after a crash at every point.
// Never: takes back mail; touches what others changed since.
import { land } from '../landing/land.ts';
import type { LandingResult } from '../landing/result.ts';
import { readStateText } from '../landing/state.ts';
import { readHistory } from '../ledger/read-history.ts';
import type { Standing } from '../ledger/standing.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { isLost, isReason, machineFails, messageOf } from '../platform/text/fault.ts';
import { putBackOrder } from '../record/inbox.ts';
import { activeFolder, recordFile } from '../record/path.ts';
import { beginReport, deliveredOf, type ReportParts, reportOf } from '../record/report.ts';
import { writeStored } from '../record/stored.ts';
import type { Parcel } from '../record/work.ts';
import { waitForPull } from '../waiting/propose.ts';
import { settle } from '../waiting/settle.ts';
import { mirrorOf, type Session } from '../workspace/workspace.ts';
import { cancelled, cancelledNote } from './arrival.ts';
import { resumeOrder } from './resume.ts';
import { type BegunUndo, composeUndo, parcelUndo, undoer } from './undo-parcel.ts';
import { sentBy, undoHindrance } from './undoable.ts';

/** An undo that was asked for: its own id, and the order that it takes back. */
export type UndoRequest = { readonly id: string; readonly undoes: string };

/**
 * Carries out an undo, from wherever it stands. When it returns, the undo is settled, or waits for its pull request;
 * where `signal` stopped it, it goes on the next time. Throws while the machine fails.
 */
export async function undoOrder(session: Session, request: UndoRequest, signal: AbortSignal): Promise<void> {
  const { workspace, ledger } = session;
  const undone = ledger.history.orders.get(request.undoes);
  const before = ledger.history.orders.get(request.id)?.position;
  if (undone === undefined || before === 'settled' || before === 'parked') return;
  const begun = await beginUndo(session, request, undone);
  try {
    await carryOn(session, begun, undone, signal);
  } catch (error) {
    if (isLost(error) || machineFails(error)) throw error;
    const reason = `fourline could not finish it: ${messageOf(error)}`;
    workspace.tell({ kind: 'fault', role: undoer, order: request.id, detail: reason, weight: 'bad' });
    const standing = ledger.history.orders.get(request.id) ?? begun.standing;
    if (standing.position === 'claimed') await resumeOrder(session, standing, { reason, limit: null });
    if (ledger.history.orders.get(request.id)?.position === 'claimed') await leaveAll(session, begun, reason);
  }
}

// The file first, then both lines together.
async function beginUndo(session: Session, { id, undoes }: UndoRequest, undone: Standing): Promise<BegunUndo> {
  const { workspace, ledger } = session;
  const { places, clock } = workspace;
  const folder = activeFolder(places, id);
  await makeFolder(folder);
  await putBackOrder(places, id);
  const known = ledger.history.orders.get(id);
  const path = recordFile(folder, 'order.md');
  if (known === undefined) await writeDurable(path, composeUndo(undone, id, clock.now().toISOString()));
  crashPoint('undo.written');
  const file = await readPlain(path);
  const text = file.kind === 'text' ? file.text : '';
  const { repo, files, title } = undone.asked;
  const digest = digestOf(text);
  const posted = { step: 'posted' as const, order: id, role: undoer, from: undoer, undoes };
  const claimed = { step: 'claimed' as const, order: id, role: undoer, attempt: 1, card: '', boundary: files.length };
  const branch = undone.landing.branch === null ? {} : { branch: undone.landing.branch };
  if (known === undefined)
    await ledger.record(
      { ...posted, title: `Undo ${undoes}: ${title}`, repo, files: [...files], digest },
      { ...claimed, ...branch, digest },
    );
  else if (known.position === 'posted') await ledger.record({ ...claimed, ...branch, digest });
  crashPoint('undo.recorded');
  if (known === undefined)
    workspace.tell({ kind: 'accepted', role: undoer, order: id, detail: `undoes ${undoes}`, weight: 'plain' });
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) throw new Error(`the journal does not have ${id}`);
  return { standing, text, folder };
}

async function carryOn(session: Session, begun: BegunUndo, undone: Standing, signal: AbortSignal): Promise<void> {
  const { workspace, ledger } = session;
  const reading = await readHistory(workspace.places);
  const steps = reading.steps.of(undone.id);
  reading.close();
  const hindrance = undoHindrance(ledger.history, { standing: undone, steps }, begun.standing.id);
  if (hindrance !== null) return leaveAll(session, begun, `${hindrance.reason}  → ${hindrance.hint}`, 'halted');
  const parcel = await parcelUndo(session, begun, undone, steps);
  if (isReason(parcel)) return leaveAll(session, begun, `${parcel}\n\n${adviceOn(undone)}`);
  await keepJudged(session, parcel);
  const already = await stateStands(session, parcel);
  const landing = signal.aborted ? { kind: 'stopped' as const } : await land(session, parcel, signal, false);
  if (landing.kind === 'stopped' && signal.reason !== cancelled) return;
  if (landing.kind !== 'landed') return leaveAll(session, begun, ...unlandedWords(landing, undone));
  if (landing.commit === null && already)
    return leaveAll(session, begun, `nothing of ${undone.id} is there any more: somebody took it back`, 'halted');
  const sent = sentBy(ledger.history, undone.id).map(({ id, role }) => `${id} to ${role}`);
  const ending: ReportParts = {
    ...reportOf(parcel),
    ...{ outcome: 'done', note: '' },
    ...deliveredOf(parcel, landing),
    ...{ checks: landing.checks, left: landing.left },
    summary: sent.length === 0 ? '' : `Orders that ${undone.id} sent are not taken back: ${sent.join(', ')}.`,
  };
  if (await waitForPull(session, parcel, ending)) return;
  await settle(session, ending, parcel.base?.target.mirror ?? null);
}

// Records what is to be taken back as a run's changes are recorded. The audit holds the commit against it.
async function keepJudged({ ledger }: Session, parcel: Parcel): Promise<void> {
  const { id: order, role, run, base, commit, verdicts, folder, room } = parcel;
  const judged = { run, base: base?.commit ?? null, commit, scratch: 0, verdicts };
  const digest = digestOf(await writeStored(folder, 'verdicts.json', judged));
  crashPoint('undo.judged');
  const place = { repo: base?.target.name ?? null, branch: base?.branch ?? null, base: base?.commit ?? null };
  const counts = { changed: verdicts.length, allowed: verdicts.length, refused: [], scratch: 0 };
  await ledger.record(
    { step: 'opened', order, run, role, ...place, room: room.place },
    { step: 'judged', order, run, role, ...counts, digest },
  );
}

async function stateStands({ workspace }: Session, { stateOut }: Parcel): Promise<boolean> {
  for (const { path, after } of stateOut) {
    const now = await readStateText(`${workspace.places.root}/${path}`);
    if (now.kind === 'flawed' || now.text !== after) return false;
  }
  return true;
}

// Why nothing landed, and what to do; and how that counts.
function unlandedWords(
  landing: Exclude<LandingResult, { kind: 'landed' }>,
  undone: Standing,
): readonly [note: string, outcome: 'failed' | 'halted'] {
  if (landing.kind === 'stopped') return [cancelledNote, 'halted'];
  if (landing.kind === 'stray') return ['withdrawn: its file was taken out of state/active', 'halted'];
  if (landing.kind === 'held') return ['its checks fail', 'failed'];
  if (landing.reason.startsWith('conflict')) return [`${landing.reason}\n\n${adviceOn(undone)}`, 'failed'];
  return [`${landing.reason}\n\nNothing was changed.\n\n${landing.feedback}`, 'failed'];
}

function adviceOn({ id, role, landing }: Standing): string {
  const last = landing.landed.at(-1);
  const byHand =
    last === undefined ? '' : `git -C repos/${last.repo} revert ${last.commit.slice(0, 12)} does it by hand; `;
  const later = 'If later orders changed the same lines, undo those first, the newest before the others.';
  return `Nothing was changed. ${later} Or ${byHand}fourline order ${role} "Take back ${id}" orders it.`;
}

// Ends an undo that changed nothing.
async function leaveAll(
  session: Session,
  { standing }: BegunUndo,
  note: string,
  outcome: 'failed' | 'halted' = 'failed',
): Promise<void> {
  const mirror = await mirrorOf(session.workspace, standing.asked.repo);
  await settle(session, { ...beginReport(standing), outcome, note }, mirror);
}
