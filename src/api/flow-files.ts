// Why: flows are files, of the workspace or of fourline. A run of one is remembered by files, so that any command can
// go on with it.
// Promises: a run keeps the text of its flow as it was. One process at a time changes a run.
// Never: posts anything.
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FlowValues } from '../flow/compose.ts';
import { type Flow, parseFlow } from '../flow/flow.ts';
import { flowName } from '../flow/keys.ts';
import { z } from '../ledger/schema.ts';
import { handedFolder } from '../places.ts';
import { listFolder, makeFolder, moveDurable, readPlain, stampOf, writeDurable } from '../platform/files/files.ts';
import { waitForLock } from '../platform/files/lock.ts';
import { Fault } from '../platform/text/fault.ts';
import { closestOf } from '../platform/text/text.ts';
import { listOpenRuns, listRunNames, runsFolder } from './flow-runs.ts';

/** The folder of the flows that come with fourline. */
const shippedFolder = fileURLToPath(new URL('../../flows/', import.meta.url));

/** A flow's text, and its file as it is named to people. */
export type FlowSource = { readonly text: string; readonly file: string; readonly own: boolean };

/** The error for a flow, run or step that is not there. */
export function unknownFlow(message: string, hint: string): Fault {
  return new Fault('flow-unknown', message, { hint });
}

/** The names of the workspace's flows, or of those that come with fourline. */
export async function listFlowNames(folder: string | null): Promise<string[]> {
  const names = await listFolder(folder ?? shippedFolder);
  return names
    .filter((name) => /^[^._].*\.md$/.test(name) && !/^readme\.md$/i.test(name))
    .map((name) => name.slice(0, -3));
}

/** Reads a flow: the workspace's, else the one that comes with fourline. Throws Fault `flow-unknown`. */
export async function readFlow(root: string, name: string, shipped = false): Promise<FlowSource> {
  if (!flowName.test(name)) throw unknownFlow(`'${name}' is no name of a flow`, 'fourline flow list shows the flows');
  const file = `flows/${name}.md`;
  const own = shipped ? ({ kind: 'absent' } as const) : await readPlain(`${root}/${file}`);
  if (own.kind === 'text') return { text: own.text, file, own: true };
  if (own.kind === 'flawed') throw unknownFlow(`${file} cannot be read: ${own.flaw}`, 'write it as plain Markdown');
  const found = await readPlain(`${shippedFolder}/${name}.md`);
  if (found.kind === 'text') return { text: found.text, file, own: false };
  const near = closestOf(name, [...(await listFlowNames(`${root}/flows`)), ...(await listFlowNames(null))]);
  const hint = near === undefined ? 'fourline flow list shows the flows' : `did you mean '${near}'?`;
  throw unknownFlow(`there is no flow '${name}'`, hint);
}

const ofKept = { v: z.literal(1) };

const runSchema = z.object({
  ...ofKept,
  flow: z.string(),
  at: z.string(),
  source: z.string(),
  values: z.record(z.string(), z.string()),
  /** The file that began it, as workspace path, with its stamp, and its place since then. */
  file: z.object({ from: z.string(), stamp: z.string(), to: z.string() }).nullable(),
  by: z.enum(['hand', 'cron', 'file']),
});

/** A run as it is kept, and its flow. */
export type KeptRun = Omit<z.infer<typeof runSchema>, 'v'> & { readonly run: string; readonly steps: Flow['steps'] };

const begunSchema = z.object({
  ...ofKept,
  orders: z.array(z.object({ id: z.string(), role: z.string(), text: z.string() })),
  posted: z.boolean(),
  /** The operator's words, of a gate that was passed. */
  note: z.string().optional(),
});

/** A step that was begun. Its orders lie in inboxes once `posted` is true; until then they are to be posted. */
export type KeptStep = Omit<z.infer<typeof begunSchema>, 'v'>;

const endSchema = z.object({ ...ofKept, outcome: z.enum(['done', 'cancelled']), at: z.string() });

/** How a run ended. */
export type RunEnd = Omit<z.infer<typeof endSchema>, 'v'>;

const againSchema = z.object({ ...ofKept, ids: z.array(z.string()), reason: z.string() });

/** An earlier try of a step: its orders, and why it is done again. */
export type EarlierTry = Omit<z.infer<typeof againSchema>, 'v'>;

async function readRemembered<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | null> {
  const file = await readPlain(path, 16 * 1024 * 1024);
  if (file.kind === 'absent') return null;
  try {
    return schema.parse(JSON.parse(file.kind === 'text' ? file.text : ''));
  } catch (cause) {
    const hint = 'put the file back as it was, or remove the folder of this run';
    throw new Fault('flow-damaged', 'what fourline remembers of a run of a flow is damaged', {
      where: path,
      hint,
      cause,
    });
  }
}

function writeRemembered(path: string, value: object, replace: boolean): Promise<boolean> {
  return writeDurable(path, `${JSON.stringify({ v: 1, ...value })}\n`, { replace });
}

// A flow's name with a number or a time.
const runName = /^[a-z][a-z0-9-]{0,63}$/;

/** Reads a run. Throws Fault `flow-unknown`, `flow-damaged`. */
export async function readRun(root: string, run: string): Promise<KeptRun> {
  const found = runName.test(run) ? await readRemembered(`${runsFolder(root, run)}/flow.json`, runSchema) : null;
  if (found === null) {
    const runs = await listRunNames(root);
    throw unknownFlow(`there is no run '${run}'`, `the last runs are ${runs.slice(-8).join(', ') || 'none yet'}`);
  }
  const reading = parseFlow(found.source);
  if (reading.ok) return { ...found, run, steps: reading.flow.steps };
  throw new Fault('flow-damaged', `the flow of ${run} cannot be read by this fourline`, {
    where: `${runsFolder(root, run)}/flow.json`,
    hint: `fourline flow cancel ${run}, and begin it again`,
  });
}

/** Reads all runs that go on. One that is damaged is left out: whoever lets it go on is told. */
export async function readOpenRuns(root: string): Promise<KeptRun[]> {
  const out: KeptRun[] = [];
  for (const run of await listOpenRuns(root))
    out.push(...(await readRun(root, run).then((kept) => [kept], notDamaged)));
  return out;
}

function notDamaged(error: unknown): [] {
  if (error instanceof Fault && /^flow-(?:damaged|unknown)$/.test(error.code)) return [];
  throw error;
}

/** Begins a run under a name that is free. False where the name is taken. */
export async function keepRun(root: string, { run, steps: _, ...given }: KeptRun): Promise<boolean> {
  await makeFolder(runsFolder(root, run));
  return writeRemembered(`${runsFolder(root, run)}/flow.json`, given, false);
}

/** Reads how a run ended; null while it goes on. */
export function readEnd(root: string, run: string): Promise<RunEnd | null> {
  return readRemembered(`${runsFolder(root, run)}/ended.json`, endSchema);
}

/** Ends a run. */
export async function keepEnd(root: string, run: string, end: RunEnd): Promise<void> {
  await writeRemembered(`${runsFolder(root, run)}/ended.json`, end, true);
}

/** Lets a run that has ended go on. */
export async function reopenRun(root: string, run: string): Promise<void> {
  await rm(`${runsFolder(root, run)}/ended.json`, { force: true });
}

/** Milliseconds that a command waits while another process changes the run. */
const lockPatience = 10_000;

/** Changes a run while nobody else does. Throws Fault `flow-busy`, and `flow-unknown` where there is no such run. */
export async function withRun<Result>(
  root: string,
  run: string,
  work: (kept: KeptRun) => Promise<Result>,
): Promise<Result> {
  await readRun(root, run);
  const lock = await waitForLock(`${runsFolder(root, run)}/lock.db`, lockPatience);
  if (lock === null) throw new Fault('flow-busy', `another process changes ${run} just now`, { hint: 'try again' });
  try {
    return await work(await readRun(root, run));
  } finally {
    lock.release();
  }
}

/** A step of a run. */
export type StepPlace = { readonly root: string; readonly run: string; readonly step: string };

function stepFile({ root, run, step }: StepPlace, count = ''): string {
  return `${runsFolder(root, run)}/${step}${count}.step.json`;
}

/** Reads what a step has begun; null before that. Throws Fault `flow-damaged`. */
export function readStepBegun(place: StepPlace): Promise<KeptStep | null> {
  return readRemembered(stepFile(place), begunSchema);
}

/** Keeps what a step has begun. */
export async function keepStepBegun(place: StepPlace, step: KeptStep): Promise<void> {
  await writeRemembered(stepFile(place), step, true);
}

/** Keeps why a step whose turn has come could not begin; null forgets it. */
export async function keepStuck(place: StepPlace, why: string | null): Promise<void> {
  const path = `${runsFolder(place.root, place.run)}/${place.step}.stuck.txt`;
  if (why === null) await rm(path, { force: true });
  else if ((await readStuck(place)) !== why) await writeDurable(path, why);
}

/** Reads why a step could not begin; null where nothing is in its way. */
export async function readStuck({ root, run, step }: StepPlace): Promise<string | null> {
  const file = await readPlain(`${runsFolder(root, run)}/${step}.stuck.txt`);
  return file.kind === 'text' ? file.text : null;
}

/** Lets a step begin once more. Its earlier try stays, with the reason. */
export async function beginAgain(place: StepPlace, { ids, reason }: EarlierTry): Promise<void> {
  let count = 1;
  while (!(await writeRemembered(stepFile(place, `.again-${count}`), { ids, reason }, false))) count += 1;
  await rm(stepFile(place), { force: true });
}

/** The last try of a step before this one; null where there is none. */
export async function lastTry(place: StepPlace): Promise<EarlierTry | null> {
  let found: EarlierTry | null = null;
  for (let count = 1; ; count += 1) {
    const next = await readRemembered(stepFile(place, `.again-${count}`), againSchema);
    if (next === null) return found;
    found = next;
  }
}

/** Writes a text that a run hands down. Gives its path in the workspace. */
export async function keepHanded(root: string, run: string, name: string, text: string): Promise<string> {
  const path = handedPath(run, name);
  await makeFolder(`${root}/${handedFolder}/${run}`);
  await writeDurable(`${root}/${path}`, text);
  return path;
}

/** The workspace path of a text that a run hands down. */
export function handedPath(run: string, name: string): string {
  return `${handedFolder}/${run}/${name}`;
}

/** How a file stands, as a text; null where it isn't there. */
export async function fileStamp(path: string): Promise<string | null> {
  const stamp = await stampOf(path);
  return stamp === null ? null : `${stamp.inode}-${stamp.size}-${stamp.modified}`;
}

/** Takes the file that began a run to its place; does nothing once it is there. */
export async function takeRunFile(root: string, { run, file }: Pick<KeptRun, 'run' | 'file'>): Promise<void> {
  if (file === null || (await fileStamp(`${root}/${file.from}`)) !== file.stamp) return;
  await makeFolder(`${root}/${handedFolder}/${run}`);
  await moveDurable(`${root}/${file.from}`, `${root}/${file.to}`);
}

/** The values of a run, with those that every run fills. */
export function valuesOf({ run, values }: Pick<KeptRun, 'run' | 'values'>): FlowValues {
  return { ...values, run };
}
