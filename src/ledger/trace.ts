// Why: an order and all that comes of it are one trace. The run that asks a model, and the exporter that reads the
// journal later, must name its spans alike.
// Promises: ids follow from the journal alone: read again from the start, it gives the same ones. Two workspaces have
// different ones, and so have orders of a copied workspace from the copy on.
// Never: says what a span is about; the exporter does.
import { createHash } from 'node:crypto';
import type { History } from './history.ts';

function traceDigest(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/**
 * The trace that an order belongs to (16 bytes, hexadecimal): it is its family's, and follows from the first line of
 * the journal and the posting of the family's first order. Null for an order that the journal doesn't know.
 */
export function traceIdOf(history: Pick<History, 'journal' | 'orders'>, order: string): string | null {
  const root = history.orders.get(history.orders.get(order)?.bonds.root ?? '');
  if (root === undefined) return null;
  return traceDigest('trace', history.journal.began ?? '', root.id, root.asked.postedAt).slice(0, 32);
}

/**
 * A span of a trace (8 bytes, hexadecimal), by what it is: `order` with an id, `run` with a run, a step with its time.
 */
export function spanIdOf(trace: string, ...what: readonly string[]): string {
  return traceDigest(trace, ...what).slice(0, 16);
}

/**
 * A run's span as the parent of what its agent traces: the variable TRACEPARENT of W3C Trace Context, version 00,
 * sampled. Null for a run that no order of the journal has.
 */
export function traceparentOf(history: History, order: string, run: string): string | null {
  const trace = traceIdOf(history, order);
  return trace === null ? null : `00-${trace}-${spanIdOf(trace, 'run', run)}-01`;
}
