// Why: the daemon knows which orders run, which wait in their inboxes, and which could not be started.
// Promises: pure; an order is in one of the three at most.
// Never: decides which order is next; the scheduler does.
import type { PostedOrder } from './drop.ts';

/** An order that runs. `since` is when it began: milliseconds since 1970. */
export type Going = { readonly order: PostedOrder; readonly control: AbortController; readonly since: number };

/**
 * An order that could not be claimed: it waits until its file changes, or until a time of the monotonic clock, in
 * milliseconds.
 */
export type Stuck = { readonly reason: string; readonly digest: string; readonly until: number };

/** All orders that the daemon has in hand. */
export type Runs = {
  readonly going: ReadonlyMap<string, Going>;
  readonly stuck: ReadonlyMap<string, Stuck>;
  readonly posted: readonly PostedOrder[];
};

/** Nothing in hand. */
export const noRuns: Runs = { going: new Map(), stuck: new Map(), posted: [] };

/**
 * Takes in the orders that a look found in the inboxes. `open` tells whether an order is still to be done; `now` is the
 * time of the monotonic clock.
 */
export function found(runs: Runs, posted: readonly PostedOrder[], open: (id: string) => boolean, now: number): Runs {
  const digests = new Map(posted.map(({ id, digest }) => [id, digest]));
  const stuck = new Map(
    [...runs.stuck].filter(([id, { digest, until }]) => {
      const lies = digests.get(id);
      return open(id) && (lies === undefined || (lies === digest && until > now));
    }),
  );
  return { ...runs, stuck, posted: posted.filter(({ id }) => !runs.going.has(id) && !stuck.has(id)) };
}

/** An order has begun. */
export function begun(runs: Runs, going: Going): Runs {
  const { id } = going.order;
  return {
    ...runs,
    going: new Map(runs.going).set(id, going),
    posted: runs.posted.filter((order) => order.id !== id),
  };
}

/** A run is over; `stuck` where its order could not be claimed. */
export function over(runs: Runs, id: string, stuck: Stuck | null): Runs {
  const going = new Map(runs.going);
  going.delete(id);
  return { ...runs, going, stuck: stuck === null ? runs.stuck : new Map(runs.stuck).set(id, stuck) };
}

/** When the oldest run began, in milliseconds since 1970; null when nothing runs. */
export function oldestOf({ going }: Runs): number | null {
  const times = [...going.values()].map(({ since }) => since);
  return times.length === 0 ? null : Math.min(...times);
}
