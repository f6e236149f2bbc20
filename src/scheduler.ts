// Why: which order next. Several agents at once are only safe when no two of them can touch the same path.
// Promises: pure. An order starts when its role has a free slot, the whole has one, what it waits for is done, and no running order's Files may overlap its own. Of equal
// priority, who has the least running goes first: one big plan does not starve the rest.
// Never: starts anything.
import { findCircles } from './ground/circle.ts';
import { filesOverlap } from './role/boundary.ts';

/** A posted order that could run. `files` in workspace terms; `postedAt` ISO 8601. */
export type Waiting = {
  readonly id: string;
  readonly role: string;
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

/** What is asked for a plan. `slots` gives a role's limit of runs; `outcomeOf` how an order ended, null while it has not. */
export type PlanInput = {
  readonly waiting: readonly Waiting[];
  readonly running: readonly Running[];
  readonly total: number;
  readonly slots: (role: string) => number;
  readonly outcomeOf: (id: string) => string | null;
  /** Why a role's agent may not start now; null when it may. */
  readonly limitOf?: (role: string) => string | null;
  /** Why nothing at all may start now; null when something may. */
  readonly closed?: string | null;
  /** Why one order may not start, whatever else could: its family has used what it may. */
  readonly boundOf?: (id: string) => string | null;
};

/** Plans: what starts now, in order, and what holds the rest. Higher priority first, then whose parent has the fewest runs, then the older, then the id. */
export function planRuns(input: PlanInput): { start: Waiting[]; held: Hold[] } {
  const running: Running[] = [...input.running];
  const start: Waiting[] = [];
  const held: Hold[] = [];
  const circles = findCircles(input.waiting);
  const families = familiesOf(input.waiting);
  const runs = new Map<string, number>();
  const count = (parent: string | null): void => void runs.set(parent ?? '', (runs.get(parent ?? '') ?? 0) + 1);
  for (const one of running) count(one.parent);
  for (;;) {
    const family = nextFamily(families, runs);
    const order = family?.shift();
    if (order === undefined) return { start, held };
    const circle = circles.get(order.id);
    const reason = circle === undefined ? holdReason(order, running, input) : `waits in a circle: ${circle}`;
    if (reason !== null) held.push({ id: order.id, reason });
    else {
      start.push(order);
      running.push(order);
      count(order.parent);
    }
  }
}

// Orders of one parent and one priority, the oldest first.
function familiesOf(waiting: readonly Waiting[]): Waiting[][] {
  const families = new Map<string, Waiting[]>();
  const sorted = [...waiting].sort((a, b) => compare(a.postedAt, b.postedAt) || compare(a.id, b.id));
  for (const order of sorted) {
    const key = `${order.priority} ${order.parent ?? ''}`;
    const family = families.get(key);
    if (family === undefined) families.set(key, [order]);
    else family.push(order);
  }
  return [...families.values()];
}

function nextFamily(families: readonly Waiting[][], runs: ReadonlyMap<string, number>): Waiting[] | undefined {
  let best: Waiting[] | undefined;
  for (const family of families) {
    const [a, b] = [family[0], best?.[0]];
    if (a === undefined) continue;
    const share = (one: Waiting): number => runs.get(one.parent ?? '') ?? 0;
    const before =
      b === undefined ||
      (b.priority - a.priority || share(a) - share(b) || compare(a.postedAt, b.postedAt) || compare(a.id, b.id)) < 0;
    if (before) best = family;
  }
  return best;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function holdReason(order: Waiting, running: readonly Running[], input: PlanInput): string | null {
  for (const id of order.after) {
    const outcome = input.outcomeOf(id);
    if (outcome === null) return `waits for ${id}`;
    if (outcome !== 'done') return `waits for ${id}, which ended ${outcome}`;
  }
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
