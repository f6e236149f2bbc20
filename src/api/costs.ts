// Why: shows where the tokens and the money went, by role, model, order, day or level.
// Promises: each run counts once, as its journal line told it. If no program told the money, or a program told 0 beside
// tokens, the price table gives it, marked with ~. Runs that told nothing, and runs without a known price, are counted
// as such.
// Never: asks any source but the journal.
import type { Entry } from '../ledger/entry.ts';
import type { History } from '../ledger/history.ts';
import { loadPrices, moneyOf, type PriceTable } from '../platform/net/price.ts';
import { Fault } from '../platform/text/fault.ts';
import { type PersonTime, personTime } from './person-time.ts';
import { timeOf } from './since.ts';
import { type Site, withLook } from './site.ts';

/**
 * The keys by which costs can be added up. A level is the number of orders above an order: 0 is an order from a person.
 */
export const costKeys = ['role', 'model', 'order', 'day', 'level'] as const;

type RanEntry = Extract<Entry, { step: 'ran' }>;
type Sum = {
  key: string;
  runs: number;
  silent: number;
  /** Runs with tokens that neither their program nor the table has a price for. */
  unpriced: number;
  turns: number;
  fresh: number;
  reread: number;
  written: number;
  output: number;
  peak: number;
  usd: number;
  estimated: boolean;
  /** Runs whose changes landed. */
  landed: number;
};

/**
 * The sum for one key: runs, tokens, and money in US dollars. `estimated` says that the price table gave some of the
 * money.
 */
export type CostRow = Readonly<Sum> & {
  /** Money for each landed change; null where nothing landed, or some of the money is not known. */
  readonly usdPerLanded: number | null;
};

/** The question: the key to add up by (default `role`), and the time to start from, as `timeOf` reads it. */
export type CostQuestion = { readonly by?: string | undefined; readonly since?: string | undefined };

/** The costs, by key and in total. `since` is ISO 8601; null means from the beginning. */
export type Costs = {
  readonly by: (typeof costKeys)[number];
  readonly since: string | null;
  readonly rows: readonly CostRow[];
  readonly total: CostRow;
  readonly time: PersonTime;
};

/** Adds up what runs spent. Throws Fault `usage` for a key that is not known, `order-ambiguous`. */
export function addUpCosts(site: Site, question: CostQuestion = {}): Promise<Costs> {
  const by = costKeys.find((one) => one === (question.by ?? 'role'));
  if (by === undefined)
    throw new Fault('usage', `--by ${question.by} is not known`, { hint: `it is one of ${costKeys.join(', ')}` });
  return withLook(site, async ({ workspace, history, steps }) => {
    const since = question.since === undefined ? '' : timeOf(history, question.since, workspace.clock.now());
    const entries = await steps.all();
    const ran = entries.filter((one): one is RanEntry & { at: string } => one.step === 'ran' && one.at >= since);
    const landed = new Set(entries.flatMap((one) => (one.step === 'landed' ? one.run : [])));
    const prices = await loadPrices();
    const rows = new Map<string, Sum>();
    const total = rowOf(new Map(), 'all');
    for (const entry of ran)
      for (const row of [rowOf(rows, keyOf(by, entry, history)), total]) {
        add(row, entry, prices);
        row.landed += landed.has(entry.run) ? 1 : 0;
      }
    const shown = [...rows.values()].map(withPerLanded).sort(orderBy(by));
    const time = personTime(entries, since, workspace.clock.now());
    return { by, since: since || null, rows: shown, total: withPerLanded(total), time };
  });
}

function withPerLanded(sum: Sum): CostRow {
  const known = sum.landed > 0 && sum.unpriced === 0 && sum.silent < sum.runs;
  return { ...sum, usdPerLanded: known ? sum.usd / sum.landed : null };
}

// By day and by level upwards; else what cost most comes first.
function orderBy(by: Costs['by']): (a: CostRow, b: CostRow) => number {
  if (by === 'day') return (a, b) => compare(a.key, b.key);
  if (by === 'level') return (a, b) => Number(a.key) - Number(b.key);
  return (a, b) => b.usd - a.usd || compare(a.key, b.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(by: (typeof costKeys)[number], entry: RanEntry & { at: string }, history: History): string {
  switch (by) {
    case 'role':
      return entry.role;
    case 'model':
      return entry.spent?.model ?? entry.agent;
    case 'order':
      return entry.order;
    case 'day':
      return entry.at.slice(0, 10);
    case 'level':
      return `${levelOf(entry.order, history)}`;
  }
}

function levelOf(order: string, history: History): number {
  let level = 0;
  const seen = new Set<string>();
  for (
    let at = history.orders.get(order)?.bonds.parent;
    at != null && !seen.has(at);
    at = history.orders.get(at)?.bonds.parent
  ) {
    seen.add(at);
    level += 1;
  }
  return level;
}

function rowOf(rows: Map<string, Sum>, key: string): Sum {
  const none = {
    runs: 0,
    silent: 0,
    unpriced: 0,
    turns: 0,
    fresh: 0,
    reread: 0,
    written: 0,
    output: 0,
    peak: 0,
    usd: 0,
    landed: 0,
  };
  const row = rows.get(key) ?? { key, ...none, estimated: false };
  rows.set(key, row);
  return row;
}

function add(row: Sum, { spent, at }: RanEntry & { at: string }, prices: PriceTable): void {
  row.runs += 1;
  if (spent === undefined) {
    row.silent += 1;
    return;
  }
  row.turns += spent.turns;
  row.fresh += spent.usage.fresh;
  row.reread += spent.usage.reread;
  row.written += spent.usage.written;
  row.output += spent.usage.output + spent.usage.reasoning;
  row.peak = Math.max(row.peak, spent.peak);
  // A line that has no price yet is priced now, as of its day.
  const told = spent.estimated ? null : spent.usd;
  const { usd, estimated } =
    spent.estimated && spent.usd !== null ? spent : moneyOf(told, spent.model, spent.usage, new Date(at), prices);
  row.unpriced += usd === null ? 1 : 0;
  row.usd += usd ?? 0;
  row.estimated ||= estimated && usd !== null;
}
