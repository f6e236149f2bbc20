import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agent/agent.ts';
import { nothingSpent, noUsage, overBudget, spend, tokensOf } from '../../src/agent/meter.ts';
import { loadPrices } from '../../src/platform/net/price.ts';

const usage = { fresh: 100, reread: 2000, written: 300, output: 50, reasoning: 10 };
const answered = (over: Partial<Extract<AgentEvent, { kind: 'answered' }>> = {}): AgentEvent => ({
  kind: 'answered',
  model: 'm',
  usage,
  context: 2400,
  usd: null,
  ...over,
});
const after = (...events: readonly AgentEvent[]) => events.reduce(spend, nothingSpent);

test('answers add up; the peak of live context stays, what is live now changes', () => {
  const spent = after(answered(), { kind: 'said', text: 'x' }, answered({ context: 900, model: null }));
  expect(spent).toMatchObject({ turns: 2, peak: 2400, context: 900, model: 'm', usd: null });
  expect(spent.usage).toEqual({ fresh: 200, reread: 4000, written: 600, output: 100, reasoning: 20 });
  expect(tokensOf(spent.usage)).toBe(920);
});

test("a program's own sum takes the place of what was added up, where it gives one", () => {
  const spent = after(answered(), { kind: 'summed', usage: { ...noUsage, fresh: 7 }, turns: null, usd: 0.25 });
  expect(spent).toMatchObject({ usage: { ...noUsage, fresh: 7 }, turns: 1, usd: 0.25, peak: 2400 });
});

test('money is added up only where it is told', () => {
  expect(after(answered({ usd: 0.1 }), answered(), answered({ usd: 0.2 })).usd).toBeCloseTo(0.3);
});

test.each([
  ['tokens', { tokens: 459 }, null],
  ['usd', { usd: 0.5 }, 0.51],
  ['turns', { turns: 0.5 }, null],
] as const)('over its %s a run is ended with that named', (limit, budget, usd) => {
  expect(overBudget(after(answered()), { usd, estimated: true }, budget)).toMatchObject({ kind: 'over-limit', limit });
});

test('live context counts above what the first answer was given: the CLI’s own instructions are no fault of the run’s', () => {
  const first = answered({ context: 12_500 });
  expect(overBudget(after(first), { usd: null, estimated: false }, { context: 7000 })).toBeNull();
  expect(
    overBudget(after(first, answered({ context: 19_500 })), { usd: null, estimated: false }, { context: 7000 }),
  ).toBeNull();
  const over = after(first, answered({ context: 19_501 }));
  expect(over).toMatchObject({ first: 12_500, peak: 19_501 });
  expect(overBudget(over, { usd: null, estimated: false }, { context: 7000 })).toEqual({
    kind: 'over-limit',
    limit: 'context',
    detail: 'its live context is 7001 tokens above the 12500 of its first answer, 7000 allowed',
  });
  // A program that reports its context apart from answers has no first answer.
  expect(
    overBudget(after({ kind: 'grown', context: 70_000 }), { usd: null, estimated: false }, { context: 60_000 }),
  ).toMatchObject({
    detail: 'its live context is 70000 tokens, 60000 allowed',
  });
});

test('within its budget, and without one, nothing ends it', () => {
  expect(
    overBudget(after(answered()), { usd: 0.5, estimated: false }, { tokens: 460, usd: 0.5, turns: 1, context: 2400 }),
  ).toBeNull();
  expect(overBudget(after(answered()), { usd: 1e9, estimated: false }, {})).toBeNull();
  expect(overBudget(after(answered()), { usd: null, estimated: true }, { usd: 0.01 })).toBeNull();
});

test('the price table knows caches and days, and says when it does not know a model', async () => {
  const priceOf = await loadPrices();
  const day = new Date('2026-01-01');
  const none = { fresh: 0, reread: 0, written: 0, output: 0, reasoning: 0 };
  const fresh = priceOf('claude-sonnet-4-5', { ...none, fresh: 1e6 }, day) ?? 0;
  const reread = priceOf('claude-sonnet-4-5', { ...none, reread: 1e6 }, day) ?? 0;
  const reasoning = priceOf('claude-sonnet-4-5', { ...none, reasoning: 1e6 }, day) ?? 0;
  expect(reread).toBeGreaterThan(0);
  expect(reread).toBeLessThan(fresh / 5);
  expect(reasoning).toBeGreaterThan(fresh);
  expect(priceOf('anthropic/claude-sonnet-4-5', { ...none, fresh: 1e6 }, day)).toBe(fresh);
  expect(priceOf('a model of nobody', none, day)).toBeNull();
  expect(priceOf(null, none, day)).toBeNull();
});

test('live context that is told apart from answers counts as such, and as nothing else', () => {
  const spent = after(answered(), { kind: 'grown', context: 5000 }, { kind: 'grown', context: 700 });
  expect(spent).toMatchObject({ turns: 1, peak: 5000, context: 700, usage });
});
