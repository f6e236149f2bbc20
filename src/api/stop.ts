// Why: a running daemon is stopped from another process.
// Promises: signals only the process that holds the workspace's lock, as it noted itself; returns when the lock is
// free.
// Never: ends an agent directly; the daemon does.
import { watch } from 'node:fs';
import { tellWith } from '../event.ts';
import { type Places, placesOf } from '../places.ts';
import { systemClock } from '../platform/text/clock.ts';
import { Fault } from '../platform/text/fault.ts';
import { holderOf, isHeld } from '../workspace/holder.ts';
import type { Site } from './site.ts';

/** How to stop: `now` hands back what runs. */
export type StopOptions = { readonly now?: boolean | undefined };

/** The result of stopping: whether a daemon ran, and its process. */
export type Stopped = { readonly stopped: false } | { readonly stopped: true; readonly pid: number };

/**
 * Stops the running daemon, and waits until it has left. Throws Fault `stop-refused` when its process may not be
 * signalled.
 */
export async function stopDaemon({ root, tell }: Site, { now = false }: StopOptions = {}): Promise<Stopped> {
  const places = placesOf(root, '', '');
  const pid = (await isHeld(places)) ? await holderOf(places) : null;
  if (pid === null) return { stopped: false };
  if (!signal(pid, 'SIGTERM'))
    throw new Fault('stop-refused', `process ${pid} may not be signalled`, {
      hint: 'stop it as the user who started it',
    });
  // A second signal of another kind: two of the same would be taken for one.
  if (now) signal(pid, 'SIGINT');
  const tellNow = tellWith(systemClock, tell);
  tellNow({
    kind: 'stopping',
    detail: `asked process ${pid} to stop${now ? ' now' : '; it lets what runs end (fourline stop --now does not wait for that)'}`,
  });
  await freed(places);
  return { stopped: true, pid };
}

function signal(pid: number, kind: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, kind);
  } catch {
    return false;
  }
}

// The state folder changes when the daemon leaves (it removes its note); then the lock is asked.
async function freed(places: Places): Promise<void> {
  for (;;) {
    const changed = new Promise<void>((resolve) => {
      const watcher = watch(places.state, () => done());
      const timer = setTimeout(() => done(), 500);
      const done = (): void => {
        clearTimeout(timer);
        watcher.close();
        resolve();
      };
    });
    await changed;
    if (!(await isHeld(places))) return;
  }
}
