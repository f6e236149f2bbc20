// Why: people, dashboards and scripts hear what happens while fourline works. This is everything that they can be told.
// Promises: the kinds are a closed list; `detail` is one sentence of words, without columns and colours.
// Never: a record; nothing decides by an event, the journal is for that.
import type { Clock } from './platform/text/clock.ts';

/** Each kind of event, with what it says. */
export const eventKinds = {
  opened: 'This process has the workspace.',
  leaving: 'Nothing runs any more, and this process gives the workspace back.',
  working: 'The daemon begins: which workspace it works, with which roles.',
  stopping: 'A daemon in another process was asked to stop.',
  sandbox: 'What stands around runs, or that nothing does.',
  unmatched: 'A line of a card or of the settings that protects something matches no file.',
  signing: 'Commits of a role are not signed.',
  configuration: "A card or fourline.yaml was edited, or can't be used as it lies there.",
  journal: 'The journal lost something in a crash, or was damaged.',
  ledger: 'The ledger could not be published, or is built anew.',
  copy: 'The workspace is a copy: the orders of the original are not done here.',
  machine: 'A fault of the machine holds all work, or is over.',
  'no space': 'The disk has no room for another run.',
  watching: "The system can't tell of changed files, or can again.",
  resumed:
    'An order that a crash or a fault broke off was brought to where it goes on. Without an order: how many were.',
  inbox: "A file or folder of an inbox can't be worked with.",
  untaken: 'A file lies in an inbox as before, and is no order still.',
  unstarted: 'An order still waits when the daemon ends.',
  remote: 'Something was fetched from a remote, or what goes there or comes from there waits.',
  'work tree': "The checked-out files of a repository follow its branch again, or don't.",
  branch: 'A branch for an order could not be made or moved.',
  note: 'The note on a commit that says what it cost could not be written.',
  family: 'All that came of one order has reached a bound.',
  setup: 'A setup begins, is kept, or failed.',
  layers: "Layers of old setups were removed, or can't be.",
  trouble: 'Something beside the orders failed; work goes on without it.',
  flow: 'A step of a flow was begun, waits for the operator or is stuck; or a run of it has ended.',
  accepted: 'An order was taken.',
  doubtful: 'Something about an order that was taken is doubtful.',
  'not taken': 'A file is not taken as an order.',
  running: 'A run of an order begins.',
  progress: 'How a run goes on, at most once a second a run: `progress` has its figures.',
  'held up': 'An agent waits for something outside, such as its model.',
  'no way to': 'A run asked for hosts that it may not reach.',
  'no price': "The model has no price, so that a limit in money can't be counted.",
  'no edit hook': 'The agent is not told before an edit what it may not change.',
  slow: 'The patterns of .gitignore take too long to match; some of what they ignore is judged all the same.',
  waits: 'An order waits, and no run with it.',
  asks: "The operator's answer to what an order asks is not clear.",
  'goes on': 'An order that waited goes on.',
  approved: 'A reviewer or the operator approved a landing.',
  rejected: 'A reviewer or the operator rejected a landing.',
  held: "An agent's plan is used up: its orders wait until it resets.",
  paused: 'The operator paused a role, or lets it work again.',
  flagged: 'Quantities of an order appear in no order that it sends.',
  notice: 'The terminal is to call its person, as `on:` in fourline.yaml asks; `about` is the event.',
  counts: 'How many orders wait for the operator, and how many run. It is told where `counts` asks for it.',
  signal: 'A signal that a role leaves its job.',
  edited: 'The text of an order was edited after it was taken.',
  moved: 'The file of an order was moved to another inbox while it ran.',
  routed: 'An order goes to another role.',
  returned: 'An order goes back to its inbox.',
  recovered: 'An order was brought to where it goes on after its run broke off.',
  fault: 'Something about an order failed.',
  'too late': 'An order ended before it could be cancelled.',
  unsigned: 'A commit has no signature.',
  pushed: 'A commit is at its remote.',
  'not pushed': 'A commit will not be pushed.',
  pull: 'The pull request of an order was opened, updated, merged or closed.',
  landed: 'An order ended well, and commits of it are on the branch.',
  done: 'An order ended well, without a commit.',
  refused: 'An order ended without landing: the gate refused its changes, or a signal took it away.',
  failed: 'An order ended without landing: it failed.',
  halted: 'An order ended without landing: its agent, a limit or a person stopped it.',
  requeued: 'An order ended without landing: it asked to wait.',
} as const;

/** The kind of an event. */
export type EventKind = keyof typeof eventKinds;

/** How much an event matters to somebody who watches: `minor` can be skipped, `bad` asks for attention. */
export type Weight = 'plain' | 'good' | 'bad' | 'minor';

/** How far a run is. A figure that nobody told is null, not zero. Texts are an agent's, without credentials. */
export type RunProgress = {
  readonly run: string;
  /** When its agent was started, as ISO time. */
  readonly began: string;
  /** The tool that it used last, with the detail that tells most; null when it has said something since. */
  readonly tool: { readonly name: string; readonly detail: string } | null;
  /** The last line that it said; of a program whose stream can't be read, the last line that it printed. */
  readonly said: string | null;
  /** Tokens so far, without those that were read again from a cache. */
  readonly tokens: number | null;
  /** Tokens of live context that its model holds. */
  readonly context: number | null;
  /** US dollars so far; `estimated` when a price table gives them. */
  readonly usd: number | null;
  readonly estimated: boolean;
  /** True once the agent has ended: no more events of this kind follow for the run. */
  readonly ended: boolean;
};

/** An event while fourline works. */
export type WorkEvent = {
  /** When it happened, as ISO time. */
  readonly at: string;
  readonly kind: EventKind;
  readonly weight: Weight;
  /** The role that it is about. */
  readonly role?: string;
  /** The id of the order that it is about. */
  readonly order?: string;
  /** The name of what else it is about: a file that is no order, or what a signal is about. */
  readonly about?: string;
  readonly detail: string;
  /** At the end of an order: the paths of its changes that the gate refused. */
  readonly refused?: readonly string[];
  /** At the end of an order: the parts of the work tree that could not follow the landing, in words. */
  readonly left?: readonly string[];
  /** While an agent works: how far its run is. */
  readonly progress?: RunProgress;
};

/** Hears events. */
export type WorkListener = (event: WorkEvent) => void;

/** An event that happens now; it is plain where no weight is given. */
export type Happening = Omit<WorkEvent, 'at' | 'weight'> & { readonly weight?: Weight };

/** Tells an event that happens now. */
export type TellEvent = (event: Happening) => void;

/** Tells a listener, with the time by `clock`. */
export function tellWith(clock: Clock, listener: WorkListener): TellEvent {
  return (event) => listener({ at: clock.now().toISOString(), weight: 'plain', ...event });
}

/** Hears events and does nothing. */
export const unheard: WorkListener = () => undefined;
