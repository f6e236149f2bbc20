// Why: a step is handed what the steps before it found and changed, as files under refs/.
// Promises: the orders of a step are followed to their newest retry. A text that is handed down is written before the
// order that names it.
// Never: posts anything.

import { refFlaw } from '../delegation/refs.ts';
import { namesBefore } from '../flow/flow.ts';
import { handReports, listedIn, missingHeadings } from '../flow/handed.ts';
import type { OrderFact, StepFact } from '../flow/progress.ts';
import type { FlowStep } from '../flow/step.ts';
import type { Standing } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { listStems } from '../order/scan.ts';
import { pathCount } from '../order/settings.ts';
import { quoteLines } from '../platform/text/text.ts';
import type { Look } from '../workspace/look.ts';
import { type KeptRun, type KeptStep, keepHanded, readStepBegun } from './flow-files.ts';
import { landedPatch } from './order.ts';
import { readRecord, readVerdicts } from './record-files.ts';
import { type Site, withLook } from './site.ts';

/** The steps of a run that were begun, as they are kept and as they stand. */
export type BegunSteps = {
  readonly kept: ReadonlyMap<string, KeptStep>;
  readonly facts: ReadonlyMap<string, StepFact>;
};

/** A look at the workspace, and the files that lay in its inboxes before: what is not among them, the look knows. */
export type FlowLook = Look & { readonly lying: ReadonlySet<string> };

/** Looks at the workspace of some runs, hands the look to `work`, and closes it. */
export async function withFlows<Result>(site: Site, work: (look: FlowLook) => Promise<Result>): Promise<Result> {
  const lying = await listStems(`${site.root}/inbox`);
  return withLook(site, (look) => work({ ...look, lying }));
}

/** Reads which steps of a run were begun, and where their orders stand. Throws Fault `flow-damaged`. */
export async function readBegun(look: FlowLook, { run, steps }: Pick<KeptRun, 'run' | 'steps'>): Promise<BegunSteps> {
  const { root } = look.workspace.places;
  const kept = new Map<string, KeptStep>();
  for (const { name } of steps) {
    const begun = await readStepBegun({ root, run, step: name });
    if (begun !== null) kept.set(name, begun);
  }
  const facts = [...kept].map(([name, { orders, posted }]): [string, StepFact] => [
    name,
    { orders: orders.map(({ id }) => factOf(look, id)), posted },
  ]);
  return { kept, facts: new Map(facts) };
}

// An order that did not end well and was ordered again is that newer one.
function newest({ history }: Look, id: string): Standing | undefined {
  let standing = history.orders.get(id);
  const seen = new Set<string>();
  while (standing?.bonds.retriedBy != null && standing.end.outcome !== 'done' && !seen.has(standing.id)) {
    seen.add(standing.id);
    standing = history.orders.get(standing.bonds.retriedBy) ?? standing;
  }
  return standing;
}

function factOf(look: FlowLook, first: string): OrderFact {
  const standing = newest(look, first);
  if (standing === undefined)
    return look.lying.has(first)
      ? { id: first, state: 'open', why: '' }
      : { id: first, state: 'bad', why: `the file of ${first} is gone` };
  const { id, position, end, pause } = standing;
  if (position === 'settled')
    return end.outcome === 'done'
      ? { id, state: 'done', why: '' }
      : { id, state: 'bad', why: `${id} ended as ${end.outcome ?? 'nothing'}` };
  if (pause.waits !== null) return { id, state: 'open', why: `${id} waits ${waitWords(pause.waits)}` };
  return { id, state: 'open', why: pause.untaken === null ? '' : `${id} is not taken: ${pause.untaken}` };
}

/** The orders of a step, each by its newest retry. */
function standingsOf(look: Look, begun: KeptStep | undefined): Standing[] {
  return (begun?.orders ?? []).flatMap(({ id }) => newest(look, id) ?? []);
}

async function reportsOf(look: Look, begun: KeptStep | undefined): Promise<string[]> {
  const { places } = look.workspace;
  const texts = standingsOf(look, begun).map((one) => readRecord(places, one, 'report.md'));
  return (await Promise.all(texts)).flatMap((text) => text ?? []);
}

/** The entries that a step made a list of, as its reports have them. */
export async function readList(look: Look, begun: KeptStep | undefined): Promise<string[]> {
  return (await reportsOf(look, begun)).flatMap(listedIn);
}

/**
 * The bonds of a step's order to what came before: ids to come after, and workspace paths to hand down. `doubts` are
 * sentences about reports that lack a heading.
 */
export type HandedOn = {
  readonly after: readonly string[];
  readonly refs: readonly string[];
  readonly doubts: readonly string[];
};

/** Most files of a step that are handed down by themselves; its patch has all of them. */
const handedLimit = 16;

// Code lies in the next room as it landed; what was written to be read is handed on.
const forReaders = /\.(?:md|markdown|txt|json|ya?ml|toml|csv|tsv|rst|adoc)$/i;

/** Largest patch that is handed down, in bytes: refs have at most as much. */
const patchLimit = 1024 * 1024;

/** Writes what is handed to a step, and gives the bonds of its order. */
export async function handOn(look: Look, kept: KeptRun, step: FlowStep, begun: BegunSteps): Promise<HandedOn> {
  const before = handingSteps(kept.steps, step);
  const after = before.flatMap(({ name }) => standingsOf(look, begun.kept.get(name)).map(({ id }) => id));
  const found = kept.file === null ? [] : [kept.file.to];
  const doubts: string[] = [];
  for (const one of before) {
    const handed = await handStep(look, kept, one, begun.kept.get(one.name));
    found.push(...handed.refs);
    doubts.push(...handed.left);
  }
  const refs = [...new Set(found)];
  if (refs.length > pathCount)
    doubts.push(`${step.name} is handed ${pathCount} of ${refs.length} files: an order takes no more`);
  for (const { name, report } of before) {
    const missing = missingHeadings(report, await reportsOf(look, begun.kept.get(name)));
    if (missing.length > 0) doubts.push(`the report of ${name} says nothing below ${missing.join(', ')}`);
  }
  return { after, refs: refs.slice(0, pathCount), doubts };
}

// The steps before one; a gate hands on what was handed to it.
function handingSteps(steps: readonly FlowStep[], step: FlowStep): FlowStep[] {
  const names = new Set(namesBefore(step));
  for (const name of names)
    for (const gate of steps) if (gate.name === name && gate.to.text === 'operator') addAll(names, namesBefore(gate));
  return steps.filter(({ name }) => names.has(name));
}

function addAll(to: Set<string>, names: readonly string[]): void {
  for (const name of names) to.add(name);
}

// The files that a step hands on; `left` are sentences about what it doesn't.
async function handStep(
  look: Look,
  { run }: KeptRun,
  step: FlowStep,
  begun: KeptStep | undefined,
): Promise<{ readonly refs: string[]; readonly left: string[] }> {
  const { workspace } = look;
  const { root } = workspace.places;
  const { name } = step;
  if (step.to.text === 'operator') {
    if (begun?.note === undefined || begun.note === '') return { refs: [], left: [] };
    const text = ['The operator approved this, and says:', '', ...quoteLines(begun.note), ''].join('\n');
    return { refs: [await keepHanded(root, run, `${name}.md`, text)], left: [] };
  }
  const orders = await Promise.all(standingsOf(look, begun).map((one) => handedOrder(look, one)));
  const patch = Buffer.concat(orders.flatMap((one) => one.patch ?? []));
  const files = [...new Set(orders.flatMap(({ landed }) => landed))].filter((path) => forReaders.test(path));
  const flaws = [
    ...(patch.length > patchLimit ? [`the patch of ${name} is larger than 1 MB`] : []),
    ...(patch.includes(0) ? [`the patch of ${name} is no plain text`] : []),
  ];
  const left = [
    ...flaws,
    ...(files.length > handedLimit
      ? [`${name} landed ${files.length} documents, and ${handedLimit} are handed on`]
      : []),
  ].map((words) => `${words}: the rest is to be read where it landed`);
  const report = handReports(name, step.report, orders, left);
  const refs = [await keepHanded(root, run, `${name}.md`, report)];
  if (patch.length > 0 && flaws.length === 0) refs.push(await keepHanded(root, run, `${name}.patch`, patch.toString()));
  for (const path of files.slice(0, handedLimit)) if ((await refFlaw(workspace, path)) === null) refs.push(path);
  return { refs, left };
}

async function handedOrder(look: Look, standing: Standing) {
  const { workspace } = look;
  const { id, role, end, landing } = standing;
  const judged = landing.landed.length === 0 ? null : await readVerdicts(workspace.places, standing);
  return {
    id,
    role,
    outcome: end.outcome ?? 'nothing',
    landed: judged?.verdicts.flatMap((one) => (one.decision === 'allow' ? [one.path] : [])) ?? [],
    report: (await readRecord(workspace.places, standing, 'report.md')) ?? '',
    patch: await landedPatch(workspace, standing),
  };
}

/** The texts that a gate is shown: those that its step would be handed. */
export async function readHanded(look: Look, { steps }: KeptRun, step: FlowStep, begun: BegunSteps): Promise<string[]> {
  const before = handingSteps(steps, step).filter(({ to }) => to.text !== 'operator');
  return Promise.all(
    before.map(async ({ name, report }) => {
      const orders = await Promise.all(standingsOf(look, begun.kept.get(name)).map((one) => handedOrder(look, one)));
      return handReports(name, report, orders);
    }),
  );
}
