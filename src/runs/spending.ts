// Why: a run's stream says what the run spends. A table prices it, and the narrower limit of card and order bounds it.
// Promises: if a limit in money can't be held because no price is known, fourline says so once.
// Never: ends a run; it says that a limit is reached.
import type { Ending } from '../agent/agent.ts';
import { type Budget, nothingSpent, overBudget, type Spent, spend } from '../agent/meter.ts';
import type { OrderSettings } from '../order/settings.ts';
import { loadPrices, type Money, moneyOf } from '../platform/net/price.ts';
import type { Opened } from '../record/work.ts';
import type { Limits } from '../role/role-settings.ts';
import type { Workspace } from '../workspace/workspace.ts';

type SpendEvent = Parameters<typeof spend>[1];

/**
 * A run's meter. `heard` says which limit an event reaches; `told` whether there was any event; `total` is what was
 * spent until now.
 */
export type Spending = {
  readonly heard: (event: SpendEvent) => Extract<Ending, { kind: 'over-limit' }> | null;
  readonly told: () => boolean;
  readonly total: () => Spent & Money;
};

/** Opens the meter of a run. `read` says whether the agent's stream is read at all. */
export async function openSpending(workspace: Workspace, opened: Opened, read: boolean): Promise<Spending> {
  const { role } = opened.card;
  const budget = budgetOf(role.limits, opened.order.settings);
  const prices = read ? await loadPrices() : () => null;
  const priced = ({ usd, model, usage }: Spent): Money =>
    moneyOf(usd, model ?? role.model, usage, workspace.clock.now(), prices);
  let spent = nothingSpent;
  let unpriced = false;
  return {
    heard: (event) => {
      spent = spend(spent, event);
      const money = priced(spent);
      if (budget.usd !== undefined && money.usd === null && spent.turns > 0 && !unpriced) {
        unpriced = true;
        const reason = `limits: usd cannot be held: no price is known of ${spent.model ?? 'its model'}`;
        workspace.tell({ kind: 'no price', role: opened.role, order: opened.id, detail: reason, weight: 'bad' });
      }
      return overBudget(spent, money, budget);
    },
    told: () => spent !== nothingSpent,
    total: () => ({ ...spent, ...priced(spent) }),
  };
}

// The narrower limits of card and order.
function budgetOf(limits: Limits, order: OrderSettings): Budget {
  const least = (...values: readonly (number | undefined)[]): number | undefined => {
    const given = values.filter((value) => value !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  return {
    tokens: least(limits.tokens, order.tokens),
    usd: least(limits.usd, order.usd),
    turns: least(limits.turns, order.turns),
    context: limits.context,
  };
}
