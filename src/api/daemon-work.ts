// Why: the daemon, and whoever follows it, is a part of the API of its own.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the files that it loads do.
import { type Followed, type FollowOptions, followJournal, followLog, type Grown } from './follow.ts';
import type { Site } from './site.ts';
import type { StopOptions, Stopped } from './stop.ts';
import type { Worked, WorkOptions } from './work.ts';

/** The daemon, and the journal that it writes. */
export type DaemonWork = {
  /**
   * Journal entries behind line `after` (0: from the first), then each when it happens. Ends with its loop, or when
   * `signal` aborts; with `live: false` where the journal ends.
   */
  readonly follow: (after?: number, options?: FollowOptions) => AsyncIterableIterator<Followed>;
  /** Tells each time that the transcript of an order's run has grown. Ends as `follow` does. */
  readonly followLog: (id: string, options?: { signal?: AbortSignal }) => AsyncIterableIterator<Grown>;
  /**
   * Tells when the next look may differ without a step of the journal: a file came, a card was edited, the daemon is
   * gone.
   */
  readonly attend: (signal: AbortSignal) => AsyncGenerator<void>;
  /** Works the inboxes: the daemon. Returns when it was stopped, or with `once` when nothing is left to do. */
  readonly work: (options?: WorkOptions) => Promise<Worked>;
  /** Stops the daemon that works here, whichever process that is. */
  readonly stop: (options?: StopOptions) => Promise<Stopped>;
};

/** The daemon of a workspace, and its journal as it grows. */
export function daemonWork(site: Site): DaemonWork {
  return {
    follow: (after = 0, options) => followJournal(site, after, options),
    followLog: (id, { signal } = {}) => followLog(site, id, signal),
    attend: async function* (signal) {
      yield* (await import('./attend.ts')).attend(site, signal);
    },
    work: async (options) => (await import('./work.ts')).runDaemon(site, options),
    stop: async (options) => (await import('./stop.ts')).stopDaemon(site, options),
  };
}
