// Why: runs of flows go on, and begin at their time or with their file, while a daemon works beside.
// Promises: does what the commands do, over the same files. A fault of one flow or run is said once and holds up no
// other. Without a run, or a flow that waits for a time or a file, it sleeps until a file changes, or half a minute.
// Never: is needed for an order; makes up for times at which it didn't run.
import { setTimeout as pause } from 'node:timers/promises';
import { type TellEvent, tellWith, type WorkListener } from '../event.ts';
import { parseFlow } from '../flow/flow.ts';
import { gateFile } from '../flow/gate.ts';
import type { StepRow } from '../flow/progress.ts';
import { stillTime } from '../order/scan.ts';
import { placesOf } from '../places.ts';
import { openWatches } from '../platform/files/watch.ts';
import { type Clock, systemClock } from '../platform/text/clock.ts';
import { nextDue } from '../platform/text/cron.ts';
import { isReason, messageOf } from '../platform/text/fault.ts';
import { advanceRun, type FlowRun } from './flow-advance.ts';
import { beginRun, goesOn } from './flow-begin.ts';
import { fileStamp, listFlowNames, readFlow } from './flow-files.ts';
import { tellGate } from './flow-notice.ts';
import { listOpenRuns } from './flow-runs.ts';
import { type FileMemory, type NamedFlow, takeFlowFiles } from './flow-take.ts';
import { draftWords } from './flow-words.ts';
import type { Site } from './site.ts';
import { removeFinished } from './temporary-roles.ts';

/** Milliseconds between two looks. */
const followTime = 1000;

/** How many looks pass until runs go on without a change that was seen: a card may have come. */
const patientLooks = 30;

/** Milliseconds after its time from which a run begins late, and we say so: the machine slept. */
const lateTime = 60_000;

/** How to follow: until `signal` aborts; `on` hears what happens. */
export type FlowFollowing = { readonly signal: AbortSignal; readonly on?: WorkListener | undefined };

type FollowMemory = {
  readonly clock: Clock;
  readonly tell: TellEvent;
  readonly seen: FileMemory;
  readonly answered: FileMemory;
  readonly said: Map<string, string>;
  readonly due: Map<string, { readonly pattern: string; readonly at: Date }>;
  readonly notices: Promise<void>[];
  key: string;
  looks: number;
};

function openMemory(site: Site, on: WorkListener = site.tell, clock = systemClock): FollowMemory {
  const maps = { seen: new Map(), answered: new Map(), said: new Map(), due: new Map() };
  return { clock, tell: tellWith(clock, on), ...maps, notices: [], key: '', looks: 0 };
}

/** Follows the flows of a workspace until the signal aborts. `clock` says when times are due. */
export async function followFlows(site: Site, { signal, on }: FlowFollowing, clock = systemClock): Promise<void> {
  const memory = openMemory(site, on, clock);
  let changed = new AbortController();
  const watches = openWatches(() => changed.abort());
  while (!signal.aborted) {
    changed = new AbortController();
    for (const folder of ['', '/flows', '/state', '/state/flows']) await watches.listen(`${site.root}${folder}`);
    const look = await apart(memory, 'flows', () => lookOnceAt(site, memory, signal));
    // Where no flow waits for a time or a file and no run goes on, a daemon sleeps until something changes.
    if (look?.idle === true) await rest(followTime * patientLooks, AbortSignal.any([signal, changed.signal]));
    await rest(followTime, signal);
  }
  watches.close();
  await Promise.all(memory.notices);
}

async function rest(time: number, signal: AbortSignal): Promise<void> {
  await pause(time, undefined, { signal }).catch(() => undefined);
}

/**
 * Lets all runs go on, and begins those whose file lies there: what a daemon needs that ends when nothing is left to
 * do. Gives how many orders were posted.
 */
export async function advanceFlows(site: Site, on?: WorkListener): Promise<number> {
  const memory = openMemory(site, on);
  const first = await apart(memory, 'flows', () => lookOnceAt(site, memory));
  if (first?.waits === true) await pause(stillTime);
  const second = first?.waits === true ? await apart(memory, 'flows', () => lookOnceAt(site, memory)) : null;
  await Promise.all(memory.notices);
  return (first?.posted ?? 0) + (second?.posted ?? 0);
}

type FollowLook = { readonly posted: number; readonly waits: boolean; readonly idle: boolean };

// With a signal, a daemon works: times count.
async function lookOnceAt(site: Site, memory: FollowMemory, signal?: AbortSignal): Promise<FollowLook> {
  const flows = await ownFlows(site, memory);
  // A file that cannot be taken holds up no run.
  const taken = await apart(memory, 'files that begin flows', () =>
    takeFlowFiles(site, flows, { ...memory, apart: (about, work) => apart(memory, about, work) }),
  );
  const { begun, waits, answered } = taken ?? { begun: [], waits: false, answered: [] };
  for (const path of answered)
    memory.tell({ kind: 'flow', detail: `${path} begins no flow  → ${path}.problem.txt`, weight: 'bad' });
  const started = [...begun, ...(signal === undefined ? [] : await beginDue(site, flows, memory))];
  for (const run of started) tellRunNews(memory, run);
  const open = await listOpenRuns(site.root);
  const more = await advanceOpen(site, memory, open);
  for (const run of [...started, ...more]) tellGates(site, memory, run, signal ?? neverAborted);
  const posted = [...started, ...more].reduce((sum, one) => sum + one.posted.length, 0);
  const idle = open.length === 0 && flows.every(({ flow }) => flow.on.cron === null && flow.on.file === null);
  return { posted, waits, idle };
}

// A trouble is said once, as long as it stays the same.
async function apart<Result>(memory: FollowMemory, about: string, work: () => Promise<Result>): Promise<Result | null> {
  try {
    const result = await work();
    memory.said.delete(about);
    return result;
  } catch (error) {
    sayOnce(memory, about, messageOf(error), (detail) =>
      memory.tell({ kind: 'trouble', detail: `${about}: ${detail}`, weight: 'bad' }),
    );
    return null;
  }
}

function sayOnce(memory: FollowMemory, about: string, words: string, say: (words: string) => void): void {
  if (memory.said.get(about) === words) return;
  memory.said.set(about, words);
  say(words);
}

async function ownFlows({ root }: Site, memory: FollowMemory): Promise<NamedFlow[]> {
  const flows: NamedFlow[] = [];
  for (const name of await listFlowNames(`${root}/flows`))
    await apart(memory, `flows/${name}.md`, async () => {
      const reading = parseFlow((await readFlow(root, name)).text);
      if (reading.ok) flows.push({ name, flow: reading.flow });
      else throw new Error(`it has a problem in line ${reading.problems[0]?.line ?? 1}  → fourline check`);
    });
  return flows;
}

// A run that a time began goes on until its next time comes: then that time is passed over.
async function beginDue(site: Site, flows: readonly NamedFlow[], memory: FollowMemory): Promise<FlowRun[]> {
  const begun: FlowRun[] = [];
  const now = memory.clock.now();
  passOver(flows, memory, now);
  for (const { name, flow } of flows) {
    const pattern = flow.on.cron;
    const known = memory.due.get(name);
    if (pattern === null) continue;
    const next = nextDue(pattern, now);
    if (next === null || isReason(next)) continue;
    if (known?.pattern === pattern && known.at > now) continue;
    memory.due.set(name, { pattern, at: next });
    if (known?.pattern !== pattern) continue;
    if (now.getTime() - known.at.getTime() >= lateTime)
      memory.tell({ kind: 'flow', detail: `${name} begins late: it was due at ${showTime(known.at)}` });
    await apart(memory, `flow ${name}`, async () => {
      const open = await goesOn(site, name);
      if (open !== null) {
        memory.tell({
          kind: 'flow',
          about: open,
          detail: `${name} is due, and this run still goes on: no other begins`,
        });
        return;
      }
      const result = await beginRun(site, name, {}, { by: 'cron', due: known.at });
      if (result.ok) begun.push(result.begun);
      else throw new Error(draftWords(name, result.draft).split('\n')[0]);
    });
  }
  return begun;
}

// The time of a flow that cannot be read goes by.
function passOver(flows: readonly NamedFlow[], { due, tell }: FollowMemory, now: Date): void {
  for (const [name, { at }] of due) {
    if (at > now || flows.some((one) => one.name === name)) continue;
    due.delete(name);
    const detail = `${name} was due at ${showTime(at)}, and its file cannot be read: that time is passed over`;
    tell({ kind: 'flow', detail, weight: 'bad' });
  }
}

function showTime(time: Date): string {
  return time.toString().slice(0, 21);
}

async function advanceOpen(site: Site, memory: FollowMemory, runs: readonly string[]): Promise<FlowRun[]> {
  const key = await stateKey(site, memory, runs);
  memory.looks += 1;
  if (key === memory.key && memory.looks % patientLooks !== 0) return [];
  memory.key = key;
  const out: FlowRun[] = [];
  for (const run of runs) {
    const made = await apart(memory, run, () => advanceRun(site, run));
    if (made === null) continue;
    out.push(made);
    tellRunNews(memory, made);
  }
  for (const { role, file, plan, kept } of (await apart(memory, 'for:', () => removeFinished(site))) ?? []) {
    const back = `cp ${kept.replace(`${site.root}/`, '')} ${file}`;
    memory.tell({ kind: 'flow', role, about: plan, detail: `${plan} has ended: ${file} is removed  → ${back}` });
  }
  return out;
}

// All that a run depends on, as a text: the journal, the cards, the runs, and the forms of their gates.
async function stateKey({ root }: Site, memory: FollowMemory, runs: readonly string[]): Promise<string> {
  const { journal } = placesOf(root, '', '').history;
  const gates = [...memory.said.keys()].filter((about) => about.includes(' '));
  const stamps = await Promise.all(gates.map((one) => fileStamp(`${root}/${gateOf(one)}`)));
  return [await fileStamp(journal), await fileStamp(`${root}/roles`), ...runs, ...stamps].join('|');
}

function gateOf(about: string): string {
  const [run = '', step = ''] = about.split(' ');
  return gateFile(run, step);
}

// No run waits until people are told.
function tellGates(site: Site, memory: FollowMemory, { run, asked }: FlowRun, signal: AbortSignal): void {
  const { notices, clock, tell } = memory;
  for (const step of asked) {
    const gate = { run, step, file: gateFile(run, step) };
    const told = apart(memory, `on: needs-you: ${run} ${step}`, () =>
      tellGate({ gate, time: clock.now() }, site, tell, signal),
    );
    const notice = told.then(() => void notices.splice(notices.indexOf(notice), 1));
    notices.push(notice);
  }
}

const neverAborted = new AbortController().signal;

function tellRunNews(memory: FollowMemory, { run, steps, ended, doubts }: FlowRun): void {
  for (const detail of doubts) memory.tell({ kind: 'doubtful', about: run, detail, weight: 'minor' });
  for (const row of steps)
    sayOnce(memory, `${run} ${row.step}`, `${row.state} ${row.orders.join(' ')}`, () => tellStepNews(memory, run, row));
  if (!ended) return;
  memory.tell({ kind: 'flow', about: run, detail: 'all its steps are done', weight: 'good' });
  for (const { step } of steps) memory.said.delete(`${run} ${step}`);
}

function tellStepNews({ tell }: FollowMemory, run: string, { step, to, state, orders, why }: StepRow): void {
  const about = { kind: 'flow', about: run } as const;
  if (state === 'works') tell({ ...about, role: to, detail: `${step}: ${orders.join(', ')}` });
  if (state === 'yours') tell({ ...about, detail: `${step} waits for you  → ${gateFile(run, step)}`, weight: 'bad' });
  if (state === 'stuck')
    tell({ ...about, role: to, detail: `${step}: ${why}  → fourline flow show ${run}`, weight: 'bad' });
}
