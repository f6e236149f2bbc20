// Why: a file of holes is as long as its maker likes and takes no room; copied byte by byte it fills a disk with zeros.
// Promises: what is written is what is there: holes stay holes; never more than was allowed, in real bytes; a copy that
// cannot be whole is not there at all.
// Never: follows a link; reads for longer than the length allowed takes.

import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Reason } from '../text/fault.ts';
import { showSize } from '../text/text.ts';

/** Longest file that is copied, in bytes, holes included: all of it is read. */
export const longestCopied = 16 * 1024 * 1024 * 1024;

const piece = 64 * 1024;

/**
 * Copies a plain file; `most` are the real bytes it may take. Gives the bytes that were written, or why it is not
 * copied.
 */
export async function copySparse(from: string, to: string, most: number): Promise<number | Reason> {
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size, blocks } = await source.stat();
    if (size > longestCopied) return `it is ${showSize(size)} long; at most ${showSize(longestCopied)} are read`;
    if (blocks * 512 > most)
      return `it takes ${showSize(blocks * 512)} on disk; ${showSize(Math.max(0, most))} are left for this run`;
    const target = await open(to, 'wx', 0o600);
    const written = await copyPieces(source, target, size, most).finally(() => target.close());
    if (written !== null) return written;
    await rm(to, { force: true });
    return `it takes more than ${showSize(most)} on disk`;
  } finally {
    await source.close();
  }
}

async function copyPieces(source: FileHandle, target: FileHandle, size: number, most: number): Promise<number | null> {
  const buffer = Buffer.alloc(piece);
  const zeros = Buffer.alloc(piece);
  let written = 0;
  for (let at = 0; at < size; ) {
    const { bytesRead } = await source.read(buffer, 0, piece, at);
    if (bytesRead === 0) break;
    if (buffer.compare(zeros, 0, bytesRead, 0, bytesRead) !== 0) {
      if (written + bytesRead > most) return null;
      for (let done = 0; done < bytesRead; )
        done += (await target.write(buffer, done, bytesRead - done, at + done)).bytesWritten;
      written += bytesRead;
    }
    at += bytesRead;
  }
  await target.truncate(size);
  return written;
}
