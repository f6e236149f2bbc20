// Why: what is remembered of each order while the journal is folded.
// Promises: pure; a field is what the journal's lines say and nothing more.
// Never: says what a line changes; fold.ts and advance.ts do.

import type { Pin } from '../gate/contract.ts';
import type { Entry, Outcome } from './entry.ts';
import type { Wait } from './waits.ts';

/**
 * The sender of an order whose own line is lost. The sender is unknown, so the order doesn't count as the operator's.
 * No role may have this name.
 */
export const unknownSender = 'nobody';

/** A word on a landing that waits. */
export type Decided = Pick<Extract<Entry, { step: 'decided' }>, 'run' | 'by' | 'verdict' | 'note' | 'review'>;

/** The work that was asked for, and who asked for it. */
export type Assignment = {
  readonly from: string;
  readonly title: string;
  readonly repo: string | null;
  /** The order's Files in workspace terms. */
  readonly files: readonly string[];
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  /** Why it is ordered again; empty where nobody said. */
  readonly reason: string;
  readonly postedAt: string;
  /** When it was written: no rejection after that binds it. */
  readonly writtenAt: string;
};

/** Which orders it has to do with: those it comes from, those it names, and those that name it. */
export type OrderBonds = {
  readonly parent: string | null;
  /** The order that its family began with, and how many generations it is from there: 1 for that order. */
  readonly root: string;
  readonly generation: number;
  /** Orders it waits for before it starts, as it was posted. */
  readonly after: readonly string[];
  /** Orders that were rejected or halted and that it names. */
  readonly answers: readonly string[];
  /** The order whose landing it reviews. */
  readonly reviews: string | null;
  readonly answeredBy: string | null;
  /** The newest order that is this one again. */
  readonly retriedBy: string | null;
  /** The order whose landing it takes back; and the newest order that took back its own. */
  readonly undoes: string | null;
  readonly undoneBy: string | null;
};

/** How it was tried, and what its last run came to. */
export type Tries = {
  /** How often it was claimed. */
  readonly attempt: number;
  /** How many of those attempts count against the card's limit. */
  readonly spent: number;
  /** How often a fresh run went on because the last one's live context was full, since it was last parked or routed. */
  readonly handOvers: number;
  /** How often it was woken by what it had sent. */
  readonly wakes: number;
  /** Roles it was with before, oldest first. */
  readonly hops: readonly string[];
  readonly card: string | null;
  readonly run: string | null;
  /** The usage of its last run, when the run told it; kept until the order is settled or handed back. */
  readonly cost: { readonly run: string; readonly spent: NonNullable<Extract<Entry, { step: 'ran' }>['spent']> } | null;
  readonly refused: readonly { readonly path: string; readonly sentence: string }[];
  /** Whether its last run left no report and said nothing. */
  readonly quiet: boolean;
};

/** The reasons why an order doesn't go on. */
export type Pause = {
  /** The thing it waits for while it is parked; null when it isn't parked. */
  readonly waits: { readonly on: Wait; readonly what: string; readonly review: string | null } | null;
  /** The landing that waits for a word, or goes on with one. */
  readonly held: { readonly run: string; readonly commit: string | null; readonly branch: string | null } | null;
  /** The decisions about the held landing. */
  readonly decisions: readonly Decided[];
  /** Why its file in the inbox is not taken any more; null while it is. */
  readonly untaken: string | null;
};

/** How its work lands, and how what landed leaves the workspace. */
export type LandingSteps = {
  /** The branch it lands on, from its first claim on; null before, and without a repository. */
  readonly branch: string | null;
  readonly intent: Extract<Entry, { step: 'intended' }> | null;
  /** State files of its intent that are written. */
  readonly stated: readonly string[];
  readonly landed: readonly Extract<Entry, { step: 'landed' }>[];
  /** The last commit of it that was pushed. */
  readonly pushed: string | null;
  /** Its pull request, as it was seen last. */
  readonly pull: Pick<Extract<Entry, { step: 'proposed' }>, 'number' | 'url' | 'state' | 'commit'> | null;
};

/** How it ended, and what the reports say about that. */
export type OrderEnd = {
  readonly outcome: Outcome | null;
  /** Also why it was handed back or routed. */
  readonly note: string;
  /** The limit of the card that ended it. */
  readonly limit: string | null;
  /** Its verdict, when it was a review. */
  readonly verdict: 'approved' | 'rejected' | null;
  /** The role that halted it by its own report. */
  readonly haltedBy: string | null;
  /** The last rejection that nothing landed after, and the order that named it. */
  readonly rejection: Decided | null;
};

/** Which order it is, and where it lies. */
type OrderPlace = {
  readonly id: string;
  readonly role: string;
  readonly position: 'posted' | 'claimed' | 'parked' | 'settled';
  /** The month of its record, once it is settled. */
  readonly month: string | null;
  readonly changedAt: string;
};

/** The facts about an order besides its place, part by part. */
export type StandingParts = {
  readonly asked: Assignment;
  readonly bonds: OrderBonds;
  readonly tries: Tries;
  readonly pause: Pause;
  readonly landing: LandingSteps;
  readonly end: OrderEnd;
};

/** Where one order stands. */
export type Standing = OrderPlace & StandingParts;

/** A standing as we show it outside: all parts side by side. */
export type FlatStanding = OrderPlace & Assignment & OrderBonds & Tries & Pause & LandingSteps & OrderEnd;

/** Puts the parts of a standing side by side. */
export function flattenStanding({ asked, bonds, tries, pause, landing, end, ...place }: Standing): FlatStanding {
  return { ...place, ...asked, ...bonds, ...tries, ...pause, ...landing, ...end };
}

/**
 * An empty list that all orders share: most lists are empty, and a daemon that works for days remembers every order.
 */
export const none: readonly never[] = [];

/** An order to which nothing happened yet; orders share these parts until something does. */
export const untouched = {
  position: 'posted',
  month: null,
  tries: {
    attempt: 0,
    spent: 0,
    handOvers: 0,
    wakes: 0,
    hops: none,
    card: null,
    run: null,
    cost: null,
    refused: none,
    quiet: false,
  },
  pause: { waits: null, held: null, decisions: none, untaken: null },
  landing: { branch: null, intent: null, stated: none, landed: none, pushed: null, pull: null },
  end: { outcome: null, note: '', limit: null, verdict: null, haltedBy: null, rejection: null },
} as const satisfies Partial<Standing>;
