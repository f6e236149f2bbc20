// Why: an Acceptance bullet that begins with a command is not believed but executed, on exactly what will land.
// Promises: each command runs in the checkout with the given environment and nothing else, under a time limit, and is ended with all it started.
// Never: decides what a failure means; the journey does.
import type { Clock } from '../ground/clock.ts';
import { Fault, machineFails } from '../ground/fault.ts';
import { type Environment, startGroup } from '../ground/process.ts';

/** One Acceptance command as it was executed. `status` is null when it was ended; `tail` is the end of its output. */
export type CheckResult = {
  readonly command: string;
  readonly status: number | null;
  readonly milliseconds: number;
  readonly tail: string;
  readonly timedOut: boolean;
};

/** How much of the end of a check's output is recorded, in bytes. */
export const checkTail = 4096;

/** A program as it is started: argument vector, folder, environment; `feeds` is what the wall around it reads at its start, null where there is none. */
export type CheckStart = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  readonly feeds: readonly Uint8Array[] | null;
};

/** Runs the commands one after the other, all of them unless `signal` stops them. `startOf` says how one is started; `minutes` limits each. */
export async function runChecks(
  commands: readonly string[],
  startOf: (command: string) => Promise<CheckStart>,
  minutes: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const command of commands) {
    // A signal that was given already is not given again: the next command would run on unstopped.
    if (signal.aborted) break;
    results.push(await runCheck(command, await startOf(command), minutes, clock, signal));
  }
  return results;
}

async function runCheck(
  command: string,
  start: CheckStart,
  minutes: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckResult> {
  const began = clock.elapsed();
  let tail = Buffer.alloc(0);
  const onOutput = (_stream: string, chunk: Buffer): void => {
    tail = Buffer.concat([tail, chunk]).subarray(-checkTail);
  };
  const group = startGroup(start.argv, {
    cwd: start.folder,
    env: start.env,
    input: '',
    feeds: start.feeds,
    onOutput,
  });
  let timer: NodeJS.Timeout | undefined;
  let stop: () => void = () => undefined;
  const limit = new Promise<null>((resolve) => {
    stop = () => resolve(null);
    // After a sleep both may have come: an end that is waiting to be heard of was first.
    timer = setTimeout(() => setImmediate(stop), minutes * 60_000);
    signal.addEventListener('abort', stop, { once: true });
  });
  const ended = await Promise.race([group.ended, limit]);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  await group.end(ended === null ? 1000 : 200);
  // That the machine could not start it says nothing of the work.
  const fault = ended?.kind === 'unstartable' ? new Fault('check-unstartable', ended.reason) : null;
  if (machineFails(fault)) throw fault;
  return {
    command,
    status: ended?.kind === 'exited' ? ended.status : null,
    milliseconds: Math.round(clock.elapsed() - began),
    tail: tail.toString().trim(),
    timedOut: ended === null,
  };
}
