// Why: what outlives a run is seen in the process table, from outside.
// Promises: ends what it finds: only what the suite's own attacks started carries that command line.
// Never: waits.
import { readdirSync, readFileSync } from 'node:fs';

/** True when a process with exactly that command line (words ended by NUL) is there; it is ended. */
export function endSurvivors(command: string): boolean {
  const found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === command);
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  return found.length > 0;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
