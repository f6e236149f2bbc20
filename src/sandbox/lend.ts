// Why: a run with a uid of its own can use only its own files and files that are open to everybody. But root made the
// folders it works in.
// Promises: when this returns, the sandbox's uid owns the folders it may write and the sockets it speaks to. A file
// that only its owner may read is lent as a copy.
// Never: changes the owner of a file outside the run's own folders, except fourline's own sockets.
import type { Stats } from 'node:fs';
import { copyFile, lstat } from 'node:fs/promises';
import { handTo } from '../platform/process/run-user.ts';
import type { Readable, SandboxPlan } from './bubblewrap.ts';

// A plain file that only its owner may read.
function isClosed(found: Stats): boolean {
  return found.isFile() && (found.mode & 0o004) === 0;
}

/**
 * Hands a sandbox to the uid it has outside, if that is not fourline's own. `place` holds the run's folders. Returns
 * the sandbox as it is to be opened.
 */
export async function lend(sandbox: SandboxPlan, place: string): Promise<SandboxPlan> {
  if (sandbox.user === null) return sandbox;
  const files: string[] = [];
  const readable: Readable[] = [];
  for (const [at, one] of sandbox.readable.entries()) {
    const found = await lstat(one.from).catch(() => null);
    const closed = found !== null && isClosed(found);
    const own = one.from.startsWith(`${place}/`);
    const copy = `${place}/lent-${at}`;
    if (closed && !own) await copyFile(one.from, copy);
    const from = closed && !own ? copy : one.from;
    if (closed || found?.isSocket() === true) files.push(from);
    readable.push({ ...one, from });
  }
  for (const name of ['passwd', 'group']) {
    const path = `${sandbox.accounts}/${name}`;
    if (isClosed(await lstat(path))) files.push(path);
  }
  const uppers = sandbox.layers.flatMap(({ upper }) => upper ?? []);
  await handTo(sandbox.user, [sandbox.room, sandbox.home, sandbox.temporary, ...uppers], files);
  return { ...sandbox, readable };
}
