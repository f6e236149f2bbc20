// Why: an order names other orders: those it waits for, those it answers, the one it repeats. This file decides what
// the names mean and whom they bind.
// Promises: pure; a rejection binds only orders that were written after it ended the rejected order.
// Never: reads a file; decides whether an order is taken.
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { slugOf } from '../order/identity.ts';
import type { Order } from '../order/order.ts';
import { filesOverlap } from '../role/boundary.ts';

/** Code and words of the refusal that an order gets if it names no rejection; the words are part of its message. */
export const unnamedCode = 'order-names-no-rejection';
export const unnamedWords = 'and this order to the same role about the same files does not name it';

/** A role and the repository that an order to this role is about. */
type BondsPlace = { readonly role: string; readonly repo: string | null };

/**
 * Ids of rejected or halted orders to the same role about the same repository that an order names: in `answers:`, in
 * `after:`, or by number in Objective or Acceptance.
 */
export function namedOrders(history: History, order: Order, { role, repo }: BondsPlace): string[] {
  const { answers, after } = order.settings;
  const text = [order.objective, ...order.acceptance].map((one) => one.text).join('\n');
  const numbers = new Set(text.match(/\b\d{4,9}\b/g));
  return [...history.rejected, ...history.halted].filter((id, at, all) => {
    const standing = history.orders.get(id);
    if (standing?.position !== 'settled' || standing.role !== role || standing.asked.repo !== repo) return false;
    const named = answers.includes(id) || after.includes(id) || numbers.has(/^\d+/.exec(id)?.[0] ?? '');
    return named && all.indexOf(id) === at;
  });
}

/** An order's bonds to other orders, for the line that posts it. `after` are the ids it waits for. */
export function bondsOf(
  history: History,
  order: Order,
  place: BondsPlace,
  after: readonly string[],
): { readonly after?: string[]; readonly retries?: string; readonly answers?: string[]; readonly reason?: string } {
  const { retries, reason } = order.settings;
  const answers = namedOrders(history, order, place);
  return {
    ...(after.length === 0 ? {} : { after: [...after] }),
    ...(retries === undefined ? {} : { retries }),
    ...(answers.length === 0 ? {} : { answers }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/**
 * Rejected orders that an order to the same role about overlapping Files should name and doesn't. `written` is when the
 * order was written, ISO 8601: it cannot name a later rejection. `id` is its own id, if it has one.
 */
export function unnamedRejections(
  history: History,
  {
    id,
    order,
    written,
    files,
    ...place
  }: BondsPlace & {
    readonly id?: string | undefined;
    readonly order: Order;
    readonly written: string;
    readonly files: readonly string[];
  },
): Standing[] {
  const named = new Set([...namedOrders(history, order, place), order.settings.retries, id]);
  return [...history.rejected].flatMap((rejected) => {
    const one = history.orders.get(rejected);
    if (one?.position !== 'settled' || named.has(rejected) || one.changedAt > written) return [];
    if (one.role !== place.role || one.asked.repo !== place.repo) return [];
    return filesOverlap(one.asked.files, files) ? [one] : [];
  });
}

/**
 * Resolves the names in an order's `after:`, in their order. A name is an id, a file of that name in an inbox (`lying`;
 * the name stays as it is), the meaning of the same name when the order was posted (`known`), or the operator's newest
 * order of that name. A name stays as it is if it means nothing or several open orders.
 */
export function resolveAfter(
  history: History,
  names: readonly string[],
  lying: { readonly has: (stem: string) => boolean },
  known?: Pick<Standing, 'id' | 'bonds'>,
): string[] {
  return names.map((name) => {
    if (history.orders.has(name) || lying.has(name)) return name;
    const slug = slugOf(name);
    const same = (id: string): boolean => id !== known?.id && id.replace(/^\d+-/, '') === slug;
    const before = known?.bonds.after.find(same);
    if (before !== undefined) return before;
    const found = history.orders.with('slug', slug).filter((one) => one.asked.from === 'operator' && same(one.id));
    const open = found.filter((one) => one.position !== 'settled');
    return open.length > 1 ? name : ((open[0] ?? found.at(-1))?.id ?? name);
  });
}

/** No file lies in any inbox. */
export const nothingLies = { has: (): boolean => false };
