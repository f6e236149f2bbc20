// Why: the one door to other programs (execa lives here alone).
// Promises: a program gets only the environment it is given; its standard input is given or closed. A group counts as
// ended only after all its output was handed on. Each program has a group of its own: a Ctrl-C to the terminal's group
// doesn't reach git in a landing.
// Never: uses a shell.
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { execa, type Options } from 'execa';
import { Fault } from '../text/fault.ts';
import { explainFailure } from './call-table.ts';
import { begin } from './child.ts';
import { wallFeeds, wallStatus } from './descriptors.ts';
import { endGroup, endSpace, markName } from './ending.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** How a short program ended. `status` is null when a signal ended it. */
export type Finished = {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** True when there is no such program. */
  readonly missing: boolean;
};

/** Milliseconds a short program has to clear up after itself when it is told to end. */
const shortGrace = 2000;

/**
 * Runs a short program to its end and returns all it printed. `limit` bounds either stream, in bytes (default 512 MiB);
 * `timeout` its time, in milliseconds; `signal` ends it and all it started at once.
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: {
    cwd?: string;
    env: Environment;
    input?: string | Uint8Array;
    limit?: number;
    timeout?: number;
    signal?: AbortSignal;
  },
): Promise<Finished> {
  const [file, ...args] = argv;
  const settings = {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    env: options.env,
    extendEnv: false,
    detached: true,
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    maxBuffer: options.limit ?? 512 * 1024 * 1024,
    ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' as const }),
  } satisfies Options;
  const child = begin(() => execa(file, args, settings));
  // Its helpers hold its output open: it counts as ended when they have.
  const kill = (): void => void endGroup(child.pid ?? 0, '', shortGrace).catch(() => undefined);
  options.signal?.addEventListener('abort', kill);
  if (options.signal?.aborted === true) kill();
  const result = await child;
  options.signal?.removeEventListener('abort', kill);
  if (result.exitCode === undefined && result.signal === undefined && result.code !== 'ENOENT')
    throw new Fault('program-unstartable', `${file} could not be started: ${result.originalMessage ?? ''}`);
  if (result.isMaxBuffer) throw new Fault('output-too-large', `${file} printed more than ${settings.maxBuffer} bytes`);
  return {
    status: result.exitCode ?? null,
    stdout: Buffer.from(result.stdout ?? []),
    stderr: Buffer.from(result.stderr ?? []).toString(),
    missing: result.code === 'ENOENT',
  };
}

/** A long-lived helper that answers on its standard output. */
export type Helper = {
  readonly write: (data: string) => void;
  readonly onData: (listener: (chunk: Buffer) => void) => void;
  /** Called once when it is gone, with what it said on standard error. */
  readonly onEnd: (listener: (reason: string) => void) => void;
  readonly close: () => void;
  /** Lets the event loop end although the helper lives. */
  readonly release: () => void;
  readonly hold: () => void;
};

type ProcessHeld = { ref?: () => void; unref?: () => void };

/** Starts a helper that is spoken to over pipes until `close`. */
export function startHelper(argv: readonly [string, ...string[]], env: Environment): Helper {
  const [file, ...args] = argv;
  const settings = {
    env,
    extendEnv: false,
    detached: true,
    buffer: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  } satisfies Options;
  const child = begin(() => execa(file, args, settings));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString()}`.slice(-2000);
  });
  child.stdin.on('error', () => undefined);
  const parts: readonly ProcessHeld[] = [
    child.nodeChildProcess as ProcessHeld,
    child.stdin as ProcessHeld,
    child.stdout as ProcessHeld,
    child.stderr as ProcessHeld,
  ];
  return {
    write: (data) => void child.stdin.write(data),
    onData: (listener) => void child.stdout.on('data', listener),
    onEnd: (listener) =>
      void child.then(
        (result) => listener(said.trim() || (result.originalMessage ?? '')),
        (error) => listener(String(error)),
      ),
    close: () => void child.stdin.end(),
    release: () => {
      for (const part of parts) part.unref?.();
    },
    hold: () => {
      for (const part of parts) part.ref?.();
    },
  };
}

/** How a group's first process ended. */
export type GroupEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** `wall` is true when the sandbox around the program failed: then we know nothing about the program itself. */
  | { readonly kind: 'unstartable'; readonly reason: string; readonly wall?: true };

/** A running process group. */
export type Group = {
  /** The group's id (its first process's id), or null when it could not be started. */
  readonly id: number | null;
  /** Settles when the first process has ended. */
  readonly ended: Promise<GroupEnd>;
  /** Ends what is left: TERM, `grace` milliseconds, KILL. Settles when its output has closed as well. */
  readonly end: (grace: number) => Promise<void>;
  /** For a group whose standard input was left open: puts text onto it, and closes it. */
  readonly say: (text: string) => void;
  readonly hangUp: () => void;
};

/** How much of the end of what a program complained of is kept for its ending, in characters. */
const complaintLength = 2000;

/** How long output may take to close once its processes are gone, in milliseconds. */
const drainTime = 2000;

type GroupOptions = {
  cwd: string;
  env: Environment;
  input: string | null;
  /**
   * For a program that is a sandbox around another one: the inputs that it reads from descriptor `wallFeeds` on.
   * fourline doesn't ask a sandbox to end, since everything in it would be gone at once.
   */
  feeds?: readonly Uint8Array[] | null;
  /** The path of a file for its standard output; null or absent for a pipe. */
  file?: string | undefined;
  onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
};

// A sandbox has pipes of its own behind the three of every program: one for its status, and one for each of its feeds.
function groupSettings({ cwd, env, feeds = null }: GroupOptions, output: OutputFile | null) {
  // execa takes any descriptor; its types know of none.
  const stdout = (output?.descriptor ?? 'pipe') as 'pipe';
  return {
    cwd,
    env,
    extendEnv: false,
    buffer: false,
    reject: false,
    detached: true,
    stdio: ['pipe', stdout, 'pipe', ...(feeds === null ? [] : Array<'pipe'>(1 + feeds.length).fill('pipe'))],
  } satisfies Options;
}

/**
 * Starts a program as the head of its own process group. `input` goes to its standard input, which is then closed; null
 * leaves it open. Each chunk it prints is handed to `onOutput` as it comes.
 */
export function startGroup(argv: readonly [string, ...string[]], options: GroupOptions): Group {
  const [program, ...args] = argv;
  const feeds = options.feeds ?? null;
  const output =
    options.file === undefined ? null : openOutputFile(options.file, (chunk) => options.onOutput('stdout', chunk));
  const settings = groupSettings(options, output);
  const child = begin(() => execa(program, args, settings));
  const { stdio, stdout: printed } = child.nodeChildProcess;
  const wall = feeds === null ? null : readWall(stdio[wallStatus] as Readable);
  for (const [at, feed] of (feeds ?? []).entries()) give(stdio[wallFeeds + at] as Duplex, feed);
  child.stdin.on('error', () => undefined);
  if (options.input !== null) child.stdin.end(options.input);
  printed?.on('data', (chunk: Buffer) => options.onOutput('stdout', chunk));
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-complaintLength);
    options.onOutput('stderr', chunk);
  });
  const id = child.pid ?? null;
  const first = groupEnd(
    child.nodeChildProcess,
    child.then((result) => result.originalMessage ?? result.shortMessage ?? 'it could not be started'),
  );
  const closed = Promise.resolve(child).then(
    () => undefined,
    () => undefined,
  );
  const judgeWall = async (how: GroupEnd): Promise<GroupEnd> => {
    if (wall === null || how.kind !== 'exited' || (await wall.began)) return how;
    await drainOutput(closed);
    return unopened(complaint, how.status);
  };
  const ended = first.then(judgeWall);
  const end = async (grace: number): Promise<void> => {
    if (id === null) return output?.close();
    await endGroup(id, options.env[markName] ?? '', grace, feeds !== null);
    if (wall !== null) await endSpace(await wall.first);
    await drainOutput(closed);
    printed?.destroy();
    child.stderr.destroy();
    await closed;
    output?.close();
  };
  const say = (text: string): void => {
    if (child.stdin.writable) child.stdin.write(text);
  };
  return { id, ended, end, say, hangUp: () => void child.stdin.end() };
}

// The last output is still on its way through the pipes; only a process that got away keeps them open for longer.
async function drainOutput(closed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, drainTime);
  });
  await Promise.race([closed, over]);
  clearTimeout(timer);
}

function give(pipe: Duplex, feed: Uint8Array): void {
  // A sandbox that ended before it read all of this says elsewhere why.
  pipe.on('error', () => undefined);
  pipe.end(feed);
  pipe.resume();
}

// `first` is null when the sandbox ended before it opened anything. The sandbox says how the program ended only if the
// program began (bwrap(1), --json-status-fd).
function readWall(status: Readable): { first: Promise<number | null>; began: Promise<boolean> } {
  let text = '';
  const found = <Value>(sign: RegExp, take: (value: string) => Value, none: Value): Promise<Value> =>
    new Promise((resolve) => {
      const look = (): void => {
        const value = sign.exec(text)?.[1];
        if (value !== undefined) resolve(take(value));
      };
      status.on('data', look);
      status.on('error', () => resolve(none));
      status.on('close', () => resolve(none));
    });
  status.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return {
    first: found(/"child-pid":\s*(\d+)/, Number, null),
    began: found(/"exit-code":\s*(\d+)/, () => true, false),
  };
}

// When bwrap cannot execute a program in the sandbox, that is no fault of the sandbox.
function unopened(complaint: string, status: number): GroupEnd {
  const words =
    explainFailure(complaint, status) ?? (complaint.trim() || `it ended with status ${status} and said nothing`);
  const reason = `the sandbox was not opened: ${words}`;
  return /^bwrap: execvp /m.test(words) ? { kind: 'unstartable', reason } : { kind: 'unstartable', reason, wall: true };
}

function groupEnd(child: ChildProcess, refused: Promise<string>): Promise<GroupEnd> {
  return new Promise((resolve) => {
    if (child.pid === undefined) {
      void refused.then((reason) => resolve({ kind: 'unstartable', reason }));
      return;
    }
    child.once('exit', (status, signal) => {
      resolve(status === null ? { kind: 'signalled', signal: signal ?? 'unknown' } : { kind: 'exited', status });
    });
  });
}
