// Why: somebody knocked. chokidar lives here alone, and carries no data: a knock means "look", nothing else.
// Promises: a change in a watched folder leads to a knock; when watching fails or goes blind, that is said and looking goes on by the clock.
// Never: says what changed; lost and doubled events are harmless by design.
import { stat } from 'node:fs/promises';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from './ground/fault.ts';

/** A running watch. `add` watches further folders; one that is watched already is passed over, one that was made anew is watched anew. */
export type Watch = {
  readonly add: (folders: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens a watch over folders, one level each. `knock` is called for any change; `blind` whenever the system cannot watch any more. */
export function openWatch(knock: () => void, blind: (reason: string) => void): Watch {
  const watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  return {
    add: async (folders) => {
      const ready: Promise<void>[] = [];
      for (const folder of folders) {
        const inode = (await stat(folder).catch(() => null))?.ino ?? 0;
        const known = watchers.get(folder);
        if (known?.inode === inode) continue;
        // The folder was removed and made again (a branch switch does that): the old watch hears nothing any more.
        await known?.watcher.close();
        const watcher = watchFolder(folder, knock, blind);
        watchers.set(folder, { watcher, inode });
        // Listened for at once: a small folder is ready before the next one is looked at.
        ready.push(new Promise((resolve) => watcher.once('ready', resolve)));
      }
      await Promise.all(ready);
    },
    close: async () => void (await Promise.all([...watchers.values()].map(({ watcher }) => watcher.close()))),
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
