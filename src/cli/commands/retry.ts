// Why: `fourline retry` orders the same again, under a new id: history stays what it was. An order that waits for something is let go on.
// Promises: the new order is the old one's text without its stamps; durable when it returns. What waited for the old one waits for the new.
// Never: reopens a settled order; lets one go on that needs a word.

import { leaveRequest, releaseOrder } from '../../daemon/requests.ts';
import { openDesk } from '../../daemon/session.ts';
import { limitReached } from '../../journey/usage-limit.ts';
import type { Standing } from '../../ledger/standing.ts';
import { waitWords } from '../../ledger/story.ts';
import { makeId } from '../../order/identity.ts';
import { stampOrder } from '../../order/order.ts';
import type { Places } from '../../places.ts';
import { nextNumber } from '../../platform/files/lock.ts';
import { Fault } from '../../platform/text/fault.ts';
import { silentLog } from '../../platform/text/log.ts';
import { activeFolder } from '../../record/path.ts';
import { announceWhole, postOrder } from '../../record/post.ts';
import { writeNote } from '../../waiting/move-on.ts';
import { deskIsHeld } from '../../workspace/holder.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';
import { hintFor } from './answer.ts';
import { readOrderText } from './record.ts';

/** Posts a settled order once more; `reason` says why, for its brief and its sender. Throws Fault `order-open` while it is not settled, `order-reviews` for a review. */
export async function runRetry(invocation: Invocation, prefix: string, reason = ''): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const old = findOrder(history, prefix);
  const standing = history.orders.get(old);
  const text = standing === undefined ? null : await readOrderText(workspace.places, standing);
  if (standing === undefined || text === null) throw new Fault('order-gone', `the text of ${old} is gone`);
  const limited = limitReached(workspace.cards.get(standing.role)?.role, history, workspace.clock.now()) !== null;
  if (standing.position === 'parked' || (standing.position === 'posted' && limited))
    return letGo(invocation, root, workspace.places, standing, reason.trim());
  if (standing.position !== 'settled')
    throw new Fault('order-open', `${old} is not settled: it is ${standing.position}`, {
      hint: 'fourline status says what it waits for; fourline cancel ends it',
    });
  if (standing.reviews !== null)
    throw new Fault('order-reviews', `${old} is the review of ${standing.reviews}: it is no order of its own`, {
      hint: `fourline show ${standing.reviews} says where that one stands`,
    });
  const id = makeId(nextNumber(workspace.places.numbers, history.number), old.replace(/^\d+-/, ''));
  const fresh = stampOrder(text, {
    id,
    from: 'operator',
    date: workspace.clock.now().toISOString(),
    retries: old,
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
    ...(standing.parent === null ? {} : { parent: standing.parent }),
  });
  await announceWhole(workspace.places, id);
  await postOrder(workspace.places, standing.role, id, fresh);
  invocation.answer({ id, from: old, path: `inbox/${standing.role}/${id}.md` }, [
    `inbox/${standing.role}/${id}.md`,
    `next: fourline status; undo: fourline cancel ${id}`,
  ]);
  return exitCodes.ok;
}

async function letGo(
  invocation: Invocation,
  root: string,
  places: Places,
  { id, waits, attempt, pull }: Standing,
  reason: string,
): Promise<number> {
  if (waits?.on === 'review' || waits?.on === 'approval' || waits?.on === 'answer')
    throw new Fault('order-needs-word', `${id} waits ${waitWords(waits)}`, {
      hint: hintFor(waits, id),
    });
  if (waits?.on === 'pr') {
    const title = `It landed, and goes on${pull === null ? '' : ` for its pull request ${pull.url}`}; the operator says:`;
    await writeNote({ folder: activeFolder(places, id), attempt }, 'pr', title, reason || 'Look at it again.');
  }
  if (await deskIsHeld(places)) {
    await leaveRequest(places, 'release', id);
    invocation.answer({ id, requested: true }, [`asked the running fourline to let ${id} go on`]);
    return exitCodes.ok;
  }
  const desk = await openDesk(root, silentLog);
  if (desk === null) throw new Fault('already-started', 'somebody took the workspace just now', { hint: 'try again' });
  try {
    const done = await releaseOrder(desk.workspace, desk.ledger, id);
    invocation.answer({ id, requested: false, done }, [
      done ? `${id} goes on: fourline start; undo: fourline cancel ${id}` : `${id} does not wait any more`,
    ]);
    return done ? exitCodes.ok : exitCodes.no;
  } finally {
    await desk.close();
  }
}
