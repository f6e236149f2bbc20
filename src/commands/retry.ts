// Why: `fourline retry` orders the same again, under a new id: history stays what it was.
// Promises: the new order is the old one's text without its stamps; durable when it returns.
// Never: reopens a settled order.
import { findOrder, lookAt } from '../desk.ts';
import { Fault } from '../ground/fault.ts';
import { nextNumber } from '../ground/lock.ts';
import { makeId } from '../order/identity.ts';
import { stampOrder } from '../order/order.ts';
import { postOrder } from '../order/post.ts';
import { findWorkspace } from '../workspace.ts';
import { exitCodes, type Invocation } from './invocation.ts';
import { readOrderText } from './record.ts';

/** Posts a settled order once more. Throws Fault `order-open` while it is not settled. */
export async function runRetry(invocation: Invocation, prefix: string): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const old = findOrder(history, prefix);
  const standing = history.orders.get(old);
  const text = standing === undefined ? null : await readOrderText(workspace.places, standing);
  if (standing === undefined || text === null) throw new Fault('order-gone', `the text of ${old} is gone`);
  if (standing.position !== 'settled')
    throw new Fault('order-open', `${old} is not settled: it is ${standing.position}`, {
      hint: 'fourline status says what it waits for; fourline cancel ends it',
    });
  const id = makeId(nextNumber(workspace.places.numbers, history.number), old.replace(/^\d+-/, ''));
  const fresh = stampOrder(text, {
    id,
    from: 'operator',
    date: workspace.clock.now().toISOString(),
    ...(standing.parent === null ? {} : { parent: standing.parent }),
  });
  await postOrder(workspace.places, standing.role, id, fresh);
  invocation.answer({ id, from: old, path: `inbox/${standing.role}/${id}.md` }, [
    `inbox/${standing.role}/${id}.md`,
    `next: fourline status; undo: fourline cancel ${id}`,
  ]);
  return exitCodes.ok;
}
