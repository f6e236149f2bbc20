// Why: a person who lets orders wait costs a plan more time than its agents.
// Promises: pure; the times are the journal's.
// Never: counts a wait for anything but a person.
import type { Entry } from '../ledger/entry.ts';

/** The time of all orders from posting to their end, and how much of it they waited for a person, in milliseconds. */
export type PersonTime = { readonly total: number; readonly person: number };

/**
 * Adds up from the journal how long orders waited for a person, of those posted since a time (ISO 8601; empty: ever).
 * An order that still waits counts until `now`.
 */
export function personTime(entries: readonly Entry[], since: string, now: Date): PersonTime {
  const begun = new Map<string, number>();
  const asked = new Map<string, number>();
  const sum = { total: 0, person: 0 };
  const answer = (id: string, at: number): void => {
    sum.person += at - (asked.get(id) ?? at);
    asked.delete(id);
  };
  for (const entry of entries) {
    if (!('order' in entry) || entry.order === undefined) continue;
    const { order, step } = entry;
    const at = Date.parse(entry.at);
    if (step === 'posted' && entry.at >= since) begun.set(order, at);
    if (!begun.has(order)) continue;
    if (step === 'parked' && ['answer', 'approval', 'blocker'].includes(entry.on)) asked.set(order, at);
    if (['answered', 'decided', 'released', 'settled'].includes(step)) answer(order, at);
    if (step !== 'settled') continue;
    sum.total += at - (begun.get(order) ?? at);
    begun.delete(order);
  }
  for (const id of asked.keys()) answer(id, now.getTime());
  for (const at of begun.values()) sum.total += now.getTime() - at;
  return sum;
}
