// Why: most commands only read a workspace.
// Promises: nothing is changed, and a running daemon is not disturbed.
// Never: takes the lock.
import type { WorkListener } from '../event.ts';
import type { History } from '../ledger/history.ts';
import type { ReadHistory } from '../ledger/read-history.ts';
import type { Host } from '../platform/process/host.ts';
import { Fault } from '../platform/text/fault.ts';
import { isHeld } from './holder.ts';
import { openWorkspace, type Workspace } from './workspace.ts';
/** A look at a workspace without a session: it changes nothing. */
export type Look = Omit<ReadHistory, 'close'> & { readonly workspace: Workspace; readonly close: () => Promise<void> };

/**
 * Looks at the workspace at `root`. While a process holds its session, the last good cards are in force; otherwise a
 * broken card is no card. With `whole` the journal is read whole, and no index is trusted.
 */
export async function lookAt(root: string, listener: WorkListener, host: Host, whole = false): Promise<Look> {
  const bare = await openWorkspace(root, { listener, host });
  const { readHistory } = await import('../ledger/read-history.ts');
  const reading = await readHistory(bare.places, whole);
  const workspace = await withGoodCards(bare, listener, reading);
  const close = async (): Promise<void> => {
    reading.close();
    await workspace.close();
  };
  return { ...reading, workspace, close };
}

/** The workspace at `root` with the cards in force, as a look has it. No journal is read unless a card is broken. */
export async function lookAtCards(root: string, listener: WorkListener, host: Host): Promise<Workspace> {
  const bare = await openWorkspace(root, { listener, host });
  if (bare.broken.size === 0) return bare;
  const { readHistory } = await import('../ledger/read-history.ts');
  const reading = await readHistory(bare.places);
  return withGoodCards(bare, listener, reading).finally(reading.close);
}

async function withGoodCards(
  bare: Workspace,
  listener: WorkListener,
  { history }: Pick<Look, 'history'>,
): Promise<Workspace> {
  if (bare.broken.size === 0 || !(await isHeld(bare.places))) return bare;
  await bare.close();
  return openWorkspace(bare.places.root, { listener, host: bare.host, history });
}

/** The order that an id or a prefix of an id names. Throws Fault `order-unknown` or `order-ambiguous`. */
export function findOrder(history: History, prefix: string): string {
  const stem = prefix.replace(/\.md$/, '');
  if (history.orders.has(stem)) return stem;
  const numbered = /^\d+$/.test(stem) ? history.orders.with('number', `${Number(stem)}`).map(({ id }) => id) : [];
  const found = [...new Set([...history.orders.startingWith(stem), ...numbered])].sort();
  const [first] = found;
  if (first === undefined || stem === '')
    throw new Fault('order-unknown', `there is no order '${prefix}'`, { hint: 'fourline status lists the orders' });
  if (found.length > 1)
    throw new Fault(
      'order-ambiguous',
      `'${prefix}' may be ${found.slice(0, 6).join(', ')}${found.length > 6 ? ' …' : ''}`,
      { hint: 'type more of it' },
    );
  return first;
}
