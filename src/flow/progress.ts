// Why: how far a run of a flow is follows from its steps and where their orders stand.
// Promises: pure; the same facts give the same answer, whoever asks.
// Never: posts anything.
import { namesBefore } from './flow.ts';
import type { FlowStep } from './step.ts';

/** One order of a step as it stands. `why` says what it waits for, or how it ended. */
export type OrderFact = { readonly id: string; readonly state: 'open' | 'done' | 'bad'; readonly why: string };

/** A step that was begun: its orders, and whether all of them are posted; a gate that was passed has none. */
export type StepFact = { readonly orders: readonly OrderFact[]; readonly posted: boolean };

/**
 * The state of a step: it waits for others, its turn has come (`due`, for a gate `yours`), its orders go on (`works`),
 * it is done, it doesn't go on by itself, or its run was cancelled before it was done.
 */
export type StepState = 'waits' | 'due' | 'yours' | 'works' | 'done' | 'stuck' | 'cancelled';

/** One step of a run. `why` says what it waits for, or what is wrong. */
export type StepRow = {
  readonly step: string;
  readonly to: string;
  readonly state: StepState;
  readonly orders: readonly string[];
  readonly why: string;
};

/** How far each step is, in the order of the flow. `facts` are those of the steps that were begun. */
export function tellSteps(steps: readonly FlowStep[], facts: ReadonlyMap<string, StepFact>): StepRow[] {
  const rows = new Map<string, StepRow>();
  for (const step of stepsInTurn(steps)) {
    const before = namesBefore(step).filter((name) => rows.get(name)?.state !== 'done');
    rows.set(step.name, tellStep(step, facts.get(step.name), before));
  }
  return steps.flatMap(({ name }) => rows.get(name) ?? []);
}

function tellStep({ name, to }: FlowStep, fact: StepFact | undefined, before: readonly string[]): StepRow {
  const row = { step: name, to: to.text, orders: fact?.orders.map(({ id }) => id) ?? [] };
  const gate = to.text === 'operator';
  if (fact === undefined)
    return before.length > 0
      ? { ...row, state: 'waits', why: `for ${before.join(', ')}` }
      : { ...row, state: gate ? 'yours' : 'due', why: '' };
  if (gate) return { ...row, state: 'done', why: 'you approved it' };
  if (!fact.posted) return { ...row, state: 'due', why: '' };
  const bad = fact.orders.filter(({ state }) => state === 'bad');
  if (bad.length > 0) return { ...row, state: 'stuck', why: bad.map(({ why }) => why).join('; ') };
  const open = fact.orders.filter(({ state }) => state === 'open');
  if (open.length === 0) return { ...row, state: 'done', why: '' };
  const many = fact.orders.length > 1 ? [`${fact.orders.length - open.length} of ${fact.orders.length} done`] : [];
  return { ...row, state: 'works', why: [...many, ...new Set(open.map((one) => one.why).filter(Boolean))].join('; ') };
}

/** Steps so that each comes behind those it waits for; the reader of flows refuses circles. */
function stepsInTurn(steps: readonly FlowStep[]): FlowStep[] {
  const out: FlowStep[] = [];
  while (out.length < steps.length) {
    const there = new Set(out.map(({ name }) => name));
    const next = steps.filter((one) => !there.has(one.name) && namesBefore(one).every((name) => there.has(name)));
    if (next.length === 0) break;
    out.push(...next);
  }
  return out;
}

/** Some steps, and all that come after them; the first ones first. */
export function stepsFrom(steps: readonly FlowStep[], names: readonly string[]): FlowStep[] {
  const found = new Set(names);
  for (const step of stepsInTurn(steps)) if (namesBefore(step).some((name) => found.has(name))) found.add(step.name);
  return stepsInTurn(steps).filter(({ name }) => found.has(name));
}
