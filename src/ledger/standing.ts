// Why: what is remembered of each order, and of the workspace as a whole, while its journal is folded.
// Promises: pure; a field is what the journal's lines say and nothing more.
// Never: computes; fold.ts does.
import type { Pin } from '../gate/contract.ts';
import type { Entry, Outcome, Wait } from './entry.ts';

/** A word on a landing that waits. */
export type Decided = Pick<Extract<Entry, { step: 'decided' }>, 'run' | 'by' | 'verdict' | 'note' | 'review'>;

/** Where one order stands. */
export type Standing = {
  readonly id: string;
  readonly role: string;
  readonly from: string;
  readonly parent: string | null;
  /** The order that its family began with, and how many generations it is from there: 1 for that order. */
  readonly root: string;
  readonly generation: number;
  readonly title: string;
  readonly repo: string | null;
  /** The branch it lands on, from its first claim on; null before, and without a repository. */
  readonly branch: string | null;
  /** The order's Files in workspace terms. */
  readonly files: readonly string[];
  readonly position: 'posted' | 'claimed' | 'parked' | 'settled';
  /** What it waits for while it is parked. */
  readonly waits: { readonly on: Wait; readonly what: string; readonly review: string | null } | null;
  /** Orders it waits for before it starts, as it was posted. */
  readonly after: readonly string[];
  /** The landing that waits for a word, or goes on with one. */
  readonly held: { readonly run: string; readonly commit: string | null; readonly branch: string | null } | null;
  /** What was said of the held landing. */
  readonly decisions: readonly Decided[];
  /** The last rejection that nothing landed after, and the order that named it. */
  readonly rejection: Decided | null;
  readonly answeredBy: string | null;
  /** The role that halted it by its own report. */
  readonly haltedBy: string | null;
  /** Why it is ordered again; empty where nobody said. */
  readonly reason: string;
  /** Why its file in the inbox is not taken any more; null while it is. */
  readonly untaken: string | null;
  /** Orders that were rejected or halted and that it names. */
  readonly answers: readonly string[];
  /** Roles it was with before, oldest first. */
  readonly hops: readonly string[];
  /** How often a fresh run went on because the last one's live context was full, since it was last parked or routed. */
  readonly handOvers: number;
  /** How often it was woken by what it had sent. */
  readonly wakes: number;
  /** The order whose landing it reviews. */
  readonly reviews: string | null;
  /** What it said as a review. */
  readonly verdict: 'approved' | 'rejected' | null;
  /** The newest order that is this one again. */
  readonly retriedBy: string | null;
  readonly refs: readonly string[];
  readonly contract: readonly Pin[];
  /** How often it was claimed. */
  readonly attempt: number;
  /** How many of those attempts count against the card's limit. */
  readonly spent: number;
  readonly card: string | null;
  readonly run: string | null;
  /** What its last run spent, where that was told; until it is settled or handed back. */
  readonly cost: { readonly run: string; readonly spent: NonNullable<Extract<Entry, { step: 'ran' }>['spent']> } | null;
  readonly intent: Extract<Entry, { step: 'intended' }> | null;
  readonly landed: readonly Extract<Entry, { step: 'landed' }>[];
  /** The last commit of it that was pushed. */
  readonly pushed: string | null;
  /** Its pull request, as it was seen last. */
  readonly pull: Pick<Extract<Entry, { step: 'proposed' }>, 'number' | 'url' | 'state' | 'commit'> | null;
  /** State files of its intent that are written. */
  readonly stated: readonly string[];
  readonly refused: readonly { readonly path: string; readonly sentence: string }[];
  /** Whether its last run left no report and said nothing. */
  readonly quiet: boolean;
  readonly outcome: Outcome | null;
  readonly note: string;
  /** The limit of the card that ended it. */
  readonly limit: string | null;
  readonly month: string | null;
  readonly postedAt: string;
  /** When it was written: no rejection after that binds it. */
  readonly writtenAt: string;
  readonly changedAt: string;
};

/** One empty list for all: most orders have nothing of most, and a daemon that works for days remembers every order. */
export const none: readonly never[] = [];

/** An order to which nothing happened yet, but for what its first line says. */
export const untouched = {
  branch: null,
  position: 'posted',
  waits: null,
  held: null,
  decisions: none,
  rejection: null,
  answeredBy: null,
  haltedBy: null,
  untaken: null,
  hops: none,
  wakes: 0,
  handOvers: 0,
  verdict: null,
  retriedBy: null,
  attempt: 0,
  spent: 0,
  card: null,
  run: null,
  cost: null,
  intent: null,
  landed: none,
  pushed: null,
  pull: null,
  stated: none,
  refused: none,
  quiet: false,
  outcome: null,
  note: '',
  limit: null,
  month: null,
} as const satisfies Partial<Standing>;

/** What the journal says of a workspace. */
export type History = {
  readonly orders: Map<string, Standing>;
  /** What each family has used so far, by its first order: runs, and their money where that was told. */
  readonly families: Map<string, { readonly runs: number; readonly usd: number }>;
  /** Ids of orders that are not settled. */
  readonly open: Set<string>;
  /** Ids of orders that were rejected, did not land since, and that no order has named. */
  readonly rejected: Set<string>;
  /** Ids of orders that their role halted and that no order has named. */
  readonly halted: Set<string>;
  /** The number of the entry that last claimed an order of a parent; the key is empty for orders of the operator's own. */
  readonly turns: Map<string, number>;
  /** Digest of each role's last good card; a removed card is absent. */
  readonly cards: Map<string, string>;
  /** Digest of a role's card while it is broken. */
  readonly broken: Map<string, string>;
  /** Ids of mail that a landing is about to deliver: such a file is not somebody else's. */
  readonly announced: Set<string>;
  /** Signals that were told, by `signal key`. */
  readonly signalled: Map<string, Pick<Extract<Entry, { step: 'signalled' }>, 'rule' | 'sentence'>>;
  /** Agents whose usage limit is reached, and until when (ISO 8601). */
  readonly limited: Map<string, string>;
  /** Files in inboxes that could not be taken, with a key of what was answered. */
  readonly bad: Map<string, string>;
  /** Highest order number that was ever given. */
  number: number;
  entries: number;
};

/** A history in which nothing happened. */
export function emptyHistory(): History {
  return {
    orders: new Map(),
    families: new Map(),
    open: new Set(),
    rejected: new Set(),
    halted: new Set(),
    turns: new Map(),
    cards: new Map(),
    broken: new Map(),
    bad: new Map(),
    announced: new Set(),
    signalled: new Map(),
    limited: new Map(),
    number: 0,
    entries: 0,
  };
}
