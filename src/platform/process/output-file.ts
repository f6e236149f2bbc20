// Why: some programs write to an output that does not block, and die when it is full for a moment. A file is never full
// before its disk is.
// Promises: hands on what a program writes into the file, in order, within a tenth of a second. All of it is handed on
// before `close` returns; the file is gone then.
// Never: keeps more of it in memory than one chunk.
import { closeSync, openSync, readSync, rmSync } from 'node:fs';

/** Milliseconds between looks at what was written, and bytes that are read at once. */
const limits = { pause: 100, chunk: 256 * 1024 } as const;

/** A file that stands for a program's output. `descriptor` is what the program is given. */
export type OutputFile = { readonly descriptor: number; readonly close: () => void };

/** Makes a file at `path` for a program to write to, and hands on what comes. Throws what the disk says. */
export function openOutputFile(path: string, take: (chunk: Buffer) => void): OutputFile {
  const descriptor = openSync(path, 'a', 0o600);
  const reader = openSync(path, 'r');
  const read = (): void => {
    for (;;) {
      const chunk = Buffer.alloc(limits.chunk);
      const size = readSync(reader, chunk, 0, chunk.length, null);
      if (size === 0) return;
      take(chunk.subarray(0, size));
    }
  };
  const timer = setInterval(read, limits.pause);
  return {
    descriptor,
    close: () => {
      clearInterval(timer);
      read();
      closeSync(reader);
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}
