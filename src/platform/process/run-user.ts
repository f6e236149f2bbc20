// Why: root inside a sandbox that maps it to another uid is still root outside it. So each run has a uid of its own
// when fourline is root, outside the sandbox as well.
// Promises: the uid follows from the run's folder, in a range that no system gives to anybody. fourline hands the run
// what it needs. As root, fourline reads and removes all of it all the same.
// Never: follows a link; changes the owner of anything but the folders and files it is given.
import { createHash } from 'node:crypto';
import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Fault, machineFails, messageOf } from '../text/fault.ts';

/** Uids from which runs get theirs. */
export type Owners = { readonly first: number; readonly count: number };

// Above all ranges that systemd.io/UIDS-GIDS lists, below the sign bit.
const unused: Owners = { first: 0x70000000, count: 0x10000000 };
// In a container with few uids: a part at the end of what there is, without 65534 and 65535, which stand for nobody.
const fewest = 1000;

/**
 * The uids that root can give away, by the kernel's table of those there are (`/proc/self/uid_map`). Null where root is
 * alone in its namespace: it is then somebody else outside, and there is nobody to be instead.
 */
export function ownersIn(map: string): Owners | null {
  const extents = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , count = 0]) => ({ first, end: first + count }));
  if (extents.some(({ first, end }) => first <= unused.first && end >= unused.first + unused.count)) return unused;
  const parts = extents.map(({ first, end }) => {
    const last = end > 65534 && first <= 65534 ? 65534 : end;
    const begin = Math.max(fewest, first, last - 4096);
    return { first: begin, count: Math.max(0, last - begin) };
  });
  const best = parts.sort((a, b) => b.count - a.count)[0];
  return best === undefined || best.count === 0 ? null : best;
}

/** The uid of the run whose folders lie at `place`. */
export function ownerOf(owners: Owners, place: string): number {
  return owners.first + (createHash('sha256').update(place).digest().readUInt32BE(0) % owners.count);
}

/**
 * Hands folders to a run, with all that is in them (a layer's may be a file), and single files and sockets. Throws a
 * Fault where the system refuses.
 */
export async function handTo(user: number, folders: readonly string[], files: readonly string[]): Promise<void> {
  try {
    for (const file of files) lchownSync(file, user, user);
    for (const folder of folders)
      if (lstatSync(folder).isDirectory()) await handFolder(Buffer.from(folder), user);
      else lchownSync(folder, user, user);
  } catch (error) {
    if (machineFails(error)) throw error;
    throw new Fault('room-not-given', `a run could not be given its room: ${messageOf(error).slice(0, 300)}`, {
      hint: 'fourline runs as root here; it must be allowed to change owners, or be started by an ordinary user',
    });
  }
}

// Names are bytes here. Nobody works in the folders yet.
async function handFolder(folder: Buffer, user: number): Promise<void> {
  lchownSync(folder, user, user);
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const at = Buffer.concat([folder, Buffer.from('/'), entry.name]);
    if (entry.isDirectory()) await handFolder(at, user);
    else lchownSync(at, user, user);
  }
  // Everybody else gets a turn.
  await setImmediate();
}
