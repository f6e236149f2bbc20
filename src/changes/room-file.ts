// Why: files of a sealed room are read and taken by several, and an agent chose what lies there.
// Promises: no link is followed, no pipe is waited for, and a closed file is opened.
// Never: decides what is done with a file.
import { chmodSync, closeSync, constants, openSync, readFileSync } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import { copySparse } from '../platform/files/sparse.ts';
import { errnoOf, type Reason } from '../platform/text/fault.ts';
import type { Change } from './change.ts';

/** Reads a file of a sealed room: no link followed, no pipe waited for. */
export function readRoomFile(at: Buffer | string): Buffer {
  const file = openPlain(at);
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The content that a change has at a path of a sealed room. A link's content is where it leads. */
export function readChanged({ after }: Pick<Change, 'after'>, at: string): Buffer {
  return after?.kind === 'blob' && after.target !== undefined ? Buffer.from(after.target) : readRoomFile(at);
}

function openPlain(at: Buffer | string): number {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return openSync(at, flags);
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
    chmodSync(at, 0o600);
    return openSync(at, flags);
  }
}

/**
 * Moves what is at a path of a sealed room, when it is a plain file. Gives the bytes that had to be written for it (to
 * another disk it is copied, up to `most` real bytes), false where there is no file, and a sentence where it cannot be
 * kept.
 */
export async function moveIfFile(
  at: string,
  to: string,
  most = Number.POSITIVE_INFINITY,
): Promise<number | false | Reason> {
  const stat = await lstat(at).catch(() => null);
  if (stat?.isFile() !== true) return false;
  return rename(at, to).then(
    () => 0,
    (error: unknown) => {
      if (errnoOf(error) !== 'EXDEV') throw error;
      return copySparse(at, to, most);
    },
  );
}
