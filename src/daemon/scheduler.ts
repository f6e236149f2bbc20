// Why: decides which order is next. Several agents at once are only safe when no two of them can touch the same path.
// Promises: pure. An order starts when its role and the whole have a free slot and what it waits for is done. No
// running order's Files may overlap its own. Among orders of equal priority, the plan with the fewest runs goes first.
// Then comes the plan whose last turn is longest ago, so a big plan doesn't starve the rest.
// Never: starts anything.
import { outcomeOf, pausedWords } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import { findCircles } from '../platform/text/circle.ts';
import { filesOverlap } from '../role/boundary.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A posted order that could run. `files` in workspace terms; `postedAt` ISO 8601. */
export type Startable = {
  readonly id: string;
  readonly role: string;
  /** The repository in its room; null where it has none. */
  readonly repo: string | null;
  /** The order it came from; null for a person's own. */
  readonly parent: string | null;
  readonly priority: number;
  readonly postedAt: string;
  readonly after: readonly string[];
  readonly files: readonly string[];
  readonly writes: boolean;
};

/** A run that goes on. */
export type Running = {
  readonly id: string;
  readonly role: string;
  readonly parent: string | null;
  readonly files: readonly string[];
  readonly writes: boolean;
};

/** Why an order doesn't start now, in words. */
export type Hold = { readonly id: string; readonly reason: string };

/**
 * The input of a plan. `slots` gives a role's limit of runs; `outcomeOf` gives how an order ended, null while it has
 * not ended.
 */
export type PlanInput = {
  readonly waiting: readonly Startable[];
  readonly running: readonly Running[];
  readonly total: number;
  readonly slots: (role: string) => number;
  readonly outcomeOf: (id: string) => string | null;
  /** Why a role's agent may not start now; null when it may. */
  readonly limitOf?: (role: string) => string | null;
  /** When an order of that parent was last claimed, as a number that grows; 0 if no order was. Absent: never. */
  readonly turnOf?: (parent: string | null) => number;
  /** Why no order of a role may start now: the operator paused it. */
  readonly pauseOf?: (role: string) => string | null;
  /** Why nothing at all may start now; null when something may. */
  readonly closed?: string | null;
  /** Why one order may not start, whatever else could: its family has used what it may. */
  readonly boundOf?: (id: string) => string | null;
};

/** The rules of a plan in a workspace as it stands: its limits of runs, how orders ended, and whose turn was when. */
export function rulesOf(
  { settings, cards }: Pick<Workspace, 'settings' | 'cards'>,
  history: History,
): Pick<PlanInput, 'total' | 'slots' | 'outcomeOf' | 'turnOf' | 'pauseOf'> {
  return {
    total: settings.runs,
    slots: (role) => cards.get(role)?.role.limits.runs ?? 1,
    outcomeOf: (id) => outcomeOf(history, id),
    pauseOf: (role) => pausedWords(history, role),
    turnOf: (parent) => history.turns.get(parent ?? '') ?? 0,
  };
}

/**
 * Plans: what starts now, in order, and what holds the rest. Higher priority first, then whose parent has the fewest
 * runs, then whose parent's last turn is longest ago, then the older, then the id.
 */
export function planRuns(input: PlanInput): { start: Startable[]; held: Hold[] } {
  const running: Running[] = [...input.running];
  const start: Startable[] = [];
  const held: Hold[] = [];
  const circles = findCircles(input.waiting);
  const families = familiesOf(input.waiting);
  const runs = new Map<string, number>();
  const turns = new Map<string, number>();
  const count = (parent: string | null): void => void runs.set(parent ?? '', (runs.get(parent ?? '') ?? 0) + 1);
  const share = ({ parent }: Startable): Share => ({
    runs: runs.get(parent ?? '') ?? 0,
    turn: turns.get(parent ?? '') ?? input.turnOf?.(parent) ?? 0,
  });
  for (const one of running) count(one.parent);
  for (;;) {
    const family = nextFamily(families, share);
    const order = family?.shift();
    if (order === undefined) return { start, held };
    const circle = circles.get(order.id);
    const reason = circle === undefined ? holdReason(order, running, input) : `waits in a circle: ${circle}`;
    if (reason !== null) held.push({ id: order.id, reason });
    else {
      start.push(order);
      running.push(order);
      count(order.parent);
      turns.set(order.parent ?? '', Number.MAX_SAFE_INTEGER - input.waiting.length + start.length);
    }
  }
}

// Orders of one parent and one priority, the oldest first.
function familiesOf(waiting: readonly Startable[]): Startable[][] {
  const families = new Map<string, Startable[]>();
  const sorted = [...waiting].sort((a, b) => compareText(a.postedAt, b.postedAt) || compareText(a.id, b.id));
  for (const order of sorted) {
    const key = `${order.priority} ${order.parent ?? ''}`;
    const family = families.get(key);
    if (family === undefined) families.set(key, [order]);
    else family.push(order);
  }
  return [...families.values()];
}

// The share of the runs that a part of a plan has: how many of its runs go on, and when it had its last turn.
type Share = { readonly runs: number; readonly turn: number };

function nextFamily(families: readonly Startable[][], shareOf: (order: Startable) => Share): Startable[] | undefined {
  let best: Startable[] | undefined;
  for (const family of families) {
    const [a, b] = [family[0], best?.[0]];
    if (a === undefined) continue;
    if (b === undefined || goesBefore(a, shareOf(a), b, shareOf(b)) < 0) best = family;
  }
  return best;
}

function goesBefore(a: Startable, mine: Share, b: Startable, other: Share): number {
  return (
    b.priority - a.priority ||
    mine.runs - other.runs ||
    mine.turn - other.turn ||
    compareText(a.postedAt, b.postedAt) ||
    compareText(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function holdReason(order: Startable, running: readonly Running[], input: PlanInput): string | null {
  for (const id of order.after) {
    const outcome = input.outcomeOf(id);
    if (outcome === null) return `waits for ${id}`;
    if (outcome !== 'done') return `waits for ${id}, which ended ${outcome}`;
  }
  const paused = input.pauseOf?.(order.role) ?? null;
  if (paused !== null) return paused;
  const bound = input.boundOf?.(order.id) ?? null;
  if (bound !== null) return bound;
  if (input.closed != null) return input.closed;
  const limit = input.limitOf?.(order.role) ?? null;
  if (limit !== null) return limit;
  if (running.length >= input.total) return `all ${input.total} runs are taken`;
  const slots = input.slots(order.role);
  if (running.filter((one) => one.role === order.role).length >= slots)
    return `${order.role} has ${slots === 1 ? 'one run' : `${slots} runs`} at a time`;
  const clash = order.writes ? running.find((one) => one.writes && filesOverlap(one.files, order.files)) : undefined;
  return clash === undefined ? null : `its Files overlap those of ${clash.id}, which runs`;
}
