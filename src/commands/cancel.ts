// Why: `fourline cancel` ends an order. One that waits is settled as halted; one that runs is ended first, and what it did is kept.
// Promises: works with and without a running shift.
// Never: deletes anything.
import { deskIsHeld, findOrder, lookAt, openDesk } from '../desk.ts';
import { Fault } from '../ground/fault.ts';
import { listFolder, moveDurable } from '../ground/files.ts';
import { silentLog } from '../ground/log.ts';
import { cancelOrder, requestCancel } from '../requests.ts';
import { findWorkspace } from '../workspace.ts';
import { exitCodes, type Invocation } from './invocation.ts';

/** Cancels an order. Throws Fault `order-settled`. */
export async function runCancel(invocation: Invocation, prefix: string): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const { places } = workspace;
  const waiting = await findWaiting(root, prefix);
  const id =
    waiting === null || [...history.orders.keys()].some((one) => one.startsWith(prefix))
      ? findOrder(history, prefix)
      : null;
  if (id === null) {
    // Nobody has taken it yet: it goes to the operator's own folder, out of every role's way.
    const to = `${places.inbox}/operator/${waiting?.name ?? ''}`;
    await moveDurable(`${places.inbox}/${waiting?.role ?? ''}/${waiting?.name ?? ''}`, to);
    invocation.answer({ moved: to }, [`it had not been taken; its file is now ${to}`]);
    return exitCodes.ok;
  }
  const standing = history.orders.get(id);
  if (standing?.position === 'settled')
    throw new Fault('order-settled', `${id} is settled already (${standing.outcome ?? ''})`, {
      hint: `fourline show ${id}`,
    });
  const undo = `undo: fourline retry ${id}`;
  if (await deskIsHeld(places)) {
    await requestCancel(places, id);
    invocation.answer({ id, requested: true }, [`${id} is being cancelled; ${undo}`]);
    return exitCodes.ok;
  }
  const desk = await openDesk(root, silentLog);
  if (desk === null) throw new Fault('already-started', 'somebody took the workspace just now', { hint: 'try again' });
  const done = await cancelOrder(desk.workspace, desk.ledger, id, () => null);
  await desk.close();
  invocation.answer({ id, requested: false, done }, [
    done ? `${id} is cancelled; ${undo}` : `${id} was settled meanwhile: fourline show ${id}`,
  ]);
  return done ? exitCodes.ok : exitCodes.no;
}

// A file in an inbox that no shift has seen yet has no place in the history.
async function findWaiting(root: string, prefix: string): Promise<{ role: string; name: string } | null> {
  for (const role of await listFolder(`${root}/inbox`)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const found = (await listFolder(`${root}/inbox/${role}`).catch(() => [])).filter(
      (name) => name.startsWith(prefix) && name.endsWith('.md') && !name.endsWith('.report.md'),
    );
    if (found.length === 1) return { role, name: found[0] ?? '' };
  }
  return null;
}
