// Why: hears changes and knocks. chokidar lives here alone and carries no data: a knock means "look", nothing else.
// Promises: a change in a watched folder leads to a knock. The watcher tries, folder by folder, whether the system
// still tells of changes. It names a folder that it cannot watch.
// Never: says what changed; lost and doubled events are harmless by design.
import { rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '../platform/text/fault.ts';

/**
 * A running watch. `add` watches further folders; one that is watched already is passed over, one that was made anew is
 * watched anew.
 */
export type Watch = {
  readonly add: (folders: readonly string[]) => Promise<void>;
  /** Puts a file into each of these folders and waits until it is heard of. Says what is wrong when one is not. */
  readonly probe: (folders: readonly string[]) => Promise<string | null>;
  /** Forgets folders that are not heard of any more: the next `add` watches them anew. */
  readonly renew: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** How long the system has to tell of a file, in milliseconds. */
const probeTime = 2000;
const probeName = '.fourline-knock';

const watchOptions = {
  depth: 0,
  ignoreInitial: true,
  atomic: false,
  awaitWriteFinish: false,
  followSymlinks: false,
  persistent: true,
} as const;

type Known = { readonly watcher: FSWatcher; readonly inode: number };

/**
 * Opens a watch over folders, one level each. `knock` is called for any change; `blind` whenever the system cannot
 * watch any more.
 */
export function openWatch(knock: () => void, blind: (reason: string) => void): Watch {
  const watchers = new Map<string, Known>();
  const deaf = new Set<string>();
  const probes = openProbes();
  const forget = async (folder: string): Promise<void> => {
    await watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };
  const watchFolder = (folder: string): FSWatcher => {
    const watcher = watch(folder, watchOptions);
    watcher.on('all', (_, path) => {
      if (basename(path) === probeName) probes.hear(dirname(path));
      else knock();
    });
    watcher.on('error', (error) => {
      deaf.add(folder);
      blind(messageOf(error));
    });
    return watcher;
  };
  return {
    add: async (folders) => {
      const ready: Promise<void>[] = [];
      for (const folder of folders) {
        const inode = (await stat(folder).catch(() => null))?.ino ?? 0;
        const known = watchers.get(folder);
        if (known?.inode === inode) continue;
        // The folder was removed and made again (a branch switch does that): the old watch hears nothing any more.
        await forget(folder);
        const watcher = watchFolder(folder);
        watchers.set(folder, { watcher, inode });
        // Listened for at once: a small folder is ready before the next one is looked at.
        ready.push(new Promise((resolve) => watcher.once('ready', resolve)));
      }
      await Promise.all(ready);
    },
    probe: async (folders) => {
      const answers = await Promise.all(folders.map(probes.isHeard));
      for (const [index, folder] of folders.entries()) if (answers[index] === false) deaf.add(folder);
      const [first] = deaf;
      return first === undefined ? null : `the system did not report a file put into ${first}`;
    },
    renew: async () => {
      const folders = [...deaf];
      deaf.clear();
      await Promise.all(folders.map(forget));
    },
    close: async () => void (await Promise.all([...watchers.keys()].map(forget))),
  };
}

// Tries whether the system tells of changes in a folder. `hear` is called when the file of a probe was seen there.
function openProbes(): {
  readonly hear: (folder: string) => void;
  readonly isHeard: (folder: string) => Promise<boolean>;
} {
  const heard = new Map<string, () => void>();
  const listen = (folder: string): Promise<boolean> =>
    new Promise((resolve) => {
      // Events that came while this program had no time to listen count: it reads them before the answer is no.
      const timer = setTimeout(() => setImmediate(() => resolve(false)), probeTime);
      heard.set(folder, () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  return {
    hear: (folder) => heard.get(folder)?.(),
    isHeard: async (folder) => {
      const path = `${folder}/${probeName}`;
      const answer = listen(folder);
      // If the daemon cannot write there, it cannot test there.
      const tried = await writeFile(path, '').then(
        () => true,
        () => false,
      );
      if (!tried) heard.get(folder)?.();
      const found = await answer;
      heard.delete(folder);
      if (tried) await rm(path, { force: true }).catch(() => undefined);
      return found;
    },
  };
}
