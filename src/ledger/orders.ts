// Why: a workspace has orders by the hundred thousand, and whoever asks wants a few: those that are open, the children
// of one, the last that ended.
// Promises: pure but for what is stored. Orders that were changed since the index was written lie in memory, over those
// of the index; every answer is as if all lay in memory, in the order in which they were first posted.
// Never: reads the journal.
import type { Standing } from './standing.ts';

/** The properties by which orders are found. `number` is that at the front of the id, `slug` the rest of it. */
export type OrderKey = 'parent' | 'root' | 'sender' | 'slug' | 'number';

/** An order with its place in the order of first postings, from 0. */
export type PlacedOrder = { readonly at: number; readonly standing: Standing };

/** Counts over the orders of one role. `landed` counts those that landed something. */
export type RoleSums = { readonly orders: number; readonly refused: number; readonly landed: number };

/** Orders as an index holds them. Everything is given in the order of first postings, but for `ended`: newest first. */
export type StoredOrders = {
  readonly size: number;
  readonly get: (id: string) => PlacedOrder | undefined;
  readonly with: (key: OrderKey, value: string) => readonly PlacedOrder[];
  readonly startingWith: (prefix: string) => readonly string[];
  readonly behind: (count: number) => readonly PlacedOrder[];
  readonly postedSince: (time: string) => readonly PlacedOrder[];
  readonly ended: (count: number) => readonly PlacedOrder[];
  readonly sums: (since: string) => ReadonlyMap<string, RoleSums>;
  readonly ids: () => Iterable<string>;
  readonly all: () => Iterable<PlacedOrder>;
};

/** The orders of a history. */
export type Orders = {
  readonly size: number;
  readonly get: (id: string) => Standing | undefined;
  readonly has: (id: string) => boolean;
  readonly set: (id: string, standing: Standing) => void;
  readonly keys: () => Iterable<string>;
  /** All of them: whoever can ask for fewer should. */
  readonly values: () => Iterable<Standing>;
  readonly with: (key: OrderKey, value: string) => Standing[];
  readonly startingWith: (prefix: string) => string[];
  /** Orders first posted after the first `count`. */
  readonly behind: (count: number) => Standing[];
  /** Orders posted later than a time (ISO 8601). */
  readonly postedSince: (time: string) => Standing[];
  /** The settled orders that changed last, newest first. */
  readonly ended: (count: number) => Standing[];
  /** Counts by role, over orders that were posted at a time (ISO 8601; empty: ever) or later. */
  readonly sums: (since: string) => Map<string, RoleSums>;
  /** Orders that differ from those of the index. */
  readonly changed: () => Iterable<PlacedOrder>;
  /** From now on these are stored: what is settled is forgotten here. They are what this memory holds. */
  readonly store: (stored: StoredOrders) => void;
};

/** The keys of an order. */
export function keysOf({ id, bonds, asked }: Standing): Readonly<Record<OrderKey, string>> {
  const slug = id.replace(/^\d+-/, '');
  const number = `${Number.parseInt(id, 10) || 0}`;
  return { parent: bonds.parent ?? '', root: bonds.root, sender: asked.from, slug, number };
}

/** How one order counts in the sums of its role. */
export function sumsOf({ tries, landing }: Standing): RoleSums {
  return { orders: 1, refused: tries.refused.length, landed: landing.landed.length > 0 ? 1 : 0 };
}

const nothingStored: StoredOrders = {
  size: 0,
  get: () => undefined,
  with: () => [],
  startingWith: () => [],
  behind: () => [],
  postedSince: () => [],
  ended: () => [],
  sums: () => new Map(),
  ids: () => [],
  all: () => [],
};

/** Opens the orders of a history over those of an index, or over none. */
export function openOrders(stored: StoredOrders = nothingStored): Orders {
  const memory: Memory = { stored, own: new Map(), size: stored.size };
  const placed = (id: string): PlacedOrder | undefined => memory.own.get(id) ?? memory.stored.get(id);
  return {
    get size() {
      return memory.size;
    },
    get: (id) => placed(id)?.standing,
    has: (id) => placed(id) !== undefined,
    set: (id, standing) => {
      const at = placed(id)?.at ?? memory.size++;
      memory.own.set(id, { at, standing });
    },
    keys: () => [
      ...memory.stored.ids(),
      ...[...memory.own].flatMap(([id, { at }]) => (at < memory.stored.size ? [] : id)),
    ],
    values: () => allOrders(memory),
    with: (key, value) =>
      joinOrders(memory, memory.stored.with(key, value), ({ standing }) => keysOf(standing)[key] === value),
    startingWith: (prefix) => [
      ...memory.stored.startingWith(prefix),
      ...[...memory.own].flatMap(([id, { at }]) => (at >= memory.stored.size && id.startsWith(prefix) ? id : [])),
    ],
    behind: (count) => joinOrders(memory, memory.stored.behind(count), ({ at }) => at >= count),
    postedSince: (time) =>
      joinOrders(memory, memory.stored.postedSince(time), ({ standing }) => standing.asked.postedAt > time),
    ended: (count) => endedLast(memory, count),
    sums: (since) => addUp(memory, since),
    changed: () => memory.own.values(),
    store: (next) => {
      memory.stored = next;
      memory.size = next.size;
      for (const [id, { standing }] of memory.own) if (standing.position === 'settled') memory.own.delete(id);
    },
  };
}

// Orders of an index, and those that changed since over them. `size` counts both, each order once.
type Memory = { stored: StoredOrders; readonly own: Map<string, PlacedOrder>; size: number };

function* allOrders({ stored, own }: Memory): Iterable<Standing> {
  for (const { standing } of stored.all()) yield own.get(standing.id)?.standing ?? standing;
  for (const { at, standing } of own.values()) if (at >= stored.size) yield standing;
}

// Puts found orders of the index and those in memory that fit together.
function joinOrders({ own }: Memory, found: readonly PlacedOrder[], fits: (one: PlacedOrder) => boolean): Standing[] {
  return [...found.filter((one) => fits(one) && !own.has(one.standing.id)), ...[...own.values()].filter(fits)]
    .sort((one, other) => one.at - other.at)
    .map(({ standing }) => standing);
}

function endedLast({ stored, own }: Memory, count: number): Standing[] {
  const mine = [...own.values()];
  // Orders of the index that are open again take none of the places.
  const found = stored.ended(count + mine.length).filter(({ standing }) => !own.has(standing.id));
  return [...found, ...mine.filter(({ standing }) => standing.position === 'settled')]
    .sort((one, other) => compareEnds(other, one))
    .slice(0, count)
    .map(({ standing }) => standing);
}

function compareEnds(one: PlacedOrder, other: PlacedOrder): number {
  const [before, after] = [one.standing.changedAt, other.standing.changedAt];
  return before === after ? other.at - one.at : before < after ? -1 : 1;
}

function addUp({ stored, own }: Memory, since: string): Map<string, RoleSums> {
  const sums = new Map(stored.sums(since));
  const add = (standing: Standing, sign: 1 | -1): void => {
    if (standing.asked.postedAt < since) return;
    const more = sumsOf(standing);
    const before = sums.get(standing.role) ?? { orders: 0, refused: 0, landed: 0 };
    sums.set(standing.role, {
      orders: before.orders + sign * more.orders,
      refused: before.refused + sign * more.refused,
      landed: before.landed + sign * more.landed,
    });
  };
  for (const [id, { at, standing }] of own) {
    const before = at < stored.size ? stored.get(id) : undefined;
    if (before !== undefined) add(before.standing, -1);
    add(standing, 1);
  }
  return new Map([...sums].filter(([, { orders }]) => orders > 0));
}

/** Facts by a name, over those of an index: reading one reads no other. */
export type Facts<Value> = {
  readonly get: (name: string) => Value | undefined;
  readonly has: (name: string) => boolean;
  readonly set: (name: string, value: Value) => void;
  /** The facts that differ from those of the index. */
  readonly changed: () => Iterable<readonly [string, Value]>;
  /** From now on all of them are stored. */
  readonly store: (stored: (name: string) => Value | undefined) => void;
};

/** Opens facts over those that `stored` gives, or over none. */
export function openFacts<Value>(stored: (name: string) => Value | undefined = () => undefined): Facts<Value> {
  const own = new Map<string, Value>();
  let below = stored;
  const get = (name: string): Value | undefined => (own.has(name) ? own.get(name) : below(name));
  return {
    get,
    has: (name) => get(name) !== undefined,
    set: (name, value) => void own.set(name, value),
    changed: () => own,
    store: (next) => {
      below = next;
      own.clear();
    },
  };
}
