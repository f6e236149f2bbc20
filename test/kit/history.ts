// Why: two histories are compared by all that anybody can ask them.
// Promises: pure; plain values, in the order in which they are given.
// Never: says which of two histories is right.
import type { History } from '../../src/ledger/history.ts';
import { keysOf, type OrderKey } from '../../src/ledger/orders.ts';
import type { Standing } from '../../src/ledger/standing.ts';

const keys: readonly OrderKey[] = ['parent', 'root', 'sender', 'slug', 'number'];

const idsOf = (standings: readonly Standing[]): string[] => standings.map(({ id }) => id);

/** Everything that a history answers. */
export function tellHistory(history: History): unknown {
  const { orders, families, turns, signalled, ...rest } = history;
  const all = [...orders.values()];
  const values = (key: OrderKey): string[] => [...new Set(all.map((one) => keysOf(one)[key]))];
  const times = ['', ...new Set(all.map(({ asked }) => asked.postedAt))];
  return {
    rest,
    all,
    ids: [...orders.keys()],
    size: orders.size,
    each: all.map(({ id }) => [orders.has(id), orders.get(id)]),
    unknown: [orders.has('9999-x'), orders.get('9999-x')],
    with: keys.map((key) => values(key).map((value) => [value, idsOf(orders.with(key, value))])),
    starting: ['', '0', '00', '0001', '0002-'].map((prefix) => orders.startingWith(prefix)),
    behind: all.map((_one, count) => idsOf(orders.behind(count))),
    since: times.map((time) => idsOf(orders.postedSince(time))),
    ended: [1, 2, 5, 100].map((count) => idsOf(orders.ended(count))),
    sums: times.map((time) => [...orders.sums(time)].sort()),
    families: all.map(({ bonds }) => families.get(bonds.root) ?? null),
    turns: ['', ...orders.keys()].map((id) => turns.get(id) ?? null),
    signalled: ['silent a', 'silent b', 'scope a'].map((name) => signalled.get(name) ?? null),
  };
}
