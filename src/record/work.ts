// Why: the facts about one order's way, as they grow from step to step.
// Promises: a step takes the result of the step before and adds to it; nothing is changed in place.
// Never: holds anything that is needed after a crash; that is on disk.

import type { AgentFailure, Launch, RunResult } from '../agent/agent.ts';
import type { Spent } from '../agent/meter.ts';
import type { Ask } from '../agent/report.ts';
import type { ClosedPin, Pin } from '../gate/contract.ts';
import type { Law } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { IntendedMail } from '../ledger/entry.ts';
import type { Order } from '../order/order.ts';
import type { Target } from '../platform/git/target.ts';
import type { Reason } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import type { Guard } from '../platform/text/secret.ts';
import type { Boundary } from '../role/boundary.ts';
import type { BadEnd } from '../role/follow-up.ts';
import type { Matcher } from '../role/grant.ts';
import type { Card } from '../role/roles.ts';
import type { StateCopy } from '../room/furnish.ts';
import type { Room } from '../room/room.ts';
import type { Layer } from '../setup/layer.ts';

/** An order that can be taken: its repository, its Files in workspace terms, and the boundary a run would have. */
export type Admitted = {
  readonly ok: true;
  readonly card: Card;
  readonly repo: string | null;
  /** The branch it lands on: the branch of its first claim, else the one that is checked out now. */
  readonly branch: string | null;
  readonly files: readonly string[];
  readonly scope: Matcher;
  readonly boundary: Boundary;
  /** The files that are handed down with it, and its pins; both include its parent's. */
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  /** The pins that this order may not change. */
  readonly pinned: readonly ClosedPin[];
  /** Doubts about its Files, as they are in the repository now. */
  readonly doubts: readonly Problem[];
};

/** An order that is claimed. `folder` is its active folder. */
export type Claimed = {
  readonly id: string;
  readonly role: string;
  readonly from: string;
  readonly attempt: number /** Whether this attempt is the last the card allows. */;
  readonly last: boolean;
  /** How often a fresh run has already continued because the last run's live context was full. */
  readonly handOvers: number;
  readonly order: Order;
  readonly text: string;
  readonly card: Card;
  readonly admitted: Admitted;
  readonly folder: string;
  /** The order whose landing it reviews. */
  readonly reviews: string | null;
  /** True when this continues a landing that was held and is approved: no agent runs. */
  readonly resumes: boolean;
};

/**
 * The repository a run works on. `commit` is the base; `branch` is where it lands. If `branch` is the order's own,
 * `from` is the branch it grows from.
 */
export type Base = {
  readonly target: Target;
  readonly branch: string;
  readonly commit: string;
  readonly from?: string | undefined;
};

/** The layers and variables that a room has around the code. */
export type Surrounding = { readonly layers: readonly Layer[]; readonly env: Readonly<Record<string, string>> };

/** An order with its room. */
export type Opened = Claimed & {
  readonly run: string;
  readonly room: Room;
  readonly base: Base | null;
  readonly state: readonly StateCopy[];
  readonly brief: string;
  /** The layers that the repository's setup installed at its base, and its variables. */
  readonly prepared: Surrounding;
  /** How the agent is started, or why it cannot be started. */
  readonly launch: Launch | Reason;
};

/**
 * A finished run. `network` is the network it had, in words; `unreached` is what it asked for there in vain. `spent` is
 * null if its usage was not reported, `estimated` if a price table gives its money.
 */
export type Ran = RunResult & {
  readonly agent: string;
  readonly network: string;
  readonly unreached: readonly string[];
  readonly spent: (Spent & { readonly estimated: boolean }) | null;
  /** The credentials it was handed, which must not leave its room. */
  readonly guard: Guard;
};

/** A run's result in words: who worked, what it asks for, what it said, what ended it, what it cost. */
export type RunWords = {
  readonly run: string;
  readonly agent: string;
  readonly ask: Ask;
  /** True when the agent left a report file. */
  readonly reported: boolean;
  readonly summary: string;
  /** The end of what it printed on standard output and on standard error, if it ended badly or produced nothing. */
  readonly printed: string;
  readonly complaint: string;
  /** The limit that ended it, by its name on the card; null when none did. */
  readonly limit: string | null;
  readonly unreached: readonly string[];
  readonly spent: Ran['spent'];
};

/** The contents that a run leaves in its room: what was judged, and which part may be delivered. */
export type RunWork = {
  readonly verdicts: readonly Verdict[];
  readonly scratch: number;
  /** Folders in which it left files that the base ignores, with how many files. */
  readonly scratchIn: readonly string[];
  /** Exactly the allowed part of the repository's changes; null when nothing is allowed. */
  readonly commit: string | null;
  readonly allowedFiles: readonly string[];
  readonly mail: readonly (IntendedMail & { readonly text: string })[];
  /** The order that it waits for when its own orders are sent; it is one of them. */
  readonly behind?: string | undefined;
  /** Files of its orders that the operator left out when they approved the rest. */
  readonly dropped?: readonly string[] | undefined;
  readonly stateOut: readonly StateChange[];
};

/** The result of a run, as far as its landing and its report need it. A landing that waits keeps exactly this. */
export type Contents = RunWords & RunWork;

/**
 * An order with its run's result, ready to land. It is the same if the run has just ended, and if its landing waited
 * and is claimed again.
 */
export type Parcel = Claimed &
  Contents & {
    readonly base: Base | null;
    /** Checks run beside it; a landing that waited has a fresh room. */
    readonly room: Room;
    /** True when every word it needs has been said. */
    readonly approved: boolean;
    /** True when the operator said that it lands although its checks fail, because they also fail on the branch. */
    readonly despiteRed: boolean;
    /** The order whose landing it takes back, if it is an undo. */
    readonly undoes?: string | undefined;
  };

/** A finished and judged run. */
export type Judged = Opened &
  Parcel & {
    /** Null when the agent ended well; else why it did not. */
    readonly failure: string | null;
    /** The kind of bad end; null when it ended well, or when trying again does not help. */
    readonly badEnd: BadEnd | null;
    /** The usage limit that ended its agent; null when no limit did. */
    readonly usedUp: AgentFailure | null;
    /** Why the machine caused its bad end; null when it did not. */
    readonly hindered: string | null;
    /** True when it continued from reports about orders it had sent. */
    readonly woken: boolean;
    readonly stopped: boolean;
    /** Its questions to the operator. */
    readonly questions: readonly string[];
  };

/** A change to a state file that lands: its texts before and after, null if there is no file. */
export type StateChange = { readonly path: string; readonly before: string | null; readonly after: string | null };

/** Only the contents of a parcel, without the order. */
export function contentsOf(parcel: Contents): Contents {
  const { run, agent, ask, reported, verdicts, scratch, scratchIn, commit, allowedFiles, mail } = parcel;
  const { behind, dropped, stateOut, summary, printed, complaint, limit, unreached, spent } = parcel;
  return {
    ...{ run, agent, ask, reported, verdicts, scratch, scratchIn, commit, allowedFiles, mail },
    ...{ behind, dropped, stateOut, summary, printed, complaint, limit, unreached, spent },
  };
}

/** The refused changes of a run. */
export function refusedOf(verdicts: readonly Verdict[]): Extract<Verdict, { decision: 'refuse' }>[] {
  return verdicts.filter((one) => one.decision === 'refuse');
}

/** The law that an opened order's run is judged by. */
export function lawOf({ card, admitted }: Opened): Law {
  return { grant: card.grant, scope: admitted.scope, pinned: admitted.pinned };
}
