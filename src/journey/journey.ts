// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file beside it or in a folder below.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { land } from '../landing/land.ts';
import { awaitPull, repoAbout } from '../landing/pull.ts';
import { weighQuantities } from '../landing/quantities.ts';
import type { Outcome } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isLost, machineFails, messageOf } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { type Stray, strayOf, watchOrder } from '../record/order-file.ts';
import { deliveredOf, type ReportParts, reportOf } from '../record/report.ts';
import { readStored } from '../record/stored.ts';
import type { Claimed, Parcel } from '../record/work.ts';
import { feedbackOf } from '../runs/bad-end.ts';
import { tookTheDisk } from '../runs/bounds.ts';
import { runOpened } from '../runs/run.ts';
import { awaitSetup } from '../runs/setup.ts';
import { showFailure } from '../runs/setup-failure.ts';
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

/** Takes one posted order its whole way. `signal` ends the run early, when fourline stops; the order is then handed back. */
export async function travel(
  workspace: Workspace,
  ledger: Ledger,
  id: string,
  role: string,
  signal: AbortSignal,
): Promise<Arrival> {
  const way: Way = { room: null };
  try {
    const standing = ledger.history.orders.get(id);
    const repo = standing === undefined ? null : await repoAbout(workspace, standing);
    const unready = (await awaitPull(workspace, repo, standing, signal)) ?? (await awaitSetup(workspace, repo, signal));
    if (unready !== null) return { kind: 'stuck', reason: unready };
    const claimed = await claim(workspace, ledger, id, role);
    return claimed === null ? { kind: 'left' } : await work(workspace, ledger, claimed, signal, way);
  } catch (error) {
    // A fault of the machine or of fourline: said, recorded, and the order is not lost. The machine's fault is no attempt of the role's, the last one included.
    if (isLost(error)) throw error;
    const ofMachine = machineFails(error);
    const reason = `fourline could not finish it: ${messageOf(error)}`;
    const spent = !ofMachine || (await tookTheDisk(way.room, workspace.settings.free));
    const arrival = await fail(workspace, ledger, id, role, reason, spent);
    return ofMachine ? { kind: 'broken', error } : arrival;
  }
}

type Way = { /** Where the room of its run is, once an agent ran in it. */ room: string | null };

async function work(
  workspace: Workspace,
  ledger: Ledger,
  claimed: Claimed,
  signal: AbortSignal,
  way: Way,
): Promise<Arrival> {
  const idle = reviewsNothing(ledger, claimed);
  if (idle !== null) {
    await settleWaiting(workspace, ledger, idle, `${claimed.reviews ?? ''} waits for no review any more`);
    return { kind: 'settled', outcome: 'halted' };
  }
  if (claimed.resumes) return resumeLanding(workspace, ledger, claimed, signal);
  const opened = await open(workspace, ledger, claimed, signal);
  // The branch moved since its setup was asked for; the order waits in its inbox until that works.
  if ('kind' in opened && opened.kind === 'failed')
    return fail(workspace, ledger, claimed.id, claimed.role, showFailure(opened), false);
  if ('kind' in opened)
    return fail(workspace, ledger, claimed.id, claimed.role, `${opened.message} (${opened.hint})`, true);
  // Who takes the order away pays for no run to its end.
  const order = watchOrder(workspace.places, claimed);
  const running = runOpened(workspace, ledger, opened, AbortSignal.any([signal, order.signal]));
  const result = await running.finally(order.close);
  way.room = opened.room.place;
  const judged = await judgeRun(workspace, ledger, opened, result);
  const strayed = await strays(workspace, ledger, judged, signal);
  if (strayed !== null) return strayed;
  const fired = await heedSignals(workspace, ledger, judged);
  const decision: Decision = fired === null ? decide(judged) : { kind: 'settle', outcome: 'refused', note: fired };
  switch (decision.kind) {
    case 'return':
      return pauseOrder(workspace, ledger, judged, decision.reason, signal);
    case 'hand-over':
      await handOver(workspace, ledger, judged, decision.reason);
      return { kind: 'returned' };
    case 'route':
      return move(workspace, ledger, judged, await route(workspace, ledger, judged, decision.to, decision.note));
    case 'requeue': {
      const ahead = await sendAhead(workspace, ledger, judged, decision.blocker);
      if (ahead !== null) return arriveMoved(workspace, ledger, ahead, signal);
      return move(workspace, ledger, judged, await requeue(workspace, ledger, judged, decision.blocker));
    }
    case 'ask':
      return move(workspace, ledger, judged, await ask(workspace, ledger, judged, decision.question));
    case 'again':
      return again(workspace, ledger, judged, {
        ...decision,
        feedback: feedbackOf(judged, decision.reason),
        work: judged.commit,
      });
    case 'hold-agent':
      await holdAgent(workspace, ledger, judged, decision.failure);
      return { kind: 'returned' };
    case 'settle':
      return end(workspace, ledger, judged, {
        outcome: decision.outcome,
        note: decision.note,
        verdict: decision.verdict ?? null,
        by: decision.own === true ? judged.role : null,
        kept: await keptOf(judged, false),
      });
    case 'land':
      return arriveMoved(workspace, ledger, judged, signal);
  }
}

// A landing that was held and is approved goes on where it stopped.
async function resumeLanding(
  workspace: Workspace,
  ledger: Ledger,
  claimed: Claimed,
  signal: AbortSignal,
): Promise<Arrival> {
  const held = await readStored(claimed.folder, 'held.json');
  const judged =
    held === null
      ? 'what was held is gone'
      : await restoreParcel(workspace, claimed, held, ledger.history.orders.get(claimed.id));
  if (typeof judged === 'string') return fail(workspace, ledger, claimed.id, claimed.role, judged, false);
  return arriveMoved(workspace, ledger, judged, signal);
}

async function move(workspace: Workspace, ledger: Ledger, parcel: Parcel, moved: Moved): Promise<Arrival> {
  switch (moved.kind) {
    case 'moved':
      return { kind: 'returned' };
    case 'parked':
      return { kind: 'parked' };
    case 'back':
      return again(workspace, ledger, parcel, { ...moved, feedback: moved.reason, work: parcel.commit });
    case 'stays':
      return end(workspace, ledger, parcel, {
        outcome: 'halted',
        note: moved.note,
        limit: moved.limit,
        kept: await keptOf(parcel, false),
      });
  }
}

// Back to its role for another attempt; after the last it has failed.
async function again(
  workspace: Workspace,
  ledger: Ledger,
  parcel: Parcel,
  back: { readonly reason: string; readonly feedback: string; readonly work: string | null; readonly spent?: false },
): Promise<Arrival> {
  const { reason, feedback } = back;
  if (!parcel.last || back.spent === false) {
    await handBack(workspace, ledger, parcel, { spent: true, ...back });
    return { kind: 'returned' };
  }
  const note = `${reason}; ${countOf(parcel.attempt, 'attempt')} used${feedback === reason ? '' : `\n\n${feedback}`}`;
  const kept = await keptOf(parcel, false);
  return end(workspace, ledger, parcel, { outcome: 'failed', note, limit: 'attempts', kept });
}

const nothingMissing = { missing: [], back: null } as const;

async function arriveMoved(
  workspace: Workspace,
  ledger: Ledger,
  parcel: Parcel,
  signal: AbortSignal,
): Promise<Arrival> {
  const { missing, back } =
    parcel.approved || parcel.behind !== undefined ? nothingMissing : await weighQuantities(workspace, ledger, parcel);
  const needs = parcel.approved ? [] : needsOf(workspace, ledger, parcel);
  const landing = back ?? (await land(workspace, ledger, parcel, signal, needs.length > 0));
  switch (landing.kind) {
    case 'held':
      await hold(workspace, ledger, parcel, needs, landing);
      return { kind: 'parked' };
    case 'stopped':
      return pauseOrder(workspace, ledger, parcel, 'fourline was stopped before it landed', signal);
    case 'stray':
      return leave(workspace, ledger, parcel, landing.stray);
    case 'back':
      return (await strays(workspace, ledger, parcel, signal)) ?? again(workspace, ledger, parcel, landing);
    case 'landed': {
      if (parcel.behind !== undefined)
        return move(workspace, ledger, parcel, await waitBehind(workspace, ledger, parcel, parcel.behind));
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
      const offered =
        rest === 'done' && (await waitForPull(workspace, ledger, parcel, { ...reportOf(parcel), ...ending }));
      return offered ? { kind: 'parked' } : end(workspace, ledger, parcel, ending);
    }
  }
}

type JourneyEnding = Pick<ReportParts, 'outcome' | 'note'> & Partial<ReportParts>;

async function end(workspace: Workspace, ledger: Ledger, parcel: Parcel, ending: JourneyEnding): Promise<Arrival> {
  await settle(workspace, ledger, { ...reportOf(parcel), ...ending }, parcel.base?.target.mirror ?? null);
  return { kind: 'settled', outcome: ending.outcome };
}

// Cancelled: settled, with all it did kept. Stopped by us: no attempt of the role's failed, so its work so far is kept and goes on where it was.
async function pauseOrder(
  workspace: Workspace,
  ledger: Ledger,
  parcel: Parcel,
  reason: string,
  signal: AbortSignal,
): Promise<Arrival> {
  if (signal.reason === cancelled)
    return end(workspace, ledger, parcel, {
      outcome: 'halted',
      note: cancelledNote,
      kept: await keptOf(parcel, false),
    });
  const strayed = await strays(workspace, ledger, parcel, signal);
  if (strayed !== null) return strayed;
  await handBack(workspace, ledger, parcel, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: parcel.commit,
    spent: false,
    keeps: parcel.approved,
  });
  return { kind: 'returned' };
}

// An order whose file somebody removed, moved or edited meanwhile; null for any other. A cancelled one ends as cancelled.
async function strays(
  workspace: Workspace,
  ledger: Ledger,
  parcel: Parcel,
  signal: AbortSignal,
): Promise<Arrival | null> {
  const stray = signal.reason === cancelled ? null : await strayOf(workspace.places, parcel);
  return stray === null ? null : leave(workspace, ledger, parcel, stray);
}

async function leave(workspace: Workspace, ledger: Ledger, parcel: Parcel, stray: Stray): Promise<Arrival> {
  const outcome = await giveWay(workspace, ledger, parcel, stray);
  return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
}
