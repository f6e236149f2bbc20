// Why: an order gets what its sender was given: files to read, and pinned files. This file collects what holds for a
// whole family.
// Promises: pure. An order has all that its parent has and all that it names itself, in workspace terms.
// Never: reads a text; refs.ts checks whether a file is there.

import { joinPins, type Pin } from '../gate/contract.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Order } from '../order/order.ts';
import { isReason } from '../platform/text/fault.ts';
import { workspaceGlob } from '../role/boundary.ts';
import type { Wake } from '../role/follow-up.ts';

/** An order and its parent. `repo` is the repository its paths are in. */
export type Member = {
  readonly id: string;
  readonly parent: string | null;
  readonly order: Order;
  readonly repo: string | null;
};

/** The files and pins an order has. `flaw` says which two pins contradict each other. */
export type Handed = {
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  readonly flaw: string | null;
};

/** Collects what an order has from its parent and what it names itself. */
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

/** The fields for the journal. A field is left out if it is empty now and was empty `before`. */
export function handedFields(
  { refs, contract }: Pick<Handed, 'refs' | 'contract'>,
  before: Pick<Handed, 'refs' | 'contract'> = { refs: [], contract: [] },
): { refs?: string[]; contract?: Pin[] } {
  return {
    ...(refs.length + before.refs.length === 0 ? {} : { refs: [...refs] }),
    ...(contract.length + before.contract.length === 0 ? {} : { contract: [...contract] }),
  };
}

/** The same fields, to be stamped into an order's text. If a path is pinned twice, the narrower pin is written. */
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

/** The cards in force; they say whether a role waits for the orders it sends. */
type FamilyCards = ReadonlyMap<string, { readonly role: { readonly wake: Wake | null } }>;

/** Open orders that an order sent, except reviews of its own work. */
export function openChildren(history: History, id: string): Standing[] {
  return [...history.open].flatMap((one) => {
    const child = history.orders.get(one);
    return child?.bonds.parent === id && child.bonds.reviews === null ? [child] : [];
  });
}

/**
 * Ids of open orders that wait for an order, directly or through others: by their `after:`, because they are parked on
 * it, or because it reviews them.
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
 * True when an order waits for another, directly or through others: by its `after:`, because it is parked on it, or
 * because its role waits for the orders it sends, now or when its run is over.
 */
export function waitsFor(history: History, cards: FamilyCards, id: string, wanted: string): boolean {
  const seen = new Set([id]);
  // The loop walks a set while it grows: agents may make chains of any length.
  for (const one of seen) {
    if (one === wanted) return true;
    const standing = history.orders.get(one);
    for (const next of standing === undefined ? [] : waitedFor(history, cards, standing)) seen.add(next);
  }
  return false;
}

// If an order ended and its outcome isn't done, the orders that wait for it wait for its retry.
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
 * Says which order in `after` an order must not wait for, because that order waits for it. This is so for its parent,
 * if the parent's role waits for the orders it sends, and so on upwards.
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

/** The first order of a family. */
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
