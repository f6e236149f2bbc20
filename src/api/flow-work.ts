// Why: flows are a part of the API of their own: files to read, runs to begin and to let go on.
// Promises: a method's code is loaded when it is called.
// Never: does the work; the files that it loads do.
import type { WorkListener } from '../event.ts';
import type { FlowRun } from './flow-advance.ts';
import type { Begun } from './flow-begin.ts';
import type { FlowFollowing } from './flow-follow.ts';
import type { OpenGate } from './flow-gates.ts';
import type { FlowDraft } from './flow-words.ts';
import type { FlowRow, FlowRunWord } from './flows.ts';
import type { Site } from './site.ts';

/** The flows of a workspace and their runs. A run goes on when `advance` or `follow` sees that its turn has come. */
export type Flows = {
  /** Lists the flows of the workspace, and those that come with fourline. */
  readonly list: () => Promise<readonly FlowRow[]>;
  /** Makes a flow to edit, from one that comes with fourline. */
  readonly make: (name: string, from?: string) => Promise<{ readonly path: string }>;
  /** Writes the orders of a run, and posts none. */
  readonly draft: (name: string, values: Readonly<Record<string, string>>) => Promise<FlowDraft>;
  /**
   * Begins a run and posts its first steps. With `roles`, roles without a card get one from a template, for this run
   * alone.
   */
  readonly run: (
    name: string,
    values: Readonly<Record<string, string>>,
    options?: { readonly roles?: boolean },
  ) => Promise<Begun>;
  /** Lists the runs that go on, the newest last, and with `ended` the others too. */
  readonly runs: (question?: { readonly ended?: boolean }) => Promise<readonly FlowRun[]>;
  /** Looks at one run. */
  readonly show: (run: string) => Promise<FlowRun>;
  /** Lists the gates that wait for the operator, with their forms. */
  readonly gates: () => Promise<readonly OpenGate[]>;
  /** Says a word on a run: on a gate, that steps are done again, or that it ends. */
  readonly say: (run: string, word: FlowRunWord) => Promise<FlowRun>;
  /** Lets all runs go on once, and begins those whose file lies there. Gives how many orders were posted. */
  readonly advance: (on?: WorkListener) => Promise<number>;
  /** Lets runs go on, and begins them at their time, until the signal aborts: beside a daemon. */
  readonly follow: (following: FlowFollowing) => Promise<void>;
};

/** Work on flows. */
export type FlowWork = { readonly flows: Flows };

/** The work on the flows of a workspace. */
export function flowWork(site: Site): FlowWork {
  return {
    flows: {
      list: async () => (await import('./flows.ts')).listFlows(site),
      make: async (name, from) => (await import('./flows.ts')).makeFlow(site, name, from),
      draft: async (name, values) => (await import('./flow-begin.ts')).draftRun(site, name, values),
      run: async (name, values, { roles = false } = {}) =>
        (await import('./flow-begin.ts')).beginRun(site, name, values, { by: 'hand', roles }),
      runs: async ({ ended = false } = {}) => {
        const { listOpenRuns, listRunNames } = await import('./flow-runs.ts');
        const runs = ended ? await listRunNames(site.root) : await listOpenRuns(site.root);
        return runs.length === 0 ? [] : (await import('./flows.ts')).lookAtRuns(site, runs);
      },
      gates: async () => (await import('./flow-gates.ts')).openGates(site),
      show: async (run) => (await import('./flows.ts')).showRun(site, run),
      say: async (run, word) => (await import('./flows.ts')).sayToRun(site, run, word),
      advance: async (on) => (await import('./flow-follow.ts')).advanceFlows(site, on),
      follow: async (following) => (await import('./flow-follow.ts')).followFlows(site, following),
    },
  };
}
