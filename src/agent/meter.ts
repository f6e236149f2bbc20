// Why: a run's cost is counted while it goes on, so that a ceiling can end it. It is counted once, so that the bill is
// right.
// Promises: pure; each answer of the model counts once. The program's own sum at the end replaces our count. Nothing is
// made up: a figure that the stream doesn't tell stays null.
// Never: ends a run; knows a price.
import type { Money } from '../platform/net/price.ts';
import type { AgentEvent, Ending, Usage } from './agent.ts';

/**
 * The tokens and money that a run has spent so far. `turns` counts answers of the model. `peak` is the most live
 * context that one answer had, in tokens. `first` is the live context of the first answer: the instructions and tools
 * of the agent CLI, and the brief. `usd` is the program's own figure.
 */
export type Spent = {
  readonly usage: Usage;
  readonly turns: number;
  readonly peak: number;
  readonly context: number;
  readonly first: number;
  readonly usd: number | null;
  readonly model: string | null;
};

/**
 * The most that a run may spend; an absent limit doesn't bind. `tokens` counts all tokens but those read from a cache;
 * `context` counts the live context above that of the first answer.
 */
export type Budget = {
  readonly tokens?: number | undefined;
  readonly context?: number | undefined;
  readonly usd?: number | undefined;
  readonly turns?: number | undefined;
};

/** No tokens. */
export const noUsage: Usage = { fresh: 0, reread: 0, written: 0, output: 0, reasoning: 0 };

/** Nothing spent. */
export const nothingSpent: Spent = { usage: noUsage, turns: 0, peak: 0, context: 0, first: 0, usd: null, model: null };

/** Two counts together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    fresh: a.fresh + b.fresh,
    reread: a.reread + b.reread,
    written: a.written + b.written,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** Tokens that count against a budget: all but those read again from a cache. */
export function tokensOf(usage: Usage): number {
  return usage.fresh + usage.written + usage.output + usage.reasoning;
}

/** Adds one more event to what a run has spent. */
export function spend(spent: Spent, event: AgentEvent): Spent {
  switch (event.kind) {
    case 'answered':
      return {
        usage: addUsage(spent.usage, event.usage),
        turns: spent.turns + 1,
        peak: Math.max(spent.peak, event.context),
        context: event.context,
        first: spent.turns === 0 ? event.context : spent.first,
        usd: event.usd === null ? spent.usd : (spent.usd ?? 0) + event.usd,
        model: event.model ?? spent.model,
      };
    case 'grown':
      return { ...spent, context: event.context, peak: Math.max(spent.peak, event.context) };
    case 'summed':
      return {
        ...spent,
        usage: event.usage ?? spent.usage,
        turns: event.turns ?? spent.turns,
        usd: event.usd ?? spent.usd,
      };
    case 'said':
    case 'used':
    case 'erred':
    case 'began':
    case 'lost':
    case 'waited':
    case 'ended':
    case 'failed':
      return spent;
  }
}

/** The ending that a budget calls for, or null. `money` is what was spent so far, told or estimated. */
export function overBudget(
  spent: Spent,
  { usd, estimated }: Money,
  budget: Budget,
): Extract<Ending, { kind: 'over-limit' }> | null {
  const over = (limit: string, detail: string): Extract<Ending, { kind: 'over-limit' }> => ({
    kind: 'over-limit',
    limit,
    detail,
  });
  const tokens = tokensOf(spent.usage);
  if (budget.tokens !== undefined && tokens > budget.tokens)
    return over('tokens', `${tokens} tokens are used, ${budget.tokens} allowed`);
  if (budget.usd !== undefined && usd !== null && usd > budget.usd)
    return over('usd', `${estimated ? '~' : ''}$${usd.toFixed(2)} are spent, $${budget.usd.toFixed(2)} allowed`);
  if (budget.turns !== undefined && spent.turns > budget.turns)
    return over('turns', `turn ${spent.turns} began, ${budget.turns} allowed`);
  // A program that tells its context apart from answers has no first answer to count from.
  const { context, first } = spent;
  if (budget.context !== undefined && context - first > budget.context)
    return over(
      'context',
      first === 0
        ? `its live context is ${context} tokens, ${budget.context} allowed`
        : `its live context is ${context - first} tokens above the ${first} of its first answer, ${budget.context} allowed`,
    );
  return null;
}
