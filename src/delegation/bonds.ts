// Why: an order names others: those it waits for, those it answers, the one it is again. What the names mean and whom
// they bind is decided here.
// Promises: pure; a rejection binds only orders that were written after it ended the rejected order.
// Never: reads a file; decides whether an order is taken.
import type { History, Standing } from '../ledger/standing.ts';
import { slugOf } from '../order/identity.ts';
import type { Order } from '../order/order.ts';
import { filesOverlap } from '../role/boundary.ts';

/** How the refusal of an order is told that names no rejection: its code, and words that stand in its message. */
export const unnamedCode = 'order-names-no-rejection';
export const unnamedWords = 'and this order to the same role about the same files does not name it';

/** A role and the repository an order to it is about. */
type BondsPlace = { readonly role: string; readonly repo: string | null };

/**
 * Ids of rejected or halted orders to the same role about the same repository that an order names: in `answers:`,
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

/** What binds an order to others, for the line that posts it. `after` are the ids it waits for. */
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
 * Rejected orders that an order to the same role about overlapping Files should name and doesn't. `written` is when it
 * was written, ISO 8601: it cannot name what was rejected later. `id` is its own, where it has one.
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
 * What the names in an order's `after:` mean, in their order. A name is an id, a file that lies in an inbox under it
 * (`lying`; it stays as it is), what the same name meant when the order was posted (`known`), or the operator's newest
 * order of that name. What means nothing, or several open orders, stays as it is.
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
    const found = [...history.orders.values()].filter((one) => one.asked.from === 'operator' && same(one.id));
    const open = found.filter((one) => one.position !== 'settled');
    return open.length > 1 ? name : ((open[0] ?? found.at(-1))?.id ?? name);
  });
}

/** No file lies anywhere. */
export const nothingLies = { has: (): boolean => false };
