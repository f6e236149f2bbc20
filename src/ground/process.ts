// Why: the one door to other programs (execa lives here alone).
// Promises: a program gets only the environment it is given; its standard input is given or closed; a group is ended with every process in it,
// and with those that left the group but still carry its mark. Each has a group of its own: what Ctrl-C sends to the terminal's group does not reach git in a landing.
// Never: uses a shell; ends a process that fourline did not start.
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { execa, type Options } from 'execa';
import { begin } from './child.ts';
import { Fault } from './fault.ts';

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

/** Runs a short program to its end and returns all it printed. `limit` bounds either stream, in bytes (default 512 MiB). */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: { cwd?: string; env: Environment; input?: string | Uint8Array; limit?: number },
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
  } satisfies Options;
  const result = await begin(() => execa(file, args, settings));
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

/** Runs two programs, the output of the first being the input of the second. Returns null when both ended well, else what the failing one said. */
export async function pipeProcesses(
  first: readonly [string, ...string[]],
  second: readonly [string, ...string[]],
  options: { env: Environment; input: string },
): Promise<string | null> {
  const common = {
    env: options.env,
    extendEnv: false,
    detached: true,
    reject: false,
    buffer: { stdout: false, stderr: true },
  } as const;
  const from = begin(() => execa(first[0], first.slice(1), { ...common, input: options.input } satisfies Options));
  const to = begin(() =>
    execa(second[0], second.slice(1), { ...common, stdin: 'pipe', stdout: 'ignore' } satisfies Options),
  );
  to.stdin.on('error', () => undefined);
  from.stdout.pipe(to.stdin);
  void to.then(() => from.stdout.destroy()); // What nobody reads any more would wait for ever.
  const [one, two] = await Promise.all([from, to]);
  if (one.exitCode !== 0 && one.signal !== 'SIGPIPE')
    return one.stderr || one.originalMessage || one.shortMessage || `${first[0]} failed`;
  return two.exitCode === 0 ? null : two.stderr || two.originalMessage || two.shortMessage || `${second[0]} failed`;
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

type Held = { ref?: () => void; unref?: () => void };

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
  const parts = [child.nodeChildProcess, child.stdin, child.stdout, child.stderr] as readonly Held[];
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
  | { readonly kind: 'unstartable'; readonly reason: string };

/** A running process group. */
export type Group = {
  /** The group's id (its first process's id), or null when it could not be started. */
  readonly id: number | null;
  /** Settles when the first process has ended. */
  readonly ended: Promise<GroupEnd>;
  /** Ends what is left: TERM, `grace` milliseconds, KILL. Settles when its output has closed as well. */
  readonly end: (grace: number) => Promise<void>;
};

/** How long output may take to close once its processes are gone, in milliseconds. */
const drainTime = 2000;

/** The mark of a run's processes: unique on this machine, and telling nothing of where things are. */
export function markOf(place: string): string {
  return createHash('sha256').update(place).digest('hex').slice(0, 24);
}

/** The environment variable that marks every process of a run, so that those that left the group are found. */
export const markName = 'FOURLINE_RUN';

/**
 * Starts a program as the head of its own process group. `input` goes to its standard input, which is then closed. Each chunk it prints is handed to
 * `onOutput` as it comes.
 */
export function startGroup(
  argv: readonly [string, ...string[]],
  options: {
    cwd: string;
    env: Environment;
    input: string;
    /** The head is a wall around the program: it is not asked to end, since everything behind it would be gone at once. */
    shield?: boolean;
    onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  },
): Group {
  const [file, ...args] = argv;
  const settings = {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    buffer: false,
    reject: false,
    detached: true,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  } satisfies Options;
  const child = begin(() => execa(file, args, settings));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  child.stdout.on('data', (chunk: Buffer) => options.onOutput('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => options.onOutput('stderr', chunk));
  const id = child.pid ?? null;
  const ended = groupEnd(
    child.nodeChildProcess,
    child.then((result) => result.shortMessage ?? 'it could not be started'),
  );
  const closed = Promise.resolve(child).then(
    () => undefined,
    () => undefined,
  );
  const end = async (grace: number): Promise<void> => {
    if (id === null) return;
    await endGroup(id, options.env[markName] ?? '', grace, options.shield === true);
    // What was printed last is still on its way through the pipes; only a process that got away keeps them open for longer.
    let timer: NodeJS.Timeout | undefined;
    const drained = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainTime);
    });
    await Promise.race([closed, drained]);
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    await closed;
  };
  return { id, ended, end };
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

/** Ends every process that carries the mark of a run, whatever its group: what a crash of fourline left. */
export async function endMarked(mark: string, grace: number): Promise<void> {
  await endGroup(0, mark, grace);
}

/** Ends a recorded group (0: none): TERM to all of it and to all that carry `mark`, up to `grace` milliseconds, then KILL until none is left. */
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
    if (!shield || pid !== group) signalOne(pid, signal);
  }
  return found;
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
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[2] === String(group) && fields[0] !== 'Z') return true;
  }
  return process.platform !== 'linux';
}

/** The processes that carry a run's mark (Linux): those that set a session of their own leave the group but keep their environment. */
export async function markedProcesses(mark: string): Promise<number[]> {
  const wanted = Buffer.from(`${markName}=${mark}\0`);
  const found: number[] = [];
  for (const pid of await processIds()) {
    if (pid === process.pid) continue;
    const environment = await readFile(`/proc/${pid}/environ`).catch(() => Buffer.alloc(0));
    if (environment.includes(wanted)) found.push(pid);
  }
  return found;
}

async function processIds(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** True when a process of that id exists. */
export function processAlive(pid: number): boolean {
  return signalOne(pid, 0);
}
