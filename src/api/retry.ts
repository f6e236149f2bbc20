// Why: orders the same work again, under a new id, so that history stays as it was. It also lets a waiting order go on.
// Promises: the new order is the old order's text without its stamps; it is durable when the call returns. Orders that
// waited for the old order wait for the new one.
// Never: reopens a settled order; lets an order go on that needs a person's word.

import { leaveRequest, releaseOrder } from '../daemon/requests.ts';
import { openSession } from '../daemon/session.ts';
import { unheard } from '../event.ts';
import { limitReached } from '../journey/usage-limit.ts';
import type { Standing } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { waitKinds } from '../ledger/waits.ts';
import { makeId } from '../order/identity.ts';
import { stampOrder } from '../order/order.ts';
import { keptCard, placesOf } from '../places.ts';
import { stampOf } from '../platform/files/files.ts';
import { nextNumber } from '../platform/files/lock.ts';
import { Fault } from '../platform/text/fault.ts';
import { shellWord } from '../platform/text/text.ts';
import { findOrderText } from '../record/inbox.ts';
import { activeFolder } from '../record/path.ts';
import { announceWhole, postOrder } from '../record/post.ts';
import { writeNote } from '../waiting/move-on.ts';
import { isHeld } from '../workspace/holder.ts';
import { findOrder, type Look } from '../workspace/look.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { hintFor } from './reply.ts';
import { type Site, withLook } from './site.ts';

/**
 * The result of a retry: the work is ordered again as `id`; the running daemon is asked; or the order goes on here,
 * unless it did not wait any more.
 */
export type Retried =
  | { readonly did: 'ordered'; readonly id: string; readonly from: string; readonly path: string }
  | { readonly did: 'asked'; readonly id: string; readonly requested: true }
  | { readonly did: 'released'; readonly id: string; readonly requested: false; readonly done: boolean };

/**
 * Posts a settled order once more; `reason` says why, for its brief and its sender. Lets an order go on that waits.
 * Throws Fault `order-open` while it is not settled, `order-reviews` for a review, `order-undoes` for an undo,
 * `order-needs-word` for an order that waits for a person's word, `order-gone`, `role-unknown`.
 */
export async function retry(site: Site, prefix: string, reason = ''): Promise<Retried> {
  const found = await withLook(site, (look) => retryOrFind(look, prefix, reason.trim()));
  return 'did' in found ? found : letGo(site, found);
}

// A settled order is posted again; the standing of one that waits is handed back.
async function retryOrFind({ workspace, history }: Look, prefix: string, reason: string): Promise<Retried | Standing> {
  const old = findOrder(history, prefix);
  const standing = history.orders.get(old);
  const text = standing === undefined ? null : await findOrderText(workspace.places, standing.id);
  if (standing === undefined || text === null)
    throw new Fault('order-gone', `the text of ${old} is gone`, { hint: 'write the order again: fourline order' });
  const limited = limitReached(workspace.cards.get(standing.role)?.role, history, workspace.clock.now()) !== null;
  if (standing.position === 'parked' || (standing.position === 'posted' && limited)) {
    await noteReason(workspace, standing, reason);
    return standing;
  }
  if (standing.position !== 'settled')
    throw new Fault('order-open', `${old} is not settled: it is ${standing.position}`, {
      hint: 'fourline status says what it waits for; fourline cancel ends it',
    });
  if (standing.bonds.reviews !== null)
    throw new Fault('order-reviews', `${old} is the review of ${standing.bonds.reviews}: it is no order of its own`, {
      hint: `fourline show ${standing.bonds.reviews} says where that one stands`,
    });
  if (standing.bonds.undoes !== null)
    throw new Fault('order-undoes', `${old} is the undo of ${standing.bonds.undoes}: no role can be ordered to do it`, {
      hint: `fourline undo ${standing.bonds.undoes}`,
    });
  await refuseGone(workspace, standing);
  const id = makeId(nextNumber(workspace.places.session.numbers, history.number), old.replace(/^\d+-/, ''));
  const fresh = stampOrder(text, {
    id,
    from: 'operator',
    date: workspace.clock.now().toISOString(),
    retries: old,
    ...(reason === '' ? {} : { reason }),
    ...(standing.bonds.parent === null ? {} : { parent: standing.bonds.parent }),
  });
  await announceWhole(workspace.places, id);
  await postOrder(workspace.places, standing.role, id, fresh);
  return { did: 'ordered', id, from: old, path: `inbox/${standing.role}/${id}.md` };
}

// Nobody would take the order: the card is put back before.
async function refuseGone({ places }: Workspace, { role, tries: { card } }: Standing): Promise<void> {
  const path = `${places.root}/roles/${role}.md`;
  if ((await stampOf(path)) !== null) return;
  const kept = card === null ? null : keptCard(places, card);
  const back = kept !== null && (await stampOf(kept)) !== null;
  throw new Fault('role-unknown', `there is no role '${role}' any more`, {
    hint: back ? `its card was kept: cp ${shellWord(kept)} ${shellWord(path)}` : `fourline role new ${role}`,
  });
}

async function noteReason({ places }: Workspace, standing: Standing, reason: string): Promise<void> {
  const { id } = standing;
  const { waits } = standing.pause;
  const { attempt } = standing.tries;
  const { pull } = standing.landing;
  if (waits != null && !waitKinds[waits.on].retries)
    throw new Fault('order-needs-word', `${id} waits ${waitWords(waits)}`, { hint: hintFor(waits, id) });
  if (waits?.on !== 'pr') return;
  const title = `It landed, and goes on${pull === null ? '' : ` for its pull request ${pull.url}`}; the operator says:`;
  await writeNote({ folder: activeFolder(places, id), attempt }, 'pr', title, reason || 'Look at it again.');
}

async function letGo({ root, host }: Site, { id }: Standing): Promise<Retried> {
  const places = placesOf(root, '', '');
  if (await isHeld(places)) {
    await leaveRequest(places, 'release', id);
    return { did: 'asked', id, requested: true };
  }
  const session = await openSession(root, unheard, host);
  if (session === null)
    throw new Fault('already-started', 'somebody took the workspace just now', { hint: 'try again' });
  try {
    return { did: 'released', id, requested: false, done: await releaseOrder(session, id) };
  } finally {
    await session.close();
  }
}
