// Why: a role that sends orders starts fresh each time, so fourline composes what it must know of the office. The text
// is short: above some seven thousand tokens of live context a coordinator begins to do the work itself.
// Promises: pure; at most `officeLimit` characters (about 1,500 tokens), whatever goes on. It counts what it leaves
// out, and leaves out settled work first.
// Never: quotes an order or a report; those are files in the room.
import { countOf, escapeText } from '../platform/text/text.ts';

/** An order that the role sent, and what it is doing. */
export type OfficeOrder = {
  readonly id: string;
  readonly role: string;
  readonly state: 'runs' | 'waits' | 'done' | 'halted' | 'routed' | 'requeued' | 'refused' | 'failed';
};

/**
 * Facts about the office: orders that the role sent, newest last; and how many runs are free for each role it may send
 * to.
 */
export type Office = {
  readonly sent: readonly OfficeOrder[];
  readonly free: readonly { readonly role: string; readonly free: number; readonly waiting: number }[];
};

/** Most characters that are said of the office: about 1,500 tokens. */
export const officeLimit = 6000;

/** Says how the office stands; null when there is nothing to say. */
export function tellOffice(office: Office): string | null {
  const flight = office.sent.filter((one) => one.state === 'runs' || one.state === 'waits');
  const settled = office.sent.filter((one) => !flight.includes(one));
  if (office.sent.length === 0 && office.free.length === 0) return null;
  const lines: string[] = [];
  // Room is kept for the line that counts the rest.
  let left = officeLimit - 24;
  const put = (line: string): boolean => {
    if (line.length + 1 > left) return false;
    left -= line.length + 1;
    lines.push(line);
    return true;
  };
  if (office.free.length > 0) put(`Free: ${office.free.map(showFree).join('; ')}.`);
  // Settled orders come newest first: the reports tell about the older ones.
  const rest =
    tellList(put, 'Your orders in flight', sortFlight(flight)) ||
    tellList(put, 'Settled lately', [...settled].reverse().slice(0, 40));
  return [...lines, ...(rest > 0 ? [`  and ${rest} more`] : [])].join('\n');
}

function showFree(one: Office['free'][number]): string {
  return `${one.role} ${countOf(one.free, 'run')}${one.waiting > 0 ? `, ${countOf(one.waiting, 'order')} waiting` : ''}`;
}

// Orders that run come first: they say most.
function sortFlight(flight: readonly OfficeOrder[]): OfficeOrder[] {
  return [...flight.filter((one) => one.state === 'runs'), ...flight.filter((one) => one.state === 'waits')];
}

// Tells the orders as far as there is room; returns how many did not fit.
function tellList(put: (line: string) => boolean, title: string, orders: readonly OfficeOrder[]): number {
  if (orders.length === 0 || !put(`${title} (${orders.length}):`)) return orders.length;
  const full = orders.findIndex((one) => !put(`  ${escapeText(one.id).slice(0, 60)} ${one.role} ${one.state}`));
  return full < 0 ? 0 : orders.length - full;
}
