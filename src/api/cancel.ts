// Why: an order is ended. One that waits is settled as halted; one that runs is ended first, and what it did is kept.
// Promises: works with and without a running daemon.
// Never: deletes or replaces anything.
import { leaveRequest, takeRequests } from '../daemon/requests.ts';
import { openSession } from '../daemon/session.ts';
import { unheard } from '../event.ts';
import { cancelledNote } from '../journey/arrival.ts';
import type { Standing } from '../ledger/standing.ts';
import { type Places, placesOf } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, moveFresh, removeFile } from '../platform/files/files.ts';
import { errnoOf, Fault } from '../platform/text/fault.ts';
import { type FreshFile, findFreshFile } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { isHeld } from '../workspace/holder.ts';
import { findOrder } from '../workspace/look.ts';
import { type Site, withLook } from './site.ts';

/**
 * The result of cancelling. `aside`: fourline had not taken the file yet, and moves it aside. `asked`: the running
 * daemon cancels the order (`just`: that daemon started a moment ago).
 */
export type Cancelled =
  | { readonly did: 'aside'; readonly moved: string; readonly from: string }
  | { readonly did: 'asked'; readonly id: string; readonly requested: true; readonly just: boolean }
  | {
      readonly did: 'cancelled';
      readonly id: string;
      readonly requested: false;
      /** False when there was nothing to cancel: `position` says where the order stands instead. */
      readonly done: boolean;
      readonly position: Standing['position'];
    };

/** Cancels an order. Throws Fault `order-settled`, `order-unknown`, `order-ambiguous`, `order-gone`. */
export async function cancel(site: Site, prefix: string): Promise<Cancelled> {
  const { root, host } = site;
  const places = placesOf(root, '', '');
  const waiting = await findFreshFile(places, prefix);
  const id = await withLook(site, ({ history }) => {
    if (waiting !== null && ![...history.orders.keys()].some((one) => one.startsWith(prefix))) return null;
    const found = findOrder(history, prefix);
    const standing = history.orders.get(found);
    if (standing?.position === 'settled')
      throw new Fault('order-settled', `${found} is settled already (${standing.end.outcome ?? ''})`, {
        hint: `fourline show ${found}`,
      });
    return found;
  });
  if (id === null) return putAside(places, waiting ?? { role: '', name: '' });
  if (await isHeld(places)) {
    await leaveRequest(places, 'cancel', id);
    return { did: 'asked', id, requested: true, just: false };
  }
  // Asked for first: should this process die on the way, the next start does what it began.
  const request = await leaveRequest(places, 'cancel', id);
  crashPoint('cancel.asked');
  const session = await openSession(root, unheard, host);
  if (session === null) return { did: 'asked', id, requested: true, just: true };
  try {
    await takeRequests(session, () => null);
    const standing = session.ledger.history.orders.get(id);
    const position = standing?.position ?? 'settled';
    const done = position === 'settled' && standing?.end.note === cancelledNote;
    // The caller is told that nothing was cancelled: nothing is later on, either.
    if (!done) await removeFile(request);
    return { did: 'cancelled', id, requested: false, done, position };
  } finally {
    await session.close();
  }
}

// fourline has not taken the file yet. This moves it to the operator's own folder, out of every role's way, under a
// name that is free there.
async function putAside(places: Places, file: FreshFile): Promise<Cancelled> {
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
  return { did: 'aside', moved: `${folder}/${name}`, from };
}
