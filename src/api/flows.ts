// Why: people list flows, begin runs, and say words on them.
// Promises: a flow that exists is never replaced. A run that has ended takes no word.
// Never: lets a run go on while an order of a step that is to be done again is open.
import { namesBefore, parseFlow } from '../flow/flow.ts';
import { flowName, type Trigger } from '../flow/keys.ts';
import type { StepRow } from '../flow/progress.ts';
import type { FlowStep } from '../flow/step.ts';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { advanceKept, type FlowRun, lookAtRun } from './flow-advance.ts';
import { decideGate, openFrom, rewindSteps } from './flow-again.ts';
import {
  type KeptRun,
  keepEnd,
  listFlowNames,
  readFlow,
  readRun,
  reopenRun,
  unknownFlow,
  withRun,
} from './flow-files.ts';
import { withdrawGate } from './flow-gate.ts';
import { type FlowLook, readBegun, withFlows } from './flow-hand.ts';
import { hasEnded } from './flow-runs.ts';
import type { Site } from './site.ts';

/** A flow that can be run. `own` is true where the workspace has it; `problem` says where it cannot be read. */
export type FlowRow = {
  readonly name: string;
  readonly own: boolean;
  readonly takes: readonly string[];
  readonly on: { readonly cron: string | null; readonly file: string | null };
  readonly description: string;
  readonly problem: string | null;
};

/** Lists the flows of the workspace, and those that come with fourline and that it has no file for. */
export async function listFlows({ root }: Site): Promise<FlowRow[]> {
  const own = await listFlowNames(`${root}/flows`);
  const names = [...new Set([...own, ...(await listFlowNames(null))])].sort();
  return Promise.all(
    names.map(async (name): Promise<FlowRow> => {
      const row = { name, own: own.includes(name), takes: [], on: { cron: null, file: null }, description: '' };
      try {
        const reading = parseFlow((await readFlow(root, name)).text);
        const [problem] = reading.ok ? [] : reading.problems;
        if (!reading.ok) return { ...row, problem: `line ${problem?.line ?? 1}: ${problem?.message ?? ''}` };
        const { takes, on, description } = reading.flow;
        return { ...row, takes: takes.map(showTake), on: showTrigger(on), description, problem: null };
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { ...row, problem: error.message };
      }
    }),
  );
}

function showTake({ name, otherwise }: { readonly name: string; readonly otherwise: string | null }): string {
  return otherwise === null ? name : `${name}=${otherwise}`;
}

function showTrigger({ cron, file }: Trigger): FlowRow['on'] {
  return { cron, file: file?.text ?? null };
}

/** Copies a flow that comes with fourline. Throws Fault `flow-unknown`, `flow-exists`, `flow-name`. */
export async function makeFlow({ root }: Site, name: string, from = name): Promise<{ readonly path: string }> {
  if (!flowName.test(name))
    throw new Fault('flow-name', `'${escapeText(name)}' is no name of a flow`, {
      hint: 'small letters, digits and -, at most 40, beginning with a letter',
    });
  const shipped = await listFlowNames(null);
  if (!shipped.includes(from))
    throw unknownFlow(`no flow '${escapeText(from)}' comes with fourline`, `--from takes ${shipped.join(', ')}`);
  const { text } = await readFlow(root, from, true);
  await makeFolder(`${root}/flows`);
  const path = `flows/${name}.md`;
  if (await writeDurable(`${root}/${path}`, text, { replace: false })) return { path };
  throw new Fault('flow-exists', `${path} exists already`, { hint: 'edit it' });
}

/** Looks at runs. If one is damaged, its `doubts` say so. */
export function lookAtRuns(site: Site, runs: readonly string[]): Promise<FlowRun[]> {
  return withFlows(site, async (look) => {
    const out: FlowRun[] = [];
    for (const run of runs) out.push(await lookAtNamed(look, run));
    return out;
  });
}

async function lookAtNamed(look: FlowLook, run: string): Promise<FlowRun> {
  try {
    return await lookAtRun(look, await readRun(look.workspace.places.root, run));
  } catch (error) {
    if (!(error instanceof Fault) || !/^flow-(?:damaged|unknown)$/.test(error.code)) throw error;
    const doubts = [`${error.message}: ${error.where ?? run}`];
    return { run, flow: '', ended: false, steps: [], posted: [], asked: [], problems: [], doubts, source: '' };
  }
}

/** Looks at one run. Throws Fault `flow-unknown`, `flow-damaged`. */
export function showRun(site: Site, run: string): Promise<FlowRun> {
  return withFlows(site, async (look) => lookAtRun(look, await readRun(site.root, run)));
}

/** A word on a run: on the gate that waits (`step` where there are several), again from a step, or its end. */
export type FlowRunWord =
  | { readonly kind: 'approve' | 'reject'; readonly text: string; readonly step?: string | undefined }
  | { readonly kind: 'retry'; readonly step: string; readonly text: string }
  | { readonly kind: 'cancel' };

/**
 * Says a word on a run, and lets it go on. Throws Fault `flow-unknown`, `flow-ended`, `flow-open` for a step with
 * orders that go on, `flow-gate` where no gate waits or several do.
 */
export function sayToRun(site: Site, run: string, word: FlowRunWord): Promise<FlowRun> {
  return withRun(site.root, run, async (kept) => {
    if (word.kind !== 'retry' && (await hasEnded(site.root, run)))
      throw new Fault('flow-ended', `${run} has ended`, { hint: `fourline flow show ${run}` });
    if (word.kind === 'cancel') return cancelRun(site, kept);
    await withFlows(site, async (look) => {
      if (word.kind === 'retry') {
        await askRewind(look, kept, [stepNamed(kept, word.step).name]);
        await reopenRun(site.root, run);
        return rewindSteps(look, kept, [word.step], word.text.trim());
      }
      const { steps } = await lookAtRun(look, kept);
      const gate = gateNamed(run, steps, word.step);
      if (word.kind === 'reject') await askRewind(look, kept, namesBefore(stepNamed(kept, gate)));
      const verdict = word.kind === 'approve' ? 'approved' : 'rejected';
      return decideGate(look, kept, gate, { verdict, note: word.text.trim() });
    });
    return advanceKept(site, kept);
  });
}

function gateNamed(run: string, rows: readonly StepRow[], step: string | undefined): string {
  const gates = rows.filter(({ state }) => state === 'yours').map((row) => row.step);
  const hint = gates.length === 0 ? `fourline flow show ${run}` : `the gates that wait are ${gates.join(', ')}`;
  if (step !== undefined && !gates.includes(step))
    throw new Fault('flow-gate', `no gate '${escapeText(step)}' of ${run} waits for you`, { hint });
  const [gate] = step === undefined ? gates : [step];
  if (gate === undefined || (step === undefined && gates.length > 1))
    throw new Fault('flow-gate', gate === undefined ? `no gate of ${run} waits` : `several gates of ${run} wait`, {
      hint: gate === undefined ? hint : `--step ${gates.join(' or --step ')}`,
    });
  return gate;
}

function stepNamed({ run, steps }: KeptRun, name: string): FlowStep {
  const step = steps.find((one) => one.name === name);
  if (step !== undefined) return step;
  const hint = `its steps are ${steps.map((one) => one.name).join(', ')}`;
  throw unknownFlow(`${run} has no step '${escapeText(name)}'`, hint);
}

async function askRewind(look: FlowLook, kept: KeptRun, names: readonly string[]): Promise<void> {
  const open = openFrom(kept.steps, await readBegun(look, kept), names);
  if (open.length === 0) return;
  throw new Fault('flow-open', `${open.join(', ')} still ${open.length === 1 ? 'goes' : 'go'} on`, {
    hint: `fourline cancel ${open[0] ?? ''}, or wait until it has ended`,
  });
}

// The end is kept first: a process that would post meanwhile sees it.
async function cancelRun(site: Site, kept: KeptRun): Promise<FlowRun> {
  await keepEnd(site.root, kept.run, { outcome: 'cancelled', at: new Date().toISOString() });
  const { steps } = await withFlows(site, (look) => lookAtRun(look, kept));
  for (const { step, to, state, orders } of steps) {
    if (to === 'operator') await withdrawGate(site.root, kept.run, step);
    if (state !== 'done') for (const id of orders) await cancelOpen(site, id);
  }
  return withFlows(site, (look) => lookAtRun(look, kept));
}

async function cancelOpen(site: Site, id: string): Promise<void> {
  try {
    const { cancel } = await import('./cancel.ts');
    await cancel(site, id);
  } catch (error) {
    if (!(error instanceof Fault) || !/^order-(?:settled|unknown|gone)$/.test(error.code)) throw error;
  }
}
