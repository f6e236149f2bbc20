// Why: one process at a time may change a workspace. Other processes ask which process that is and how it is doing.
// Promises: answers from the lock and from the holder's own note.
// Never: takes the lock.
import { readFile, stat } from 'node:fs/promises';
import type { Places } from '../places.ts';
import { takeLock } from '../platform/files/lock.ts';
import { processAlive } from '../platform/process/ending.ts';
import { processLives } from '../platform/process/living.ts';
import { troubleOf, whenAbsent } from '../platform/text/fault.ts';
/** The process that holds a workspace's session, by its own note; null when it has not noted itself (yet). */
export async function holderOf(places: Places): Promise<number | null> {
  return (await readHolder(places))?.pid ?? null;
}

type Holder = { readonly pid: number; readonly process: string; readonly mark: string | null };

/** The holder of a workspace: process id, name and mark of that process; null when it has not noted itself (yet). */
export async function readHolder(places: Places): Promise<Holder | null> {
  const text = await readFile(places.session.running, 'utf8').catch(whenAbsent(''));
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  const [process = '', mark = null] = [/"process":"([^"]*)"/, /"mark":"([0-9a-f]{12})"/].map(
    (one) => one.exec(text)?.[1],
  );
  return pid === undefined ? null : { pid: Number(pid), process, mark };
}

/** Current troubles of the machine, as the holder of a workspace's session noted them. */
export async function troublesOf(places: Places): Promise<string[]> {
  const text = await readFile(places.session.running, 'utf8').catch(() => '{}');
  try {
    const { troubles } = JSON.parse(text) as { troubles?: unknown };
    return Array.isArray(troubles) ? troubles.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

async function noteLives(places: Places): Promise<boolean> {
  return processLives((await readHolder(places))?.process ?? '');
}

/**
 * True when somebody holds the session. If the lock cannot be asked (a read-only disk), the process that noted itself
 * counts.
 */
export async function isHeld(places: Places): Promise<boolean> {
  try {
    // No file, no lock; to take it would make one in a workspace that is only looked at.
    if ((await stat(places.session.lock).catch(whenAbsent(null))) === null) return noteLives(places);
    const lock = takeLock(places.session.lock);
    lock?.release();
    // Somebody may have removed the lock's file while the holder works.
    return lock === null || (await noteLives(places));
  } catch (error) {
    if (troubleOf(error) === null) throw error;
    const pid = await holderOf(places);
    return pid !== null && processAlive(pid);
  }
}
