// Why: what an order's sender was given reaches the order too: files to read, and files that are pinned. What holds for
// a whole family is put together here.
// Promises: pure; an order has all that its parent has and what it names itself, in workspace terms.
// Never: reads a text; whether a file is there is asked in refs.ts.

import { joinPins, type Pin } from '../gate/contract.ts';
import type { History, Standing } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { isReason } from '../platform/text/fault.ts';
import { workspaceGlob } from '../role/boundary.ts';
import type { Wake } from '../role/follow-up.ts';

/** An order and where it comes from. `repo` is the repository its paths are in. */
export type Member = {
  readonly id: string;
  readonly parent: string | null;
  readonly order: Order;
  readonly repo: string | null;
};

/** What an order has, of both kinds. `flaw` says which two pins cannot both hold. */
export type Handed = {
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  readonly flaw: string | null;
};

/** Puts together what an order has from its parent and what it names itself. */
export function handDown(history: History, { id, parent, order, repo }: Member): Handed {
  const above = history.orders.get(parent ?? '');
  const named = (order.settings.refs ?? []).map((path) => workspaceGlob(path, repo));
  const pins = (order.settings.contract ?? []).map(({ path, owner }) => ({
    path: workspaceGlob(path, repo),
    owner,
    plan: id,
  }));
  const joined = joinPins(above?.asked.contract ?? [], pins);
  return {
    refs: [...new Set([...(above?.asked.refs ?? []), ...named])],
    contract: isReason(joined) ? (above?.asked.contract ?? []) : joined,
    flaw: isReason(joined) ? joined : null,
  };
}

/** What of it goes into the journal: nothing where there is nothing, and was nothing `before`. */
export function handedFields(
  { refs, contract }: Pick<Handed, 'refs' | 'contract'>,
  before: Pick<Handed, 'refs' | 'contract'> = { refs: [], contract: [] },
): { refs?: string[]; contract?: Pin[] } {
  return {
    ...(refs.length + before.refs.length === 0 ? {} : { refs: [...refs] }),
    ...(contract.length + before.contract.length === 0 ? {} : { contract: [...contract] }),
  };
}

/** The same as it is stamped into an order's text. Of two pins of one path the narrower is written. */
export function handedStamp({ refs, contract }: Pick<Handed, 'refs' | 'contract'>): {
  refs?: readonly string[];
  contract?: Readonly<Record<string, string | null>>;
} {
  const owners = new Map<string, string | null>();
  for (const { path, owner } of contract) owners.set(path, owner ?? owners.get(path) ?? null);
  return {
    ...(refs.length === 0 ? {} : { refs }),
    ...(contract.length === 0 ? {} : { contract: Object.fromEntries(owners) }),
  };
}

/** The cards in force, for whether a role waits for what it sends. */
type FamilyCards = ReadonlyMap<string, { readonly role: { readonly wake: Wake | null } }>;

/** Orders that an order sent and that are open, reviews of its own work aside. */
export function openChildren(history: History, id: string): Standing[] {
  return [...history.open].flatMap((one) => {
    const child = history.orders.get(one);
    return child?.bonds.parent === id && child.bonds.reviews === null ? [child] : [];
  });
}

/**
 * Ids of open orders that wait for one, however many there are between them: by their `after:`, parked on it, or
 * reviewed by it.
 */
export function waitersFor(history: History, id: string): string[] {
  const found = new Set<string>();
  const open = [...history.open].flatMap((one) => history.orders.get(one) ?? []);
  const todo = [id];
  for (let wanted = todo.pop(); wanted !== undefined; wanted = todo.pop())
    for (const { id: one, bonds, pause } of open) {
      const { waits } = pause;
      const parked = waits?.review === wanted || (waits?.on === 'order' && waits.what === wanted);
      if (found.has(one) || !(parked || bonds.after.includes(wanted))) continue;
      found.add(one);
      todo.push(one);
    }
  return [...found];
}

/**
 * True when an order waits for another, however many there are between them: by its `after:`, by what it is parked on,
 * or because its role waits for what it sends, be it now or when its run is over.
 */
export function waitsFor(history: History, cards: FamilyCards, id: string, wanted: string): boolean {
  const seen = new Set([id]);
  // A set is walked while it grows: chains may be as long as agents make them.
  for (const one of seen) {
    if (one === wanted) return true;
    const standing = history.orders.get(one);
    for (const next of standing === undefined ? [] : waitedFor(history, cards, standing)) seen.add(next);
  }
  return false;
}

// What waits for one that ended, and not well, waits for the order that is it again.
function waitedFor(
  history: History,
  cards: FamilyCards,
  { id, role, position, bonds, pause, end }: Standing,
): string[] {
  if (position === 'settled') return end.outcome === 'done' || bonds.retriedBy === null ? [] : [bonds.retriedBy];
  const sent = cards.get(role)?.role.wake == null ? [] : openChildren(history, id).map((child) => child.id);
  return [...bonds.after, ...(pause.waits?.on === 'order' ? [pause.waits.what] : []), ...sent];
}

/**
 * Says of an order what it may not wait for: one that waits for it. Such are the one it came from, where its role waits
 * for what it sends, and so on upwards.
 */
export function circleAbove(
  history: History,
  cards: FamilyCards,
  { parent, after }: { readonly parent: string | null; readonly after: readonly string[] },
): string | null {
  const above = waitingAbove(history, cards, parent);
  for (const id of after) {
    const end = above.find((one) => waitsFor(history, cards, id, one));
    const words = 'waits for the orders it sent, and this is one of them';
    if (end !== undefined) return id === end ? `${id} ${words}` : `${id} waits for ${end}, which ${words}`;
  }
  return null;
}

function waitingAbove(history: History, cards: FamilyCards, parent: string | null): string[] {
  const out: string[] = [];
  for (let at = parent; at !== null && !out.includes(at); ) {
    const standing = history.orders.get(at);
    if (standing === undefined || standing.position === 'settled') break;
    if (cards.get(standing.role)?.role.wake == null) break;
    out.push(at);
    at = standing.bonds.parent;
  }
  return out;
}

/** The order that a family began with. */
export function rootOf(history: History, id: string): string {
  const seen = new Set<string>();
  let at = id;
  for (let parent = history.orders.get(at)?.bonds.parent; parent != null && !seen.has(parent); ) {
    seen.add(parent);
    at = parent;
    parent = history.orders.get(at)?.bonds.parent;
  }
  return at;
}
