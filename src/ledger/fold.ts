// Why: where every order stands, computed from the journal and nothing else.
// Promises: pure and incremental: folding entries one by one gives what folding all of them gives.
// Never: reads the disk; recovery compares this memory with what is really there.
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
  readonly title: string;
  readonly repo: string | null;
  /** The order's Files in workspace terms. */
  readonly files: readonly string[];
  readonly position: 'posted' | 'claimed' | 'parked' | 'settled';
  /** What it waits for while it is parked. */
  readonly waits: { readonly on: Wait; readonly what: string } | null;
  /** The landing that waits for a word, or goes on with one. */
  readonly held: { readonly run: string; readonly commit: string | null; readonly branch: string | null } | null;
  /** What was said of the held landing. */
  readonly decisions: readonly Decided[];
  /** The last rejection that nothing landed after, and the order that named it. */
  readonly rejection: Decided | null;
  readonly answeredBy: string | null;
  /** Roles it was with before, oldest first. */
  readonly hops: readonly string[];
  /** How often it was woken by what it had sent. */
  readonly wakes: number;
  /** The order whose landing it reviews. */
  readonly reviews: string | null;
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
  readonly intent: Extract<Entry, { step: 'intended' }> | null;
  readonly landed: readonly Extract<Entry, { step: 'landed' }>[];
  readonly refused: readonly { readonly path: string; readonly sentence: string }[];
  readonly outcome: Outcome | null;
  readonly note: string;
  /** The limit of the card that ended it. */
  readonly limit: string | null;
  readonly month: string | null;
  readonly postedAt: string;
  readonly changedAt: string;
};

/** What the journal says of a workspace. */
export type History = {
  readonly orders: Map<string, Standing>;
  /** Ids of orders that are not settled. */
  readonly open: Set<string>;
  /** Digest of each role's last good card; a removed card is absent. */
  readonly cards: Map<string, string>;
  /** Digest of a role's card while it is broken. */
  readonly broken: Map<string, string>;
  /** Ids of mail that a landing is about to deliver: such a file is not somebody else's. */
  readonly announced: Set<string>;
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
    open: new Set(),
    cards: new Map(),
    broken: new Map(),
    bad: new Map(),
    announced: new Set(),
    number: 0,
    entries: 0,
  };
}

/** Takes one entry into a history. */
export function foldEntry(history: History, entry: Entry): void {
  history.entries += 1;
  if (entry.step === 'amended') {
    if (entry.what === 'broken') history.broken.set(entry.role, entry.digest);
    else history.broken.delete(entry.role);
    if (entry.what === 'removed') history.cards.delete(entry.role);
    else if (entry.what !== 'broken') history.cards.set(entry.role, entry.digest);
    return;
  }
  if (entry.step === 'refused') history.bad.set(entry.file, entry.key);
  if (entry.step === 'started' || entry.step === 'stopped' || entry.step === 'refused') return;
  if (entry.step === 'posted') {
    history.number = Math.max(history.number, numberOf(entry.order));
    const known = history.orders.get(entry.order);
    history.open.add(entry.order);
    history.announced.delete(entry.order);
    history.orders.set(entry.order, {
      ...begin(entry),
      attempt: known?.attempt ?? 0,
      spent: known?.spent ?? 0,
      landed: known?.landed ?? [],
      refused: known?.refused ?? [],
      hops: known?.hops ?? [],
      wakes: known?.wakes ?? 0,
      rejection: known?.rejection ?? null,
      postedAt: known?.postedAt ?? entry.at,
    });
    mark(history, entry.retries, { retriedBy: entry.order });
    for (const id of entry.answers ?? []) mark(history, id, { answeredBy: entry.order });
    return;
  }
  // The line that posted it cannot be read: what the claim says is enough to go on from.
  if (entry.step === 'claimed' && !history.orders.has(entry.order)) {
    history.open.add(entry.order);
    history.number = Math.max(history.number, numberOf(entry.order));
    history.orders.set(entry.order, begin({ ...entry, from: 'operator', repo: null, files: entry.files ?? [] }));
  }
  const standing = history.orders.get(entry.order);
  if (entry.step === 'intended')
    for (const letter of entry.mail) if (!history.orders.has(letter.id)) history.announced.add(letter.id);
  if (entry.step === 'settled') history.open.delete(entry.order);
  // What is still announced when its order has ended or begins anew was never delivered: whoever brings such a file now is its sender.
  if (entry.step === 'settled' || entry.step === 'returned' || entry.step === 'claimed')
    for (const letter of standing?.intent?.mail ?? []) history.announced.delete(letter.id);
  if (standing !== undefined)
    history.orders.set(entry.order, { ...standing, ...advance(standing, entry), changedAt: entry.at });
}

function mark(history: History, id: string | undefined, what: Partial<Standing>): void {
  const standing = history.orders.get(id ?? '');
  if (standing !== undefined) history.orders.set(standing.id, { ...standing, ...what });
}

type Beginning = Pick<Standing, 'role' | 'from' | 'repo' | 'files'> & {
  readonly order: string;
  readonly parent?: string | undefined;
  readonly title?: string | undefined;
  readonly reviews?: string | undefined;
  readonly refs?: readonly string[] | undefined;
  readonly contract?: readonly Pin[] | undefined;
  readonly at: string;
};

function begin(entry: Beginning): Standing {
  return {
    id: entry.order,
    role: entry.role,
    from: entry.from,
    parent: entry.parent ?? null,
    title: entry.title ?? '',
    repo: entry.repo,
    files: entry.files,
    position: 'posted',
    waits: null,
    held: null,
    decisions: [],
    rejection: null,
    answeredBy: null,
    hops: [],
    wakes: 0,
    reviews: entry.reviews ?? null,
    retriedBy: null,
    refs: entry.refs ?? [],
    contract: entry.contract ?? [],
    attempt: 0,
    spent: 0,
    card: null,
    run: null,
    intent: null,
    landed: [],
    refused: [],
    outcome: null,
    note: '',
    limit: null,
    month: null,
    postedAt: entry.at,
    changedAt: entry.at,
  };
}

type OrderEntry = Exclude<Entry, { step: 'amended' | 'started' | 'stopped' | 'refused' | 'posted' }>;

function advance(standing: Standing, entry: OrderEntry): Partial<Standing> {
  switch (entry.step) {
    case 'claimed':
      return {
        position: 'claimed',
        role: entry.role,
        title: entry.title ?? standing.title,
        files: entry.files ?? standing.files,
        refs: entry.refs ?? standing.refs,
        contract: entry.contract ?? standing.contract,
        attempt: entry.attempt,
        card: entry.card,
        run: null,
        intent: null,
        waits: null,
        ...(entry.resumes === true ? {} : { held: null, decisions: [] }),
      };
    case 'opened':
      return { run: entry.run, repo: entry.repo };
    case 'judged':
      return { refused: entry.refused };
    case 'intended':
      return { intent: entry };
    case 'landed':
      return { landed: [...standing.landed, entry], rejection: null };
    case 'returned':
      return {
        position: 'posted',
        run: null,
        intent: null,
        note: entry.reason,
        spent: standing.spent + (entry.spent ? 1 : 0),
        waits: null,
        held: null,
      };
    case 'routed':
      return {
        position: 'posted',
        role: entry.to,
        run: null,
        intent: null,
        spent: 0,
        hops: [...standing.hops, standing.role],
        note: entry.note,
      };
    case 'parked':
      return {
        position: 'parked',
        waits: { on: entry.on, what: entry.what },
        intent: null,
        ...(entry.run === undefined
          ? {}
          : { held: { run: entry.run, commit: entry.commit ?? null, branch: entry.branch ?? null } }),
        // What was sent is work done: attempts count anew from here.
        ...(entry.on === 'children' ? { spent: 0 } : {}),
      };
    case 'released':
      return {
        position: 'posted',
        waits: null,
        ...(standing.waits?.on === 'children' ? { wakes: standing.wakes + 1 } : {}),
      };
    case 'decided': {
      const { run, by, verdict, note, review } = entry;
      const word = { run, by, verdict, note, ...(review === undefined ? {} : { review }) };
      return verdict === 'rejected'
        ? { decisions: [...standing.decisions, word], rejection: word }
        : { decisions: [...standing.decisions, word] };
    }
    case 'settled':
      return {
        position: 'settled',
        outcome: entry.outcome,
        note: entry.note,
        limit: entry.limit ?? null,
        month: entry.month,
        intent: null,
        waits: null,
        held: null,
      };
    case 'ran':
    case 'checked':
    case 'answered':
    case 'flagged':
      return {};
  }
}

/** The number at the front of an order's id, 0 when it has none. */
export function numberOf(id: string): number {
  return Number(/^(\d{4,9})-/.exec(id)?.[1] ?? 0);
}
