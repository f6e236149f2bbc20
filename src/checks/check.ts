// Why: an Acceptance bullet that begins with a command is not believed but executed, on exactly what will land.
// Promises: each command runs in the checkout with the given environment and nothing else, and is ended with all it
// started. Time (each, and all together), output and room are limited, and a command that reached a limit says which.
// Never: decides what a failure means; the journey does.
import { type Environment, startGroup } from '../platform/process/process.ts';
import type { Clock } from '../platform/text/clock.ts';
import { Fault, machineFails } from '../platform/text/fault.ts';
import { showSize } from '../platform/text/text.ts';

/** One Acceptance command as it was executed. `status` is null when it was ended; `tail` is the end of its output. */
export type CheckResult = {
  readonly command: string;
  readonly status: number | null;
  readonly milliseconds: number;
  readonly tail: string;
  readonly timedOut: boolean;
  /** The limit that ended it, in words; absent where none did. */
  readonly limit?: string | undefined;
  /** Set when the check fails on the branch as well: `same`, or how it ends there. */
  readonly branch?: string | undefined;
};

/**
 * The limits of commands: minutes `each` and `together`, bytes of `output` each. `watch` looks after the disk while a
 * command runs. It calls `reached` with a sentence once the command uses too much, and returns a function that stops
 * the watch.
 */
export type CheckLimits = {
  readonly each: number;
  readonly together: number;
  readonly output: number;
  readonly watch: (reached: (words: string) => void) => () => void;
};

/** How much of the end of a check's output is recorded, in bytes. */
export const checkTail = 4096;

/**
 * A program as it is started: argument vector, folder, environment. `feeds` are the inputs that the sandbox around it
 * reads at its start; null without a sandbox.
 */
export type CheckStart = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  readonly feeds: readonly Uint8Array[] | null;
};

/**
 * Runs the commands one after the other, all of them unless `signal` stops them. `startOf` says how one is started;
 * `used` are milliseconds that earlier checks of the same work took.
 */
export async function runChecks(
  commands: readonly string[],
  startOf: (command: string) => Promise<CheckStart>,
  limits: CheckLimits,
  clock: Clock,
  signal: AbortSignal,
  used = 0,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  let left = limits.together * 60_000 - used;
  for (const command of commands) {
    // A signal that was given already is not given again: the next command would run on unstopped.
    if (signal.aborted) break;
    const result =
      left <= 0
        ? unstarted(command, limits)
        : await runOneCheck(command, await startOf(command), limits, left, clock, signal);
    left -= result.milliseconds;
    results.push(result);
  }
  return results;
}

function togetherWords({ together }: CheckLimits): string {
  return `all checks together took more than ${together} minutes (checks: together)`;
}

function unstarted(command: string, limits: CheckLimits): CheckResult {
  return { command, status: null, milliseconds: 0, tail: '', timedOut: true, limit: togetherWords(limits) };
}

async function runOneCheck(
  command: string,
  start: CheckStart,
  limits: CheckLimits,
  left: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckResult> {
  const began = clock.elapsed();
  let tail = Buffer.alloc(0);
  let printed = 0;
  let limit: string | undefined;
  let stop: () => void = () => undefined;
  const stopped = new Promise<null>((resolve) => {
    stop = () => resolve(null);
  });
  const reached = (words: string): void => {
    limit ??= words;
    stop();
  };
  const onOutput = (_stream: string, chunk: Buffer): void => {
    printed += chunk.length;
    if (printed > limits.output) reached(`it printed more than ${showSize(limits.output)} (checks: output)`);
    else tail = Buffer.concat([tail, chunk]).subarray(-checkTail);
  };
  const group = startGroup(start.argv, {
    cwd: start.folder,
    env: start.env,
    input: '',
    feeds: start.feeds,
    onOutput,
  });
  const each = limits.each * 60_000;
  const words = left < each ? togetherWords(limits) : `it took more than ${limits.each} minutes (checks: minutes)`;
  // After a sleep both may have come: an end that is waiting to be heard of was first.
  const timer = setTimeout(() => setImmediate(() => reached(words)), Math.min(each, left));
  signal.addEventListener('abort', stop, { once: true });
  const unwatch = limits.watch(reached);
  const ended = await Promise.race([group.ended, stopped]);
  clearTimeout(timer);
  unwatch();
  signal.removeEventListener('abort', stop);
  await group.end(ended === null ? 1000 : 200);
  // A machine that could not start the check says nothing about the work.
  const code = ended?.kind === 'unstartable' && ended.wall === true ? 'sandbox-unopened' : 'check-unstartable';
  const fault = ended?.kind === 'unstartable' ? new Fault(code, ended.reason) : null;
  if (machineFails(fault)) throw fault;
  return {
    command,
    status: ended?.kind === 'exited' ? ended.status : null,
    milliseconds: Math.round(clock.elapsed() - began),
    tail: tail.toString().trim(),
    timedOut: ended === null,
    ...(ended === null && limit !== undefined ? { limit } : {}),
  };
}

/** How a command ended, in words. */
export function showCheck({ status, timedOut, limit }: Pick<CheckResult, 'status' | 'timedOut' | 'limit'>): string {
  return limit ?? (timedOut ? 'ran out of time' : `ended with status ${status}`);
}
