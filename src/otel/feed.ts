// Why: a sidecar reads the journal and sends what it says to a collector, beside the work and never in its way.
// Promises: the journal is the queue: nothing more is read while a collector takes nothing, so nothing is lost while it
// runs and memory stays small. A trouble is said once. At the end it gives the time since when spans are not
// delivered, so that they can be sent again.
// Never: writes; waits for a collector longer than its patience once it is told to end.
import type { Followed, Fourline } from '../api.ts';
import { withConversation } from './conversation.ts';
import { mapEntry, openMapping } from './mapping.ts';
import { type Meters, measure } from './meters.ts';
import type { Exporter, Sent } from './otlp.ts';
import type { Span } from './spans.ts';

/** How many spans go in one request. */
const spanBatch = 256;
/** Milliseconds without a line of the journal before what is there is sent. */
const quietTime = 300;
/** Milliseconds between tries at first and at most; how long trying may go on at the end, and for what is sent once. */
const pauses = { first: 1000, most: 30_000, end: 5000, once: 15_000 } as const;

/**
 * Options of sending: spans that ended since a time (ISO 8601; empty: all), until `end` aborts; with `once` what the
 * journal holds now. `say` hears troubles; `place` is the collector's name in them.
 */
export type FeedOptions = {
  readonly since: string;
  readonly once: boolean;
  readonly content: boolean;
  readonly place: string;
  readonly end: AbortSignal;
  readonly say: (words: string, weight: 'bad' | 'minor') => void;
};

/** The end of it: spans that were delivered, that the collector refused, and that it did not take in time. */
export type Fed = {
  readonly delivered: number;
  readonly refused: number;
  readonly waiting: number;
  /** The time (ISO 8601) since when spans wait, as `--since` takes it; null when all were delivered. */
  readonly from: string | null;
};

type Feed = FeedOptions & {
  readonly exporter: Exporter;
  readonly fourline: Pick<Fourline, 'follow' | 'conversation'>;
  readonly mapping: ReturnType<typeof openMapping>;
  readonly meters: Meters;
  /** Spans to send, each with the time of the line that ended it. */
  readonly pending: { readonly span: Span; readonly at: string }[];
  /** The first line's time, the last one's, and its number. */
  times: { from: string; to: string; line: number };
  measured: boolean;
  delivered: number;
  refused: number;
  /** Whether a trouble with spans, or with metrics, was said and lasts. */
  readonly failing: { spans: boolean; metrics: boolean };
};

/** Sends what the journal says. Throws what following it throws: Fault `journal-lost`, `journal-newer`. */
export async function feedCollector(
  fourline: Pick<Fourline, 'follow' | 'conversation'>,
  exporter: Exporter,
  options: FeedOptions,
): Promise<Fed> {
  const feed: Feed = {
    ...options,
    ...{ exporter, fourline, mapping: openMapping(), meters: new Map(), pending: [] },
    times: { from: '', to: '', line: 0 },
    ...{ measured: true, delivered: 0, refused: 0, failing: { spans: false, metrics: false } },
  };
  if (!options.once) await followLive(feed);
  const last = AbortSignal.timeout(feed.failing.spans || feed.failing.metrics ? pauses.first : pauses.end);
  const patience = (): AbortSignal =>
    options.once ? AbortSignal.any([options.end, AbortSignal.timeout(pauses.once)]) : last;
  for await (const entry of fourline.follow(feed.times.line, { live: false })) {
    await takeEntry(feed, entry);
    if (feed.pending.length >= spanBatch) await flush(feed, patience(), spanBatch);
    // It takes nothing: the rest stays in the journal.
    if (feed.pending.length >= spanBatch) break;
  }
  if (feed.pending.length < spanBatch) await flush(feed, patience());
  const { pending, delivered, refused } = feed;
  return { delivered, refused, waiting: pending.length, from: pending[0]?.at ?? null };
}

// Until it is told to end. Pending spans go out when the journal is quiet, or when there are enough of them.
async function followLive(feed: Feed): Promise<void> {
  const source = feed.fourline.follow(0, { signal: feed.end });
  let next = source.next();
  while (!feed.end.aborted) {
    const isPending = feed.pending.length > 0 || !feed.measured;
    const got = isPending ? await Promise.race([next, passTime(quietTime, feed.end)]) : await next;
    if (got === null) await flush(feed, feed.end);
    else if (got.done === true) break;
    else {
      await takeEntry(feed, got.value);
      if (feed.pending.length >= spanBatch) await flush(feed, feed.end, spanBatch);
      next = source.next();
    }
  }
}

async function takeEntry(feed: Feed, entry: Followed): Promise<void> {
  const { times, mapping, meters, fourline, content } = feed;
  feed.times = { from: times.from || entry.at, to: entry.at, line: entry.line };
  for (const span of mapEntry(mapping, entry)) {
    measure(meters, span);
    if (entry.at < feed.since) continue;
    feed.measured = false;
    const spans = span.run === null ? [span] : withConversation(span, await fourline.conversation(span.run), content);
    feed.pending.push(...spans.map((one) => ({ span: one, at: entry.at })));
  }
}

// Sends what is pending, again and again until it is taken or `end` aborts; then the metrics, once. With `least`, while
// so many are pending, and no metrics.
async function flush(feed: Feed, end: AbortSignal, least = 1): Promise<void> {
  let wait: number = pauses.first;
  while (feed.pending.length >= least) {
    const spans = feed.pending.slice(0, spanBatch);
    const answer = await until(() => feed.exporter.sendSpans(spans.map(({ span }) => span)), end);
    if (answer === null) return;
    noteAnswer(feed, 'spans', answer);
    if (answer.kind === 'later') {
      await passTime(wait, end);
      wait = Math.min(2 * wait, pauses.most);
    } else {
      wait = pauses.first;
      feed.pending.splice(0, spans.length);
      feed[answer.kind === 'done' ? 'delivered' : 'refused'] += spans.length;
    }
  }
  if (feed.measured || least > 1) return;
  const { times, meters, exporter } = feed;
  const reading = { meters: [...meters.values()], from: Date.parse(times.from), to: Date.parse(times.to) };
  const answer = await until(() => exporter.sendMeters(reading), end);
  if (answer === null) return;
  noteAnswer(feed, 'metrics', answer);
  // They are sums since the first line: those that are not taken now are in the next.
  feed.measured = true;
}

// A trouble is said once, and once that it is over.
function noteAnswer({ failing, place, say }: Feed, what: 'spans' | 'metrics', answer: Sent): void {
  const before = failing[what];
  failing[what] = answer.kind !== 'done';
  if (answer.kind === 'done') {
    if (before) say(`otel: ${place} takes ${what} again`, 'minor');
  } else if (!before) {
    const lost = answer.kind === 'refused' ? 'it refuses them for good' : 'they wait';
    const then = what === 'metrics' ? 'the next ones hold them too' : lost;
    say(`otel: ${place} takes no ${what}: ${answer.reason}; ${then}`, 'bad');
  }
}

// The answer to a delivery; null when `end` aborts before it, or did already.
async function until(send: () => Promise<Sent>, end: AbortSignal): Promise<Sent | null> {
  if (end.aborted) return null;
  const stop = new AbortController();
  const cut = passTime(null, AbortSignal.any([end, stop.signal]));
  const answer = await Promise.race([send(), cut]);
  stop.abort();
  return answer;
}

// Null after so many milliseconds, or when `end` aborts.
function passTime(milliseconds: number | null, end: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      end.removeEventListener('abort', done);
      resolve(null);
    };
    const timer = milliseconds === null ? undefined : setTimeout(done, milliseconds);
    end.addEventListener('abort', done, { once: true });
    if (end.aborted) done();
  });
}
