// Why: which order next. Several agents at once are only safe when no two of them can touch the same path.
// Promises: pure. An order starts when its role has a free slot, the whole has one, what it waits for is done, and no running order's Files may overlap its own.
// Never: starts anything.
import { filesOverlap } from './role/boundary.ts';

/** A posted order that could run. `files` in workspace terms; `postedAt` ISO 8601. */
export type Waiting = {
  readonly id: string;
  readonly role: string;
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
  /** Why nothing at all may start now; null when something may. */
  readonly closed?: string | null;
};

/** Plans: what starts now, in order, and what holds the rest. Higher priority first, then the older, then the id. */
export function planRuns(input: PlanInput): { start: Waiting[]; held: Hold[] } {
  const queue = [...input.waiting].sort(
    (a, b) => b.priority - a.priority || compare(a.postedAt, b.postedAt) || compare(a.id, b.id),
  );
  const running: Running[] = [...input.running];
  const start: Waiting[] = [];
  const held: Hold[] = [];
  for (const order of queue) {
    const reason = holdReason(order, running, input);
    if (reason === null) {
      start.push(order);
      running.push(order);
    } else held.push({ id: order.id, reason });
  }
  return { start, held };
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
  if (input.closed != null) return input.closed;
  if (running.length >= input.total) return `all ${input.total} runs are taken`;
  const slots = input.slots(order.role);
  if (running.filter((one) => one.role === order.role).length >= slots)
    return `${order.role} has ${slots === 1 ? 'one run' : `${slots} runs`} at a time`;
  const clash = order.writes ? running.find((one) => one.writes && filesOverlap(one.files, order.files)) : undefined;
  return clash === undefined ? null : `its Files overlap those of ${clash.id}, which runs`;
}
