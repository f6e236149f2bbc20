// Why: what is remembered of a workspace while its journal is folded: its orders, and what no single order has.
// Promises: pure; a field is what the journal's lines say and nothing more.
// Never: says what a line changes; fold.ts does.
import type { Entry } from './entry.ts';
import { type Facts, type Orders, openFacts, openOrders } from './orders.ts';

/** The state of a workspace, as its journal tells it. */
export type History = {
  readonly orders: Orders;
  /** Usage of each family so far, by the family's first order: its runs, and their money when a run told it. */
  readonly families: Facts<{ readonly runs: number; readonly usd: number }>;
  /** Ids of orders that are not settled. */
  readonly open: Set<string>;
  /** Ids of orders that were rejected, did not land since, and that no order has named. */
  readonly rejected: Set<string>;
  /** Ids of orders that their role halted and that no order has named. */
  readonly halted: Set<string>;
  /**
   * The number of the entry that last claimed an order of a parent; the key is empty for orders of the operator's own.
   */
  readonly turns: Facts<number>;
  /** Roles that ever had a card. */
  readonly roles: Set<string>;
  /** Digest of each role's last good card; a removed card is absent. */
  readonly cards: Map<string, string>;
  /** Digest of a role's card while it is broken. */
  readonly broken: Map<string, string>;
  /** Ids of mail that a landing is about to deliver: such a file is not somebody else's. */
  readonly announced: Set<string>;
  /** Signals that were told, by `signal key`. */
  readonly signalled: Facts<Pick<Extract<Entry, { step: 'signalled' }>, 'rule' | 'sentence'>>;
  /**
   * Holds on starts: agents whose usage limit is reached, and until when; roles that the operator paused, and since
   * when (ISO 8601).
   */
  readonly holds: { readonly limited: Map<string, string>; readonly paused: Map<string, string> };
  /** Files in inboxes that could not be taken, with a key of what was answered. */
  readonly bad: Map<string, string>;
  /** Highest order number that was ever given. */
  number: number;
  /**
   * The journal itself: how many entries it has, and when its first one was written (ISO 8601; null before), which
   * tells workspaces apart.
   */
  readonly journal: { entries: number; began: string | null };
};

/** A history in which nothing happened. */
export function emptyHistory(): History {
  return {
    orders: openOrders(),
    families: openFacts(),
    open: new Set(),
    rejected: new Set(),
    halted: new Set(),
    turns: openFacts(),
    roles: new Set(),
    cards: new Map(),
    broken: new Map(),
    bad: new Map(),
    announced: new Set(),
    signalled: openFacts(),
    holds: { limited: new Map(), paused: new Map() },
    number: 0,
    journal: { entries: 0, began: null },
  };
}
