// Why: somebody knocked. chokidar lives here alone, and carries no data: a knock means "look", nothing else.
// Promises: a change in a watched folder leads to a knock; when watching fails or goes blind, that is said and looking goes on by the clock.
// Never: says what changed; lost and doubled events are harmless by design.
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from './ground/fault.ts';

/** A running watch. `add` watches further folders; one that is watched already is passed over. */
export type Watch = {
  readonly add: (folders: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens a watch over folders, one level each. `knock` is called for any change; `blind` whenever the system cannot watch any more. */
export function openWatch(knock: () => void, blind: (reason: string) => void): Watch {
  const watchers = new Map<string, FSWatcher>();
  return {
    add: async (folders) => {
      const fresh = folders.filter((folder) => !watchers.has(folder));
      for (const folder of fresh) watchers.set(folder, watchFolder(folder, knock, blind));
      await Promise.all(
        fresh.map((folder) => new Promise<void>((resolve) => watchers.get(folder)?.once('ready', resolve))),
      );
    },
    close: async () => void (await Promise.all([...watchers.values()].map((watcher) => watcher.close()))),
  };
}

function watchFolder(folder: string, knock: () => void, blind: (reason: string) => void): FSWatcher {
  const watcher = watch(folder, {
    depth: 0,
    ignoreInitial: true,
    atomic: false,
    awaitWriteFinish: false,
    followSymlinks: false,
    persistent: true,
  });
  watcher.on('all', knock);
  watcher.on('error', (error) => {
    blind(messageOf(error));
    knock();
  });
  return watcher;
}
