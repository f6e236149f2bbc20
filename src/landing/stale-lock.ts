// Why: one of git's locks blocks a landing: somebody's git is at work, or left the lock when it was killed. The work is
// done and checked. Waiting costs nothing; another run of the agent would.
// Promises: fourline names the lock and says what to do; the landing goes on when the lock is gone.
// Never: removes a lock that is not fourline's own.
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { whenAbsent } from '../platform/text/fault.ts';
import type { Base, Parcel } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The lock that git says exists already; null when git says something else. */
export function lockNamed(reason: string): string | null {
  return /Unable to create '(.+\.lock)': File exists/.exec(reason)?.[1] ?? null;
}

/**
 * How long a landing waits for a lock that somebody else's git holds or has left, and after how long it says so, in
 * milliseconds.
 */
const lockTimes = { patience: 600_000, said: 2000 } as const;

/** Waits until a lock is gone. False when fourline has to stop, or has waited too long. */
export async function awaitLock(
  workspace: Workspace,
  parcel: Parcel,
  base: Base,
  lock: string,
  signal: AbortSignal,
): Promise<boolean> {
  const began = workspace.clock.elapsed();
  let said = false;
  while ((await stat(lock).catch(whenAbsent(null))) !== null) {
    const waited = workspace.clock.elapsed() - began;
    if (signal.aborted || waited > lockTimes.patience) return false;
    if (!said && waited > lockTimes.said) {
      said = true;
      const hint = `remove it when no git works in repos/${base.target.name}`;
      workspace.tell({
        kind: 'waits',
        role: parcel.role,
        order: parcel.id,
        detail: `to land: ${lock} is there  → ${hint}`,
        weight: 'bad',
      });
    }
    await pause(100);
  }
  return true;
}
