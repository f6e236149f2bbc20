// Why: `fourline costs` says where the tokens and the money went, by role, model, order, day or level.
// Promises: each run counts once, as its journal line told it; money that no program told, or told as 0 beside tokens, is by the price table and marked with ~; runs that
// told nothing, and runs whose price nobody knows, are counted as such.
// Never: asks anybody but the journal.
import type { Entry } from '../../ledger/entry.ts';
import type { History } from '../../ledger/standing.ts';
import { loadPrices, moneyOf, type PriceTable } from '../../platform/net/price.ts';
import { Fault } from '../../platform/text/fault.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { timeOf } from '../since.ts';

/** What costs can be added up by. A level is how many orders stand above one: 0 is what a person ordered. */
export const costKeys = ['role', 'model', 'order', 'day', 'level'] as const;

type Ran = Extract<Entry, { step: 'ran' }>;
type Row = {
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
};

/** Adds up. `by` is one of the keys; `since` is what `timeOf` reads. Throws Fault `usage` for another word, `order-ambiguous`. */
export async function runCosts(invocation: Invocation, options: { by: string; since?: string }): Promise<number> {
  const by = costKeys.find((one) => one === options.by);
  if (by === undefined)
    throw new Fault('usage', `--by ${options.by} is not known`, { hint: `it is one of ${costKeys.join(', ')}` });
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  await workspace.close();
  const rows = new Map<string, Row>();
  const since = options.since === undefined ? '' : timeOf(history, options.since, workspace.clock.now());
  const ran = entries.filter((one): one is Ran & { at: string } => one.step === 'ran' && one.at >= since);
  const prices = await loadPrices();
  for (const entry of ran) add(rowOf(rows, keyOf(by, entry, history)), entry, prices);
  const all = [...rows.values()].sort((a, b) =>
    by === 'day'
      ? compare(a.key, b.key)
      : by === 'level'
        ? Number(a.key) - Number(b.key)
        : b.usd - a.usd || compare(a.key, b.key),
  );
  const total = rowOf(new Map(), 'all');
  for (const entry of ran) add(total, entry, prices);
  const head = [by.toUpperCase(), 'RUNS', 'TURNS', 'READ', 'REREAD', 'WRITTEN', 'OUTPUT', 'SHARE', 'PEAK', 'USD'];
  invocation.answer({ by, since: since || null, rows: all, total }, [
    ...tableOf([head, ...all.map(showRow), showRow(total)], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ...(total.silent > 0 ? [`${countOf(total.silent, 'run')} of agents that tell nothing of tokens`] : []),
    ...(total.unpriced > 0
      ? [`${countOf(total.unpriced, 'run')} of models that no price is known of: USD leaves them out`]
      : []),
    ...(since === '' ? [] : [`only runs that ended since ${since}`]),
    'SHARE is how much of what was read was read again; ~ is by the price table, not told by the program: a subscription is billed otherwise',
    `next: fourline costs --by ${by === 'role' ? 'order' : 'role'}`,
  ]);
  return exitCodes.ok;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf(by: (typeof costKeys)[number], entry: Ran & { at: string }, history: History): string {
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
  for (let at = history.orders.get(order)?.parent; at != null && !seen.has(at); at = history.orders.get(at)?.parent) {
    seen.add(at);
    level += 1;
  }
  return level;
}

function rowOf(rows: Map<string, Row>, key: string): Row {
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
  };
  const row = rows.get(key) ?? { key, ...none, estimated: false };
  rows.set(key, row);
  return row;
}

function add(row: Row, { spent, at }: Ran & { at: string }, prices: PriceTable): void {
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

function showRow(row: Row): string[] {
  const read = row.fresh + row.reread + row.written;
  return [
    escapeText(row.key),
    `${row.runs}`,
    `${row.turns}`,
    `${row.fresh}`,
    `${row.reread}`,
    `${row.written}`,
    `${row.output}`,
    read === 0 ? '-' : `${Math.round((100 * row.reread) / read)}%`,
    `${row.peak}`,
    row.unpriced > 0 && row.unpriced === row.runs - row.silent
      ? '-'
      : `${row.estimated ? '~' : ''}${row.usd.toFixed(2)}`,
  ];
}
