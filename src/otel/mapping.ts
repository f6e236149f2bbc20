// Why: the journal is read line by line; a span is whole when the line comes that ends it.
// Promises: pure, a fold: the same journal gives the same spans in the same order, each once. A trace has one root.
// Never: names anything of the convention; spans.ts does.
import { type Entry, emptyHistory, foldEntry, type History } from '../api.ts';
import { attemptSpans, entryTime, eventOf, type OfOrder, orderSpan, type Span, type SpanEvent } from './spans.ts';

// An order's lines since its last claim, and what else happened to it.
type OrderWay = { lines: OfOrder[]; readonly events: SpanEvent[] };
// The orders of one trace. Its root span ends when none is open.
type Family = { count: number; readonly open: Set<string>; told: boolean };

/** The memory between entries. */
export type Mapping = {
  readonly history: History;
  /** By order; null once it ended. */
  readonly ways: Map<string, OrderWay | null>;
  readonly families: Map<string, Family>;
};

/** A mapping before the first entry. */
export function openMapping(): Mapping {
  return { history: emptyHistory(), ways: new Map(), families: new Map() };
}

/** Takes an entry, and gives the spans that it ends. An attempt's spans come when the order leaves its role's hands. */
export function mapEntry(mapping: Mapping, entry: Entry): Span[] {
  foldEntry(mapping.history, entry);
  if (!('order' in entry) || entry.order === undefined || entry.step === 'refused' || entry.step === 'signalled')
    return [];
  const of: OfOrder = entry;
  const standing = mapping.history.orders.get(of.order);
  if (standing === undefined) return [];
  enrol(mapping, of.order, standing.bonds.root);
  const way = mapping.ways.get(of.order);
  // A line that comes after the end, as of a push, is in no span.
  if (way == null) return [];
  switch (of.step) {
    case 'posted':
      return [];
    case 'claimed':
    case 'returned':
    case 'routed':
    case 'parked':
    case 'settled': {
      const spans = attemptSpans(mapping.history, way.lines, of);
      way.lines = of.step === 'claimed' ? [of] : [];
      if (of.step === 'claimed') return spans;
      if (of.step === 'settled') return [...spans, ...endOrder(mapping, of)];
      way.events.push(eventOf(of));
      return spans;
    }
    case 'opened':
    case 'ran':
    case 'judged':
    case 'checked':
    case 'intended':
    case 'landed':
    case 'stated':
      way.lines.push(of);
      return [];
    default:
      way.events.push(eventOf(of));
      return [];
  }
}

// An order that is met for the first time belongs to its family's trace.
function enrol({ ways, families }: Mapping, order: string, root: string): void {
  if (ways.has(order)) return;
  const family = families.get(root) ?? { count: 0, open: new Set(), told: false };
  families.set(root, family);
  family.count += 1;
  family.open.add(order);
  ways.set(order, { lines: [], events: [] });
}

// The span of an order that ended, and the root of its trace when nothing of it is open any more.
function endOrder({ history, ways, families }: Mapping, settled: OfOrder): Span[] {
  const { order } = settled;
  const root = history.orders.get(order)?.bonds.root ?? order;
  const family = families.get(root);
  family?.open.delete(order);
  const spans: Span[] = [];
  const end = (id: string, orders: number): void => {
    const events = ways.get(id)?.events ?? [];
    const span = orderSpan(history, id, { end: entryTime(settled), orders, events });
    ways.set(id, null);
    if (span !== null) spans.push(span);
  };
  if (order !== root) end(order, 0);
  if (family === undefined || family.told || family.open.size > 0) return spans;
  family.told = true;
  end(root, family.count);
  return spans;
}
