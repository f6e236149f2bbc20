// Why: not all that changes a look is a step of the journal: files come into inboxes, cards are edited, and a killed
// daemon writes nothing any more.
// Promises: tells of each such change, a burst of them once. Between changes it sleeps, but for one cheap question each
// half minute: whether somebody still works there.
// Never: says what changed; its caller looks again.
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Places, placesOf } from '../places.ts';
import { listFolder } from '../platform/files/files.ts';
import { type FolderWatches, openWatches } from '../platform/files/watch.ts';
import { isHeld } from '../workspace/holder.ts';
import type { Site } from './site.ts';

/** Milliseconds between two questions whether the workspace is still held; and in which changes are told as one. */
const attendTimes = { held: 30_000, burst: 200 } as const;

/** Tells when what a look shows may have changed beside the journal. `signal` ends it. */
export async function* attend(
  { root }: Pick<Site, 'root'>,
  signal: AbortSignal,
  times: Readonly<Record<keyof typeof attendTimes, number>> = attendTimes,
): AsyncGenerator<void> {
  const places = placesOf(root, '', '');
  let changed = false;
  let wake: () => void = () => undefined;
  const knock = (): void => {
    changed = true;
    wake();
  };
  const watches = openWatches(knock);
  let held = await isHeld(places);
  const timer = setInterval(() => {
    isHeld(places).then(
      (now) => {
        if (now !== held) knock();
        held = now;
      },
      () => undefined,
    );
  }, times.held);
  signal.addEventListener('abort', knock, { once: true });
  try {
    while (!signal.aborted) {
      await listenTo(watches, places);
      if (!changed) await new Promise<void>((done) => (wake = done));
      changed = false;
      // A burst of changes is one.
      await pause(times.burst, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) yield;
    }
  } finally {
    clearInterval(timer);
    watches.close();
  }
}

// The folders that people write to, and the note of who works there. A folder that can't be watched is left to the half
// minute.
async function listenTo(
  { listen }: FolderWatches,
  { root, inbox, roles, repos, state, settings, session }: Places,
): Promise<void> {
  await listen(root, (name) => [settings, inbox, roles, repos, state].map((one) => basename(one)).includes(name));
  await listen(state, (name) => name === basename(session.running));
  for (const folder of [inbox, roles, ...(await listFolder(inbox)).map((name) => `${inbox}/${name}`)])
    await listen(folder);
}
