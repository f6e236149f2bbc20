// Why: a gate's word, or a person's, has steps of a run done again.
// Promises: steps and all that come after them begin again together, each told why. Nothing begins again while an order
// of them goes on.
// Never: posts anything.
import { namesBefore } from '../flow/flow.ts';
import { stepsFrom } from '../flow/progress.ts';
import type { FlowStep } from '../flow/step.ts';
import { beginAgain, type KeptRun, keepEnd, keepStepBegun, keepStuck } from './flow-files.ts';
import { type GateWord, withdrawGate } from './flow-gate.ts';
import { type BegunSteps, type FlowLook, readBegun } from './flow-hand.ts';

/** The orders that go on, of the steps that are done again when a gate is rejected. */
export function openBehind(steps: readonly FlowStep[], begun: BegunSteps, gate: string): string[] {
  const step = steps.find(({ name }) => name === gate);
  return step === undefined ? [] : openFrom(steps, begun, namesBefore(step));
}

/** The orders that go on, of some steps and of all that come after them. */
export function openFrom(steps: readonly FlowStep[], { facts }: BegunSteps, names: readonly string[]): string[] {
  const orders = stepsFrom(steps, names).flatMap(({ name }) => facts.get(name)?.orders ?? []);
  return orders.filter(({ state }) => state === 'open').map(({ id }) => id);
}

/** Says in words what a rejection waits for. */
export function openWords(open: readonly string[]): string {
  return `you rejected it: it is done again when ${open.join(', ')} ${open.length === 1 ? 'has' : 'have'} ended`;
}

/**
 * Passes a gate, or lets the steps before it begin again with the operator's reason; without a step before it the run
 * ends.
 */
export async function decideGate(look: FlowLook, kept: KeptRun, name: string, word: GateWord): Promise<void> {
  const { root } = look.workspace.places;
  const step = kept.steps.find((one) => one.name === name);
  if (step === undefined) return;
  if (word.verdict === 'approved') {
    const passed = { orders: [], posted: true, note: word.note };
    await keepStepBegun({ root, run: kept.run, step: name }, passed);
  } else if (namesBefore(step).length > 0)
    await rewindSteps(look, kept, namesBefore(step), word.note || 'the operator rejected it');
  else await keepEnd(root, kept.run, { outcome: 'cancelled', at: look.workspace.clock.now().toISOString() });
  await keepStuck({ root, run: kept.run, step: name }, null);
  await withdrawGate(root, kept.run, name);
}

/** Lets steps of a run, and all that come after them, begin again. The run isn't let go on yet. */
export async function rewindSteps(
  look: FlowLook,
  { run, steps }: KeptRun,
  names: readonly string[],
  reason: string,
): Promise<void> {
  const { root } = look.workspace.places;
  const { kept, facts } = await readBegun(look, { run, steps });
  for (const { name, to } of stepsFrom(steps, names)) {
    if (to.text === 'operator') await withdrawGate(root, run, name);
    if (!kept.has(name)) continue;
    const ids = facts.get(name)?.orders.map(({ id }) => id) ?? [];
    await beginAgain({ root, run, step: name }, { ids, reason: names.includes(name) ? reason : '' });
  }
}
