// Why: one look at everything that may have changed: cards, requests, answers, inboxes. A fault of the machine in it
// holds work up instead of ending the daemon.
// Promises: held work goes on where it broke off, as after a crash: order by order, before anything new begins.
// Never: starts a run.
import { boundHeap } from '../platform/process/heap.ts';
import { messageOf, troubleOf } from '../platform/text/fault.ts';
import { proveWritable } from '../runs/bounds.ts';
import type { LayerKeeper } from '../runs/old-layers.ts';
import { releaseParked } from '../waiting/release.ts';
import type { FormMemory } from '../waiting/reply.ts';
import type { Session } from '../workspace/workspace.ts';
import type { Bell } from './bell.ts';
import { type Ears, heard, lookTimes, probeDue } from './ears.ts';
import type { Errands } from './errands.ts';
import { foldersOf, ownedByPeople } from './folders.ts';
import { type Health, heldWords, recovered, troubled } from './health.ts';
import { type IntakeMemory, takeIn } from './intake.ts';
import { fileTroubles, hearNews } from './news.ts';
import { recover } from './recovery.ts';
import { takeRequests } from './requests.ts';
import { found, oldestOf, type Runs } from './runs.ts';
import type { SetupWork } from './setups.ts';
import type { Undos } from './undos.ts';
import type { Watch } from './watcher.ts';

/**
 * The parts that a daemon works with, and its state. `tell` passes the troubles of the machine on to other terminals.
 */
export type DaemonState = Session & {
  readonly bell: Bell;
  readonly watch: Watch;
  readonly errands: Errands;
  readonly undos: Undos;
  readonly setups: SetupWork;
  readonly layers: LayerKeeper;
  readonly intake: IntakeMemory;
  readonly forms: FormMemory;
  readonly tell: (troubles: readonly string[]) => Promise<void>;
  health: Health;
  ears: Ears;
  runs: Runs;
};

/**
 * The result of a look. `wait` is how many milliseconds something that it found waits; `failedAgain` says that held
 * work was tried again and is held again.
 */
export type Looked = { readonly wait: number | null; readonly failedAgain: boolean };

/** Looks at everything. Throws only for faults that the machine did not cause. */
export async function look(daemon: DaemonState): Promise<Looked> {
  const { workspace, ledger, bell } = daemon;
  bell.answer();
  boundHeap();
  const held = daemon.health.trouble !== null;
  let goesOn = false;
  try {
    await ledger.prove();
    if (held) await resume(daemon);
    else if (workspace.clock.elapsed() >= daemon.health.mendAt) await mend(daemon);
    goesOn = true;
    await listenForChanges(daemon);
    return { wait: await lookThrough(daemon), failedAgain: false };
  } catch (error) {
    if (troubleOf(error) === null) throw error;
    await holdWork(daemon, error);
    return { wait: null, failedAgain: held && !goesOn };
  }
}

async function lookThrough(daemon: DaemonState): Promise<number | null> {
  const { workspace, ledger, layers, errands, intake, forms } = daemon;
  await layers.look(oldestUse(daemon));
  if (await hearNews(daemon)) await tellTroubles(daemon);
  await takeRequests(daemon, (id) => daemon.runs.going.get(id)?.control ?? daemon.undos.control(id));
  await daemon.undos.look();
  const released = await releaseParked(daemon, forms, daemon.runs.going);
  await errands.look();
  const { posted, wait } = await takeIn(daemon, intake, daemon.runs.going);
  const isOpen = (id: string): boolean => ledger.history.open.has(id);
  daemon.runs = found(daemon.runs, posted, isOpen, workspace.clock.elapsed());
  return released === null ? wait : Math.min(released, wait ?? released);
}

/**
 * When what may use layers began first, in milliseconds since 1970: a run, or a setup that others come before; null
 * where nothing does.
 */
export function oldestUse({ runs, setups }: DaemonState): number | null {
  const times = [oldestOf(runs), setups.since()].filter((one) => one !== null);
  return times.length === 0 ? null : Math.min(...times);
}

/** Holds all work for a fault, and says so when it begins. */
export async function holdWork(daemon: DaemonState, error: unknown): Promise<void> {
  const { workspace, health } = daemon;
  const cause = troubleOf(error);
  const words = `${cause === null ? '' : `${cause.what}: `}${messageOf(error)}`;
  if (health.trouble === null)
    workspace.tell({
      kind: 'machine',
      detail: `work is held: ${words}${cause === null ? '' : `  → ${cause.hint}`}; it is tried again`,
      weight: 'bad',
    });
  daemon.health = troubled(health, { words, error }, workspace.clock.elapsed());
  await tellTroubles(daemon);
}

/** Tells other terminals what is wrong with the machine and the files at the moment. */
export async function tellTroubles({ workspace, ears, health, tell }: DaemonState): Promise<void> {
  const words = [ears.deaf, heldWords(health), ...fileTroubles(workspace)];
  await tell(words.filter((line) => line !== null)).catch(() => undefined);
}

/** The system says that it can't watch. */
export function goDeaf(daemon: DaemonState, reason: string): void {
  if (daemon.ears.deaf !== null) return;
  daemon.ears = heard(daemon.ears, reason, null);
  daemon.workspace.tell({ kind: 'watching', detail: daemon.ears.deaf ?? '', weight: 'bad' });
  void tellTroubles(daemon);
  daemon.bell.knock();
}

async function resume(daemon: DaemonState): Promise<void> {
  const { places, tell } = daemon.workspace;
  await proveWritable([places.outside.rooms, places.state]);
  await mend(daemon);
  tell({ kind: 'machine', detail: 'work goes on', weight: 'good' });
  daemon.health = recovered(daemon.health);
  await tellTroubles(daemon);
}

async function mend(daemon: DaemonState): Promise<void> {
  const { workspace, health, undos, ledger } = daemon;
  const reason = `fourline could not finish it: ${health.trouble?.words ?? 'it broke off'}`;
  const isUndone = (id: string): boolean => undos.control(id) !== null;
  const except = new Set([...daemon.runs.going.keys(), ...[...ledger.history.open].filter(isUndone)]);
  const broken = await recover(daemon, { from: 'a fault', reason, except, ofMachine: true });
  const mendAt = broken === 0 ? Number.POSITIVE_INFINITY : workspace.clock.elapsed() + lookTimes.quiet;
  daemon.health = { ...daemon.health, mendAt };
}

async function listenForChanges(daemon: DaemonState): Promise<void> {
  const { workspace, watch } = daemon;
  const now = workspace.clock.elapsed();
  const due = probeDue(daemon.ears, now);
  const folders = await foldersOf(workspace);
  if (due) await watch.renew();
  await watch.add(folders);
  if (!due) return;
  daemon.ears = { ...daemon.ears, probed: now };
  const reason = await watch.probe(folders.filter((folder) => !ownedByPeople(workspace.places).includes(folder)));
  if (reason !== null) return goDeaf(daemon, reason);
  if (daemon.ears.deaf === null) return;
  workspace.tell({ kind: 'watching', detail: 'changes can be watched again', weight: 'good' });
  daemon.ears = heard(daemon.ears, null, now);
  await tellTroubles(daemon);
}
