// Why: `fourline costs` says where the tokens and the money went, by role, model, order, day or level.
// Promises: the API's sums, as a table; money by the price table is marked with ~.
// Never: asks anybody but the journal.
import { type CostRow, openFourline } from '../../api.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** Adds up. `by` is role, model, order, day or level. Throws Fault `usage` for another word, `order-ambiguous`. */
export async function runCosts(invocation: Invocation, options: { by: string; since?: string }): Promise<number> {
  const costs = await (await openFourline(invocation.directory, invocation)).costs(options);
  const { by, since, rows, total } = costs;
  const head = [
    by.toUpperCase(),
    'RUNS',
    'TURNS',
    'READ',
    'REREAD',
    'WRITTEN',
    'OUTPUT',
    'SHARE',
    'PEAK',
    'LANDED',
    'EACH',
    'USD',
  ];
  invocation.answer(costs, [
    ...tableOf([head, ...rows.map(showRow), showRow(total)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ...(total.silent > 0 ? [`${countOf(total.silent, 'run')} of agents that don't report tokens`] : []),
    ...(total.unpriced > 0
      ? [`${countOf(total.unpriced, 'run')} of models that no price is known of: USD leaves them out`]
      : []),
    ...(since === null ? [] : [`only runs that ended since ${since}`]),
    'LANDED counts the runs whose changes landed, EACH is the money for each of them',
    'SHARE is how much of what was read was read again; ~ is by the price table, not reported by the program: a subscription is billed otherwise',
    `next: fourline costs --by ${by === 'role' ? 'order' : 'role'}`,
  ]);
  return exitCodes.ok;
}

function showRow(row: CostRow): string[] {
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
    `${row.landed}`,
    row.usdPerLanded === null ? '-' : `${row.estimated ? '~' : ''}${row.usdPerLanded.toFixed(2)}`,
    row.unpriced > 0 && row.unpriced === row.runs - row.silent
      ? '-'
      : `${row.estimated ? '~' : ''}${row.usd.toFixed(2)}`,
  ];
}
