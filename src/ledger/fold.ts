// Why: where every order stands, computed from the journal and nothing else.
// Promises: pure and incremental: folding entries one by one gives what folding all of them gives.
// Never: reads the disk; recovery compares this memory with what is really there.
import type { Pin } from '../gate/contract.ts';
import { type Entry, type Outcome, unknownSender } from './entry.ts';
import { type History, none, type Standing, untouched } from './standing.ts';

/** Takes one entry into a history. */
export function foldEntry(history: History, entry: Entry): void {
  history.entries += 1;
  if (entry.step === 'amended') {
    if (entry.what === 'broken') history.broken.set(entry.role, entry.digest);
    else history.broken.delete(entry.role);
    if (entry.what === 'removed') history.cards.delete(entry.role);
    else if (entry.what !== 'broken') history.cards.set(entry.role, entry.digest);
    else if (entry.idle === true) history.cards.delete(entry.role);
    return;
  }
  if (entry.step === 'refused') {
    history.bad.set(entry.file, entry.key);
    mark(history, entry.id, { untaken: entry.problems[0]?.replace(/^[\w-]+, line \d+: /, '') ?? 'it cannot be read' });
  }
  if (entry.step === 'signalled') for (const key of entry.about) history.signalled.set(`${entry.signal} ${key}`, entry);
  if (entry.step === 'started' || entry.step === 'stopped' || entry.step === 'refused' || entry.step === 'signalled')
    return;
  // Long after it ended, maybe: that changes nothing of where it stands.
  if (entry.step === 'pushed') {
    mark(history, entry.order, { pushed: entry.commit });
    return;
  }
  if (entry.step === 'posted') {
    history.number = Math.max(history.number, numberOf(entry.order));
    const known = history.orders.get(entry.order);
    const again = namedRetry(history, entry.retries);
    history.open.add(entry.order);
    history.announced.delete(entry.order);
    history.orders.set(entry.order, {
      ...beginStanding(history, { ...entry, answers: [...new Set([...(entry.answers ?? none), ...again])] }),
      // Posted once more to the same role, because its file had not been taken meanwhile: nothing that was said of its work is lost.
      ...(known?.role === entry.role ? { held: known.held, decisions: known.decisions } : {}),
      attempt: known?.attempt ?? 0,
      spent: known?.spent ?? 0,
      landed: known?.landed ?? none,
      pushed: known?.pushed ?? null,
      pull: known?.pull ?? null,
      refused: known?.refused ?? none,
      hops: known?.hops ?? none,
      wakes: known?.wakes ?? 0,
      handOvers: known?.handOvers ?? 0,
      rejection: known?.rejection ?? null,
      postedAt: known?.postedAt ?? entry.at,
      writtenAt: known?.writtenAt ?? entry.written ?? entry.at,
    });
    // Only of one that has ended: of two, neither can be the other again.
    if (history.orders.get(entry.retries ?? '')?.position === 'settled')
      mark(history, entry.retries, { retriedBy: entry.order });
    for (const id of [...(entry.answers ?? []), ...again]) {
      mark(history, id, { answeredBy: entry.order });
      history.rejected.delete(id);
      history.halted.delete(id);
    }
    return;
  }
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
  if (entry.step === 'returned' && entry.limited !== undefined)
    history.limited.set(entry.limited.agent, entry.limited.until);
  if (entry.step === 'released' && entry.unlimited !== undefined) history.limited.delete(entry.unlimited);
  if (entry.step === 'claimed') history.turns.set(standing?.parent ?? '', history.entries);
  if (entry.step === 'intended')
    for (const letter of entry.mail) if (!history.orders.has(letter.id)) history.announced.add(letter.id);
  if (entry.step === 'parked' && entry.review !== undefined && !history.orders.has(entry.review))
    history.announced.add(entry.review);
  if (entry.step === 'decided' && entry.verdict === 'rejected') history.rejected.add(entry.order);
  if (entry.step === 'landed') history.rejected.delete(entry.order);
  if (entry.step === 'settled') {
    history.open.delete(entry.order);
    if (entry.outcome === 'done') history.rejected.delete(entry.order);
    if (entry.by !== undefined) history.halted.add(entry.order);
  }
  // What is still announced when its order has ended or begins anew was never delivered: whoever brings such a file now is its sender.
  if (entry.step === 'settled' || entry.step === 'returned' || entry.step === 'claimed')
    for (const letter of standing?.intent?.mail ?? []) history.announced.delete(letter.id);
  if (standing !== undefined && entry.step === 'ran') {
    const used = history.families.get(standing.root) ?? { runs: 0, usd: 0 };
    history.families.set(standing.root, { runs: used.runs + 1, usd: used.usd + (entry.spent?.usd ?? 0) });
  }
  if (standing !== undefined)
    history.orders.set(entry.order, { ...standing, ...advance(standing, entry), changedAt: entry.at });
}

// Who orders the same again has picked up what was said of it, whether or not it gives a reason.
function namedRetry(history: History, id: string | undefined): string[] {
  return id !== undefined && (history.rejected.has(id) || history.halted.has(id)) ? [id] : [];
}

function mark(history: History, id: string | undefined, what: Partial<Standing>): void {
  const standing = history.orders.get(id ?? '');
  if (standing !== undefined) history.orders.set(standing.id, { ...standing, ...what });
}

type Beginning = Pick<Standing, 'role' | 'from' | 'repo' | 'files'> & {
  readonly order: string;
  readonly parent?: string | undefined;
  readonly title?: string | undefined;
  readonly after?: readonly string[] | undefined;
  readonly answers?: readonly string[] | undefined;
  readonly reviews?: string | undefined;
  readonly reason?: string | undefined;
  readonly refs?: readonly string[] | undefined;
  readonly contract?: readonly Pin[] | undefined;
  readonly at: string;
};

function beginStanding(history: History, entry: Beginning): Standing {
  const parent = history.orders.get(entry.parent ?? '');
  return {
    ...untouched,
    id: entry.order,
    root: parent?.root ?? entry.order,
    generation: (parent?.generation ?? 0) + 1,
    role: entry.role,
    from: entry.from,
    parent: entry.parent ?? null,
    title: entry.title ?? '',
    repo: entry.repo,
    files: entry.files,
    reason: entry.reason ?? '',
    after: entry.after ?? none,
    answers: entry.answers ?? none,
    reviews: entry.reviews ?? null,
    refs: entry.refs ?? none,
    contract: entry.contract ?? none,
    postedAt: entry.at,
    writtenAt: entry.at,
    changedAt: entry.at,
  };
}

type OrderEntry = Exclude<
  Entry,
  { step: 'amended' | 'started' | 'stopped' | 'refused' | 'posted' | 'signalled' | 'pushed' }
>;

function advance(standing: Standing, entry: OrderEntry): Partial<Standing> {
  switch (entry.step) {
    case 'claimed':
      return {
        position: 'claimed',
        untaken: null,
        role: entry.role,
        title: entry.title ?? standing.title,
        files: entry.files ?? standing.files,
        refs: entry.refs ?? standing.refs,
        contract: entry.contract ?? standing.contract,
        attempt: entry.attempt,
        card: entry.card,
        branch: standing.branch ?? entry.branch ?? null,
        run: null,
        intent: null,
        waits: null,
        ...(entry.resumes === true ? {} : { held: null, decisions: none, cost: null }),
      };
    case 'opened':
      // Journals from before the claim named a branch tell it here.
      return {
        run: entry.run,
        repo: entry.repo,
        branch: standing.branch ?? (standing.reviews === null ? entry.branch : null),
      };
    case 'ran':
      return { cost: entry.spent === undefined ? null : { run: entry.run, spent: entry.spent } };
    case 'judged':
      return { refused: entry.refused, quiet: entry.quiet === true };
    case 'intended':
      return { intent: entry, stated: [] };
    case 'landed':
      return { landed: [...standing.landed, entry], rejection: null };
    case 'stated':
      return { stated: [...standing.stated, entry.path] };
    case 'returned':
      return {
        position: 'posted',
        run: null,
        intent: null,
        note: entry.reason,
        ...(entry.keeps === true ? {} : { cost: null }),
        spent: standing.spent + (entry.spent ? 1 : 0),
        handOvers: standing.handOvers + (entry.handover === true ? 1 : 0),
        waits: null,
        ...(entry.keeps === true ? {} : { held: null }),
      };
    case 'routed':
      return {
        position: 'posted',
        role: entry.to,
        run: null,
        intent: null,
        cost: null,
        spent: 0,
        handOvers: 0,
        hops: [...standing.hops, standing.role],
        note: entry.note,
      };
    case 'parked':
      return {
        position: 'parked',
        waits: { on: entry.on, what: entry.what, review: entry.review ?? null },
        intent: null,
        // What waits for an order that it sent has been approved and carried out, or never was held: its next claim is a run.
        ...(entry.run === undefined
          ? entry.on === 'order'
            ? { held: null, decisions: none }
            : {}
          : { held: { run: entry.run, commit: entry.commit ?? null, branch: entry.branch ?? null } }),
        // What was sent, or landed, is work done: attempts count anew from here.
        ...(entry.on === 'children' || entry.on === 'pr' ? { spent: 0, handOvers: 0 } : {}),
      };
    case 'released':
      return {
        position: 'posted',
        waits: null,
        ...(standing.waits?.on === 'children' ? { wakes: standing.wakes + 1 } : {}),
      };
    case 'proposed':
      return { pull: { number: entry.number, url: entry.url, state: entry.state, commit: entry.commit } };
    case 'decided': {
      const { run, by, verdict, note, review } = entry;
      const word = { run, by, verdict, note, ...(review === undefined ? {} : { review }) };
      return { decisions: [...standing.decisions, word], ...(verdict === 'rejected' ? { rejection: word } : {}) };
    }
    case 'settled':
      return {
        position: 'settled',
        outcome: entry.outcome,
        note: entry.note,
        limit: entry.limit ?? null,
        verdict: entry.verdict ?? null,
        haltedBy: entry.by ?? null,
        untaken: null,
        month: entry.month,
        cost: null,
        intent: null,
        waits: null,
        held: null,
      };
    case 'checked':
    case 'answered':
    case 'flagged':
      return {};
  }
}

/** Orders that wait for something else than their turn. */
export function parkedOrders(history: History): Standing[] {
  return [...history.open].flatMap((id) => {
    const standing = history.orders.get(id);
    return standing?.position === 'parked' ? [standing] : [];
  });
}

/** How an order ended at last: one that was ordered again ended as that one did. Null while it has not, or is not known. */
export function outcomeOf(history: Pick<History, 'orders'>, id: string): Outcome | null {
  const standing = history.orders.get(id);
  if (standing?.outcome == null || standing.outcome === 'done' || standing.retriedBy === null)
    return standing?.outcome ?? null;
  return outcomeOf(history, standing.retriedBy);
}

/** The number at the front of an order's id, 0 when it has none. */
export function numberOf(id: string): number {
  return Number(/^(\d{4,9})-/.exec(id)?.[1] ?? 0);
}
