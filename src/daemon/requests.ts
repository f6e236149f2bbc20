// Why: a running daemon holds the workspace's lock, and people ask things of it from other terminals: cancel
// an order, pause a role.
// Promises: a request is a file; it is carried out once and then removed; without a daemon, the command that asks
// carries it out itself.
// Never: carries anything but the name of an order or a role.

import { randomBytes } from 'node:crypto';
import { cancelled, cancelledNote } from '../journey/arrival.ts';
import { limitedBy, limitReached } from '../journey/usage-limit.ts';
import type { Standing } from '../ledger/standing.ts';
import { waitKinds } from '../ledger/waits.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder, makeFolder, readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { ownWords } from '../platform/text/fault.ts';
import { claimOrder, findOrderFile } from '../record/inbox.ts';
import { goOn, putAway } from '../waiting/park.ts';
import { settleWaiting } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';

/**
 * A thing to ask for: that an order is cancelled, or goes on although it waits for another or for a blocker; that a
 * role is paused, or works again.
 */
export type Request = 'cancel' | 'release' | 'pause' | 'resume';

/** Leaves a request about an order or a role. Returns its file. */
export async function leaveRequest(places: Places, what: Request, name: string): Promise<string> {
  await makeFolder(places.session.requests);
  const path = `${places.session.requests}/${what}-${randomBytes(4).toString('hex')}`;
  await writeDurable(path, `${name}\n`);
  return path;
}

/** True while a request lies there: it is not carried out yet. */
export async function isRequested(path: string): Promise<boolean> {
  return (await readPlain(path)).kind === 'text';
}

/** Carries out the requests that lie there. `controlOf` ends the run of an order that goes on. */
export async function takeRequests(session: Session, controlOf: (id: string) => AbortController | null): Promise<void> {
  const { workspace, ledger } = session;
  for (const name of await listFolder(workspace.places.session.requests)) {
    const what = /^(cancel|release|pause|resume)-/.exec(name)?.[1];
    if (what === undefined) continue;
    const path = `${workspace.places.session.requests}/${name}`;
    const file = await readPlain(path);
    const id = file.kind === 'text' ? file.text.trim() : '';
    crashPoint('cancel.taken');
    // The request lies there until its order has ended, so a crash on the way forgets no cancellation. An order that is
    // just being parked is released when it lies there whole.
    if (what === 'release' && controlOf(id) !== null && ledger.history.orders.get(id)?.position === 'parked') continue;
    if (what === 'release') await releaseOrder(session, id);
    else if (what === 'pause' || what === 'resume') await pauseRole(session, id, what === 'pause');
    else if (id !== '' && (await carryOut(session, id, controlOf))) continue;
    crashPoint('cancel.done');
    await removeFile(path);
  }
}

// A role without a card can be let go on: its card may have been removed while it was paused.
async function pauseRole({ workspace, ledger }: Session, role: string, pauses: boolean): Promise<void> {
  const { paused } = ledger.history.holds;
  if (paused.has(role) === pauses || (pauses && !workspace.cards.has(role))) return;
  await ledger.record({ step: pauses ? 'paused' : 'unpaused', role });
  const detail = pauses ? 'its orders wait; what runs goes on to its end' : 'its orders start again';
  workspace.tell({ kind: 'paused', role, detail });
}

// True when the request must be tried again: while the order's run is being ended, or has broken off. If a request
// cannot be carried out, the daemon says so once, so that it does not come up again at every look.
async function carryOut(
  session: Session,
  id: string,
  controlOf: (id: string) => AbortController | null,
): Promise<boolean> {
  const { workspace, ledger } = session;
  const control = controlOf(id);
  if (control !== null) {
    if (!control.signal.aborted) control.abort(cancelled);
    return true;
  }
  const standing = ledger.history.orders.get(id);
  if (standing?.position === 'settled') {
    if (standing.end.note !== cancelledNote)
      workspace.tell({
        kind: 'too late',
        role: standing.role,
        order: id,
        detail: `it ended ${standing.end.outcome ?? ''} before it could be cancelled`,
      });
    return false;
  }
  // Its run broke off and is not brought to where it goes on from: it can be cancelled there.
  if (standing?.position === 'claimed') return true;
  const done = await cancelOrder(session, id).catch(ownWords);
  if (done !== true)
    workspace.tell({
      kind: 'fault',
      order: id,
      detail: `could not be cancelled${done === false ? ': there was nothing to cancel' : `: ${done}`}`,
      weight: 'bad',
    });
  return false;
}

/**
 * Lets an order go on that waits for another order, a blocker, what it sent, its pull request or a usage limit. False
 * when it does not wait for such.
 */
export async function releaseOrder(session: Session, id: string): Promise<boolean> {
  const standing = session.ledger.history.orders.get(id);
  if (standing?.position === 'posted') return tryLimit(session, standing);
  const on = standing?.pause.waits?.on;
  if (standing === undefined || on === undefined || !waitKinds[on].retries) return false;
  if (on === 'pr') await putAway(session.workspace.places, id, standing.tries.attempt);
  await goOn(session, standing, 'operator', 'the operator lets it go on');
  return true;
}

// The operator knows better than the hold does: there may be credits again.
async function tryLimit(session: Session, { id, role }: Standing): Promise<boolean> {
  const { workspace, ledger } = session;
  const card = workspace.cards.get(role)?.role;
  if (limitReached(card, ledger.history, workspace.clock.now()) === null || card === undefined) return false;
  const agent = limitedBy(card);
  const why = `the operator lets ${agent} be tried again`;
  await ledger.record({ step: 'released', order: id, role, by: 'operator', why, unlimited: agent });
  workspace.tell({ kind: 'goes on', role, order: id, detail: why });
  return true;
}

/** Cancels an order that waits: it is settled as halted. True when there was something to cancel. */
export async function cancelOrder(session: Session, id: string): Promise<boolean> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(id);
  const file = await findOrderFile(workspace.places, id);
  if (standing === undefined || file === null) return false;
  if (file.kind === 'inbox') await claimOrder(workspace.places, file.role, id);
  else if (standing.position !== 'parked') return false;
  crashPoint('cancel.claimed');
  await settleWaiting(session, standing, cancelledNote);
  return true;
}
