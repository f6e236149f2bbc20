// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file beside it or in a folder below.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { land } from '../landing/land.ts';
import { awaitPull, repoAbout } from '../landing/pull.ts';
import { weighQuantities } from '../landing/quantities.ts';
import type { LandingResult } from '../landing/result.ts';
import type { Outcome } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TargetFlaw } from '../platform/git/target.ts';
import { isLost, machineFails, messageOf } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { type Stray, strayOf, watchOrder } from '../record/order-file.ts';
import { deliveredOf, type ReportParts, reportOf } from '../record/report.ts';
import { readStored } from '../record/stored.ts';
import type { Claimed, Judged, Opened, Parcel, Ran } from '../record/work.ts';
import { feedbackOf } from '../runs/bad-end.ts';
import { tookTheDisk } from '../runs/bounds.ts';
import { runOpened } from '../runs/run.ts';
import { awaitSetup } from '../runs/setup.ts';
import { type SetupFailure, showFailure } from '../runs/setup-failure.ts';
import { hold, needsOf, restoreParcel } from '../waiting/hold.ts';
import { ask, type Moved, requeue, route, sendAhead, waitBehind } from '../waiting/move-on.ts';
import { waitForPull } from '../waiting/propose.ts';
import { reviewsNothing } from '../waiting/review.ts';
import { handBack, keptOf, settle, settleWaiting } from '../waiting/settle.ts';
import { restOf, waitForChildren } from '../waiting/wake.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { fail } from './broken-off.ts';
import { claim } from './claim.ts';
import { type Decision, decide } from './decide.ts';
import { handOver } from './hand-over.ts';
import { heedSignals } from './heed.ts';
import { judgeRun } from './judge.ts';
import { open } from './open.ts';
import { giveWay } from './stray.ts';
import { holdAgent } from './usage-limit.ts';

/** The reason of a run's signal when the operator cancelled its order; any other means fourline stops. */
export const cancelled = 'cancelled';
/** How a cancelled order's record says so. */
export const cancelledNote = 'cancelled by the operator';

/** How far an order came this time. */
export type Arrival =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'returned' }
  | { readonly kind: 'left' }
  /** It waits for something that is not a run. */
  | { readonly kind: 'parked' }
  /** It could not be claimed; trying again at once would be no use. */
  | { readonly kind: 'stuck'; readonly reason: string }
  /** The machine failed it. What could be done for the order is done; the rest is when the machine is mended. */
  | { readonly kind: 'broken'; readonly error: unknown };

/** Takes one posted order its whole way. `signal` ends the run early, when fourline stops; the order is then handed back. Throws where this process has lost its workspace, and where the order can't be brought to rest. */
export async function travel(
  workspace: Workspace,
  ledger: Ledger,
  { id, role }: { readonly id: string; readonly role: string },
  signal: AbortSignal,
): Promise<Arrival> {
  const way: Way = { workspace, ledger, signal, room: null };
  try {
    const standing = ledger.history.orders.get(id);
    const repo = standing === undefined ? null : await repoAbout(workspace, standing);
    const unready = (await awaitPull(workspace, repo, standing, signal)) ?? (await awaitSetup(workspace, repo, signal));
    if (unready !== null) return { kind: 'stuck', reason: unready };
    const claimed = await claim(workspace, ledger, id, role);
    return claimed === null ? { kind: 'left' } : await work(way, claimed);
  } catch (error) {
    // A fault of the machine or of fourline: said, recorded, and the order is not lost. The machine's fault is no attempt of the role's, the last one included.
    if (isLost(error)) throw error;
    const ofMachine = machineFails(error);
    const reason = `fourline could not finish it: ${messageOf(error)}`;
    const spent = !ofMachine || (await tookTheDisk(way.room, workspace.settings.free));
    const arrival = await fail(workspace, ledger, { id, role, reason, spent });
    return ofMachine ? { kind: 'broken', error } : arrival;
  }
}

/** What every step of an order's way is taken with. */
type Way = {
  readonly workspace: Workspace;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
  /** Where the room of its run is, once an agent ran in it. */
  room: string | null;
};

async function work(way: Way, claimed: Claimed): Promise<Arrival> {
  const { workspace, ledger } = way;
  const idle = reviewsNothing(ledger, claimed);
  if (idle !== null) {
    await settleWaiting(workspace, ledger, idle, `${claimed.reviews ?? ''} waits for no review any more`);
    return { kind: 'settled', outcome: 'halted' };
  }
  if (claimed.resumes) return resumeLanding(way, claimed);
  const opened = await open(workspace, ledger, claimed, way.signal);
  if ('kind' in opened) return failToOpen(way, claimed, opened);
  const judged = await judgeRun(workspace, ledger, opened, await runAgentOf(way, opened));
  const strayed = await strays(way, judged);
  if (strayed !== null) return strayed;
  const fired = await heedSignals(workspace, ledger, judged);
  return followDecision(
    way,
    judged,
    fired === null ? decide(judged) : { kind: 'settle', outcome: 'refused', note: fired },
  );
}

// If the branch moved since its setup was asked for, the order waits in its inbox until that works.
function failToOpen(
  { workspace, ledger }: Way,
  { id, role }: Claimed,
  flaw: TargetFlaw | SetupFailure,
): Promise<Arrival> {
  const setup = flaw.kind === 'failed';
  const reason = setup ? showFailure(flaw) : `${flaw.message} (${flaw.hint})`;
  return fail(workspace, ledger, { id, role, reason, spent: !setup });
}

// Whoever takes the order's file away ends its run at once.
async function runAgentOf(way: Way, opened: Opened): Promise<Ran> {
  const { workspace, ledger, signal } = way;
  const order = watchOrder(workspace.places, opened);
  const running = runOpened(workspace, ledger, opened, AbortSignal.any([signal, order.signal]));
  const ran = await running.finally(order.close);
  way.room = opened.room.place;
  return ran;
}

async function followDecision(way: Way, judged: Judged, decision: Decision): Promise<Arrival> {
  const { workspace, ledger } = way;
  switch (decision.kind) {
    case 'return':
      return pauseOrder(way, judged, decision.reason);
    case 'hand-over':
      await handOver(workspace, ledger, judged, decision.reason);
      return { kind: 'returned' };
    case 'route':
      return move(way, judged, await route(workspace, ledger, judged, decision.to, decision.note));
    case 'requeue': {
      const ahead = await sendAhead(workspace, ledger, judged, decision.blocker);
      if (ahead !== null) return landParcel(way, ahead);
      return move(way, judged, await requeue(workspace, ledger, judged, decision.blocker));
    }
    case 'ask':
      return move(way, judged, await ask(workspace, ledger, judged, decision.question));
    case 'again':
      return again(way, judged, { ...decision, feedback: feedbackOf(judged, decision.reason), work: judged.commit });
    case 'hold-agent':
      await holdAgent(workspace, ledger, judged, decision.failure);
      return { kind: 'returned' };
    case 'settle':
      return end(way, judged, {
        outcome: decision.outcome,
        note: decision.note,
        verdict: decision.verdict ?? null,
        by: decision.own === true ? judged.role : null,
        kept: await keptOf(judged, false),
      });
    case 'land':
      return landParcel(way, judged);
  }
}

// A landing that was held and is approved goes on where it stopped.
async function resumeLanding(way: Way, claimed: Claimed): Promise<Arrival> {
  const { workspace, ledger } = way;
  const { id, role } = claimed;
  const held = await readStored(claimed.folder, 'held.json');
  const parcel =
    held === null
      ? 'what was held is gone'
      : await restoreParcel(workspace, claimed, held, ledger.history.orders.get(id));
  if (typeof parcel === 'string') return fail(workspace, ledger, { id, role, reason: parcel, spent: false });
  return landParcel(way, parcel);
}

const nothingMissing = { missing: [], back: null } as const;

async function landParcel(way: Way, parcel: Parcel): Promise<Arrival> {
  const { workspace, ledger, signal } = way;
  const { missing, back } =
    parcel.approved || parcel.behind !== undefined ? nothingMissing : await weighQuantities(workspace, ledger, parcel);
  const needs = parcel.approved ? [] : needsOf(workspace, ledger, parcel);
  const landing = back ?? (await land(workspace, ledger, parcel, signal, needs.length > 0));
  switch (landing.kind) {
    case 'held':
      await hold(workspace, ledger, parcel, needs, landing);
      return { kind: 'parked' };
    case 'stopped':
      return pauseOrder(way, parcel, 'fourline was stopped before it landed');
    case 'stray':
      return leave(way, parcel, landing.stray);
    case 'back':
      return (await strays(way, parcel)) ?? again(way, parcel, landing);
    case 'landed':
      return finishLanded(way, parcel, landing, missing);
  }
}

// What has landed ends its order, unless the order waits: for one it has sent, for all of them, or for its pull request.
async function finishLanded(
  way: Way,
  parcel: Parcel,
  landing: Extract<LandingResult, { kind: 'landed' }>,
  missing: readonly string[],
): Promise<Arrival> {
  const { workspace, ledger } = way;
  if (parcel.behind !== undefined) return move(way, parcel, await waitBehind(workspace, ledger, parcel, parcel.behind));
  const rest = await restOf(workspace, ledger, parcel.id, parcel.role);
  if (rest === 'wait') {
    await waitForChildren(workspace, ledger, parcel);
    return { kind: 'parked' };
  }
  const ending = {
    ...(rest === 'done' ? { outcome: 'done' as const, note: '' } : rest),
    ...deliveredOf(parcel, landing),
    missing,
    checks: landing.checks,
    left: landing.left,
    kept: await keptOf(parcel, true),
  };
  const offered = rest === 'done' && (await waitForPull(workspace, ledger, parcel, { ...reportOf(parcel), ...ending }));
  return offered ? { kind: 'parked' } : end(way, parcel, ending);
}

async function move(way: Way, parcel: Parcel, moved: Moved): Promise<Arrival> {
  switch (moved.kind) {
    case 'moved':
      return { kind: 'returned' };
    case 'parked':
      return { kind: 'parked' };
    case 'back':
      return again(way, parcel, { ...moved, feedback: moved.reason, work: parcel.commit });
    case 'stays': {
      const { note, limit } = moved;
      return end(way, parcel, { outcome: 'halted', note, limit, kept: await keptOf(parcel, false) });
    }
  }
}

// Back to its role for another attempt; after the last it has failed.
async function again(
  way: Way,
  parcel: Parcel,
  back: { readonly reason: string; readonly feedback: string; readonly work: string | null; readonly spent?: false },
): Promise<Arrival> {
  const { reason, feedback } = back;
  if (!parcel.last || back.spent === false) {
    await handBack(way.workspace, way.ledger, parcel, { spent: true, ...back });
    return { kind: 'returned' };
  }
  const note = `${reason}; ${countOf(parcel.attempt, 'attempt')} used${feedback === reason ? '' : `\n\n${feedback}`}`;
  const kept = await keptOf(parcel, false);
  return end(way, parcel, { outcome: 'failed', note, limit: 'attempts', kept });
}

type JourneyEnding = Pick<ReportParts, 'outcome' | 'note'> & Partial<ReportParts>;

async function end({ workspace, ledger }: Way, parcel: Parcel, ending: JourneyEnding): Promise<Arrival> {
  await settle(workspace, ledger, { ...reportOf(parcel), ...ending }, parcel.base?.target.mirror ?? null);
  return { kind: 'settled', outcome: ending.outcome };
}

// Cancelled: settled, with all it did kept. Stopped by us: no attempt of the role's failed, so its work so far is kept and goes on where it was.
async function pauseOrder(way: Way, parcel: Parcel, reason: string): Promise<Arrival> {
  if (way.signal.reason === cancelled)
    return end(way, parcel, { outcome: 'halted', note: cancelledNote, kept: await keptOf(parcel, false) });
  const strayed = await strays(way, parcel);
  if (strayed !== null) return strayed;
  await handBack(way.workspace, way.ledger, parcel, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: parcel.commit,
    spent: false,
    keeps: parcel.approved,
  });
  return { kind: 'returned' };
}

// An order whose file somebody removed, moved or edited meanwhile; null for any other. A cancelled one ends as cancelled.
async function strays(way: Way, parcel: Parcel): Promise<Arrival | null> {
  const stray = way.signal.reason === cancelled ? null : await strayOf(way.workspace.places, parcel);
  return stray === null ? null : leave(way, parcel, stray);
}

async function leave({ workspace, ledger }: Way, parcel: Parcel, stray: Stray): Promise<Arrival> {
  const outcome = await giveWay(workspace, ledger, parcel, stray);
  return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
}
