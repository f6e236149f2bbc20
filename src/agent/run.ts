// Why: one execution of an agent: started in its room, watched by the clock, ended with everything it started.
// Promises: when runAgent returns, no process of the run's group or with its mark is left. The output is in the
// transcript, up to a cap. Only the given environment reached the agent.
// Never: reads the room.
import { type Environment, type Group, type GroupEnd, startGroup } from '../platform/process/process.ts';
import type { Clock } from '../platform/text/clock.ts';
import { isJsonLine, showSize } from '../platform/text/text.ts';
import type { AgentEvent, Ending, Reader, RunResult, Talk } from './agent.ts';
import { followSessions, openLines } from './follow.ts';
import { openTranscript, transcriptLimits } from './transcript.ts';

/** How a run's program is started. */
export type AgentStart = {
  readonly argv: readonly [string, ...string[]];
  readonly folder: string;
  readonly env: Environment;
  /** The inputs that the sandbox around the agent reads at its start; null without a sandbox. */
  readonly feeds: readonly Uint8Array[] | null;
  /** The text for standard input. */
  readonly input: string;
  /** A path for a file that its output goes through; null for a pipe. */
  readonly outputFile?: string | undefined;
};

/** Limits and signals that end a run early. */
export type RunEnds = {
  /** Its limit of wall time, and how many of those minutes may pass without a word. */
  readonly minutes: number;
  readonly silence: number | null;
  /** Most it may print, in bytes. */
  readonly output: number;
  /** Ends it when fourline stops. */
  readonly signal: AbortSignal;
  /** Ends it when a limit is reached that somebody else watches: its reason is the ending. */
  readonly limit: AbortSignal;
};

/** How a run is understood while it goes on. */
export type Hearing = {
  /** Reads its stream, where it has one that can be read; each event is handed on as it comes. */
  readonly reader: Reader | null;
  /** Its HOME and a folder in it whose session files are read along; null where there is none. */
  readonly sessions: { readonly home: string; readonly folder: string } | null;
  readonly onEvent: (event: AgentEvent) => void;
  /** Hears what it prints, without credentials. */
  readonly onPrint: (stream: 'stdout' | 'stderr', text: string) => void;
  /** For a reader that converses: where the agent works, as it sees it, and what is not its to change. */
  readonly talk: Pick<Talk, 'folder' | 'refusalOf' | 'handOver'>;
};

/** Everything that a run needs. */
export type RunPlan = {
  readonly start: AgentStart;
  readonly ends: RunEnds;
  readonly hearing: Hearing;
  readonly transcript: string;
  /** Texts that stand in no transcript: credentials that were handed to the agent. */
  readonly secrets: readonly string[];
  /** Told the process group as soon as there is one, so that it can be recorded. */
  readonly onStarted: (group: number) => void;
};

/**
 * How long a run may take to end after TERM, and by itself when its conversation is over or (`leave`) when it said its
 * good end and is silent, in milliseconds. `heard` is how long after a limit an end that came before it may be heard.
 */
export const runLimits = { grace: 3000, farewell: 1000, leave: 10_000, heard: 500 } as const;

/** Runs an agent to its end. Never throws for what the agent does. */
export async function runAgent(plan: RunPlan, clock: Clock): Promise<RunResult> {
  const { start, ends, hearing } = plan;
  const { reader } = hearing;
  const began = clock.elapsed();
  const transcript = openTranscript(plan.transcript, clock, plan.secrets, hearing.onPrint);
  const own = new AbortController();
  const end = (limit: string, detail: string): void => own.abort({ kind: 'over-limit', limit, detail });
  const silence = watchSilence(ends.silence, (minutes) => end('silence', `no word for ${minutes} minutes`));
  const leave = awaitLeave(() => own.abort({ kind: 'exited', status: 0 }));
  const listener = listenToAgent(hearing, (event) => {
    transcript.note(event);
    leave.heard(event);
    if (event.kind === 'failed') own.abort({ kind: 'agent-failed', failure: event.failure });
    hearing.onEvent(event);
  });
  let printed = 0;
  let complaint = '';
  const converse = reader?.converse;
  const group = startGroup(start.argv, {
    cwd: start.folder,
    env: start.env,
    feeds: start.feeds,
    file: start.outputFile,
    input: converse === undefined ? start.input : null,
    onOutput: (stream, chunk) => {
      silence.heard();
      leave.printed();
      printed += chunk.length;
      if (printed > ends.output) end('output', `it printed more than ${showSize(ends.output)}`);
      transcript.take(stream, chunk);
      listener.take(stream, chunk);
      if (stream === 'stderr') complaint = `${complaint}${chunk.toString()}`.slice(-transcriptLimits.tail);
    },
  });
  if (group.id !== null) plan.onStarted(group.id);
  const conversation =
    converse?.({ ...hearing.talk, say: group.say, tell: listener.tell, prompt: start.input }) ?? null;
  const ended = conversation === null ? group.ended : endConversation(conversation, group);
  const ending = await firstOf(ended, ends, AbortSignal.any([ends.limit, own.signal]));
  silence.stop();
  leave.stop();
  await group.end(ending.kind === 'exited' ? 200 : runLimits.grace);
  await listener.end();
  await conversation;
  await transcript.close();
  return {
    ending: cleanEnding(judgeEnding(ending, reader, complaint), transcript.clean),
    tail: reader === null ? transcript.tail() : transcript.clean(listener.said()),
    printed: reader === null ? transcript.tail() : transcript.clean(listener.printed()),
    complaint: transcript.clean(complaint).trim(),
    milliseconds: clock.elapsed() - began,
  };
}

// When the conversation is over so is the run, whatever the program makes of its closed input.
async function endConversation(conversation: Promise<void>, group: Group): Promise<GroupEnd> {
  const gone = await Promise.race([conversation.then(() => null), group.ended]);
  if (gone !== null) return gone;
  group.hangUp();
  let timer: NodeJS.Timeout | undefined;
  const farewell = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, runLimits.farewell);
  });
  await Promise.race([group.ended, farewell]);
  clearTimeout(timer);
  return { kind: 'exited', status: 0 };
}

// Exit statuses of agent CLIs lie: what its stream came to decides, for good or bad.
function judgeEnding(ending: Ending, reader: Reader | null, complaint: string): Ending {
  if (reader === null || (ending.kind !== 'exited' && ending.kind !== 'signalled')) return ending;
  const status = ending.kind === 'exited' ? ending.status : null;
  const failure = reader.end(status, complaint);
  if (failure !== null) return { kind: 'agent-failed', failure };
  return ending;
}

// A server may say a refused key in its answer.
function cleanEnding(ending: Ending, clean: (text: string) => string): Ending {
  if (ending.kind !== 'agent-failed') return ending;
  return { ...ending, failure: { ...ending.failure, detail: clean(ending.failure.detail) } };
}

// A program that has sent its good end and doesn't exit is ended: its work is done. We still read its last
// output, and each piece of output gives it more time.
function awaitLeave(over: () => void): {
  heard: (event: AgentEvent) => void;
  printed: () => void;
  stop: () => void;
} {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    heard: (event) => {
      // It goes on after all.
      if (event.kind === 'used' || event.kind === 'answered' || event.kind === 'waited') stop();
      if (event.kind !== 'ended') return;
      stop();
      timer = setTimeout(over, runLimits.leave);
    },
    printed: () => void timer?.refresh(),
    stop,
  };
}

// An agent that waits for a server that never answers says nothing, and costs time. So we use our own clock: the clocks
// of agents are patient.
function watchSilence(
  minutes: number | null,
  over: (minutes: number) => void,
): { heard: () => void; stop: () => void } {
  if (minutes === null) return { heard: () => undefined, stop: () => undefined };
  let heard = 0;
  // After a sleep there may be something to hear that came before.
  const ask = (before: number): void => {
    if (heard === before) over(minutes);
  };
  const look = (before: number): void => afterSleep(() => ask(before));
  const timer = setTimeout(() => look(heard), minutes * 60_000);
  const hear = (): void => {
    heard += 1;
    timer.refresh();
  };
  return { heard: hear, stop: () => clearTimeout(timer) };
}

// Feeds a reader: output and complaints as they come, session files as they grow.
function listenToAgent(
  { reader, sessions }: Pick<Hearing, 'reader' | 'sessions'>,
  tell: (event: AgentEvent) => void,
): {
  take: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
  tell: (event: AgentEvent) => void;
  end: () => Promise<void>;
  said: () => string;
  printed: () => string;
} {
  let said = '';
  let printed = '';
  const both = { said: () => said.slice(-transcriptLimits.tail).trim(), printed: () => printed.trim() };
  if (reader === null) return { take: () => undefined, tell, end: async () => undefined, ...both };
  const note = (events: readonly AgentEvent[]): void => {
    for (const event of events) {
      if (event.kind === 'said') said = event.text;
      tell(event);
    }
  };
  const streams = {
    stdout: openLines((line) => {
      if (!isJsonLine(line)) printed = `${printed}${line}\n`.slice(-transcriptLimits.tail);
      note(reader.line(line));
    }),
    stderr: openLines((line) => note(reader.aside(line))),
  };
  const stop =
    sessions === null ? null : followSessions(sessions.home, sessions.folder, (line) => note(reader.aside(line)));
  return {
    take: (stream, chunk) => streams[stream].take(chunk),
    tell: (event) => note([event]),
    end: async () => {
      streams.stdout.end();
      streams.stderr.end();
      await stop?.();
      note(reader.rest());
    },
    ...both,
  };
}

// After a sleep of the machine a timer is due at once, and so is everything that happened meanwhile. That is heard
// first.
function afterSleep(then: () => void): void {
  setTimeout(() => setImmediate(then), runLimits.heard);
}

async function firstOf(ended: Promise<GroupEnd>, { minutes, signal }: RunEnds, limit: AbortSignal): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const done = new AbortController();
  const early = new Promise<Ending>((resolve) => {
    const over: Ending = { kind: 'over-limit', limit: 'minutes', detail: `${minutes} minutes are over` };
    // An end that waits to be heard was first.
    timer = setTimeout(() => afterSleep(() => resolve(over)), minutes * 60_000);
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
