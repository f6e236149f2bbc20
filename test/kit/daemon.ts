// Why: tests that watch a real `fourline start` from outside, as a person at another terminal does.
// Promises: waits on what the daemon says, never on a clock; ends the process it started.
// Never: reaches into it.
import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { cli, type Office } from './office.ts';

/** A running `fourline start`. */
export type Daemon = {
  readonly pid: number;
  /** Settles when it has said a line that matches. */
  readonly said: (pattern: RegExp) => Promise<string>;
  /** Settles when it says one from now on. */
  readonly says: (pattern: RegExp) => Promise<string>;
  /** Settles when it said how the order of that name ended. */
  readonly settled: (name: string) => Promise<string>;
  /** Settles when that many orders have ended. */
  readonly idle: (count: number) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Acts like a key at its terminal: the signal goes to everything in its group. */
  readonly key: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
  readonly output: () => string;
};

const ending = /^\S+ +\S+ +(\S+) +(?:landed|done|halted|failed|refused) /;

/** Starts `fourline start` on an office and waits until it works. */
export async function startDaemon(office: Office, ...args: string[]): Promise<Daemon> {
  return startDaemonBy(office, [], ...args);
}

/**
 * The same, started by another program that is given the whole command behind its own arguments, and that becomes it.
 */
export async function startDaemonBy(office: Office, by: readonly string[], ...args: string[]): Promise<Daemon> {
  const [program = '', ...given] = [...by, process.execPath, cli, '-C', office.root, 'start', ...args];
  // A group of its own, as a shell gives it to what is started at a terminal.
  const child = spawn(program, given, { env: office.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines: string[] = [];
  let rest = '';
  let waiting: (() => void)[] = [];
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  const take = (chunk: Buffer): void => {
    rest += chunk.toString();
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    for (const wake of waiting.splice(0)) wake();
  };
  child.stderr.on('data', take);
  child.stdout.on('data', take);
  let over = false;
  void ended.then(() => {
    over = true;
    for (const wake of waiting.splice(0)) wake();
  });
  onTestFinished(async () => {
    if (!over) child.kill('SIGKILL');
    await ended;
  });
  const until = async <T>(look: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (over) throw new Error(`fourline ended before that; it said:\n${lines.join('\n')}`);
      await new Promise<void>((wake) => (waiting = [...waiting, wake]));
    }
  };
  const said = (pattern: RegExp): Promise<string> => until(() => lines.find((line) => pattern.test(line)));
  const says = (pattern: RegExp): Promise<string> => {
    const from = lines.length;
    return until(() => lines.slice(from).find((line) => pattern.test(line)));
  };
  await said(/ working /);
  return {
    pid: child.pid ?? 0,
    said,
    says,
    settled: (name) =>
      until(() => lines.find((line) => ending.exec(line)?.[1]?.slice(5) === name || ending.exec(line)?.[1] === name)),
    idle: (count) =>
      until(() =>
        lines.filter((line) => ending.test(line) && ending.exec(line)?.[1] !== 'refused').length >= count
          ? true
          : undefined,
      ).then(() => undefined),
    kill: (signal) => void child.kill(signal),
    key: (signal) => void process.kill(-(child.pid ?? 0), signal),
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
    output: () => lines.join('\n'),
  };
}
