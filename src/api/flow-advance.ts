// Why: a run of a flow goes on by ordinary orders, each posted when the steps before it are done.
// Promises: each step is posted once, also after a crash: its orders are kept with their ids before the first is
// posted. The orders of a list are posted if all of them are good.
// Never: runs anything; changes an order. Nothing else in fourline knows flows.
import { composeOrder, type FlowValues, itemLimit, type StepBonds } from '../flow/compose.ts';
import { valueFlaw } from '../flow/keys.ts';
import { type StepRow, tellSteps } from '../flow/progress.ts';
import type { FlowStep } from '../flow/step.ts';
import { makeId } from '../order/identity.ts';
import { makeFolder } from '../platform/files/files.ts';
import { nextNumber } from '../platform/files/lock.ts';
import type { Problem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { announceWhole, postOrder } from '../record/post.ts';
import { filesBeyond } from '../role/boundary.ts';
import { decideGate, openBehind, openWords } from './flow-again.ts';
import {
  type KeptRun,
  type KeptStep,
  keepEnd,
  keepStepBegun,
  keepStuck,
  lastTry,
  readEnd,
  readStuck,
  takeRunFile,
  valuesOf,
  withRun,
} from './flow-files.ts';
import { askGatekeeper, readGateWord } from './flow-gate.ts';
import { type BegunSteps, type FlowLook, handOn, readBegun, readList, withFlows } from './flow-hand.ts';
import { hasEnded } from './flow-runs.ts';
import { checkText } from './post.ts';
import type { Site } from './site.ts';

/**
 * A run as it stands. `posted` are the orders that were posted just now, and `asked` the gates whose forms were written
 * just now; `problems` are those of orders that were not posted; `doubts` are sentences about reports that lack what
 * their step asks for.
 */
export type FlowRun = {
  readonly run: string;
  readonly flow: string;
  readonly ended: boolean;
  readonly steps: readonly StepRow[];
  readonly posted: readonly string[];
  readonly asked: readonly string[];
  readonly problems: readonly Problem[];
  readonly doubts: readonly string[];
  readonly source: string;
};

/** Looks at a run without changing it. Throws Fault `flow-damaged`. */
export async function lookAtRun(look: FlowLook, kept: KeptRun): Promise<FlowRun> {
  const { facts } = await readBegun(look, kept);
  const { root } = look.workspace.places;
  const rows = tellSteps(kept.steps, facts);
  const end = await readEnd(root, kept.run);
  if (end === null) return describeRun(kept, await withStuck(root, kept.run, rows), {});
  const undone = (row: StepRow): boolean => end.outcome === 'cancelled' && row.state !== 'done';
  return describeRun(
    kept,
    rows.map((row) => (undone(row) ? { ...row, state: 'cancelled', why: '' } : row)),
    { ended: true },
  );
}

// A step whose turn has come, and that could not begin, is stuck. A gate may have a word that cannot be followed yet.
function withStuck(root: string, run: string, rows: readonly StepRow[]): Promise<StepRow[]> {
  return Promise.all(
    rows.map(async (row) => {
      const asked = row.state === 'due' || row.state === 'yours';
      const why = asked ? await readStuck({ root, run, step: row.step }) : null;
      if (why === null) return row;
      return row.state === 'yours' ? { ...row, why } : { ...row, state: 'stuck' as const, why };
    }),
  );
}

function describeRun({ run, flow, source }: KeptRun, steps: readonly StepRow[], more: Partial<FlowRun>): FlowRun {
  return { run, flow, ended: false, steps, posted: [], asked: [], problems: [], doubts: [], source, ...more };
}

/**
 * Lets a run go on: takes the words on its gates, posts each step whose turn has come, and ends the run when all steps
 * are done. Throws Fault `flow-unknown`, `flow-damaged`, `flow-busy`.
 */
export function advanceRun(site: Site, run: string): Promise<FlowRun> {
  return withRun(site.root, run, (kept) => advanceKept(site, kept));
}

/** Lets a run go on that this process holds. */
export async function advanceKept(site: Site, kept: KeptRun): Promise<FlowRun> {
  if (await hasEnded(site.root, kept.run)) return withFlows(site, (look) => lookAtRun(look, kept));
  await takeRunFile(site.root, kept);
  const posted: string[] = [];
  const asked: string[] = [];
  const doubts: string[] = [];
  // Each pass takes a look of its own: an order that was posted may be on its way already.
  for (;;) {
    const pass = await withFlows(site, (look) => makePass(look, kept));
    posted.push(...pass.posted);
    asked.push(...pass.asked);
    doubts.push(...pass.doubts);
    const ended = pass.ended || (await hasEnded(site.root, kept.run));
    if (!pass.changed || ended) return describeRun(kept, pass.rows, { ...pass, ended, posted, asked, doubts });
  }
}

/** The result of one look at a run. `changed` says that another look may see more to do. */
type Pass = Pick<FlowRun, 'posted' | 'asked' | 'problems' | 'doubts' | 'ended'> & {
  readonly rows: readonly StepRow[];
  readonly changed: boolean;
};

async function makePass(look: FlowLook, kept: KeptRun): Promise<Pass> {
  const { root } = look.workspace.places;
  const begun = await readBegun(look, kept);
  const rows = tellSteps(kept.steps, begun.facts);
  const posted: string[] = [];
  const asked: string[] = [];
  const problems: Problem[] = [];
  const doubts: string[] = [];
  let changed = false;
  for (const row of rows) {
    const step = kept.steps.find(({ name }) => name === row.step);
    if (row.state === 'yours') {
      if (await askGatekeeper(look, kept, row, begun)) asked.push(row.step);
      const word = await readGateWord(root, kept.run, row.step);
      const open = word?.verdict === 'rejected' ? openBehind(kept.steps, begun, row.step) : [];
      await keepStuck({ root, run: kept.run, step: row.step }, open.length === 0 ? null : openWords(open));
      if (word === null || open.length > 0) continue;
      await decideGate(look, kept, row.step, word);
      changed = true;
      // A rejection changes the steps before: what follows is for the next look.
      break;
    } else if (row.state === 'due' && step !== undefined) {
      const done = await beginStep(look, kept, step, begun);
      changed ||= done.ok;
      await keepStuck({ root, run: kept.run, step: row.step }, done.ok ? null : done.why);
      if (done.ok) posted.push(...done.posted);
      if (done.ok) doubts.push(...done.doubts);
      else problems.push(...done.problems);
    }
  }
  const over = rows.every(({ state }) => state === 'done');
  if (over) await keepEnd(root, kept.run, { outcome: 'done', at: look.workspace.clock.now().toISOString() });
  const shown = await withStuck(root, kept.run, rows);
  return { rows: shown, posted, asked, problems, doubts, ended: over, changed };
}

type Begin =
  | { readonly ok: true; readonly posted: readonly string[]; readonly doubts: readonly string[] }
  | { readonly ok: false; readonly why: string; readonly problems: readonly Problem[] };

function noStep(why: string, problems: readonly Problem[] = []): Begin {
  return { ok: false, why, problems };
}

// Keeps the orders of a step, then posts them. A step that was broken off is posted as it was kept.
async function beginStep(look: FlowLook, kept: KeptRun, step: FlowStep, begun: BegunSteps): Promise<Begin> {
  const before = begun.kept.get(step.name);
  if (before !== undefined) return { ok: true, posted: await postStep(look, kept, step, before), doubts: [] };
  const role = step.to.text;
  // A role that was made for this run goes with its end, and the run may be taken up again.
  if (!look.workspace.cards.has(role))
    return noStep(`there is no role ${role}: fourline role new ${role} --from ${role} --for ${kept.run}`);
  const items = await entriesFor(look, step, begun);
  if (typeof items === 'string') return noStep(items);
  const { root, session } = look.workspace.places;
  const texts = await composeAll(look, { kept, step, begun }, items);
  if (!texts.ok) return texts;
  const base = `${kept.run}-${step.name}`;
  const orders = texts.texts.map((text, index) => {
    const name = items[0] === null ? base : `${base}-${index + 1}`;
    return { id: makeId(nextNumber(session.numbers, look.history.number), name), role: step.to.text, text };
  });
  const fresh = { orders, posted: false };
  await keepStepBegun({ root, run: kept.run, step: step.name }, fresh);
  return { ok: true, posted: await postStep(look, kept, step, fresh), doubts: texts.doubts };
}

async function postStep({ workspace, history, lying }: FlowLook, kept: KeptRun, step: FlowStep, begun: KeptStep) {
  const { places } = workspace;
  const posted: string[] = [];
  await makeFolder(places.state);
  for (const { id, role, text } of begun.orders) {
    if (history.orders.has(id) || lying.has(id)) continue;
    await announceWhole(places, id);
    if (await postOrder(places, role, id, text)) posted.push(id);
  }
  await keepStepBegun({ root: places.root, run: kept.run, step: step.name }, { ...begun, posted: true });
  return posted;
}

type StepMaking = { readonly kept: KeptRun; readonly step: FlowStep; readonly begun: BegunSteps };

async function composeAll(
  look: FlowLook,
  { kept, step, begun }: StepMaking,
  items: readonly (string | null)[],
): Promise<
  | { readonly ok: true; readonly texts: readonly string[]; readonly doubts: readonly string[] }
  | Extract<Begin, { ok: false }>
> {
  const { doubts, ...handed } = await handOn(look, kept, step, begun);
  const bonds = { ...handed, ...(await againBonds(look, kept, step, items.length)) };
  const values = valuesOf(kept);
  const texts: string[] = [];
  for (const item of items) {
    const own: FlowValues = item === null ? values : { ...values, item };
    const made = composeOrder(step, own, bonds);
    if (!made.ok) return { ok: false, why: firstReason(made.problems), problems: made.problems };
    const checked = await checkText(look, step.to.text, made.text);
    const { line, column } = step.to;
    const problems = checked.ok ? [] : checked.problems.map((one) => ({ ...one, line, column }));
    if (!checked.ok) return { ok: false, why: firstReason(problems), problems };
    const beyond = item === null ? null : beyondLister(look, { step, begun }, checked.boundary);
    if (beyond !== null) return { ok: false, why: beyond, problems: [] };
    texts.push(made.text);
  }
  return { ok: true, texts, doubts };
}

// An agent writes the list, and no agent widens what it was asked about.
function beyondLister(
  { history }: FlowLook,
  { step, begun }: Pick<StepMaking, 'step' | 'begun'>,
  files: readonly string[],
): string | null {
  const lister = history.orders.get(begun.kept.get(step.each?.text ?? '')?.orders[0]?.id ?? '');
  if (lister === undefined) return null;
  const [first] = filesBeyond(lister.asked.files, files).beyond;
  if (first === undefined) return null;
  return `the list of ${lister.id} names ${escapeText(first)}, beyond its own Files (${lister.asked.files.join(', ')})`;
}

function firstReason([first]: readonly Problem[]): string {
  return `its order cannot be taken: ${first?.message ?? ''}`;
}

// A step that is done again names the order that it repeats, where there is one and one alone.
async function againBonds(
  { workspace, history }: FlowLook,
  { run }: KeptRun,
  { name }: FlowStep,
  count: number,
): Promise<Pick<StepBonds, 'retries' | 'reason'>> {
  const before = await lastTry({ root: workspace.places.root, run, step: name });
  const [id] = before?.ids ?? [];
  if (before === null || id === undefined || before.ids.length > 1 || count > 1 || !history.orders.has(id)) return {};
  return { retries: id, ...(before.reason === '' ? {} : { reason: before.reason }) };
}

// The entries that a step goes over: null without for each:; a text says why there are none.
async function entriesFor(
  look: FlowLook,
  { each }: FlowStep,
  begun: BegunSteps,
): Promise<readonly (string | null)[] | string> {
  if (each === null) return [null];
  const items = await readList(look, begun.kept.get(each.text));
  if (items.length === 0) return `the report of ${each.text} has no bullets below a heading List`;
  if (items.length > itemLimit)
    return `the list of ${each.text} has ${items.length} entries; at most ${itemLimit} are taken`;
  const bad = items.find((item) => valueFlaw(item) !== null);
  if (bad === undefined) return items;
  return `the list of ${each.text} has an entry that is no value: '${escapeText(bad).slice(0, 60)}': ${valueFlaw(bad) ?? ''}`;
}
