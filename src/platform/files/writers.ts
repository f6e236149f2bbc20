// Why: a file whose first lines are already an order may still be being written. Linux says who has it open.
// Promises: looks at a bounded number of descriptors; a process it may not look into counts as no writer.
// Never: waits.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Most descriptors that are looked at in one search. */
const most = 20_000;

/**
 * The paths right in a folder (a real path) that a process has open for writing. Empty where the system does not say.
 */
export function findWriters(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (process.platform !== 'linux') return found;
  let left = most;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const name of namesIn(`/proc/${pid}/fd`)) {
      left -= 1;
      if (left < 0) return found;
      const path = whenReadable(() => readlinkSync(`/proc/${pid}/fd/${name}`));
      if (path.startsWith(`${folder}/`) && isForWriting(pid, name)) found.add(path);
    }
  }
  return found;
}

// The last two bits of the flags, in octal, are 0 for reading alone (open(2)).
function isForWriting(pid: string, descriptor: string): boolean {
  const text = whenReadable(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1'));
  return (Number.parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? '0', 8) & 3) !== 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function whenReadable(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
