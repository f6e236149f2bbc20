// Why: any program can be an agent. This is the contract between fourline and the program, and the plan of how to start
// one.
// Promises: pure; a plan says everything that will be started: argument vector, files, environment.
// Never: knows what the program did; the survey finds that out.
import type { McpServer, ToolKind } from '../role/equipment.ts';

/**
 * How a role's agent is started. In arguments, environment and files `{room}`, `{home}` and `{tmp}` stand for these
 * folders as the agent sees them.
 */
export type Launch = {
  readonly argv: readonly [string, ...string[]];
  /** Files that are put beside the room before; `{file:name}` as an argument stands for such a file's path. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that are put into the private HOME before, by their path in it. */
  readonly home: Readonly<Record<string, string>>;
  /** For a program that can ask a hook before each edit: what makes it ask, by the hook's command line. */
  readonly hook?: (command: string) => Asking;
  readonly env: Readonly<Record<string, string>>;
  /**
   * The text for standard input; null stands for the brief. A program that reads commands or file names out of a prompt
   * gets a fixed text.
   */
  readonly prompt: string | null;
  /** How the agent is named in lines, trailers and reports. A rehearsal is always named as one. */
  readonly label: string;
  /** The hosts its model is at; empty where they are not known. */
  readonly hosts: readonly string[];
  /**
   * A folder of its HOME in whose `.jsonl` files it writes, while it runs, what its output doesn't tell; null when it
   * has no such folder.
   */
  readonly sessions: string | null;
  /** True for a program that dies when its output is full for a moment: it writes into a file. */
  readonly unblocked?: boolean;
  /**
   * The path in its HOME of instructions that always apply, and which of a repository's own files (AGENTS.md,
   * CLAUDE.md) it reads by itself.
   */
  readonly instructions?: { readonly path: string; readonly reads: readonly string[] };
  /** The folder of its HOME in which it looks for skills; absent where it has none. */
  readonly skills?: string;
  /** Wishes of the card that nothing can hold the program to, a sentence each. */
  readonly unheld?: readonly string[];
  /** Reads its stream; null where its output is only text. A new one for each run. */
  readonly openReader: (() => Reader) | null;
};

/** Further files of a program's HOME, in the place of others of that name, and further arguments. */
export type Asking = { readonly home: Readonly<Record<string, string>>; readonly args: readonly string[] };

/**
 * Tokens, counted once each: `fresh` was read for the first time, `reread` came from a cache, `written` went into one;
 * `reasoning` is no part of `output`.
 */
export type Usage = {
  readonly fresh: number;
  readonly reread: number;
  readonly written: number;
  readonly output: number;
  readonly reasoning: number;
};

/** A thing we see an agent do, in the order of its stream. */
export type AgentEvent =
  /** A text of the agent's for people; the last one is its summary. */
  | { readonly kind: 'said'; readonly text: string }
  /** A tool it used, with the one detail that tells most (a path, a command line). */
  | { readonly kind: 'used'; readonly tool: string; readonly detail: string }
  /** A tool's use that came to nothing, with what the tool said: an error, or a refusal of the edit hook. */
  | { readonly kind: 'erred'; readonly tool: string; readonly text: string }
  /**
   * One answer of the model's: tokens of this answer alone, and how much live context it was given. `usd` where the
   * stream says it.
   */
  | {
      readonly kind: 'answered';
      readonly model: string | null;
      readonly usage: Usage;
      readonly context: number;
      readonly usd: number | null;
    }
  /** The live context that its model holds now, when the stream tells it apart from answers. */
  | { readonly kind: 'grown'; readonly context: number }
  /** The program's own sum at its end. Its figures replace our count; null where it gives no figure. */
  | {
      readonly kind: 'summed';
      readonly usage: Usage | null;
      readonly turns: number | null;
      readonly usd: number | null;
    }
  /** Its session stands: it has the servers of its card, or goes on without them. */
  | { readonly kind: 'began' }
  /**
   * A server of its card that it can't use, since its start or since a call of it failed. `server` is null where it
   * doesn't say which one.
   */
  | { readonly kind: 'lost'; readonly server: string | null; readonly when: 'start' | 'call' }
  /** It is being held up (a rate limit, a server that does not answer) and goes on trying. */
  | { readonly kind: 'waited'; readonly reason: string }
  /** It said its last word, and a good one: all it has to do is to leave. */
  | { readonly kind: 'ended' }
  /** It goes on trying what cannot come right: the run is ended with this. */
  | { readonly kind: 'failed'; readonly failure: AgentFailure };

/** The failure of a known program's run: what it means, and what to do about it. */
export type AgentFailure = {
  readonly code: 'not-signed-in' | 'rate-limited' | 'context-full' | 'model-unknown' | 'no-answer' | 'agent-failed';
  readonly detail: string;
  readonly hint: string;
  /** For a usage limit: the words that may say when the limit resets. */
  readonly resets?: string;
};

/**
 * Reads one run's stream. `line` takes a line of standard output, `aside` one of standard error or of a session file.
 * `rest` gives the events that are left when the stream is over. `end` gives the failure of the run; null is a good
 * end, whatever the exit status claims.
 */
export type Reader = {
  readonly line: (text: string) => readonly AgentEvent[];
  readonly aside: (text: string) => readonly AgentEvent[];
  readonly rest: () => readonly AgentEvent[];
  readonly end: (status: number | null, stderr: string) => AgentFailure | null;
  /**
   * For a program that wants answers as it goes. Its standard input stays open for them; the run is over when this
   * settles. It never rejects.
   */
  readonly converse?: (talk: Talk) => Promise<void>;
};

/**
 * The facts about a launch before it is planned. `env` are the variables that the agent gets; `signIn` are the files
 * that sign it in, by their path in HOME.
 */
export type LaunchWish = {
  readonly model: string | null;
  /** How hard the model thinks; left out where the card doesn't say. */
  readonly effort?: string | null;
  /** The kinds of tools that it may use; null for all it has. */
  readonly tools?: readonly ToolKind[] | null;
  /** True where skills are put into its HOME: it keeps the tool that reads them. */
  readonly skilled?: boolean;
  /** The servers that it starts: these and no others. */
  readonly servers?: readonly McpServer[];
  readonly env: Readonly<Record<string, string>>;
  readonly signIn: readonly string[];
};

/** How fourline speaks with a program that wants answers while it works. */
export type Talk = {
  /** Puts text onto its standard input. */
  readonly say: (text: string) => void;
  /** Hands on what it is seen to do. */
  readonly tell: (event: AgentEvent) => void;
  /** Where it works, as it sees it. */
  readonly folder: string;
  readonly prompt: string;
  /** Why a path is not its to change, in words for it; null when it is. */
  readonly refusalOf: (path: string) => Promise<string | null>;
  /** Fires when it is to stop and hand over to a fresh run. */
  readonly handOver: AbortSignal;
};

/** One agent CLI: what its program is called, and how it is started and read. */
export type Adapter = {
  readonly name: string;
  readonly program: string;
  readonly launch: (of: LaunchWish) => Launch;
};

/** How an agent's process ended. */
export type Ending =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'over-limit'; readonly limit: string; readonly detail: string }
  | { readonly kind: 'agent-failed'; readonly failure: AgentFailure }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unstartable'; readonly reason: string; readonly wall?: true };

/**
 * One finished execution. `tail` is the end of its last words: of what it said, or, where no reader knows that, of its
 * standard output. `printed` is the end of its standard output without the lines that are for a reader, `complaint` of
 * its standard error.
 */
export type RunResult = {
  readonly ending: Ending;
  readonly tail: string;
  readonly printed: string;
  readonly complaint: string;
  readonly milliseconds: number;
};

/** An ending in words. */
export function showEnding(ending: Ending): string {
  switch (ending.kind) {
    case 'exited':
      return ending.status === 0 ? 'ended well' : `exit status ${ending.status}`;
    case 'signalled':
      return `ended by ${ending.signal}`;
    case 'over-limit':
      return `ended at its limit of ${ending.limit}: ${ending.detail}`;
    case 'agent-failed':
      return `${ending.failure.detail} (${ending.failure.hint})`;
    case 'stopped':
      return 'stopped with fourline';
    case 'unstartable':
      return `could not be started: ${ending.reason}`;
  }
}

/** The environment the contract promises, less what the card adds. */
export function contractEnvironment(of: {
  room: string;
  role: string;
  id: string;
  attempt: number;
  /** The command line that says whether the agent may change a file; null when nothing could answer it. */
  hook: string | null;
  /** The span of this run, as W3C Trace Context writes it; null for a run that no trace shows. */
  trace: string | null;
}): Record<string, string> {
  return {
    FOURLINE_ROOM: of.room,
    FOURLINE_ORDER: `${of.room}/order.md`,
    FOURLINE_REPORT: `${of.room}/report.md`,
    FOURLINE_ROLE: of.role,
    FOURLINE_ID: of.id,
    FOURLINE_ATTEMPT: String(of.attempt),
    ...(of.hook === null ? {} : { FOURLINE_HOOK: of.hook }),
    ...(of.trace === null ? {} : { TRACEPARENT: of.trace }),
  };
}
