// Why: a dashboard hears of each step when it happens, and a program that was away takes up where it left off.
// Promises: every line of the journal behind the given one, once and in order; no timers: the system tells of changes.
// Ends when its consumer stops or its signal aborts, and then holds no watch and keeps no process alive.
// Never: writes; takes the workspace's lock; passes over a journal that was removed or replaced.
import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Entry } from '../ledger/entry.ts';
import { placesOf } from '../places.ts';
import { makeFolder } from '../platform/files/files.ts';
import { errnoOf, Fault, isReason, messageOf } from '../platform/text/fault.ts';
import { recordFile, recordFolder } from '../record/path.ts';
import { type Site, withLook } from './site.ts';

/** A journal entry, and which line of the journal it is, from 1. */
export type Followed = Entry & { readonly line: number };

/** The position of the reader: bytes and lines that it read, and the file it read them from. */
type Position = { readonly offset: number; readonly line: number; readonly inode: number | null };

/** How to follow: until `signal` aborts; `live: false` ends where the journal ends. */
export type FollowOptions = { readonly signal?: AbortSignal | undefined; readonly live?: boolean | undefined };

/**
 * Follows the journal. `after` is the last line that is known already: 0 gives all of it, `look().line` what came since
 * that look. `signal` ends it. Iterating throws Fault `journal-lost` when the journal was removed, replaced or cut,
 * `journal-newer`, and `watch-failed` when the system does not tell of changes.
 */
export function followJournal(
  { root }: Site,
  after: number,
  { signal, live = true }: FollowOptions = {},
): AsyncIterableIterator<Followed> {
  const {
    history: { journal },
    state,
  } = placesOf(root, '', '');
  let position: Position = { offset: 0, line: 0, inode: null };
  const read = async (): Promise<readonly Followed[]> => {
    const behind = await readBehind(journal, position);
    position = behind.position;
    return behind.entries.filter((one) => one.line > after);
  };
  const place = async (): Promise<string> => {
    await makeFolder(state);
    return journal;
  };
  return followFile(place, read, signal, live);
}

/** The size in bytes of a transcript that has grown. */
export type Grown = { readonly bytes: number };

/**
 * Tells each time that the transcript of an order's run has grown, and once how long it is already. `signal` ends it.
 * Iterating throws Fault `order-unknown`, `order-ambiguous`, and `watch-failed` when the system does not tell of
 * changes.
 */
export function followLog(site: Site, prefix: string, signal?: AbortSignal): AsyncIterableIterator<Grown> {
  let path = '';
  let known = -1;
  const read = async (): Promise<readonly Grown[]> => {
    const bytes = await transcriptSize(path);
    if (bytes === known) return [];
    known = bytes;
    return [{ bytes }];
  };
  const place = (): Promise<string> =>
    withLook(site, async ({ workspace, history }) => {
      const { findOrder } = await import('../workspace/look.ts');
      const standing = history.orders.get(findOrder(history, prefix));
      if (standing === undefined) throw new Fault('order-unknown', `there is no order '${prefix}'`);
      path = recordFile(recordFolder(workspace.places, standing), 'transcript.jsonl');
      return path;
    });
  return followFile(place, read, signal);
}

async function transcriptSize(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

// Gives what `read` gives, at first and after each change of a file. `place` says which file; its folder is there.
function followFile<Value>(
  place: () => Promise<string>,
  read: () => Promise<readonly Value[]>,
  signal: AbortSignal | undefined,
  live = true,
): AsyncIterableIterator<Value> {
  const queue: Value[] = [];
  let watcher: FSWatcher | null = null;
  let changed = true;
  let ended = false;
  let failure: unknown = null;
  let wake: () => void = () => undefined;
  const knock = (): void => {
    changed = true;
    wake();
  };
  const end = (): void => {
    ended = true;
    watcher?.close();
    signal?.removeEventListener('abort', end);
    wake();
  };
  const listen = async (): Promise<void> => {
    if (watcher !== null) return;
    const path = await place();
    if (ended) return;
    watcher = watchFile(dirname(path), basename(path), knock, (error) => {
      failure = error;
      wake();
    });
  };
  const take = async (): Promise<IteratorResult<Value>> => {
    for (;;) {
      if (ended) return { done: true, value: undefined };
      if (failure !== null) throw failure;
      const [value] = queue.splice(0, 1);
      if (value !== undefined) return { done: false, value };
      // The watch comes first: what is written between the two is read, or heard of.
      if (live) await listen();
      if (changed) {
        changed = false;
        queue.push(...(await read()));
      } else if (!live) end();
      else if (!ended && failure === null) await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  if (signal?.aborted === true) end();
  else signal?.addEventListener('abort', end, { once: true });
  return iterate(take, end);
}

// An iterator over what `take` gives. It ends with `end`: when its consumer stops, and when `take` throws.
function iterate<Value>(take: () => Promise<IteratorResult<Value>>, end: () => void): AsyncIterableIterator<Value> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: inTurn(() =>
      take().catch((error: unknown) => {
        end();
        throw error;
      }),
    ),
    return: async () => {
      end();
      return { done: true, value: undefined };
    },
  };
}

// Calls that come while one goes on wait for it.
function inTurn<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let turn: Promise<unknown> = Promise.resolve();
  return () => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
}

function watchFile(folder: string, name: string, knock: () => void, fail: (error: Fault) => void): FSWatcher {
  const failed = (error: unknown): Fault =>
    new Fault('watch-failed', `changes of ${name} can't be watched: ${messageOf(error)}`, {
      where: `${folder}/${name}`,
      hint: 'raise the limits on watches and open files (fs.inotify.max_user_watches, ulimit -n), then follow again',
      cause: error,
    });
  try {
    // A rename also tells that the folder itself is gone.
    const watcher = watch(folder, (kind, file) =>
      kind === 'rename' || file === null || file === name ? knock() : undefined,
    );
    watcher.on('error', (error) => fail(failed(error)));
    return watcher;
  } catch (error) {
    throw failed(error);
  }
}

// The whole lines behind a position. A line that is being written is left for the next time.
async function readBehind(path: string, from: Position): Promise<{ entries: Followed[]; position: Position }> {
  const handle = await open(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) {
    if (from.inode !== null) throw journalLost(path, 'removed');
    return { entries: [], position: from };
  }
  try {
    const { ino, size } = await handle.stat();
    if ((from.inode !== null && from.inode !== ino) || size < from.offset) throw journalLost(path, 'replaced or cut');
    const bytes = await readBytes(handle, from.offset, size);
    const end = bytes.lastIndexOf(10) + 1;
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
    const { parseLine } = await import('../ledger/journal.ts');
    const entries = lines.flatMap((text, index) => {
      const entry = parseLine(text);
      return isReason(entry) ? [] : [{ ...entry, line: from.line + index + 1 }];
    });
    return { entries, position: { offset: from.offset + end, line: from.line + lines.length, inode: ino } };
  } finally {
    await handle.close();
  }
}

async function readBytes(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

function journalLost(path: string, how: string): Fault {
  return new Fault('journal-lost', `the journal was ${how} while it was followed`, {
    where: path,
    hint: 'look again, and follow from there',
  });
}
