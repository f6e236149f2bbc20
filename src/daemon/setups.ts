// Why: a setup may take minutes. It is made beside the runs and takes no run's place. Meanwhile the orders of its
// repository wait in their inboxes.
// Promises: one setup is under way in a repository at a time; it begins when an order could start. A setup that failed
// holds its repository's orders until it is tried again.
// Never: makes a setup that no order waits for.
import { awaitSetup, lookAtSetup } from '../runs/setup.ts';
import { showFailure } from '../runs/setup-failure.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type PlanInput, planRuns, type Startable } from './scheduler.ts';

/**
 * Setups beside the runs. `holdOf` says why an order's setup keeps it waiting, and begins one that is lacking; null
 * when all is there.
 */
export type SetupWork = {
  readonly holdOf: (order: Pick<Startable, 'repo'>) => Promise<string | null>;
  readonly busy: () => boolean;
  /** When the oldest that is under way began, in milliseconds since 1970; null where none is. */
  readonly since: () => number | null;
  readonly close: () => Promise<void>;
};

/** Opens the setups of a workspace. `knock` is called when one is over, `failed` with a fault of the machine. */
export function openSetupWork(
  workspace: Workspace,
  knock: () => void,
  failed: (error: unknown) => Promise<void>,
): SetupWork {
  const control = new AbortController();
  const going = new Map<string, { readonly since: number; readonly over: Promise<void> }>();
  const begin = (repo: string): void => {
    const over = awaitSetup(workspace, repo, control.signal)
      .then(() => undefined, failed)
      .finally(() => {
        going.delete(repo);
        knock();
      });
    going.set(repo, { since: workspace.clock.now().getTime(), over });
  };
  return {
    holdOf: async ({ repo }) => {
      if (repo === null) return null;
      const state = going.has(repo) ? 'lacking' : await lookAtSetup(workspace, repo);
      if (state === 'lacking' && !going.has(repo) && !control.signal.aborted) begin(repo);
      return holdWords(repo, state);
    },
    busy: () => going.size > 0,
    since: () => (going.size === 0 ? null : Math.min(...[...going.values()].map((one) => one.since))),
    close: async () => {
      control.abort();
      await Promise.all([...going.values()].map((one) => one.over));
    },
  };
}

function holdWords(repo: string, state: Awaited<ReturnType<typeof lookAtSetup>>): string | null {
  if (state === 'ready') return null;
  return state === 'lacking' ? `waits for the setup of repos/${repo}` : showFailure(state);
}

/** Why a repository's setup would keep its orders waiting, for people; begins nothing. */
export async function tellSetup(workspace: Workspace, repo: string | null): Promise<string | null> {
  return repo === null ? null : holdWords(repo, await lookAtSetup(workspace, repo));
}

/** Plans runs as planRuns does; an order that waits for its setup takes no other's place. */
export async function planBeside(
  input: PlanInput,
  holdOf: (order: Startable) => Promise<string | null>,
): Promise<ReturnType<typeof planRuns>> {
  const asked = new Map<string, string | null>();
  for (;;) {
    const plan = planRuns({ ...input, boundOf: (id) => input.boundOf?.(id) ?? asked.get(id) ?? null });
    const fresh = plan.start.filter((order) => !asked.has(order.id));
    for (const order of fresh) asked.set(order.id, await holdOf(order));
    if (fresh.every((order) => asked.get(order.id) === null)) return plan;
  }
}
