// Why: one look answers where everything stands: orders, what they wait for and why, files that are not taken, cards,
// and what is wrong.
// Promises: reads disk and journal, changes nothing; each order is listed once; a file that is not taken is listed with
// its reason.
// Never: needs a running daemon.

import { fileTroubles } from '../daemon/news.ts';
import { lookAhead, type Outlook, type Untaken } from '../daemon/preview.ts';
import type { Running, Startable } from '../daemon/scheduler.ts';
import { tellBehind } from '../landing/behind-note.ts';
import { tellRemotes } from '../landing/remote-words.ts';
import { openOrdersOf, pausedWords, undoOf } from '../ledger/fold.ts';
import type { DamagedLine } from '../ledger/journal.ts';
import { tellLag } from '../ledger/publish.ts';
import type { FlatStanding, Standing } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { tellUntold } from '../notify/health.ts';
import { hintForOrder } from '../notify/hint.ts';
import { clockTime } from '../platform/text/clock.ts';
import { activeFolder } from '../record/path.ts';
import { readWaiting } from '../record/stored.ts';
import { heldUpIn } from '../runs/held-up.ts';
import { holderOf, isHeld, troublesOf } from '../workspace/holder.ts';
import type { Look } from '../workspace/look.ts';
import { type CardRow, listCards } from './roles.ts';
import { lookAtSetups, type Setups, setupLines } from './setups.ts';
import { type Site, withLook } from './site.ts';

/** How many settled orders a look lists where nobody asks for another number. */
const recent = 8;

/** The question of a look: how many of the orders that were settled last it lists (8). */
export type LookQuestion = { readonly ended?: number | undefined };

/** One order as `look` lists it. */
export type OrderRow = {
  readonly id: string;
  readonly role: string;
  /** `running`, `interrupted`, `not taken`, `posted`, `waits`, or the outcome of a settled order. */
  readonly state: string;
  readonly detail: string;
  /** Its objective, as a line; empty for a file that cannot be read as an order. */
  readonly title: string;
  /** When it came to this state, as ISO time; null for a file that is not taken. */
  readonly since: string | null;
  /** The order that it came from. */
  readonly parent: string | null;
  /** The event or the word that a parked order waits for. */
  readonly waits: FlatStanding['waits'];
  readonly settled: boolean;
  /** The step that a person can take; empty when no step is theirs to take. */
  readonly next: string;
  /** The question to a person, whole, in the words of whoever asks; empty when there is none. */
  readonly asks: string;
};

/** The orders that would start now, and what the others wait for. */
export type Plan = {
  readonly running: readonly Running[];
  readonly start: readonly Startable[];
  readonly held: readonly (Startable & { readonly reason: string })[];
  readonly parked: readonly Pick<FlatStanding, 'id' | 'role' | 'waits'>[];
  /** Orders that a plan would send which waits for the operator's word. */
  readonly asked: Outlook['asked'];
  readonly untaken: readonly Untaken[];
};

/** The state of the whole workspace. */
export type Overview = Setups & {
  /** True when a daemon works the workspace; `pid` is its process. */
  readonly working: boolean;
  readonly pid: number | null;
  /** Ids of orders that run, or were interrupted. */
  readonly running: readonly string[];
  /** Open orders, files that are not taken, and the orders that were settled last. */
  readonly orders: readonly OrderRow[];
  /** How many orders are settled. */
  readonly settled: number;
  readonly plan: Plan;
  readonly cards: readonly CardRow[];
  /** The problems that stand, in sentences. */
  readonly troubles: readonly string[];
  /** The results of setups, in sentences. */
  readonly setups: readonly string[];
  /** Lines of the journal that cannot be read. */
  readonly damaged: readonly DamagedLine[];
  /** How many lines the journal has: `follow` goes on from here. */
  readonly line: number;
};

/** Looks at the whole workspace. */
export function lookAround(site: Site, { ended = recent }: LookQuestion = {}): Promise<Overview> {
  return withLook(site, async (look) => {
    const { workspace, history, damaged, lines } = look;
    const working = await isHeld(workspace.places);
    const outlook = await lookAhead(workspace, history);
    const setups = await lookAtSetups(workspace);
    return {
      working,
      pid: working ? await holderOf(workspace.places) : null,
      running: outlook.running.map((one) => one.id),
      orders: await rowsOf(look, outlook, working, ended),
      settled: history.orders.size - history.open.size,
      plan: planOf(outlook),
      cards: await listCards(look),
      damaged,
      troubles: await troublesIn(look, working),
      ...setups,
      setups: setupLines(setups, workspace.clock.now().getTime()),
      line: lines,
    };
  });
}

/** Gives the orders that would start now, and what the others wait for. */
export function lookAtPlan(site: Site): Promise<Plan> {
  return withLook(site, async ({ workspace, history }) => planOf(await lookAhead(workspace, history)));
}

function planOf({ running, start, held, parked, asked, untaken }: Outlook): Plan {
  return {
    running,
    start,
    held: held.map(({ id, reason, order }) => ({ ...order, id, reason })),
    parked: parked.map(({ id, role, pause: { waits } }) => ({ id, role, waits })),
    asked,
    untaken,
  };
}

async function troublesIn({ workspace, history, steps }: Look, working: boolean): Promise<string[]> {
  const lag = await tellLag(workspace.places, steps, working ? workspace.clock.now() : null);
  return [
    ...(working ? await troublesOf(workspace.places) : fileTroubles(workspace, true)),
    ...[...history.holds.paused.keys()].flatMap((role) => pausedWords(history, role) ?? []),
    ...(lag === null ? [] : [lag]),
    ...(await tellBehind(workspace.places)),
    ...(await tellRemotes(workspace)),
    ...(await tellUntold(workspace)),
  ];
}

async function rowsOf(
  { workspace, history }: Look,
  outlook: Outlook,
  working: boolean,
  ended: number,
): Promise<OrderRow[]> {
  const { start, held, parked, untaken } = outlook;
  // `known` is the order's standing where it was read already.
  const row = (
    { id, role }: { id: string; role: string },
    state: string,
    detail: string,
    known = state === 'not taken' ? undefined : history.orders.get(id),
  ): OrderRow => {
    return {
      ...{ id, role, state, detail, waits: null, next: '', asks: '', settled: false },
      title: known?.asked.title || (outlook.titles.get(id) ?? ''),
      since: known?.changedAt ?? null,
      parent: known?.bonds.parent ?? null,
    };
  };
  const running: OrderRow[] = [];
  for (const one of openOrdersOf(history).filter(({ position }) => position === 'claimed')) {
    const words = working ? await heldUpIn(activeFolder(workspace.places, one.id)) : null;
    running.push(row(one, working ? 'running' : 'interrupted', words ?? one.asked.title, one));
  }
  const waiting: OrderRow[] = [];
  for (const one of parked) {
    const next = hintForOrder(one);
    const asks = next === '' ? '' : ((await readWaiting(workspace.places, one.id).catch(() => null))?.form?.text ?? '');
    waiting.push({ ...row(one, 'waits', waitsDetail(one), one), waits: one.pause.waits, next, asks });
  }
  return [
    ...running,
    ...untaken.map((one) => row(one, 'not taken', one.reason)),
    ...start.map((one) => row(one, 'posted', 'next')),
    ...held.map(({ id, order, reason }) => row({ id, role: order.role }, 'posted', reason)),
    ...onTheWay(history, outlook).map((one) => row(one, 'posted', wayWords(one, working), one)),
    ...waiting,
    ...history.orders
      .ended(ended)
      .map((one) => ({ ...row(one, one.end.outcome ?? '', settledDetail(history, one), one), settled: true })),
  ];
}

// Orders whose file is in no inbox and that are not claimed: they are between two moves, or somebody took the file
// away.
function onTheWay({ orders, open }: Look['history'], { start, held, untaken }: Outlook): Standing[] {
  const lying = new Set([...start, ...held, ...untaken].map(({ id }) => id));
  const standings = [...open].flatMap((id) => orders.get(id) ?? []);
  return standings.filter((one) => one.position === 'posted' && !lying.has(one.id));
}

function wayWords({ bonds }: Standing, working: boolean): string {
  if (bonds.undoes !== null) return working ? 'next' : 'goes on at the next start';
  return working ? 'is being taken' : 'its file is not in its inbox';
}

// Says what the order waits for, and what a person can do about it.
function waitsDetail(standing: Standing): string {
  const hint = hintForOrder(standing);
  return standing.pause.waits === null ? '' : `${waitWords(standing.pause.waits)}${hint === '' ? '' : `  → ${hint}`}`;
}

function settledDetail(history: Look['history'], standing: Standing): string {
  const by = undoOf(history, standing);
  return `${lookDetail(standing)}${by === null ? '' : `  (undone by ${by})`}`;
}

function lookDetail(standing: Standing): string {
  if (standing.end.outcome !== 'done') return standing.end.note;
  const commits = standing.landing.landed.map((one) => one.commit.slice(0, 7)).join(' ');
  const refused = standing.tries.refused.length > 0 ? `${standing.tries.refused.length} refused` : '';
  return [clockTime(new Date(standing.changedAt)), commits, refused, standing.asked.title].filter(Boolean).join('  ');
}
