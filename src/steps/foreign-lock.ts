// Why: a target is locked by somebody else's git, or by one that died. The work is done and checked: waiting costs nothing, another run of the agent would.
// Promises: waits while the lock is there, says so when it takes long, and ends with the shift.
// Never: removes a lock of git's that is not fourline's own.
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { whenAbsent } from '../ground/fault.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import type { Base, Judged } from './trip.ts';

// How long a landing waits, and after how long it says so, in milliseconds.
const lockTimes = { patience: 600_000, said: 2000 } as const;

/** Waits until a lock is gone. False when `signal` came first, or patience ended. */
export async function awaitLock(
  workspace: Workspace,
  judged: Judged,
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
      sayStep(workspace, judged.role, judged.id, 'waits', `to land: ${lock} is there  → ${hint}`, 'bad');
    }
    await pause(100);
  }
  return true;
}
