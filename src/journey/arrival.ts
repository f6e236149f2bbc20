// Why: an order's way ends this time in one of a few ways: settled, back in an inbox, or waiting. Every step of it may
// end there.
// Promises: each way leaves the order at rest, with its work kept, and says where the order is then.
// Never: decides which way it is.

import type { Outcome } from '../ledger/entry.ts';
import { countOf } from '../platform/text/text.ts';
import { type Stray, strayOf } from '../record/order-file.ts';
import { type ReportParts, reportOf } from '../record/report.ts';
import type { Parcel } from '../record/work.ts';
import type { Moved } from '../waiting/move-on.ts';
import { handBack, keptOf, settle } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';
import { giveWay } from './stray.ts';

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
  /**
   * The machine failed the order. fourline did what it could for the order; it does the rest when the machine is
   * mended.
   */
  | { readonly kind: 'broken'; readonly error: unknown };

/** The context of every step on an order's way. */
export type Way = Session & {
  readonly signal: AbortSignal;
  /** The folder of its run's room, once an agent ran in it. */
  room: string | null;
};

/** Ends a way after a route, a question or a wait was asked for. Gives where the order is. */
export async function arriveMoved(way: Way, parcel: Parcel, moved: Moved): Promise<Arrival> {
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

/** Gives the order back to its role for another attempt; after the last it has failed. */
export async function again(
  way: Way,
  parcel: Parcel,
  back: { readonly reason: string; readonly feedback: string; readonly work: string | null; readonly spent?: false },
): Promise<Arrival> {
  const { reason, feedback } = back;
  if (!parcel.last || back.spent === false) {
    await handBack(way, parcel, { spent: true, ...back });
    return { kind: 'returned' };
  }
  const note = `${reason}; ${countOf(parcel.attempt, 'attempt')} used${feedback === reason ? '' : `\n\n${feedback}`}`;
  const kept = await keptOf(parcel, false);
  return end(way, parcel, { outcome: 'failed', note, limit: 'attempts', kept });
}

type JourneyEnding = Pick<ReportParts, 'outcome' | 'note'> & Partial<ReportParts>;

/** Settles the order. */
export async function end(way: Way, parcel: Parcel, ending: JourneyEnding): Promise<Arrival> {
  await settle(way, { ...reportOf(parcel), ...ending }, parcel.base?.target.mirror ?? null);
  return { kind: 'settled', outcome: ending.outcome };
}

/**
 * Ends a way that was stopped. Cancelled: settled, with all it did kept. Stopped by us: no attempt of the role's
 * failed, so its work so far is kept and goes on where it was.
 */
export async function pauseOrder(way: Way, parcel: Parcel, reason: string): Promise<Arrival> {
  if (way.signal.reason === cancelled)
    return end(way, parcel, { outcome: 'halted', note: cancelledNote, kept: await keptOf(parcel, false) });
  const strayed = await strays(way, parcel);
  if (strayed !== null) return strayed;
  await handBack(way, parcel, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: parcel.commit,
    spent: false,
    keeps: parcel.approved,
  });
  return { kind: 'returned' };
}

/**
 * Ends the way of an order whose file somebody removed, moved or edited meanwhile; null for any other. A cancelled one
 * ends as cancelled.
 */
export async function strays(way: Way, parcel: Parcel): Promise<Arrival | null> {
  const stray = way.signal.reason === cancelled ? null : await strayOf(way.workspace.places, parcel);
  return stray === null ? null : leave(way, parcel, stray);
}

/** Lets the order go where its file went. Nothing of its run lands. */
export async function leave(way: Way, parcel: Parcel, stray: Stray): Promise<Arrival> {
  const outcome = await giveWay(way, parcel, stray);
  return outcome === null ? { kind: 'returned' } : { kind: 'settled', outcome };
}
