// Why: not every order can be undone, and a person is told why before anything is asked of anybody.
// Promises: pure; each hindrance says what there is instead, and what to do.
// Never: looks at a branch; whether a landing is still there is seen when it is taken back.
import type { Entry } from '../ledger/entry.ts';
import { undoOf } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { countOf } from '../platform/text/text.ts';

/** Why an order can't be undone: the code of the Fault, what there is instead, and what to do. */
export type Hindrance = { readonly code: string; readonly reason: string; readonly hint: string };

/**
 * Finds what hinders the undo of an order; null when nothing does. `steps` are the order's
 * lines, and `own` is the undo that asks, if it has an id already.
 */
export function undoHindrance(
  history: Pick<History, 'orders' | 'open'>,
  { standing, steps }: { readonly standing: Standing; readonly steps: readonly Entry[] },
  own: string | null = null,
): Hindrance | null {
  const { id, position } = standing;
  const by = undoOf(history, standing);
  if (by !== null)
    return { code: 'order-undone', reason: `${id} was undone by ${by}`, hint: `fourline undo ${by} brings it back` };
  const begun = [...history.open].find((one) => one !== own && history.orders.get(one)?.bonds.undoes === id);
  if (begun !== undefined)
    return { code: 'order-undone', reason: `${id} is being undone by ${begun}`, hint: `fourline show ${begun}` };
  if (position !== 'settled') return openHindrance(standing);
  const stated = steps.some((one) => one.step === 'stated');
  if (standing.landing.landed.length === 0 && !stated) return nothingLanded(history, standing);
  return null;
}

function openHindrance({ id, position, pause: { waits }, landing: { pull } }: Standing): Hindrance {
  const how = waits?.on === 'pr' ? 'it waits for its pull request' : `it is ${position}`;
  const close = `close its pull request${pull === null ? '' : ` (${pull.url})`}, and nothing of it is merged`;
  const hint = waits?.on === 'pr' ? close : `fourline cancel ${id} ends it; undo it then`;
  return { code: 'order-open', reason: `${id} is not settled: ${how}`, hint };
}

function nothingLanded({ orders }: Pick<History, 'orders'>, { id, end }: Standing): Hindrance {
  const sent = sentBy({ orders }, id);
  const mail = sent.length === 0 ? '' : `; it sent ${countOf(sent.length, 'order')}, which an undo does not take back`;
  const next = sent.find((one) => one.landing.landed.length > 0) ?? sent[0];
  const hint =
    next === undefined
      ? `fourline show ${id}`
      : next.position === 'settled'
        ? `fourline undo ${next.id}`
        : `fourline cancel ${next.id}`;
  return { code: 'order-not-landed', reason: `${id} landed nothing (${end.outcome ?? ''})${mail}`, hint };
}

/** The orders that an order sent. */
export function sentBy({ orders }: Pick<History, 'orders'>, id: string): Standing[] {
  return orders.with('parent', id);
}
