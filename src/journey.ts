// Why: THE STORY of one order: claim, open a room, run, judge, land, settle. Read this first; each verb is a file in steps/.
// Promises: an order that is claimed ends as landed and settled, settled without landing, or handed back to its role's inbox; never in between.
// Never: decides what is allowed (gate/) or which order is next (scheduler.ts).
import { messageOf } from './ground/fault.ts';
import { countOf } from './ground/text.ts';
import type { Outcome } from './ledger/entry.ts';
import type { Ledger } from './ledger/ledger.ts';
import { returnOrder } from './order/inbox.ts';
import { claim } from './steps/claim.ts';
import { decide } from './steps/decide.ts';
import { judge } from './steps/judge.ts';
import { land } from './steps/land.ts';
import { open } from './steps/open.ts';
import { run } from './steps/run.ts';
import { clearAway, handBack, keptOf, type ReportParts, reportOf, settle } from './steps/settle.ts';
import type { Claimed, Judged } from './steps/trip.ts';
import { sayStep, type Workspace } from './workspace.ts';

/** The reason of a run's signal when the operator cancelled its order; any other means fourline stops. */
export const cancelled = 'cancelled';

/** How far an order came this time. */
export type Arrival =
  | { readonly kind: 'settled'; readonly outcome: Outcome }
  | { readonly kind: 'returned' }
  | { readonly kind: 'left' };

/** Takes one posted order its whole way. `signal` ends the run early, when fourline stops; the order is then handed back. */
export async function travel(
  workspace: Workspace,
  ledger: Ledger,
  id: string,
  role: string,
  signal: AbortSignal,
): Promise<Arrival> {
  const claimed = await claim(workspace, ledger, id, role);
  if (claimed === null) return { kind: 'left' };
  try {
    return await work(workspace, ledger, claimed, signal);
  } catch (error) {
    // A fault of the machine or of fourline: said, recorded, and the order is not lost.
    return await fail(workspace, ledger, claimed, `fourline could not finish it: ${messageOf(error)}`);
  }
}

async function work(workspace: Workspace, ledger: Ledger, claimed: Claimed, signal: AbortSignal): Promise<Arrival> {
  const opened = await open(workspace, ledger, claimed);
  if ('kind' in opened) return fail(workspace, ledger, claimed, `${opened.message} (${opened.hint})`);
  const result = await run(workspace, ledger, opened, signal);
  const judged = await judge(workspace, ledger, opened, result);
  const decision = decide(judged);
  switch (decision.kind) {
    case 'return':
      return pause(workspace, ledger, judged, decision.reason, signal);
    case 'settle':
      return end(workspace, ledger, judged, {
        outcome: decision.outcome,
        note: decision.note,
        commits: [],
        landed: [],
        sent: [],
        checks: [],
        left: [],
        kept: await keptOf(judged, false),
      });
    case 'land':
      return arrive(workspace, ledger, judged, signal);
  }
}

async function arrive(workspace: Workspace, ledger: Ledger, judged: Judged, signal: AbortSignal): Promise<Arrival> {
  const landing = await land(workspace, ledger, judged, signal);
  switch (landing.kind) {
    case 'stopped':
      return pause(workspace, ledger, judged, 'fourline was stopped before it landed', signal);
    case 'back': {
      if (!judged.last) {
        await handBack(workspace, ledger, judged, { ...landing, spent: true });
        return { kind: 'returned' };
      }
      const note = `${landing.reason}; ${countOf(judged.attempt, 'attempt')} used\n\n${landing.feedback}`;
      return end(workspace, ledger, judged, {
        outcome: 'failed',
        note,
        commits: [],
        landed: [],
        sent: [],
        checks: [],
        left: [],
        kept: await keptOf(judged, false),
      });
    }
    case 'landed': {
      const prefix = `repos/${judged.base?.target.name ?? ''}/`;
      const landed = [
        ...judged.allowedFiles.map((path) => path.slice(prefix.length)),
        ...judged.stateOut.map((one) => one.path),
      ];
      const sent = judged.mail.map((one) => `${one.id} to ${one.role}`);
      return end(workspace, ledger, judged, {
        outcome: 'done',
        note: '',
        commits: landing.commit === null ? [] : [landing.commit],
        landed,
        sent,
        checks: landing.checks,
        left: landing.left,
        kept: await keptOf(judged, true),
      });
    }
  }
}

type Ending = Omit<ReportParts, keyof ReturnType<typeof reportOf>>;

async function end(workspace: Workspace, ledger: Ledger, judged: Judged, ending: Ending): Promise<Arrival> {
  await settle(workspace, ledger, { ...reportOf(judged), ...ending });
  await clearAway(workspace, judged.id, judged.attempt, judged.base?.target.mirror ?? null);
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
      note: 'cancelled by the operator',
      commits: [],
      landed: [],
      sent: [],
      checks: [],
      left: [],
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

async function fail(workspace: Workspace, ledger: Ledger, claimed: Claimed, note: string): Promise<Arrival> {
  sayStep(workspace, claimed.role, claimed.id, 'fault', note, 'bad');
  if (!claimed.last) {
    await returnOrder(workspace.places, claimed.role, claimed.id);
    await ledger.record({ step: 'returned', order: claimed.id, role: claimed.role, reason: note, spent: true });
    return { kind: 'returned' };
  }
  await settle(workspace, ledger, {
    id: claimed.id,
    role: claimed.role,
    from: claimed.from,
    title: claimed.order.objective.text,
    outcome: 'failed',
    note,
    summary: '',
    commits: [],
    landed: [],
    sent: [],
    refused: [],
    checks: [],
    left: [],
    kept: [],
  });
  await clearAway(workspace, claimed.id, claimed.attempt, null);
  return { kind: 'settled', outcome: 'failed' };
}
