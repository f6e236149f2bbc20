// Why: from start to stop. It hears knocks, looks, starts what may start, and sleeps.
// Promises: one daemon a workspace; stopping drains, and a second stop hands back what runs. A full disk and its like
// end no daemon: work is held, that is said, and it goes on when the machine is mended.
// Never: decides which order is next (scheduler.ts) or what happens to it (journey.ts).
import { familyHold, tellFamilies } from '../delegation/lineage.ts';
import type { Arrival } from '../journey/arrival.ts';
import { hearSignals } from '../journey/heed.ts';
import { travel } from '../journey/journey.ts';
import { limitReached } from '../journey/usage-limit.ts';
import { parkedOrders } from '../ledger/fold.ts';
import { waitWords } from '../ledger/story.ts';
import { openScanner } from '../order/scan.ts';
import { isLost } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { comesWhole, postNotice, withdrawNotice } from '../record/post.ts';
import { keepLayers } from '../runs/old-layers.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { openBell } from './bell.ts';
import type { PostedOrder } from './drop.ts';
import { lookTimes, sleepOf, untried } from './ears.ts';
import { openErrands } from './errands.ts';
import { healthy, heldWords, mayTry, proven } from './health.ts';
import { type DaemonState, goDeaf, holdWork, type Looked, look, oldestUse, tellTroubles } from './look.ts';
import { fileTroubles } from './news.ts';
import { isIdle, nextStep } from './next.ts';
import { begun, noRuns, over, type Stuck } from './runs.ts';
import { type Hold, type PlanInput, planRuns, rulesOf } from './scheduler.ts';
import { openSetupWork, planBeside } from './setups.ts';
import { openUndos } from './undos.ts';
import { openWatch } from './watcher.ts';

/**
 * How a daemon works. `once` ends it when nothing is left to do. `drain` ends it when what runs has ended; `halt` hands
 * back what runs. `note` is told what is wrong with the machine at the moment, for other terminals to show.
 */
export type DaemonPlan = {
  readonly once: boolean;
  readonly drain: AbortSignal;
  readonly halt: AbortSignal;
  readonly note?: (troubles: readonly string[]) => Promise<void>;
  /** Is called when orders were run, and now nothing runs and nothing can start. */
  readonly idle?: () => void;
};

// The state that a loop keeps between two rounds, besides the daemon itself.
type Round = {
  readonly ways: Set<Promise<void>>;
  readonly told: Set<string>;
  held: readonly Hold[];
  closed: boolean;
  /** An order was started since the last time that nothing could. */
  worked: boolean;
  lost: unknown;
};

/** Works until stopped, or with `once` until nothing is left that could run. Returns what is held and why. */
export async function loopUntilStopped(session: Session, plan: DaemonPlan): Promise<readonly Hold[]> {
  const { workspace } = session;
  const round: Round = { ways: new Set(), told: new Set(), held: [], closed: false, worked: false, lost: undefined };
  const daemon = openDaemon(await hearSignals(session), plan, round);
  const { bell, errands, setups, undos, watch } = daemon;
  const halt = (): void => {
    stopRuns(daemon);
    void errands.close();
    void setups.close();
    void undos.close();
    bell.wake();
  };
  // A setup is no run: no caller waits for its end.
  const drain = (): void => {
    void setups.close();
    bell.wake();
  };
  plan.halt.addEventListener('abort', halt, { once: true });
  plan.drain.addEventListener('abort', drain, { once: true });
  if (fileTroubles(workspace).length > 0) await tellTroubles(daemon);
  try {
    for (;;) {
      const due = bell.knocked() && mayTry(daemon.health, workspace.clock.elapsed());
      const looked = due ? await look(daemon) : { wait: null, failedAgain: false };
      if (round.lost !== undefined) throw round.lost;
      const stopping = plan.drain.aborted || plan.halt.aborted;
      await startRuns(daemon, round, stopping);
      const moment = momentOf(daemon, looked, stopping, plan.once);
      const next = nextStep(moment);
      if (round.worked && isIdle(moment, next)) {
        round.worked = false;
        plan.idle?.();
      }
      if (next.kind === 'done') return round.held;
      if (next.kind === 'fail') throw next.error;
      if (next.kind === 'look') continue;
      await bell.sleep(next.milliseconds);
      // The daemon looks even without a knock: the knock may have gone unheard.
      bell.knock();
    }
  } finally {
    // A daemon that ends by a fault leaves no agent behind.
    stopRuns(daemon);
    await Promise.all(round.ways);
    await Promise.all([errands.close(), setups.close(), undos.close()]);
    plan.halt.removeEventListener('abort', halt);
    plan.drain.removeEventListener('abort', drain);
    await watch.close();
  }
}

function openDaemon(session: Session, plan: DaemonPlan, round: Round): DaemonState {
  const { workspace, ledger } = session;
  const bell = openBell();
  // Its own deliveries and those of its commands are renames.
  const isOwn = (id: string): boolean =>
    ledger.history.orders.has(id) || ledger.history.announced.has(id) || comesWhole(workspace.places, id);
  const daemon: DaemonState = {
    workspace,
    ledger,
    bell,
    watch: openWatch(bell.knock, (reason) => goDeaf(daemon, reason)),
    errands: openErrands(session, bell.knock),
    undos: openUndos(session, bell.knock, (error) => fault(daemon, round, error)),
    setups: openSetupWork(workspace, bell.knock, (error) => fault(daemon, round, error)),
    layers: keepLayers(workspace),
    intake: {
      scanner: openScanner(workspace.clock, isOwn),
      answers: new Map(),
      posted: new Map(),
      faults: new Map(),
    },
    forms: { stamps: new Map(), odd: new Map() },
    tell: plan.note ?? (async () => undefined),
    health: healthy(workspace.clock.elapsed() + lookTimes.quiet),
    ears: untried,
    runs: noRuns,
  };
  return daemon;
}

function momentOf(
  daemon: DaemonState,
  looked: Looked,
  stopping: boolean,
  once: boolean,
): Parameters<typeof nextStep>[0] {
  const { health, ears, runs, errands, setups, undos, bell, workspace } = daemon;
  const busy = runs.going.size > 0 || errands.busy() || setups.busy() || undos.busy();
  const times = { wait: looked.wait, quiet: sleepOf(ears), now: workspace.clock.elapsed() };
  return { health, busy, knocked: bell.knocked(), stopping, once, failedAgain: looked.failedAgain, ...times };
}

// Starts what the scheduler allows, and keeps what is held and why.
async function startRuns(daemon: DaemonState, round: Round, stopping: boolean): Promise<void> {
  const { workspace, ledger } = daemon;
  const { history } = ledger;
  const closed = await closedBy(daemon, round);
  const plan: PlanInput = {
    waiting: daemon.runs.posted,
    running: [...daemon.runs.going.values()].map(({ order }) => order),
    ...rulesOf(workspace, history),
    boundOf: (id) => familyHold(workspace.settings, history, id),
    limitOf: (role) => limitReached(workspace.cards.get(role)?.role, history, workspace.clock.now()),
    closed,
  };
  // While the daemon is stopping, it starts no order, and so it begins no setup either.
  const next = stopping ? planRuns(plan) : await planBeside(plan, daemon.setups.holdOf);
  const stuck = [...daemon.runs.stuck].map(([id, { reason }]) => ({ id, reason }));
  const parked = parkedOrders(history).map(({ id, pause: { waits } }) => ({
    id,
    reason: waits === null ? '' : `waits ${waitWords(waits)}`,
  }));
  round.held = [...next.held, ...stuck, ...parked];
  await tellFamilies(workspace, history, daemon.runs.posted, round.told);
  if (!stopping) for (const order of next.start) startRun(daemon, round, order as PostedOrder);
}

// Why nothing may start; the operator is told when that begins.
async function closedBy(daemon: DaemonState, round: Round): Promise<string | null> {
  const { workspace, health, layers, runs } = daemon;
  const waits = runs.posted.length > 0;
  const spaces = [workspace.places.outside.rooms, workspace.places.state];
  const closed = heldWords(health) ?? (waits ? await layers.shortOf(spaces, oldestUse(daemon)) : null);
  if (closed !== null && health.trouble === null && waits && !round.closed) await tellOperator(workspace, closed);
  if (round.closed && closed === null) await withdrawNotice(workspace.places, noSpace);
  round.closed = waits && closed !== null;
  return closed;
}

function startRun(daemon: DaemonState, round: Round, order: PostedOrder): void {
  const { workspace, bell, intake } = daemon;
  round.worked = true;
  const control = new AbortController();
  daemon.runs = begun(daemon.runs, { order, control, since: workspace.clock.now().getTime() });
  intake.posted.delete(order.id);
  let stuck: Stuck | null = null;
  const way = travel(daemon, order, control.signal)
    .then(async (arrival) => {
      stuck = await arrive(daemon, order, arrival);
    })
    .catch((error: unknown) => fault(daemon, round, error))
    .finally(() => {
      daemon.runs = over(daemon.runs, order.id, stuck);
      round.ways.delete(way);
      bell.knock();
    });
  round.ways.add(way);
}

async function fault(daemon: DaemonState, round: Round, error: unknown): Promise<void> {
  if (isLost(error)) round.lost = error;
  else await holdWork(daemon, error);
}

async function arrive(daemon: DaemonState, { digest }: PostedOrder, arrival: Arrival): Promise<Stuck | null> {
  if (arrival.kind === 'settled') daemon.health = proven(daemon.health);
  if (arrival.kind === 'broken') await holdWork(daemon, arrival.error);
  const until = daemon.workspace.clock.elapsed() + lookTimes.quiet;
  return arrival.kind === 'stuck' ? { reason: arrival.reason, digest, until } : null;
}

function stopRuns({ runs }: DaemonState): void {
  for (const { control } of runs.going.values()) control.abort('stopped');
}

const noSpace = 'no-space';

// Orders may have to wait for a long time, so the operator is told.
async function tellOperator(workspace: Workspace, reason: string): Promise<void> {
  workspace.tell({ kind: 'no space', detail: `nothing starts: ${reason}`, weight: 'bad' });
  const text = `# Nothing starts\n\n${escapeText(reason)}.\nOrders wait in their inboxes and start when there is room again; fourline looks every 30 seconds.\n`;
  await postNotice(workspace.places, noSpace, text).catch(() => undefined);
}
