// Why: every `--since` reads what people write in the same way: an order, a date, `yesterday`, `3d`.
// Promises: pure; what can't be read is an error that says what can be. A day begins at midnight UTC, as `costs --by
// day` counts days.
// Never: takes a text it can't read for the beginning of time.
import type { History } from '../ledger/history.ts';
import { Fault } from '../platform/text/fault.ts';
import { findOrder } from '../workspace/look.ts';

const hint =
  'it takes an order, a date (2026-03-04, or 2026-03-04T10:00Z), today, yesterday, or a time back from now (12h, 3d)';
const hour = 3_600_000;
const day = 24 * hour;
const dateForm = /^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The time that `--since` means, as the journal writes times (ISO 8601, UTC). An order counts from when it was posted.
 * Throws Fault `usage` for what can't be read, `order-ambiguous` for a prefix of several orders.
 */
export function timeOf(history: History, since: string, now: Date): string {
  const moment = history.orders.has(since) ? null : readMoment(since, now);
  if (moment !== null) return moment;
  try {
    return history.orders.get(findOrder(history, since))?.asked.postedAt ?? '';
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'order-unknown') throw error;
    throw new Fault('usage', `--since '${since}' is neither a time nor an order of this workspace`, { hint });
  }
}

function readMoment(text: string, now: Date): string | null {
  const words = text.trim().toLowerCase();
  const midnight = Math.floor(now.getTime() / day) * day;
  if (words === 'today') return isoOf(midnight);
  if (words === 'yesterday') return isoOf(midnight - day);
  const [, count, unit] = /^(\d{1,5})\s*([hd])$/.exec(words) ?? [];
  if (count !== undefined) return isoOf(now.getTime() - Number(count) * (unit === 'h' ? hour : day));
  const written = dateForm.exec(text.trim());
  if (written === null) return null;
  const [whole, date] = written;
  const moment = Date.parse(whole.replace(' ', 'T'));
  // A day that the calendar doesn't have is read as one of the next month.
  if (Number.isNaN(moment) || !isoOf(Date.parse(date ?? '')).startsWith(date ?? ''))
    throw new Fault('usage', `--since '${text}' is no date`, { hint });
  return isoOf(moment);
}

function isoOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
