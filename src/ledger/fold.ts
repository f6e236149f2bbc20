// Why: where every order stands, computed from the journal and nothing else.
// Promises: pure and incremental: folding entries one by one gives what folding all of them gives.
// Never: reads the disk; recovery compares this memory with what is really there.
import type { Pin } from '../gate/contract.ts';
import { advance, changeStanding, type OrderEntry, type StandingChange } from './advance.ts';
import type { Entry, Outcome } from './entry.ts';
import type { History } from './history.ts';
import { type Assignment, none, type Standing, unknownSender, untouched } from './standing.ts';

/** Takes one entry into a history. */
export function foldEntry(history: History, entry: Entry): void {
  history.journal.entries += 1;
  history.journal.began ??= entry.at;
  switch (entry.step) {
    case 'started':
    case 'stopped':
      break;
    case 'amended':
      foldCard(history, entry);
      break;
    case 'paused':
      history.holds.paused.set(entry.role, entry.at);
      break;
    case 'unpaused':
      history.holds.paused.delete(entry.role);
      break;
    case 'refused': {
      const untaken = entry.problems[0]?.replace(/^[\w-]+, line \d+: /, '') ?? 'it cannot be read';
      history.bad.set(entry.file, entry.key);
      mark(history, entry.id, { pause: { untaken } });
      break;
    }
    case 'signalled':
      for (const key of entry.about)
        history.signalled.set(`${entry.signal} ${key}`, { rule: entry.rule, sentence: entry.sentence });
      break;
    // Long after it ended, maybe: that changes nothing of where it stands.
    case 'pushed':
      mark(history, entry.order, { landing: { pushed: entry.commit } });
      break;
    case 'posted':
      foldPosting(history, entry);
      break;
    default:
      foldStep(history, entry);
  }
}

function foldCard(history: History, { role, what, digest, idle }: Extract<Entry, { step: 'amended' }>): void {
  history.roles.add(role);
  if (what === 'broken') history.broken.set(role, digest);
  else history.broken.delete(role);
  if (what === 'removed') history.cards.delete(role);
  else if (what !== 'broken') history.cards.set(role, digest);
  else if (idle === true) history.cards.delete(role);
}

function foldPosting(history: History, entry: Extract<Entry, { step: 'posted' }>): void {
  const { order, retries, answers = none } = entry;
  history.number = Math.max(history.number, numberOf(order));
  const known = history.orders.get(order);
  const again = namedRetry(history, retries);
  const begun = beginStanding(history, { ...entry, answers: [...new Set([...answers, ...again])] });
  history.open.add(order);
  history.announced.delete(order);
  history.orders.set(order, known === undefined ? begun : keepKnown(begun, known));
  // Only of one that has ended: of two, neither can be the other again.
  if (history.orders.get(retries ?? '')?.position === 'settled')
    mark(history, retries, { bonds: { retriedBy: order } });
  for (const id of [...answers, ...again]) {
    mark(history, id, { bonds: { answeredBy: order } });
    history.rejected.delete(id);
    history.halted.delete(id);
  }
}

// Keeps the earlier work, and what was said about it, when an order is posted once more.
function keepKnown(begun: Standing, known: Standing): Standing {
  const { postedAt, writtenAt } = known.asked;
  const { attempt, spent, handOvers, wakes, hops, refused } = known.tries;
  const { landed, pushed, pull } = known.landing;
  const { held, decisions } = known.pause;
  return changeStanding(begun, {
    asked: { postedAt, writtenAt },
    tries: { attempt, spent, handOvers, wakes, hops, refused },
    landing: { landed, pushed, pull },
    end: { rejection: known.end.rejection },
    // The same role has it again: its file had not been taken meanwhile.
    ...(known.role === begun.role ? { pause: { held, decisions } } : {}),
  });
}

// Names the order that is ordered again. Its sender knows what was said about the first one, with or without a reason
// in the new order.
function namedRetry(history: History, id: string | undefined): string[] {
  return id !== undefined && (history.rejected.has(id) || history.halted.has(id)) ? [id] : [];
}

function mark(history: History, id: string | undefined, change: StandingChange): void {
  const standing = history.orders.get(id ?? '');
  if (standing !== undefined) history.orders.set(standing.id, changeStanding(standing, change));
}

// A line of an order's own way.
function foldStep(history: History, entry: OrderEntry): void {
  // The line that posted it cannot be read: the claim says enough to go on from, but not who sent it.
  if (entry.step === 'claimed' && !history.orders.has(entry.order)) {
    history.open.add(entry.order);
    history.number = Math.max(history.number, numberOf(entry.order));
    history.orders.set(
      entry.order,
      beginStanding(history, { ...entry, from: unknownSender, repo: null, files: entry.files ?? [] }),
    );
  }
  const standing = history.orders.get(entry.order);
  noteStep(history, entry, standing);
  if (standing !== undefined)
    history.orders.set(entry.order, { ...changeStanding(standing, advance(standing, entry)), changedAt: entry.at });
}

// Notes what a line changes beyond its own order.
function noteStep(history: History, entry: OrderEntry, standing: Standing | undefined): void {
  if (entry.step === 'returned' && entry.limited !== undefined)
    history.holds.limited.set(entry.limited.agent, entry.limited.until);
  if (entry.step === 'released' && entry.unlimited !== undefined) history.holds.limited.delete(entry.unlimited);
  if (entry.step === 'claimed') history.turns.set(standing?.bonds.parent ?? '', history.journal.entries);
  if (entry.step === 'intended')
    for (const letter of entry.mail) if (!history.orders.has(letter.id)) history.announced.add(letter.id);
  if (entry.step === 'parked' && entry.review !== undefined && !history.orders.has(entry.review))
    history.announced.add(entry.review);
  if (entry.step === 'decided' && entry.verdict === 'rejected') history.rejected.add(entry.order);
  if (entry.step === 'landed') history.rejected.delete(entry.order);
  if (entry.step === 'settled') {
    history.open.delete(entry.order);
    const undoes = standing?.bonds.undoes ?? null;
    if (entry.outcome === 'done' && undoes !== null) mark(history, undoes, { bonds: { undoneBy: entry.order } });
    if (entry.outcome === 'done') history.rejected.delete(entry.order);
    if (entry.by !== undefined) history.halted.add(entry.order);
  }
  // When an order ends or begins anew, fourline never delivered the mail that is still announced. From then on, whoever
  // brings such a file counts as its sender.
  if (entry.step === 'settled' || entry.step === 'returned' || entry.step === 'claimed')
    for (const letter of standing?.landing.intent?.mail ?? []) history.announced.delete(letter.id);
  if (standing !== undefined && entry.step === 'ran') {
    const used = history.families.get(standing.bonds.root) ?? { runs: 0, usd: 0 };
    history.families.set(standing.bonds.root, { runs: used.runs + 1, usd: used.usd + (entry.spent?.usd ?? 0) });
  }
}

type Beginning = Pick<Assignment, 'from' | 'repo' | 'files'> & {
  readonly role: string;
  readonly order: string;
  readonly parent?: string | undefined;
  readonly title?: string | undefined;
  readonly after?: readonly string[] | undefined;
  readonly answers?: readonly string[] | undefined;
  readonly reviews?: string | undefined;
  readonly undoes?: string | undefined;
  readonly reason?: string | undefined;
  readonly refs?: readonly string[] | undefined;
  readonly contract?: readonly Pin[] | undefined;
  readonly at: string;
  readonly written?: string | undefined;
};

function beginStanding(history: History, entry: Beginning): Standing {
  const parent = history.orders.get(entry.parent ?? '');
  return {
    ...untouched,
    id: entry.order,
    role: entry.role,
    changedAt: entry.at,
    asked: {
      from: entry.from,
      title: entry.title ?? '',
      repo: entry.repo,
      files: entry.files,
      refs: entry.refs ?? none,
      contract: entry.contract ?? none,
      reason: entry.reason ?? '',
      postedAt: entry.at,
      writtenAt: entry.written ?? entry.at,
    },
    bonds: {
      parent: entry.parent ?? null,
      root: parent?.bonds.root ?? entry.order,
      generation: (parent?.bonds.generation ?? 0) + 1,
      after: entry.after ?? none,
      answers: entry.answers ?? none,
      reviews: entry.reviews ?? null,
      answeredBy: null,
      retriedBy: null,
      undoes: entry.undoes ?? null,
      undoneBy: null,
    },
  };
}

/** Orders that are not settled. */
export function openOrdersOf({ open, orders }: Pick<History, 'open' | 'orders'>): Standing[] {
  return [...open].flatMap((id) => orders.get(id) ?? []);
}

/** Orders that wait for something else than their turn. */
export function parkedOrders(history: History): Standing[] {
  return openOrdersOf(history).filter(({ position }) => position === 'parked');
}

/**
 * How an order ended at last: one that was ordered again ended as that one did. Null while it has not, or is not known.
 */
export function outcomeOf(history: Pick<History, 'orders'>, id: string): Outcome | null {
  const standing = history.orders.get(id);
  const outcome = standing?.end.outcome ?? null;
  const again = standing?.bonds.retriedBy ?? null;
  return outcome === null || outcome === 'done' || again === null ? outcome : outcomeOf(history, again);
}

/** The undo that took an order's landing back; null where there is none, or where it was itself undone. */
export function undoOf(history: Pick<History, 'orders'>, { bonds }: Standing): string | null {
  const by = bonds.undoneBy === null ? undefined : history.orders.get(bonds.undoneBy);
  return by !== undefined && undoOf(history, by) !== null ? null : bonds.undoneBy;
}

/** Why a role's orders wait since the operator paused it, with the command that ends it; null when they need not. */
export function pausedWords({ holds: { paused } }: Pick<History, 'holds'>, role: string): string | null {
  return paused.has(role) ? `${role} is paused  → fourline resume ${role}` : null;
}

/** The number at the front of an order's id, 0 when it has none. */
export function numberOf(id: string): number {
  return Number(/^(\d{4,9})-/.exec(id)?.[1] ?? 0);
}
