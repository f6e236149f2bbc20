// Why: the journal as spans: this file alone says which names of OpenTelemetry's convention for generative AI fourline
// uses. It follows open-telemetry/semantic-conventions-genai: spans of commit 024a4f944a1291fcb627c9c47da69e79868dd15e,
// metrics of commit 066d4a7f356f8600de6f10c42874626ab88692fb, all "in development".
// Promises: pure: the same lines give the same spans with the same ids. No text that a person or
// an agent wrote is in them, but ids of orders and names of roles, repositories and branches.
// Never: invents a figure: what the journal doesn't tell is absent.
import { type Entry, type History, spanIdOf, traceIdOf } from '../api.ts';

/** The commits of the convention that the names in this folder follow: for spans and for metrics. */
export const convention = {
  spans: '024a4f944a1291fcb627c9c47da69e79868dd15e',
  metrics: '066d4a7f356f8600de6f10c42874626ab88692fb',
} as const;

/** Attributes by name. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A moment of a span; `at` is milliseconds since 1970. */
export type SpanEvent = { readonly name: string; readonly at: number; readonly attributes: Attributes };

/** A finished span, all of kind INTERNAL. Times are milliseconds since 1970; `error` is its `error.type`. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  readonly error: string | null;
  readonly events: readonly SpanEvent[];
  /** The run that it shows, where it shows one: its conversation has more. */
  readonly run: { readonly order: string; readonly attempt: number; readonly from: string; readonly to: string } | null;
};

/** A line about an order. */
export type OfOrder = Extract<Entry, { readonly order: string }>;
type EntryOf<Step extends Entry['step']> = Extract<Entry, { step: Step }>;

/** When an entry was written, in milliseconds since 1970. */
export const entryTime = (entry: { readonly at: string }): number => Date.parse(entry.at);

/** A step as an event of its order's span. Its words stay in the journal. */
export function eventOf(entry: OfOrder): SpanEvent {
  const attributes: Attributes =
    entry.step === 'parked'
      ? { 'fourline.wait': entry.on }
      : entry.step === 'decided'
        ? { 'fourline.verdict': entry.verdict, 'fourline.by': entry.by }
        : entry.step === 'routed'
          ? { 'fourline.to': entry.to }
          : {};
  return { name: `fourline.${entry.step}`, at: entryTime(entry), attributes };
}

type Naming = {
  readonly order: string;
  readonly trace: string;
  readonly common: Attributes;
};

function namingOf(history: History, { order }: OfOrder): Naming {
  const asked = history.orders.get(order)?.asked;
  const repo = asked?.repo ?? null;
  const common = { 'fourline.order': order, ...(repo === null ? {} : { 'fourline.repository': repo }) };
  return { order, trace: traceIdOf(history, order) ?? '', common };
}

// A span below its order's.
function partOf(
  { order, trace, common }: Naming,
  what: readonly string[],
  part: Pick<Span, 'name' | 'start' | 'end' | 'attributes' | 'error'> & Partial<Pick<Span, 'run'>>,
): Span {
  return {
    run: null,
    ...part,
    start: Math.min(part.start, part.end),
    traceId: trace,
    spanId: spanIdOf(trace, ...what),
    parentId: spanIdOf(trace, 'order', order),
    attributes: { ...part.attributes, ...common, ...errorOf(part.error) },
    events: [],
  };
}

/** The attribute of an error, if there was one. */
export const errorOf = (error: string | null): Attributes => (error === null ? {} : { 'error.type': error });

/** The spans of one attempt: its lines from its claim on, and the line that ends it. */
export function attemptSpans(history: History, lines: readonly OfOrder[], last: OfOrder): Span[] {
  const naming = namingOf(history, last);
  const find = <Step extends OfOrder['step']>(step: Step): EntryOf<Step> | undefined =>
    lines.find((one): one is EntryOf<Step> & OfOrder => one.step === step);
  const [claimed, opened, ran, judged, intended] = [
    find('claimed'),
    find('opened'),
    find('ran'),
    find('judged'),
    find('intended'),
  ];
  const spans: Span[] = [];
  if (opened !== undefined) spans.push(runSpan(naming, opened, { ran, last, attempt: claimed?.attempt ?? 1 }));
  if (judged !== undefined) spans.push(gateSpan(naming, judged, ran ?? judged));
  for (const line of lines) if (line.step === 'checked') spans.push(checksSpan(naming, line));
  if (intended !== undefined) spans.push(landingSpan(naming, intended, find('landed'), last));
  return spans;
}

function runSpan(
  naming: Naming,
  opened: EntryOf<'opened'>,
  {
    ran,
    last,
    attempt,
  }: { readonly ran: EntryOf<'ran'> | undefined; readonly last: OfOrder; readonly attempt: number },
): Span {
  const end = entryTime(ran ?? last);
  const { role, run, order } = opened;
  const attributes: Attributes = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.name': role,
    'fourline.run': run,
    'fourline.attempt': attempt,
    ...(ran === undefined ? {} : ranAttributes(ran)),
  };
  return partOf(naming, ['run', run], {
    name: `invoke_agent ${role}`,
    // Its agent's time, which is less than its room's.
    start: ran === undefined ? entryTime(opened) : Math.max(entryTime(opened), end - ran.milliseconds),
    end,
    attributes,
    error: ran === undefined ? 'interrupted' : endingError(ran.ending),
    run: ran === undefined ? null : { order, attempt, from: opened.at, to: ran.at },
  });
}

function ranAttributes({ agent, status, walls, spent }: EntryOf<'ran'>): Attributes {
  const known = {
    'fourline.agent': agent,
    ...(status === null ? {} : { 'fourline.exit.status': status }),
    ...(walls === undefined ? {} : { 'fourline.sandbox': walls }),
  };
  if (spent === undefined) return known;
  const { fresh, reread, written, output, reasoning } = spent.usage;
  const some = (name: string, count: number): Attributes => (count > 0 ? { [`gen_ai.usage.${name}`]: count } : {});
  return {
    ...known,
    ...(spent.model === null ? {} : { 'gen_ai.response.model': spent.model }),
    // Input includes what a cache gave or took, output includes reasoning. A part of 0 may be one that nobody told.
    'gen_ai.usage.input_tokens': fresh + reread + written,
    'gen_ai.usage.output_tokens': output + reasoning,
    ...some('cache_read.input_tokens', reread),
    ...some('cache_write.input_tokens', written),
    ...some('reasoning.output_tokens', reasoning),
    'fourline.turns': spent.turns,
    ...(spent.usd === null ? {} : { 'fourline.cost.usd': spent.usd, 'fourline.cost.estimated': spent.estimated }),
  };
}

// The journal tells an ending in a sentence; `error.type` is a word out of few.
const endings: readonly (readonly [RegExp, string | null])[] = [
  [/^ended well$/, null],
  [/^exit status /, 'exit_status'],
  [/^ended by /, 'signal'],
  [/^ended at its limit of /, 'limit'],
  [/^stopped with fourline$/, 'stopped'],
  [/^could not be started: /, 'not_started'],
];

/** The `error.type` of a run, by the journal's words about its end; null for a good end. */
export function endingError(words: string): string | null {
  const known = endings.find(([form]) => form.test(words));
  return known === undefined ? 'agent_failed' : known[1];
}

function gateSpan(naming: Naming, judged: EntryOf<'judged'>, before: OfOrder): Span {
  const { run, at, role, changed, allowed, refused, scratch } = judged;
  const counts = { changed, allowed, refused: refused.length, ignored: scratch };
  return partOf(naming, ['gate', run, at], {
    name: 'gate',
    start: entryTime(before),
    end: entryTime(judged),
    attributes: {
      'fourline.run': run,
      'fourline.role': role,
      ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [`fourline.gate.${name}`, count])),
    },
    error: null,
  });
}

function checksSpan(naming: Naming, checked: EntryOf<'checked'>): Span {
  const { run, at, role, results } = checked;
  const failed = results.filter((one) => one.status !== 0);
  const took = results.reduce((sum, one) => sum + one.milliseconds, 0);
  return partOf(naming, ['checks', run, at], {
    name: 'checks',
    start: entryTime(checked) - took,
    end: entryTime(checked),
    attributes: {
      'fourline.run': run,
      'fourline.role': role,
      'fourline.checks.commands': results.length,
      'fourline.checks.failed': failed.length,
    },
    error: failed.some((one) => one.timedOut) ? 'timeout' : failed.length > 0 ? 'check_failed' : null,
  });
}

function landingSpan(
  naming: Naming,
  intended: EntryOf<'intended'>,
  landed: EntryOf<'landed'> | undefined,
  last: OfOrder,
): Span {
  const { run, at, role, mail, branch } = intended;
  const isBack = last.step === 'returned' && landed === undefined;
  return partOf(naming, ['landing', run, at], {
    name: 'landing',
    start: entryTime(intended),
    end: entryTime(landed ?? last),
    attributes: {
      'fourline.run': run,
      'fourline.role': role,
      'fourline.landing.orders': mail.length,
      ...(branch === null ? {} : { 'fourline.branch': branch }),
      ...(landed === undefined ? {} : { 'fourline.commit': landed.commit, 'fourline.landing.files': landed.files }),
    },
    error: isBack ? 'not_landed' : null,
  });
}

/**
 * An order's whole way, until `end`. The first order of several (`orders`) stands for their plan, which the convention
 * calls a workflow. Null for an order that the history doesn't know.
 */
export function orderSpan(
  history: History,
  id: string,
  { end, orders, events }: { readonly end: number; readonly orders: number; readonly events: readonly SpanEvent[] },
): Span | null {
  const [standing, trace] = [history.orders.get(id), traceIdOf(history, id)];
  if (standing === undefined || trace === null) return null;
  const { asked, bonds, tries } = standing;
  const { outcome, limit } = standing.end;
  const plan = { 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.workflow.name': standing.role };
  const error = outcome === 'failed' && limit !== null ? 'limit' : outcome;
  const failed = outcome === 'failed' || outcome === 'refused' ? error : null;
  return {
    traceId: trace,
    spanId: spanIdOf(trace, 'order', id),
    parentId: id === bonds.root ? null : spanIdOf(trace, 'order', bonds.parent ?? bonds.root),
    name: orders > 1 ? `invoke_workflow ${standing.role}` : `order ${standing.role}`,
    start: Date.parse(asked.postedAt),
    end,
    attributes: {
      ...(orders > 1 ? { ...plan, 'fourline.orders': orders } : {}),
      'fourline.order': id,
      'fourline.role': standing.role,
      ...(asked.repo === null ? {} : { 'fourline.repository': asked.repo }),
      ...(outcome === null ? {} : { 'fourline.outcome': outcome }),
      ...(limit === null ? {} : { 'fourline.limit': limit }),
      'fourline.attempts': tries.attempt,
      ...errorOf(failed),
    },
    error: failed,
    events,
    run: null,
  };
}
