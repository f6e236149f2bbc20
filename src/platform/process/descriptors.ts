// Why: a program inherits every descriptor that its parent left open, and node passes on those above about 16. A
// folder's descriptor leads out of any sandbox.
// Promises: afterwards a started program inherits only standard input, output and error.
// Never: touches a descriptor that closes by itself at a start (O_CLOEXEC), which all of node's own are.
import { closeSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

/** The descriptor on which a sandbox around a group tells its first process, as JSON (`child-pid`). */
export const wallStatus = 3;

/** The first of the descriptors from which a sandbox around a group reads its inputs at its start. */
export const wallFeeds = 4;

/** Descriptors above 2 that a started program would inherit (Linux; elsewhere none are known). */
export function inheritedDescriptors(): number[] {
  let names: string[] = [];
  try {
    names = readdirSync('/proc/self/fdinfo');
  } catch {
    return [];
  }
  return names.map(Number).filter((descriptor) => {
    if (descriptor <= 2) return false;
    try {
      const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
    } catch {
      return false;
    }
  });
}

/** Closes what was inherited. Returns which descriptors it closed. */
export function closeInherited(): number[] {
  return inheritedDescriptors().filter((descriptor) => {
    try {
      closeSync(descriptor);
      return true;
    } catch {
      return false;
    }
  });
}
