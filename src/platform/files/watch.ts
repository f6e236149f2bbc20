// Why: whoever sleeps until something comes into a folder watches it, and a watch may fail, or outlive its folder.
// Promises: a folder that can't be watched is left out; one that was made anew is watched anew.
// Never: is needed; its callers look again by themselves after a while.
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Watches of folders. */
export type FolderWatches = {
  /** Watches a folder, once: a change of a name that `hears` takes knocks. */
  readonly listen: (folder: string, hears?: (name: string) => boolean) => Promise<void>;
  readonly close: () => void;
};

/** Opens watches of folders. `knock` is called at each change that is heard. */
export function openWatches(knock: () => void): FolderWatches {
  const watchers = new Map<string, { readonly inode: number; readonly watcher: FSWatcher }>();
  return {
    listen: async (folder, hears = () => true) => {
      const inode = (await stat(folder).catch(() => null))?.ino;
      const known = watchers.get(folder);
      if (inode === undefined || known?.inode === inode) return;
      known?.watcher.close();
      try {
        const watcher = watch(folder, (_, name) => (name === null || hears(name) ? knock() : undefined));
        watcher.on('error', () => watcher.close());
        watchers.set(folder, { inode, watcher });
      } catch {
        watchers.delete(folder);
      }
    },
    close: () => {
      for (const { watcher } of watchers.values()) watcher.close();
    },
  };
}
