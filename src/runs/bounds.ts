// Why: an agent that fills the disk destroys everybody's work. We watch how full its room and the disk are while it
// runs.
// Promises: a run that passes its limit is ended, and the limit is named. We count only when the disk has lost enough
// space to make counting worth while.
// Never: removes anything; the room is read and kept as after any other end.
import { lstat, readdir, statfs } from 'node:fs/promises';
import type { Ending } from '../agent/agent.ts';
import type { CheckLimits } from '../checks/check.ts';
import { makeFolder, removeFile, writeDurable } from '../platform/files/files.ts';
import { showSize } from '../platform/text/text.ts';
import type { Settings } from '../workspace/settings.ts';

/** Milliseconds between looks at the disk while a run goes on. */
export const boundsTime = 3000;

/** Free bytes on the disk of a folder. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Why no run may start: too little is free on the disks of rooms or state. Null when there is enough. Folders that
 * don't exist yet are skipped.
 */
export async function shortOfSpace(folders: readonly string[], free: number): Promise<string | null> {
  for (const folder of folders) {
    const left = await freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
    if (left < free) return `only ${showSize(left)} are free where ${folder} is; a run needs ${showSize(free)} (free:)`;
  }
  return null;
}

/**
 * Writes a trial file of 128 KiB into each folder. Later writes may still find too little space. Throws what the disk
 * says.
 */
export async function proveWritable(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await makeFolder(folder);
    await writeDurable(`${folder}/.proof`, new Uint8Array(128 * 1024));
    await removeFile(`${folder}/.proof`);
  }
}

/** Bytes that the files below a folder take; counting stops at `enough`. Unreadable files count nothing. */
export async function sizeOf(folder: string | Buffer, enough = Number.POSITIVE_INFINITY): Promise<number> {
  let size = 0;
  for (const one of await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => [])) {
    if (size > enough) break;
    const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), one.name]);
    size += one.isDirectory()
      ? await sizeOf(path, enough - size)
      : ((await lstat(path).catch(() => null))?.blocks ?? 0) * 512;
  }
  return size;
}

/**
 * True when a run's own room holds more than what must be free on its disk before a run: then the run itself filled the
 * disk.
 */
export async function tookTheDisk(place: string | null, free: number): Promise<boolean> {
  if (place === null) return false;
  const most = Math.max(free, 1024 * 1024);
  return (await sizeOf(place, most)) > most;
}

/** The limits of a run's room: `room` bytes in it, and `free` bytes that must stay free on its disk. */
export type RoomBounds = { readonly place: string; readonly room: number; readonly free: number };

/**
 * Watches a room until the returned function is called. When the room reaches a limit, it calls `reached` once, with
 * the ending.
 */
export function watchRoom(bounds: RoomBounds, reached: (ending: Ending) => void): () => void {
  let over = false;
  let counted = Number.POSITIVE_INFINITY;
  const look = async (): Promise<void> => {
    const free = await freeSpace(bounds.place);
    // The disk has lost next to nothing since the last count, so the room hasn't grown either.
    if (counted - free < bounds.room / 16 && free >= bounds.free) return;
    const size = await sizeOf(bounds.place, bounds.room);
    counted = free;
    const detail =
      size > bounds.room
        ? `its room holds more than ${showSize(bounds.room)}`
        : free < bounds.free && size > bounds.free / 4
          ? `${showSize(free)} are left on the disk, and its room takes ${showSize(size)}`
          : null;
    if (detail === null || over) return;
    over = true;
    reached({ kind: 'over-limit', limit: 'room', detail });
  };
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    last = last.then(look).catch(() => undefined);
  }, boundsTime);
  return () => {
    over = true;
    clearInterval(timer);
  };
}

/**
 * The limits of shell commands (checks, setups) in a room, by `checks:` of fourline.yaml: `minutes` each, and `room`
 * bytes.
 */
export function commandLimits(
  { checks, free }: Settings,
  place: string,
  { minutes, room }: { readonly minutes: number; readonly room: number },
): CheckLimits {
  return {
    each: minutes,
    together: checks.together,
    output: checks.output,
    watch: (reached) =>
      watchRoom({ place, room, free }, (ending) =>
        reached(`${ending.kind === 'over-limit' ? ending.detail : ''} (checks: room)`),
      ),
  };
}
