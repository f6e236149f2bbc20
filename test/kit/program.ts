// Why: what one process promises another is tested with a second process.
// Promises: a program of a test speaks on its standard output, line by line, and is gone when the test ends.
// Never: waits for time to pass; it waits for a line or for the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { processAlive } from '../../src/platform/process/ending.ts';

/** The absolute address of a file of src, for import in another process. */
export function sourceFile(path: string): string {
  return fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
}

/** A second process of a test. */
export type Program = {
  readonly pid: number;
  /** The next line it prints; undefined when it has ended. */
  readonly line: () => Promise<string | undefined>;
  readonly kill: () => Promise<void>;
};

/** Starts a module, given as text, in a node of its own. */
export function startModule(text: string): Program {
  const child = spawn(process.execPath, ['--input-type=module', '-e', text], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  return {
    pid: child.pid ?? 0,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    kill,
  };
}

/**
 * True when a process of that id runs. Where /proc exists, one that has ended and was not yet waited for does not
 * count.
 */
export function alive(pid: number): boolean {
  if (!processAlive(pid)) return false;
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return process.platform !== 'linux';
  }
}
