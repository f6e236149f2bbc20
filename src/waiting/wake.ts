// Why: a role that sent orders is suspended until there is something to decide. Then it is told everything at once:
// each run reads everything anew, and that costs.
// Promises: an order does not end before the open orders it sent. Reports that came together are one run. A child order
// that can't go on by itself wakes it like one that ended.
// Never: runs a role for nothing.

import { rm } from 'node:fs/promises';
import { openChildren } from '../delegation/family.ts';
import { outcomeOf } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { listFolder } from '../platform/files/files.ts';
import { dropRefs } from '../platform/git/own-refs.ts';
import { countOf, escapeText } from '../platform/text/text.ts';
import { workRef } from '../record/kept-work.ts';
import { activeFolder, inboxFolder, recordFile } from '../record/path.ts';
import type { Wake } from '../role/follow-up.ts';
import { mirrorOf, type Session, type Workspace } from '../workspace/workspace.ts';
import { park } from './park.ts';

/**
 * The next state of an order that has done its part: done, waiting for orders it sent or for reports it has not read,
 * or failed because it was woken too often.
 */
export async function restOf(
  session: Session,
  id: string,
  role: string,
): Promise<'done' | 'wait' | { readonly outcome: 'failed'; readonly note: string; readonly limit: string }> {
  const { workspace, ledger } = session;
  const card = workspace.cards.get(role)?.role;
  if (card?.wake == null) return 'done';
  const open = openChildren(ledger.history, id).length;
  if (open === 0 && (await reportsFor(workspace, ledger.history, id, role)).length === 0) return 'done';
  const woken = ledger.history.orders.get(id)?.tries.wakes ?? 0;
  if (woken < card.limits.wakes) return 'wait';
  const rest = open === 0 ? 'reports have come since' : 'still sends orders (limits: wakes); they go on without it';
  return { outcome: 'failed', note: `it was woken ${countOf(woken, 'time')} and ${rest}`, limit: 'wakes' };
}

/** Suspends an order until the orders it sent wake it. */
export async function waitForChildren(
  session: Session,
  order: { readonly id: string; readonly role: string },
): Promise<void> {
  const { workspace, ledger } = session;
  const folder = activeFolder(workspace.places, order.id);
  // Its orders are on their way: the next run has empty trays, and begins from what landed.
  await rm(recordFile(folder, 'trays'), { recursive: true, force: true });
  const mirror = await mirrorOf(workspace, ledger.history.orders.get(order.id)?.asked.repo ?? null);
  if (mirror !== null) await dropRefs(mirror, [workRef(order.id)]);
  // A run that was woken knows which orders cannot go on; the run that sent them does not.
  const woken = (ledger.history.orders.get(order.id)?.tries.wakes ?? 0) > 0;
  const told = woken ? stuckAmong(ledger.history, openChildren(ledger.history, order.id)) : [];
  await park(session, order, { on: 'children', what: 'children', told });
}

/** Reports in a role's inbox that are about orders which this order sent, by file name. */
export async function reportsFor(workspace: Workspace, history: History, id: string, role: string): Promise<string[]> {
  const names = await listFolder(inboxFolder(workspace.places, role));
  // A report lies there a moment before its order counts as settled.
  return names.filter((name) => wakeParent(history, name) === id && wakeOrder(history, name)?.end.outcome != null);
}

/** Reports that a run of an order takes along: its own, and those about orders whose sender has ended. */
export async function reportsToTake(
  workspace: Workspace,
  history: History,
  id: string,
  role: string,
): Promise<string[]> {
  const names = await listFolder(inboxFolder(workspace.places, role));
  return names.filter((name) => {
    if (!name.endsWith('.report.md')) return false;
    const parent = wakeParent(history, name);
    return (
      parent === null || !history.open.has(parent) || (parent === id && wakeOrder(history, name)?.end.outcome != null)
    );
  });
}

function wakeOrder(history: History, report: string): Standing | undefined {
  return report.endsWith('.report.md') ? history.orders.get(report.replace(/\.report\.md$/, '')) : undefined;
}

function wakeParent(history: History, report: string): string | null {
  return wakeOrder(history, report)?.bonds.parent ?? null;
}

/**
 * Says in words why a suspended order goes on now; null while it does not. `told` are the orders that its last run
 * already knew to be stuck.
 */
export async function wakeReason(
  workspace: Workspace,
  history: History,
  standing: Standing,
  wake: Wake,
  told: readonly string[],
): Promise<string | null> {
  const reports = await reportsFor(workspace, history, standing.id, standing.role);
  const open = openChildren(history, standing.id);
  const stuck = stuckAmong(history, open);
  const fresh = reports.length > 0 || stuck.some((id) => !told.includes(id));
  const came = `${countOf(reports.length, 'report')} came`;
  if (open.length === 0) return `${came}; all it sent has ended`;
  if (open.length === stuck.length && fresh) return `${came}; ${countOf(stuck.length, 'order')} cannot go on`;
  if (wake === 'each' && reports.length > 0) return came;
  const bad = reports.filter((name) => wakeOrder(history, name)?.end.outcome !== 'done');
  if (wake === 'escalation' && bad.length > 0) return `${countOf(bad.length, 'order')} did not end well`;
  return null;
}

function stuckAmong(history: History, orders: readonly Standing[]): string[] {
  return orders.filter((one) => isStuck(history, one)).map((one) => one.id);
}

/**
 * True for an order that cannot go on by itself: its file is not taken, or it waits for an order that ended without
 * success, for a stuck order, or for itself.
 */
export function isStuck(history: History, standing: Standing): boolean {
  return stuckReason(history, standing) !== null;
}

/** Says in words why an order cannot go on by itself; null if it can. */
export function stuckReason(history: History, standing: Standing): string | null {
  if (standing.position !== 'posted') return null;
  if (standing.pause.untaken !== null) return `it is not taken: ${standing.pause.untaken}`;
  const seen = new Set([standing.id]);
  const open = [...standing.bonds.after];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const waited = history.orders.get(id);
    const outcome = outcomeOf(history, id);
    if (id === standing.id) return 'it waits for itself';
    if (outcome === 'done' || seen.has(id)) continue;
    seen.add(id);
    if (outcome !== null) return `it waits for ${id}, which ended ${outcome}`;
    if (waited === undefined || waited.position !== 'posted') continue;
    if (waited.pause.untaken !== null) return `it waits for ${id}, which is not taken`;
    open.push(...waited.bonds.after);
  }
  return null;
}

/** The text about each order it sent for a woken run, newest last. */
export function tellChildren(history: History, id: string): string {
  const lines: string[] = [];
  for (const one of history.orders.with('parent', id)) {
    if (one.bonds.reviews !== null) continue;
    const stuck = stuckReason(history, one);
    const state = one.end.outcome ?? (stuck === null ? 'open' : `cannot go on: ${escapeText(stuck)}`);
    lines.push(`- ${one.id}, ${one.role}: ${state}`);
  }
  const shown = lines.slice(-60);
  return [...(lines.length > shown.length ? [`(${lines.length - shown.length} older ones)`] : []), ...shown].join('\n');
}
