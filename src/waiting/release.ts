// Why: the event that a parked order waits for has happened, or a person has decided: the order goes back to its inbox,
// or lands, or is taken away.
// Promises: a decision is on record, once, before anything follows from it. Every step can be done again. A word that
// can't be understood changes nothing.
// Never: runs or lands anything; the order goes on from its inbox, by the scheduler, like any other.

import { outcomeOf, parkedOrders } from '../ledger/fold.ts';
import type { Standing } from '../ledger/standing.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { removeFile } from '../platform/files/files.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { isReason, machineFails, messageOf } from '../platform/text/fault.ts';
import { countOf, firstLine } from '../platform/text/text.ts';
import type { Waiting } from '../record/format.ts';
import { findOrderFile } from '../record/inbox.ts';
import { workRef } from '../record/kept-work.ts';
import { moveBack } from '../record/move.ts';
import { activeFolder, recordFile } from '../record/path.ts';
import { beginReport } from '../record/report.ts';
import { readStored, readWaiting } from '../record/stored.ts';
import { mirrorOf, type Session, type Workspace } from '../workspace/workspace.ts';
import { takeDrafts } from './drafts.ts';
import { readDecision } from './form.ts';
import { askFor, checkAgain, needLeft } from './hold.ts';
import { writeNote } from './move-on.ts';
import { dropBranch, finishParking, formOf, goOn, park, takeForms, unpark } from './park.ts';
import { takePull } from './propose.ts';
import {
  answerIn,
  askOnceMoreIn,
  askPlainly,
  type FormMemory,
  replyStillTime,
  sayOdd,
  type WaitingWord,
} from './reply.ts';
import { keepUnlanded, settle, settleWaiting } from './settle.ts';
import { tellChildren, wakeReason } from './wake.ts';

/**
 * Looks at every parked order except those in `going`, which are just being parked. Returns when to look again, in
 * milliseconds; null when nothing is under way.
 */
export async function releaseParked(
  session: Session,
  memory: FormMemory,
  going: ReadonlyMap<string, unknown>,
): Promise<number | null> {
  const { workspace, ledger } = session;
  let wait: number | null = null;
  for (const id of [...memory.stamps.keys(), ...memory.odd.keys()]) {
    if (ledger.history.orders.get(id)?.position === 'parked') continue;
    memory.stamps.delete(id);
    memory.odd.delete(id);
  }
  for (const standing of parkedOrders(ledger.history)) {
    if (going.has(standing.id)) continue;
    const word = await release(session, memory, standing).catch((error: unknown) => {
      if (machineFails(error)) throw error;
      const words = messageOf(error);
      if (memory.odd.get(standing.id) !== words)
        workspace.tell({ kind: 'fault', role: standing.role, order: standing.id, detail: words, weight: 'bad' });
      memory.odd.set(standing.id, words);
      return null;
    });
    if (word === 'look again') wait = replyStillTime;
  }
  return wait;
}

async function release(session: Session, memory: FormMemory, standing: Standing): Promise<WaitingWord> {
  const { workspace, ledger } = session;
  const { places } = workspace;
  if ((await findOrderFile(places, standing.id)) === null) {
    await settleWaiting(session, standing, 'withdrawn: its file was taken out of state/active');
    return null;
  }
  const waiting = await readWaiting(places, standing.id);
  // The process ended on the order's way back.
  const word = waiting === null ? rejectionOf(standing) : undefined;
  if (word !== undefined) return takeWorkBack(session, standing, word);
  if (waiting === null) return goOn(session, standing, standing.role, 'it had been released');
  switch (waiting.on) {
    case 'order': {
      const outcome = outcomeOf(ledger.history, waiting.what);
      if (outcome === null) return null;
      if (outcome === 'done') return goOn(session, standing, standing.role, `${waiting.what} is done`);
      return reparkAsBlocked(session, standing, `${waiting.what}, which it waits for, ended ${outcome}`);
    }
    case 'review':
      return takeReview(session, standing, waiting);
    case 'blocker':
    case 'answer':
    case 'approval': {
      const { word, answer } = await answerIn(workspace, memory, standing, waiting.on);
      const again = answer === null && waiting.red !== undefined ? await checkAgain(workspace, waiting.red) : null;
      if (again !== null) return goOn(session, standing, standing.role, again);
      if (answer === null) return word;
      if (waiting.on === 'approval') return takeDecision(session, memory, standing, answer);
      return takeAnswer(session, standing, answer);
    }
    case 'pr':
      await takePull(session, standing, waiting);
      return null;
    case 'children': {
      const wake = workspace.cards.get(standing.role)?.role.wake ?? 'batch';
      const reason = await wakeReason(workspace, ledger.history, standing, wake, waiting.told ?? []);
      if (reason === null) return null;
      await note(
        workspace,
        standing,
        'wake',
        'Your orders so far; go on from here, or end it:',
        tellChildren(ledger.history, standing.id),
      );
      crashPoint('release.noted');
      return goOn(session, standing, standing.role, reason);
    }
  }
}

async function reparkAsBlocked(session: Session, standing: Standing, what: string): Promise<WaitingWord> {
  const hints = [
    `look at it: fourline show ${standing.pause.waits?.what ?? standing.id}`,
    `go on all the same: fourline retry ${standing.id}, or answer`,
  ];
  const title = `${standing.id} of ${standing.role} waits for something that won't come by itself`;
  await park(session, standing, { on: 'blocker', what, form: { title, text: what, hints } });
  return null;
}

async function takeAnswer(session: Session, standing: Standing, answer: string): Promise<WaitingWord> {
  const { workspace, ledger } = session;
  await note(workspace, standing, 'answer', 'You asked the operator, who answers:', answer);
  crashPoint('release.noted');
  await ledger.record({ step: 'answered', order: standing.id, role: standing.role, by: 'operator', text: answer });
  return goOn(session, standing, 'operator', 'the operator has answered');
}

async function takeReview(session: Session, standing: Standing, waiting: Waiting): Promise<WaitingWord> {
  const review = session.ledger.history.orders.get(waiting.review?.id ?? '');
  if (review === undefined) await finishParking(session, standing.id, standing.role, waiting);
  if (review === undefined || review.position !== 'settled') return null;
  const word = { by: review.role, note: review.end.note, review: review.id };
  if (review.end.verdict !== null) return recordDecision(session, standing, { ...word, verdict: review.end.verdict });
  const held = await readStored(activeFolder(session.workspace.places, standing.id), 'held.json');
  if (held === null) return goOn(session, standing, standing.role, 'what was held is gone');
  const ended = `its review ${review.id} ended ${review.end.outcome ?? ''} without a word on it: ${review.end.note}`;
  const why = [ended, ...held.needs.flatMap((one) => (one.on === 'approval' ? one.why : []))].join('; ');
  await park(session, standing, askFor(session, standing, held, { on: 'approval', why }));
  return null;
}

async function takeDecision(
  session: Session,
  memory: FormMemory,
  standing: Standing,
  answer: string,
): Promise<WaitingWord> {
  const { workspace } = session;
  const word = readDecision(answer);
  const path = formOf(workspace.places, standing.id, 'approval');
  if (word === null) {
    sayOdd(workspace, memory, standing, path, `'${firstLine(answer, 60)}' is neither approve nor reject`);
    await askPlainly(path);
    return null;
  }
  const held =
    word.verdict === 'approved' ? await readStored(activeFolder(workspace.places, standing.id), 'held.json') : null;
  const edited = held === null ? [] : await takeDrafts(session, standing, held);
  if (isReason(edited)) {
    sayOdd(workspace, memory, standing, path, `its orders cannot be sent as they are: ${firstLine(edited, 200)}`);
    await askOnceMoreIn(
      path,
      answer,
      `Its orders cannot be sent as they are: ${edited}. Mend that, then answer again.`,
    );
    return null;
  }
  const said = { ...word, by: 'operator', ...(edited.length === 0 ? {} : { edited: [...edited] }) };
  return recordDecision(session, standing, said);
}

type ReleaseSaid = {
  readonly by: string;
  readonly verdict: 'approved' | 'rejected';
  readonly note: string;
  readonly review?: string | undefined;
  readonly edited?: string[];
};

function rejectionOf({ pause: { decisions, held } }: Standing): ReleaseSaid | undefined {
  return decisions.find((one) => one.run === held?.run && one.verdict === 'rejected');
}

// A decision is recorded once; the steps that follow from it can be done again.
async function recordDecision(session: Session, standing: Standing, said: ReleaseSaid): Promise<WaitingWord> {
  const { workspace, ledger } = session;
  const held = await readStored(activeFolder(workspace.places, standing.id), 'held.json');
  if (held === null) return goOn(session, standing, standing.role, 'what was held is gone');
  const known = standing.pause.decisions.some(
    (one) => one.run === held.run && one.by === said.by && one.review === said.review && one.note === said.note,
  );
  if (!known) await ledger.record({ step: 'decided', order: standing.id, role: standing.role, run: held.run, ...said });
  crashPoint('release.decided');
  workspace.tell({
    kind: said.verdict,
    role: said.by,
    order: standing.id,
    detail: firstLine(said.note, 120),
    weight: said.verdict === 'approved' ? 'good' : 'bad',
  });
  const now = ledger.history.orders.get(standing.id) ?? standing;
  if (said.verdict === 'rejected') return takeWorkBack(session, now, said);
  const need = needLeft(held, now);
  if (need === null) return goOn(session, now, said.by, `approved by ${said.by}`);
  await park(session, now, askFor(session, now, held, need));
  return null;
}

// Rejected work goes back to its author, who begins with it and with the reviewer's or operator's words; after the last
// attempt the order ends.
async function takeWorkBack(session: Session, standing: Standing, said: ReleaseSaid): Promise<WaitingWord> {
  const { workspace, ledger } = session;
  const { id, role } = standing;
  const { repo } = standing.asked;
  const { held } = standing.pause;
  const folder = activeFolder(workspace.places, standing.id);
  const mirror = await mirrorOf(workspace, repo);
  const reason = `rejected by ${said.by}: ${said.note || 'no reason was given'}`;
  const limit = workspace.cards.get(role)?.role.limits.attempts ?? 1;
  await dropBranch(workspace, id, repo);
  if (standing.tries.spent + 1 >= limit) {
    const kept = await keepUnlanded(folder, id, mirror, held?.commit ?? null);
    await takeForms(workspace.places, id);
    const parts = { ...beginReport(standing), outcome: 'refused' as const, note: reason, limit: 'attempts', kept };
    await settle(session, parts, mirror);
    return null;
  }
  await note(
    workspace,
    standing,
    'rejection',
    `Your work was rejected by ${said.by}${said.review === undefined ? '' : ` (${said.review})`}; it is in your room. Answer what is said:`,
    said.note || 'no reason was given',
  );
  if (mirror !== null && held?.commit != null) await writeRef(mirror, workRef(id), held.commit, { flush: true });
  crashPoint('release.noted');
  await unpark(workspace, standing);
  await removeFile(recordFile(folder, 'held.json'));
  await moveBack(workspace.places, ledger, { step: 'returned', order: id, role, reason, spent: true }, 'release');
  workspace.tell({
    kind: 'returned',
    role,
    order: id,
    detail: `${firstLine(reason, 120)}; ${countOf(limit - standing.tries.spent - 1, 'attempt')} left`,
    weight: 'bad',
  });
  return null;
}

async function note(
  workspace: Workspace,
  standing: Standing,
  kind: string,
  title: string,
  text: string,
): Promise<void> {
  await writeNote(
    { folder: activeFolder(workspace.places, standing.id), attempt: standing.tries.attempt },
    kind,
    title,
    text,
  );
}
