// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file in steps/.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { machineFails, messageOf } from './ground/fault.ts';
import { countOf } from './ground/text.ts';
import type { Outcome } from './ledger/entry.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Standing } from './ledger/standing.ts';
import { findOrderFile } from './order/inbox.ts';
import { writeMissing } from './recovery.ts';
import { claim } from './steps/claim.ts';
import { type Decision, decide } from './steps/decide.ts';
import { handOver } from './steps/hand-over.ts';
import { hold, needsOf, readHeld, restoreJudged } from './steps/hold.ts';
import { judge } from './steps/judge.ts';
import { land } from './steps/land.ts';
import { ask, type Moved, requeue, route } from './steps/move-on.ts';
import { open } from './steps/open.ts';
import { type Stray, strayOf } from './steps/order-file.ts';
import { weighQuantities } from './steps/quantities.ts';
import { type ReportParts, reportOf } from './steps/report.ts';
import { resumeOrder } from './steps/resume.ts';
import { run } from './steps/run.ts';
import { awaitSetup, showFailure } from './steps/setup.ts';
import { handBack, keptOf, settle, settleWaiting } from './steps/settle.ts';
import { heedSignals } from './steps/signal.ts';
import { giveWay } from './steps/stray.ts';
import type { Claimed, Judged } from './steps/trip.ts';
import { restOf, waitForChildren } from './steps/wake.ts';
import { sayStep, type Workspace } from './workspace.ts';

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
  const way = { ran: false };
  try {
    const unready = await awaitSetup(workspace, ledger.history.orders.get(id)?.repo ?? null, signal);
    if (unready !== null) return { kind: 'stuck', reason: unready };
    const claimed = await claim(workspace, ledger, id, role);
    return claimed === null ? { kind: 'left' } : await work(workspace, ledger, claimed, signal, way);
  } catch (error) {
    // A fault of the machine or of fourline: said, recorded, and the order is not lost. Where no agent ran, the machine's fault is no attempt of the role's.
    const ofMachine = machineFails(error);
    const reason = `fourline could not finish it: ${messageOf(error)}`;
    const arrival = await fail(workspace, ledger, id, role, reason, way.ran || !ofMachine);
    return ofMachine ? { kind: 'broken', error } : arrival;
  }
}

async function work(
  workspace: Workspace,
  ledger: Ledger,
  claimed: Claimed,
  signal: AbortSignal,
  way: { ran: boolean },
): Promise<Arrival> {
  const idle = reviewsNothing(ledger, claimed);
  if (idle !== null) {
    await settleWaiting(workspace, ledger, idle, `${claimed.reviews ?? ''} waits for no review any more`);
    return { kind: 'settled', outcome: 'halted' };
  }
  if (claimed.resumes) return resume(workspace, ledger, claimed, signal);
  const opened = await open(workspace, ledger, claimed, signal);
  // The branch moved since its setup was asked for; the order waits in its inbox until that works.
  if ('kind' in opened && opened.kind === 'failed')
    return fail(workspace, ledger, claimed.id, claimed.role, showFailure(opened), false);
  if ('kind' in opened)
    return fail(workspace, ledger, claimed.id, claimed.role, `${opened.message} (${opened.hint})`, true);
  const result = await run(workspace, ledger, opened, signal);
  way.ran = true;
  const judged = await judge(workspace, ledger, opened, result);
  const strayed = await strays(workspace, ledger, judged, signal);
  if (strayed !== null) return strayed;
  const fired = await heedSignals(workspace, ledger, judged);
  const decision: Decision = fired === null ? decide(judged) : { kind: 'settle', outcome: 'refused', note: fired };
  switch (decision.kind) {
    case 'return':
      return pause(workspace, ledger, judged, decision.reason, signal);
    case 'hand-over':
      await handOver(workspace, ledger, judged, decision.reason);
      return { kind: 'returned' };
    case 'route':
      return move(workspace, ledger, judged, await route(workspace, ledger, judged, decision.to, decision.note));
    case 'requeue':
      return move(workspace, ledger, judged, await requeue(workspace, ledger, judged, decision.blocker));
    case 'ask':
      return move(workspace, ledger, judged, await ask(workspace, ledger, judged, decision.question));
    case 'again':
      return again(workspace, ledger, judged, { ...decision, feedback: decision.reason, work: judged.commit });
    case 'settle':
      return end(workspace, ledger, judged, {
        outcome: decision.outcome,
        note: decision.note,
        verdict: decision.verdict ?? null,
        kept: await keptOf(judged, false),
      });
    case 'land':
      return arrive(workspace, ledger, judged, signal);
  }
}

// A landing that was held and is approved goes on where it stopped.
async function resume(workspace: Workspace, ledger: Ledger, claimed: Claimed, signal: AbortSignal): Promise<Arrival> {
  const held = await readHeld(claimed.folder);
  const judged = held === null ? 'what was held is gone' : await restoreJudged(workspace, claimed, held);
  if (typeof judged === 'string') return fail(workspace, ledger, claimed.id, claimed.role, judged, false);
  return arrive(workspace, ledger, judged, signal);
}

// A review whose order was cancelled or goes on by other ways.
function reviewsNothing(ledger: Ledger, { id, reviews }: Claimed): Standing | null {
  if (reviews === null || ledger.history.orders.get(reviews)?.waits?.review === id) return null;
  return ledger.history.orders.get(id) ?? null;
}

async function move(workspace: Workspace, ledger: Ledger, judged: Judged, moved: Moved): Promise<Arrival> {
  switch (moved.kind) {
    case 'moved':
      return { kind: 'returned' };
    case 'parked':
      return { kind: 'parked' };
    case 'back':
      return again(workspace, ledger, judged, { ...moved, feedback: moved.reason, work: judged.commit });
    case 'stays':
      return end(workspace, ledger, judged, {
        outcome: 'halted',
        note: moved.note,
        limit: moved.limit,
        kept: await keptOf(judged, false),
      });
  }
}

// Back to its role for another attempt; after the last it has failed.
async function again(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  back: { readonly reason: string; readonly feedback: string; readonly work: string | null; readonly spent?: false },
): Promise<Arrival> {
  const { reason, feedback } = back;
  if (!judged.last || back.spent === false) {
    await handBack(workspace, ledger, judged, { spent: true, ...back });
    return { kind: 'returned' };
  }
  const note = `${reason}; ${countOf(judged.attempt, 'attempt')} used${feedback === reason ? '' : `\n\n${feedback}`}`;
  const kept = await keptOf(judged, false);
  return end(workspace, ledger, judged, { outcome: 'failed', note, limit: 'attempts', kept });
}

// It was asked when the landing was held.
const nothingMissing = { missing: [], back: null } as const;

async function arrive(workspace: Workspace, ledger: Ledger, judged: Judged, signal: AbortSignal): Promise<Arrival> {
  const { missing, back } = judged.approved ? nothingMissing : await weighQuantities(workspace, ledger, judged);
  const needs = judged.approved ? [] : needsOf(workspace, ledger, judged);
  const landing = back ?? (await land(workspace, ledger, judged, signal, needs.length > 0));
  switch (landing.kind) {
    case 'held':
      await hold(workspace, ledger, judged, needs, landing.commit);
      return { kind: 'parked' };
    case 'stopped':
      return pause(workspace, ledger, judged, 'fourline was stopped before it landed', signal);
    case 'stray':
      return leave(workspace, ledger, judged, landing.stray);
    case 'back':
      return (await strays(workspace, ledger, judged, signal)) ?? again(workspace, ledger, judged, landing);
    case 'landed': {
      const rest = await restOf(workspace, ledger, judged.id, judged.role);
      if (rest === 'wait') {
        await waitForChildren(workspace, ledger, judged);
        return { kind: 'parked' };
      }
      const prefix = `repos/${judged.base?.target.name ?? ''}/`;
      const isLeft = (path: string): boolean => landing.left.some((one) => one.startsWith(`${path} (`));
      const state = judged.stateOut.map((one) => one.path).filter((path) => !isLeft(path));
      const landed = [
        ...(landing.commit === null ? [] : judged.allowedFiles.map((path) => path.slice(prefix.length))),
        ...state,
      ];
      const sent = judged.mail
        .filter((one) => !landing.left.some((left) => left.startsWith(`order ${one.id} `)))
        .map((one) => `${one.id} to ${one.role}`);
      return end(workspace, ledger, judged, {
        ...(rest === 'done' ? { outcome: 'done' as const, note: '' } : rest),
        commits: landing.commit === null ? [] : [landing.commit],
        landed,
        sent,
        missing,
        checks: landing.checks,
        left: landing.left,
        kept: await keptOf(judged, true),
      });
    }
  }
}

type Ending = Pick<ReportParts, 'outcome' | 'note'> & Partial<ReportParts>;

async function end(workspace: Workspace, ledger: Ledger, judged: Judged, ending: Ending): Promise<Arrival> {
  await settle(workspace, ledger, { ...reportOf(judged), ...ending }, judged.base?.target.mirror ?? null);
  return { kind: 'settled', outcome: ending.outcome };
}

// Cancelled: settled, with all it did kept. Stopped by us: no attempt of the role's failed, so its work so far is kept and goes on where it was.
async function pause(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  reason: string,
  signal: AbortSignal,
): Promise<Arrival> {
  if (signal.reason === cancelled)
    return end(workspace, ledger, judged, {
      outcome: 'halted',
      note: cancelledNote,
      kept: await keptOf(judged, false),
    });
  const strayed = await strays(workspace, ledger, judged, signal);
  if (strayed !== null) return strayed;
  await handBack(workspace, ledger, judged, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: judged.commit,
    spent: false,
    keeps: judged.approved,
  });
  return { kind: 'returned' };
}

// An order whose file somebody removed, moved or edited meanwhile; null for any other. A cancelled one ends as cancelled.
async function strays(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  signal: AbortSignal,
): Promise<Arrival | null> {
  const stray = signal.reason === cancelled ? null : await strayOf(workspace.places, judged);
  return stray === null ? null : leave(workspace, ledger, judged, stray);
}

async function leave(workspace: Workspace, ledger: Ledger, judged: Judged, stray: Stray): Promise<Arrival> {
  const outcome = await giveWay(workspace, ledger, judged, stray);
  return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
}

// Where the order lies decides: still posted, it waits until somebody mends what is wrong; claimed, it is finished or handed back as after a crash.
async function fail(
  workspace: Workspace,
  ledger: Ledger,
  id: string,
  role: string,
  reason: string,
  spent: boolean,
): Promise<Arrival> {
  sayStep(workspace, role, id, 'fault', reason, 'bad');
  const standing = ledger.history.orders.get(id);
  const file = await findOrderFile(workspace.places, id);
  if (standing === undefined || (file?.kind !== 'active' && standing.position !== 'claimed'))
    return { kind: 'stuck', reason };
  // What of its waiting is not done yet, its release does.
  if (standing.position === 'parked' && file?.kind === 'active') return { kind: 'parked' };
  const missing = await writeMissing(workspace, ledger, standing);
  if (missing !== null) {
    sayStep(workspace, role, id, 'recovered', missing);
    const outcome = ledger.history.orders.get(id)?.outcome ?? null;
    return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
  }
  const limit = workspace.cards.get(role)?.role.limits.attempts ?? 1;
  const resumed = await resumeOrder(workspace, ledger, standing, reason, spent ? limit : null);
  if (resumed.kind !== 'returned') return { kind: 'settled', outcome: resumed.kind };
  sayStep(workspace, role, id, 'returned', resumed.words);
  return { kind: 'returned' };
}
