// Why: fourline must be able to end what it started, whatever that did to get away.
// Promises: ends a group with every process in it, and with those that left the group but still carry its mark. A
// process space is gone when its first process is.
// Never: ends a process that fourline did not start.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { Fault, whenAbsent } from '../text/fault.ts';

/** The mark of a run's processes: unique on this machine, and telling nothing of where things are. */
export function markOf(place: string): string {
  return createHash('sha256').update(place).digest('hex').slice(0, 24);
}

/** The environment variable that marks every process of a run, so that those that left the group are found. */
export const markName = 'FOURLINE_RUN';

/** Ends every process that carries the mark of a run, whatever its group: what a crash of fourline left. */
export async function endMarked(mark: string, grace: number): Promise<void> {
  await endGroup(0, mark, grace);
}

/**
 * Ends a recorded group (0: none): TERM to all of it and to all that carry `mark`, up to `grace` milliseconds, then
 * KILL until none is left.
 */
export async function endGroup(group: number, mark: string, grace: number, shield = false): Promise<void> {
  if (!(await signalAll(group, mark, 'SIGTERM', shield))) return;
  const deadline = performance.now() + grace;
  while (performance.now() < deadline) {
    if (!(await signalAll(group, mark, 0))) return;
    await pause(15);
  }
  for (let round = 0; round < 400; round += 1) {
    if (!(await signalAll(group, mark, 'SIGKILL'))) return;
    await pause(5);
  }
  throw new Fault('group-outlived', `process group ${group} is still there after SIGKILL`);
}

// True when there was anybody to signal. Signal 0 only asks.
async function signalAll(group: number, mark: string, signal: NodeJS.Signals | 0, shield = false): Promise<boolean> {
  let found = group > 1 && (await groupAlive(group));
  if (found && !shield) signalOne(-group, signal);
  for (const pid of mark === '' ? [] : await markedProcesses(mark)) {
    found = true;
    if (!shield || (await standsInside(pid))) signalOne(pid, signal);
  }
  return found;
}

// The sandbox program is several processes outside; the processes in a process space of their own are the ones it
// holds.
async function standsInside(pid: number): Promise<boolean> {
  const spaces = async (of: number | 'self'): Promise<number> => {
    const status = await readFile(`/proc/${of}/status`, 'latin1').catch(whenAbsent(''));
    return /^NSpid:(.*)$/m.exec(status)?.[1]?.trim().split(/\s+/).length ?? 0;
  };
  return (await spaces(pid)) > (await spaces('self'));
}

function signalOne(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

// A group whose members are all zombies answers to signal 0 although nothing runs; where /proc exists its word counts.
async function groupAlive(group: number): Promise<boolean> {
  if (!signalOne(-group, 0)) return false;
  for (const pid of await processIds()) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(whenAbsent(''));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[2] === String(group) && fields[0] !== 'Z') return true;
  }
  return process.platform !== 'linux';
}

/**
 * The processes that carry a run's mark (Linux): those that set a session of their own leave the group but keep their
 * environment.
 */
export async function markedProcesses(mark: string): Promise<number[]> {
  const wanted = Buffer.from(`${markName}=${mark}\0`);
  const found: number[] = [];
  for (const [index, pid] of (await processIds()).entries()) {
    if (pid === process.pid) continue;
    // A read of /proc waits for no disk. Now and then others get their turn.
    if (index % 50 === 49) await setImmediate();
    if (environmentOf(pid)?.includes(wanted) === true) found.push(pid);
  }
  return found;
}

function environmentOf(pid: number): Buffer | null {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch (error) {
    return whenAbsent(null)(error);
  }
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(whenAbsent([]));
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** True when a process of that id exists. */
export function processAlive(pid: number): boolean {
  return signalOne(pid, 0);
}

/**
 * Waits for a process space to be gone, and ends it when it stays. bubblewrap itself ends a moment before: only when
 * the first process is gone is nobody left, marked or not.
 */
export async function endSpace(first: number | null): Promise<void> {
  for (let round = 0; first !== null && (await processRuns(first)); round += 1) {
    if (round === 20) signalOne(first, 'SIGKILL');
    if (round === 2000) throw new Fault('space-outlived', `the process space of ${first} is still there after SIGKILL`);
    await pause(5);
  }
}

async function processRuns(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(whenAbsent(null));
  return stat !== null && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}
