// Why: `fourline cancel` ends an order. One that waits is settled as halted; one that runs is ended first, and what it did is kept.
// Promises: works with and without a running shift.
// Never: deletes or replaces anything.

import { leaveRequest, takeRequests } from '../../daemon/requests.ts';
import { openDesk } from '../../daemon/session.ts';
import { cancelledNote } from '../../journey/journey.ts';
import type { Standing } from '../../ledger/standing.ts';
import { isForeign } from '../../order/scan.ts';
import type { Places } from '../../places.ts';
import { crashPoint } from '../../platform/files/crash.ts';
import { listFolder, makeFolder, moveFresh, removeFile } from '../../platform/files/files.ts';
import { errnoOf, Fault } from '../../platform/text/fault.ts';
import { silentLog } from '../../platform/text/log.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { inboxFolder } from '../../record/path.ts';
import { deskIsHeld } from '../../workspace/holder.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Cancels an order. Exit 1 when it was not open any more, or could not be. Throws Fault `order-settled`. */
export async function runCancel(invocation: Invocation, prefix: string): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const { places } = workspace;
  const waiting = await findWaiting(root, prefix);
  if (waiting !== null && ![...history.orders.keys()].some((one) => one.startsWith(prefix)))
    return putAside(invocation, places, waiting);
  const id = findOrder(history, prefix);
  const standing = history.orders.get(id);
  if (standing?.position === 'settled')
    throw new Fault('order-settled', `${id} is settled already (${standing.outcome ?? ''})`, {
      hint: `fourline show ${id}`,
    });
  const undo = `undo: fourline retry ${id}`;
  if (await deskIsHeld(places)) {
    await leaveRequest(places, 'cancel', id);
    invocation.answer({ id, requested: true }, [`asked the running fourline to cancel ${id}; ${undo}`]);
    return exitCodes.ok;
  }
  // Asked for first: should this command die on the way, the next start does what it began.
  const request = await leaveRequest(places, 'cancel', id);
  crashPoint('cancel.asked');
  const desk = await openDesk(root, silentLog);
  if (desk === null) {
    invocation.answer({ id, requested: true }, [`asked the fourline that just started to cancel ${id}; ${undo}`]);
    return exitCodes.ok;
  }
  try {
    await takeRequests(desk.workspace, desk.ledger, () => null);
    const { position, note } = desk.ledger.history.orders.get(id) ?? { position: 'settled', note: '' };
    const done = position === 'settled' && note === cancelledNote;
    // It is told that nothing was cancelled: nothing is later on, either.
    if (!done) await removeFile(request);
    invocation.answer({ id, requested: false, done, position }, [
      done ? `${id} is cancelled; ${undo}` : otherwise(id, position),
    ]);
    return done ? exitCodes.ok : exitCodes.no;
  } finally {
    await desk.close();
  }
}

// Why there was nothing to cancel: what is true of the order instead.
function otherwise(id: string, position: Standing['position']): string {
  if (position === 'parked') return `${id} waits: fourline status says for what`;
  if (position === 'claimed') return `${id} is interrupted: fourline start finishes or hands it back`;
  if (position === 'posted') return `${id} was taken out of its inbox: fourline start settles it as withdrawn`;
  return `${id} was settled meanwhile: fourline show ${id}`;
}

type WaitingFile = { readonly role: string; readonly name: string };

// Nobody has taken it yet: it goes to the operator's own folder, out of every role's way, under a name that is free there.
async function putAside(invocation: Invocation, places: Places, file: WaitingFile): Promise<number> {
  const from = `${inboxFolder(places, file.role)}/${file.name}`;
  const folder = inboxFolder(places, 'operator');
  await makeFolder(folder);
  const stem = file.name.replace(/\.md$/, '');
  let name = file.name;
  const gone = (error: unknown): never => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new Fault('order-gone', `${file.name} was taken just now`, { hint: 'fourline status says where it stands' });
  };
  for (let count = 2; !(await moveFresh(from, `${folder}/${name}`).catch(gone)); count += 1)
    name = `${stem}-${count}.md`;
  const to = `${folder}/${name}`;
  invocation.answer({ moved: to, from }, [
    `it had not been taken; its file is now ${escapeText(to)}`,
    `undo: mv ${shellWord(escapeText(to))} ${shellWord(escapeText(from))}`,
  ]);
  return exitCodes.ok;
}

// A file in an inbox that no shift has seen yet has no place in the history.
async function findWaiting(root: string, prefix: string): Promise<WaitingFile | null> {
  const found: WaitingFile[] = [];
  for (const role of await listFolder(`${root}/inbox`)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    for (const name of await listFolder(`${root}/inbox/${role}`).catch(() => []))
      if (name.startsWith(prefix) && name.endsWith('.md') && !isForeign(name)) found.push({ role, name });
  }
  const exact = found.filter((one) => one.name.replace(/\.md$/, '') === prefix.replace(/\.md$/, ''));
  const [first, ...others] = exact.length > 0 ? exact : found;
  return others.length === 0 ? (first ?? null) : null;
}
