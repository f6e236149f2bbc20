// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file in steps/.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { machineFails, messageOf } from './ground/fault.ts';
import { countOf } from './ground/text.ts';
import type { Outcome } from './ledger/entry.ts';
import type { Ledger } from './ledger/ledger.ts';
import { findOrderFile } from './order/inbox.ts';
import { writeMissing } from './recovery.ts';
import { claim } from './steps/claim.ts';
import { decide } from './steps/decide.ts';
import { handOver } from './steps/hand-over.ts';
import { judge } from './steps/judge.ts';
import { land } from './steps/land.ts';
import { open } from './steps/open.ts';
import { weighQuantities } from './steps/quantities.ts';
import { type ReportParts, reportOf } from './steps/report.ts';
import { resumeOrder } from './steps/resume.ts';
import { run } from './steps/run.ts';
import { handBack, keptOf, settle } from './steps/settle.ts';
import type { Claimed, Judged } from './steps/trip.ts';
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
  const opened = await open(workspace, ledger, claimed);
  if ('kind' in opened)
    return fail(workspace, ledger, claimed.id, claimed.role, `${opened.message} (${opened.hint})`, true);
  const result = await run(workspace, ledger, opened, signal);
  way.ran = true;
  const judged = await judge(workspace, ledger, opened, result);
  const decision = decide(judged);
  switch (decision.kind) {
    case 'return':
      return pause(workspace, ledger, judged, decision.reason, signal);
    case 'hand-over':
      await handOver(workspace, ledger, judged, decision.reason);
      return { kind: 'returned' };
    case 'settle':
      return end(workspace, ledger, judged, {
        outcome: decision.outcome,
        note: decision.note,
        kept: await keptOf(judged, false),
      });
    case 'land':
      return arrive(workspace, ledger, judged, signal);
  }
}

async function arrive(workspace: Workspace, ledger: Ledger, judged: Judged, signal: AbortSignal): Promise<Arrival> {
  const { missing, back } = await weighQuantities(workspace, ledger, judged);
  const landing = back ?? (await land(workspace, ledger, judged, signal));
  switch (landing.kind) {
    case 'stopped':
      return pause(workspace, ledger, judged, 'fourline was stopped before it landed', signal);
    case 'back': {
      if (!judged.last || landing.spent === false) {
        await handBack(workspace, ledger, judged, { spent: true, ...landing });
        return { kind: 'returned' };
      }
      const note = `${landing.reason}; ${countOf(judged.attempt, 'attempt')} used\n\n${landing.feedback}`;
      return end(workspace, ledger, judged, {
        outcome: 'failed',
        note,
        limit: 'attempts',
        kept: await keptOf(judged, false),
      });
    }
    case 'landed': {
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
        outcome: 'done',
        note: '',
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
  await handBack(workspace, ledger, judged, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: judged.commit,
    spent: false,
  });
  return { kind: 'returned' };
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
