// Why: a signal to the terminal's group (Ctrl-C) also hits a new child that doesn't yet stand in a group of its own.
// Such a child dies before its program began, and would pass for a program that ended badly.
// Promises: what `begin` returns has begun, or died by something else; a child that never began is started again.
// Never: waits; a child that lives is not looked at twice.
import { readFileSync } from 'node:fs';

// Those a terminal sends, and the one that asks to end.
const fromOutside: ReadonlySet<number> = new Set([1, 2, 3, 15]);
const tries = 3;

/** Starts a child with `start`; again when a signal to the group it came from ended it before it began. */
export function begin<Child extends { readonly pid?: number | undefined }>(start: () => Child): Child {
  let child = start();
  for (let round = 1; round < tries && neverBegan(child.pid); round += 1) child = start();
  return child;
}

// A child that such a signal killed right after it was made: the kernel keeps a trace of that until somebody asks how
// the child ended. A dying child has no command line any more, and is dead in a moment.
function neverBegan(pid: number | undefined): boolean {
  if (pid === undefined || process.platform !== 'linux') return false;
  try {
    while (readFileSync(`/proc/${pid}/cmdline`, 'latin1') === '') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return fromOutside.has(Number(fields[49]) & 0x7f);
    }
    return false;
  } catch {
    return false;
  }
}
