// Why: one execution of an agent: started in its room, watched by the clock, ended with everything it started.
// Promises: when runAgent returns, no process of the run's group or with its mark is left; its output is in the transcript under a cap; only the given
// environment reached it.
// Never: reads the room.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../ground/clock.ts';
import { type Environment, type GroupEnd, startGroup } from '../ground/process.ts';
import { showSize } from '../ground/text.ts';
import type { Ending, RunResult } from './agent.ts';

/** What a run needs. `minutes` is its limit of wall time; `signal` ends it early, when fourline stops. */
export type RunPlan = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  /** True when the group's head is the wall around the agent. */
  readonly walled: boolean;
  readonly brief: string;
  readonly minutes: number;
  /** Most it may print, in bytes. */
  readonly output: number;
  readonly transcript: string;
  readonly signal: AbortSignal;
  /** Ends it when a limit is reached that somebody else watches: its reason is the ending. */
  readonly limit: AbortSignal;
  /** Told the process group as soon as there is one, so that it can be recorded. */
  readonly onStarted: (group: number) => void;
};

/** Most of a transcript that is kept, in bytes; how long a run may take to end after TERM, in milliseconds; how much of the end of its output is kept. */
export const runLimits = { transcriptBytes: 32 * 1024 * 1024, grace: 3000, tail: 16 * 1024 } as const;

/** Runs an agent to its end. Never throws for what the agent does. */
export async function runAgent(plan: RunPlan, clock: Clock): Promise<RunResult> {
  const began = clock.elapsed();
  const transcript = openTranscript(plan.transcript, clock);
  const flood = new AbortController();
  let printed = 0;
  const group = startGroup(plan.argv, {
    cwd: plan.folder,
    env: plan.env,
    shield: plan.walled,
    input: plan.brief,
    onOutput: (stream, chunk) => {
      printed += chunk.length;
      if (printed > plan.output && !flood.signal.aborted)
        flood.abort({ kind: 'over-limit', limit: 'output', detail: `it printed more than ${showSize(plan.output)}` });
      transcript.take(stream, chunk);
    },
  });
  if (group.id !== null) plan.onStarted(group.id);
  const ending = await firstOf(group.ended, plan, AbortSignal.any([plan.limit, flood.signal]));
  await group.end(ending.kind === 'exited' ? 200 : runLimits.grace);
  await transcript.close();
  return { ending, tail: transcript.tail(), milliseconds: clock.elapsed() - began };
}

async function firstOf(ended: Promise<GroupEnd>, plan: RunPlan, limit: AbortSignal): Promise<Ending> {
  const { minutes, signal } = plan;
  let timer: NodeJS.Timeout | undefined;
  const done = new AbortController();
  const early = new Promise<Ending>((resolve) => {
    const over: Ending = { kind: 'over-limit', limit: 'minutes', detail: `${minutes} minutes are over` };
    // After a sleep both may have come: an end that is waiting to be heard of was first.
    timer = setTimeout(() => setImmediate(() => resolve(over)), minutes * 60_000);
    const on = (one: AbortSignal, end: () => void): void => {
      if (one.aborted) end();
      else one.addEventListener('abort', end, { once: true, signal: done.signal });
    };
    on(signal, () => resolve({ kind: 'stopped' }));
    on(limit, () => resolve(limit.reason as Ending));
  });
  try {
    return await Promise.race([ended, early]);
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}

type Transcript = {
  readonly take: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  readonly tail: () => string;
  readonly close: () => Promise<void>;
};

// One JSON line a chunk: milliseconds since the start, stream, text. Past the cap the rest is counted, not kept.
function openTranscript(path: string, clock: Clock): Transcript {
  const file = createWriteStream(path, { flags: 'a', flush: true });
  let failed = false;
  file.on('error', () => {
    failed = true;
  });
  const began = clock.elapsed();
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  let written = 0;
  let dropped = 0;
  let tail = '';
  return {
    take: (stream, chunk) => {
      const text = decoders[stream].write(chunk);
      if (stream === 'stdout') tail = `${tail}${text.slice(-runLimits.tail)}`.slice(-runLimits.tail);
      if (written > runLimits.transcriptBytes) {
        dropped += chunk.length;
        return;
      }
      written += chunk.length;
      if (!failed) file.write(`${JSON.stringify({ ms: Math.round(clock.elapsed() - began), stream, text })}\n`);
    },
    tail: () => tail.trim(),
    close: async () => {
      if (dropped > 0) file.write(`${JSON.stringify({ dropped })}\n`);
      file.end();
      await finished(file).catch(() => undefined);
    },
  };
}
