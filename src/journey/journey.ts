// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file
// beside it or in a folder below.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's
// inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { land } from '../landing/land.ts';
import { awaitPull, repoAbout } from '../landing/pull.ts';
import { weighQuantities } from '../landing/quantities.ts';
import type { LandingResult } from '../landing/result.ts';
import type { TargetFlaw } from '../platform/git/target.ts';
import { isLost, isReason, machineFails, messageOf } from '../platform/text/fault.ts';
import { watchOrder } from '../record/order-file.ts';
import { deliveredOf, reportOf } from '../record/report.ts';
import { readStored } from '../record/stored.ts';
import type { Claimed, Judged, Opened, Parcel, Ran } from '../record/work.ts';
import { leaveRoom } from '../room/room.ts';
import { feedbackOf } from '../runs/bad-end.ts';
import { tookTheDisk } from '../runs/bounds.ts';
import { runOpened } from '../runs/run.ts';
import { awaitSetup } from '../runs/setup.ts';
import { type SetupFailure, showFailure } from '../runs/setup-failure.ts';
import { hold, needsOf, restoreParcel } from '../waiting/hold.ts';
import { ask, requeue, route, sendAhead, waitBehind } from '../waiting/move-on.ts';
import { waitForPull } from '../waiting/propose.ts';
import { reviewsNothing } from '../waiting/review.ts';
import { keptOf, settleWaiting } from '../waiting/settle.ts';
import { restOf, waitForChildren } from '../waiting/wake.ts';
import type { Session } from '../workspace/workspace.ts';
import { type Arrival, again, arriveMoved, end, leave, pauseOrder, strays, type Way } from './arrival.ts';
import { fail } from './broken-off.ts';
import { claim } from './claim.ts';
import { type Decision, decide } from './decide.ts';
import { handOver } from './hand-over.ts';
import { heedSignals } from './heed.ts';
import { holdAgent } from './hold-agent.ts';
import { judgeRun } from './judge.ts';
import { open } from './open.ts';

/**
 * Takes one posted order its whole way. `signal` ends the run early, when fourline stops; the order is then handed
 * back. Throws where this process has lost its workspace, and where the order can't be brought to rest.
 */
export async function travel(
  session: Session,
  { id, role }: { readonly id: string; readonly role: string },
  signal: AbortSignal,
): Promise<Arrival> {
  const { workspace, ledger } = session;
  const way: Way = { workspace, ledger, signal, room: null };
  try {
    const standing = ledger.history.orders.get(id);
    const repo = standing === undefined ? null : await repoAbout(workspace, standing);
    const unready = (await awaitPull(workspace, repo, standing, signal)) ?? (await awaitSetup(workspace, repo, signal));
    if (unready !== null) return { kind: 'stuck', reason: unready };
    const claimed = await claim(session, id, role);
    if (claimed === null) return { kind: 'left' };
    return await work(way, claimed).finally(() => {
      leaveRoom(workspace.places.outside.rooms, `${claimed.id}.${claimed.attempt}`);
    });
  } catch (error) {
    // A fault of the machine or of fourline: said, recorded, and the order is not lost. The machine's fault is no
    // attempt of the role's, the last one included.
    if (isLost(error)) throw error;
    const ofMachine = machineFails(error);
    const reason = `fourline could not finish it: ${messageOf(error)}`;
    const spent = !ofMachine || (await tookTheDisk(way.room, workspace.settings.free));
    const arrival = await fail(session, { id, role, reason, spent });
    return ofMachine ? { kind: 'broken', error } : arrival;
  }
}

async function work(way: Way, claimed: Claimed): Promise<Arrival> {
  const { ledger } = way;
  const idle = reviewsNothing(ledger, claimed);
  if (idle !== null) {
    await settleWaiting(way, idle, `${claimed.reviews ?? ''} waits for no review any more`);
    return { kind: 'settled', outcome: 'halted' };
  }
  if (claimed.resumes) return resumeLanding(way, claimed);
  const opened = await open(way, claimed, way.signal);
  if ('kind' in opened) return failToOpen(way, claimed, opened);
  const judged = await judgeRun(way, opened, await runAgentOf(way, opened));
  const strayed = await strays(way, judged);
  if (strayed !== null) return strayed;
  const fired = await heedSignals(way, judged);
  return followDecision(
    way,
    judged,
    fired === null ? decide(judged) : { kind: 'settle', outcome: 'refused', note: fired },
  );
}

// If the branch moved since its setup was asked for, the order waits in its inbox until that works.
function failToOpen(way: Way, { id, role }: Claimed, flaw: TargetFlaw | SetupFailure): Promise<Arrival> {
  const setup = flaw.kind === 'failed';
  const reason = setup ? showFailure(flaw) : `${flaw.message} (${flaw.hint})`;
  return fail(way, { id, role, reason, spent: !setup });
}

// Whoever takes the order's file away ends its run at once.
async function runAgentOf(way: Way, opened: Opened): Promise<Ran> {
  const { workspace, signal } = way;
  const order = watchOrder(workspace.places, opened);
  const running = runOpened(way, opened, AbortSignal.any([signal, order.signal]));
  const ran = await running.finally(order.close);
  way.room = opened.room.place;
  return ran;
}

async function followDecision(way: Way, judged: Judged, decision: Decision): Promise<Arrival> {
  switch (decision.kind) {
    case 'return':
      return pauseOrder(way, judged, decision.reason);
    case 'hand-over':
      await handOver(way, judged, decision.reason);
      return { kind: 'returned' };
    case 'route':
      return arriveMoved(way, judged, await route(way, judged, decision.to, decision.note));
    case 'requeue': {
      const ahead = await sendAhead(way, judged, decision.blocker);
      if (ahead !== null) return landParcel(way, ahead);
      return arriveMoved(way, judged, await requeue(way, judged, decision.blocker));
    }
    case 'ask':
      return arriveMoved(way, judged, await ask(way, judged, decision.question));
    case 'again':
      return again(way, judged, { ...decision, feedback: feedbackOf(judged, decision.reason), work: judged.commit });
    case 'hold-agent':
      await holdAgent(way, judged, decision.failure);
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
  if (isReason(parcel)) return fail(way, { id, role, reason: parcel, spent: false });
  return landParcel(way, parcel);
}

const nothingMissing = { missing: [], back: null } as const;

async function landParcel(way: Way, parcel: Parcel): Promise<Arrival> {
  const { signal } = way;
  const { missing, back } =
    parcel.approved || parcel.behind !== undefined ? nothingMissing : await weighQuantities(way, parcel);
  const needs = parcel.approved ? [] : needsOf(way, parcel);
  const landing = back ?? (await land(way, parcel, signal, needs.length > 0));
  switch (landing.kind) {
    case 'held':
      await hold(way, parcel, needs, landing);
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

// A landing ends its order, unless the order waits: for one order that it sent, for all of them, or for its pull
// request.
async function finishLanded(
  way: Way,
  parcel: Parcel,
  landing: Extract<LandingResult, { kind: 'landed' }>,
  missing: readonly string[],
): Promise<Arrival> {
  if (parcel.behind !== undefined) return arriveMoved(way, parcel, await waitBehind(way, parcel, parcel.behind));
  const rest = await restOf(way, parcel.id, parcel.role);
  if (rest === 'wait') {
    await waitForChildren(way, parcel);
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
  const offered = rest === 'done' && (await waitForPull(way, parcel, { ...reportOf(parcel), ...ending }));
  return offered ? { kind: 'parked' } : end(way, parcel, ending);
}
