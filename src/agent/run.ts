// Why: one execution of an agent: started in its room, watched by the clock, ended with everything it started.
// Promises: when runAgent returns, no process of the run's group or with its mark is left; its output is in the transcript under a cap; only the given
// environment reached it.
// Never: reads the room.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../ground/clock.ts';
import { type Environment, type GroupEnd, startGroup } from '../ground/process.ts';
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
  readonly transcript: string;
  readonly signal: AbortSignal;
  /** Told the process group as soon as there is one, so that it can be recorded. */
  readonly onStarted: (group: number) => void;
};

/** Most of a transcript that is kept, in bytes; how long a run may take to end after TERM, in milliseconds; how much of the end of its output is kept. */
export const runLimits = { transcriptBytes: 32 * 1024 * 1024, grace: 3000, tail: 16 * 1024 } as const;

/** Runs an agent to its end. Never throws for what the agent does. */
export async function runAgent(plan: RunPlan, clock: Clock): Promise<RunResult> {
  const began = clock.elapsed();
  const transcript = openTranscript(plan.transcript, clock);
  const group = startGroup(plan.argv, {
    cwd: plan.folder,
    env: plan.env,
    shield: plan.walled,
    input: plan.brief,
    onOutput: transcript.take,
  });
  if (group.id !== null) plan.onStarted(group.id);
  const ending = await firstOf(group.ended, plan);
  await group.end(ending.kind === 'exited' ? 200 : runLimits.grace);
  await transcript.close();
  return { ending, tail: transcript.tail(), milliseconds: clock.elapsed() - began };
}

async function firstOf(ended: Promise<GroupEnd>, plan: RunPlan): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const limit = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'out-of-time', minutes: plan.minutes }), plan.minutes * 60_000);
    stop = () => resolve({ kind: 'stopped' });
    if (plan.signal.aborted) stop();
    else plan.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([ended, limit]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) plan.signal.removeEventListener('abort', stop);
  }
}

type Transcript = {
  readonly take: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  readonly tail: () => string;
  readonly close: () => Promise<void>;
};

// One JSON line a chunk: milliseconds since the start, stream, text. Past the cap the rest is counted, not kept.
function openTranscript(path: string, clock: Clock): Transcript {
  const file = createWriteStream(path, { flags: 'a' });
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
