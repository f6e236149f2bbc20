// Why: most agent CLIs tell tokens and no money. fourline looks up the cost of the tokens in a price table that others
// keep (@pydantic/genai-prices, used here alone).
// Promises: offline; the price of the day that is asked for. Null for a model that the table doesn't know. A price from
// the table never counts as what a program told itself.
// Never: asks the network for newer prices; a newer version of the package brings them.

/**
 * Tokens as they are priced: `fresh` and `output` at full price, `reread` and `written` by the rules of the model's
 * cache.
 */
export type PricedTokens = {
  readonly fresh: number;
  readonly reread: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
};

/** Looks up the price of a model's tokens at a time, in US dollars; null when the table doesn't know it. */
export type PriceTable = (model: string | null, tokens: PricedTokens, at: Date) => number | null;

/** Money, and whether a price table says it. `usd` is null where neither the program nor the table knows. */
export type Money = { readonly usd: number | null; readonly estimated: boolean };

/**
 * The cost of tokens: the program's own figure, else the figure of the table. A program that is paid by subscription
 * reports 0 US dollars for tokens that it used; we do not take that as a price.
 */
export function moneyOf(
  told: number | null,
  model: string | null,
  tokens: PricedTokens,
  at: Date,
  priceOf: PriceTable,
): Money {
  const used = Object.values(tokens).some((count) => count > 0);
  if (told !== null && (told > 0 || !used)) return { usd: told, estimated: false };
  return { usd: priceOf(model, tokens, at), estimated: true };
}

/**
 * The cost of a run by its line in the journal. A figure that came from a table stays; a line without a price is priced
 * now, as of its day. The table is loaded where it is needed.
 */
export async function moneyOfRun(
  spent: Money & { readonly model: string | null; readonly usage: PricedTokens },
  at: Date,
  load: () => Promise<PriceTable>,
): Promise<Money> {
  const { usd, estimated, model, usage } = spent;
  if (usd !== null && (estimated || usd > 0)) return { usd, estimated };
  return moneyOf(estimated ? null : usd, model, usage, at, await load());
}

/** Loads the price table. */
export async function loadPrices(): Promise<PriceTable> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  return (model, tokens, at) => {
    if (model === null) return null;
    try {
      const counts = {
        input_tokens: tokens.fresh + tokens.reread + tokens.written,
        cache_read_tokens: tokens.reread,
        cache_write_tokens: tokens.written,
        output_tokens: tokens.output + tokens.reasoning,
      };
      const [, provider, name] = /^([a-z0-9-]+)\/(.+)$/.exec(model) ?? [];
      const found = calcPrice(counts, name ?? model, {
        timestamp: at,
        ...(provider === undefined ? {} : { providerId: provider }),
      });
      return found?.total_price ?? null;
    } catch {
      return null;
    }
  };
}
