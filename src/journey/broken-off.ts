// Why: an early end of an order's way is no end of the order.
// Promises: nothing is lost. The fault is said. Depending on what was done for it, the order waits, goes back to its
// role or is settled.
// Never: throws away what was landed already.
import type { Outcome } from '../ledger/entry.ts';
import { findOrderFile, whereaboutsOf } from '../record/inbox.ts';
import { missingOf } from '../record/state.ts';
import { complete } from '../waiting/complete.ts';
import type { Session } from '../workspace/workspace.ts';
import { resumeOrder } from './resume.ts';

/** Where an order is after a fault. */
export type Failed =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'returned' }
  | { readonly kind: 'parked' }
  | { readonly kind: 'stuck'; readonly reason: string };

/** An order that broke off and by what. `spent` says whether an attempt was. */
type BrokenOff = { readonly id: string; readonly role: string; readonly reason: string; readonly spent: boolean };

/**
 * Acts on where the order lies. A posted order waits until somebody mends what is wrong; a claimed order is finished or
 * handed back, as after a crash.
 */
export async function fail(session: Session, { id, role, reason, spent }: BrokenOff): Promise<Failed> {
  const { workspace, ledger } = session;
  workspace.tell({ kind: 'fault', role, order: id, detail: reason, weight: 'bad' });
  const standing = ledger.history.orders.get(id);
  const file = await findOrderFile(workspace.places, id);
  if (standing === undefined || (file?.kind !== 'active' && standing.position !== 'claimed'))
    return { kind: 'stuck', reason };
  // If a part of the order's waiting is not done yet, its release does that part.
  if (standing.position === 'parked' && file?.kind === 'active') return { kind: 'parked' };
  const missing = missingOf(await whereaboutsOf(workspace.places, id), standing);
  // An order that began to wait but could not is no waiting order: it goes back.
  const words = missing.kind === 'parked' ? null : await complete(session, standing, missing);
  if (words !== null) {
    workspace.tell({ kind: 'recovered', role, order: id, detail: words });
    const outcome = ledger.history.orders.get(id)?.end.outcome ?? null;
    return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
  }
  const limit = workspace.cards.get(role)?.role.limits.attempts ?? 1;
  const resumed = await resumeOrder(session, standing, { reason, limit: spent ? limit : null });
  if (resumed.kind !== 'returned') return { kind: 'settled', outcome: resumed.kind };
  workspace.tell({ kind: 'returned', role, order: id, detail: resumed.words });
  return { kind: 'returned' };
}
