// Why: what is known of one order's way, as it grows from step to step.
// Promises: a step takes what the one before gave and adds to it; nothing is changed in place.
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
  /** The branch it lands on: of its first claim, else what is checked out now. */
  readonly branch: string | null;
  readonly files: readonly string[];
  readonly scope: Matcher;
  readonly boundary: Boundary;
  /** What is handed down with it, and what is pinned for it; both with what its parent has. */
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  /** Of what is pinned, what this order may not change. */
  readonly pinned: readonly ClosedPin[];
  /** What is doubtful about its Files where they are. */
  readonly doubts: readonly Problem[];
};

/** An order that is claimed. `folder` is its active folder. */
export type Claimed = {
  readonly id: string;
  readonly role: string;
  readonly from: string;
  readonly attempt: number /** Whether this attempt is the last the card allows. */;
  readonly last: boolean;
  /** How often a fresh run went on already because the last one's live context was full. */
  readonly handOvers: number;
  readonly order: Order;
  readonly text: string;
  readonly card: Card;
  readonly admitted: Admitted;
  readonly folder: string;
  /** The order whose landing it reviews. */
  readonly reviews: string | null;
  /** True when a landing goes on that was held and is approved: nothing is run. */
  readonly resumes: boolean;
};

/**
 * The repository a run works on. `commit` is the base; `branch` is where it lands. `from` is the branch that one grows
 * from, where it is the order's own.
 */
export type Base = {
  readonly target: Target;
  readonly branch: string;
  readonly commit: string;
  readonly from?: string | undefined;
};

/** What a room finds around the code. */
export type Surrounding = { readonly layers: readonly Layer[]; readonly env: Readonly<Record<string, string>> };

/** An order with its room. */
export type Opened = Claimed & {
  readonly run: string;
  readonly room: Room;
  readonly base: Base | null;
  readonly state: readonly StateCopy[];
  readonly brief: string;
  /** What the repository's setup installed at its base, and its variables. */
  readonly prepared: Surrounding;
  /** How the agent is started, or why it cannot be. */
  readonly launch: Launch | Reason;
};

/** A finished run. `network` is what it had of one, in words; `unreached` what it asked for there in vain; `spent` is null where nothing of that is told, `estimated` where its money is by the price
 * table. */
export type Ran = RunResult & {
  readonly agent: string;
  readonly network: string;
  readonly unreached: readonly string[];
  readonly spent: (Spent & { readonly estimated: boolean }) | null;
  /** What it was handed, and must not leave its room. */
  readonly guard: Guard;
};

/** What a run came to in words: who worked, what it asks for, what it said, what ended it, what it cost. */
export type RunWords = {
  readonly run: string;
  readonly agent: string;
  readonly ask: Ask;
  /** True when the agent left a report file. */
  readonly reported: boolean;
  readonly summary: string;
  /** The end of what it printed on standard error, if it ended badly. */
  readonly complaint: string;
  /** The limit that ended it, by its name on the card; null when none did. */
  readonly limit: string | null;
  readonly unreached: readonly string[];
  readonly spent: Ran['spent'];
};

/** What a run leaves in its room: what was judged, and what of it may be delivered. */
export type RunWork = {
  readonly verdicts: readonly Verdict[];
  readonly scratch: number;
  /** Folders in which it left what the base ignores, with how many files. */
  readonly scratchIn: readonly string[];
  /** Exactly what is allowed of the repository's changes; null when that is nothing. */
  readonly commit: string | null;
  readonly allowedFiles: readonly string[];
  readonly mail: readonly (IntendedMail & { readonly text: string })[];
  /** The order that it waits for when its own orders are sent: one of them. */
  readonly behind?: string | undefined;
  /** Files of its orders that the operator left out when they approved the rest. */
  readonly dropped?: readonly string[] | undefined;
  readonly stateOut: readonly StateChange[];
};

/** What a run brought, as far as its landing and its report need it. A landing that waits keeps exactly this. */
export type Contents = RunWords & RunWork;

/**
 * What may land: an order with what its run brought. It is the same whether the run has just ended, or its landing
 * waited and is claimed again.
 */
export type Parcel = Claimed &
  Contents & {
    readonly base: Base | null;
    /** Checks run beside it; a landing that waited has a fresh one. */
    readonly room: Room;
    /** True when every word it needs has been said. */
    readonly approved: boolean;
    /** True when the operator said that it lands although its checks fail, as they do on the branch. */
    readonly despiteRed: boolean;
  };

/** A finished and judged run. */
export type Judged = Opened &
  Parcel & {
    /** Null when the agent ended well; else why it did not. */
    readonly failure: string | null;
    /** What kind of a bad end that was; null when it ended well, or in a way that trying again does not help. */
    readonly badEnd: BadEnd | null;
    /** The usage limit of its agent that ended it; null when none did. */
    readonly usedUp: AgentFailure | null;
    /** Why its bad end is the machine's doing; null when it is not. */
    readonly hindered: string | null;
    /** True when it went on from reports about orders it had sent. */
    readonly woken: boolean;
    readonly stopped: boolean;
    /** What it asks the operator. */
    readonly questions: readonly string[];
  };

/** A change to a state file that lands: contents, null where there is none. */
export type StateChange = { readonly path: string; readonly before: string | null; readonly after: string | null };

/** Just the contents of a parcel, without the order. */
export function contentsOf(parcel: Contents): Contents {
  const { run, agent, ask, reported, verdicts, scratch, scratchIn, commit, allowedFiles, mail } = parcel;
  const { behind, dropped, stateOut, summary, complaint, limit, unreached, spent } = parcel;
  return {
    ...{ run, agent, ask, reported, verdicts, scratch, scratchIn, commit, allowedFiles, mail },
    ...{ behind, dropped, stateOut, summary, complaint, limit, unreached, spent },
  };
}

/** Changes that were refused, of a trip. */
export function refusedOf(verdicts: readonly Verdict[]): Extract<Verdict, { decision: 'refuse' }>[] {
  return verdicts.filter((one) => one.decision === 'refuse');
}

/** What an opened order's run is judged by. */
export function lawOf({ card, admitted }: Opened): Law {
  return { grant: card.grant, scope: admitted.scope, pinned: admitted.pinned };
}
