// Why: people watch a run while it goes on, so how far it is must be told as it happens.
// Promises: told when the agent is started, then at most once a second and only when something is new, and once at its
// end. No credential that was handed to the agent is told.
// Never: reads a file: it hears what the run hears anyway.
import type { AgentEvent } from '../agent/agent.ts';
import type { RunProgress } from '../event.ts';
import type { Guard } from '../platform/text/secret.ts';
import type { Opened } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { figuresOf, hearAgent, hearPrint, lastLineOf, nothingHeard, progressWords } from './progress.ts';
import type { Spending } from './spending.ts';

/** The least time between two events of one run, in milliseconds. */
export const progressPause = 1000;

/** Hears a run, and tells how far it is. `close` tells that its agent has ended. */
export type ProgressTeller = {
  readonly heard: (event: AgentEvent) => void;
  readonly printed: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly close: () => void;
};

/** Opens the teller of a run that begins now. `read` is true where a reader understands the agent's stream. */
export function openProgress(
  { clock, tell }: Workspace,
  { run, role, id }: Opened,
  { spending, guard, read }: { readonly spending: Spending; readonly guard: Guard; readonly read: boolean },
): ProgressTeller {
  const began = clock.now().toISOString();
  let heard = nothingHeard;
  let told = '';
  let timer: NodeJS.Timeout | null = null;
  const say = (ended: boolean): void => {
    const { tool, text } = heard;
    const said = lastLineOf(guard.blot(text));
    const blotted = tool === null ? null : { name: guard.blot(tool.name), detail: guard.blot(tool.detail) };
    const progress: RunProgress = { run, began, tool: blotted, said, ...figuresOf(spending.total()), ended };
    const words = JSON.stringify(progress);
    if (words !== told)
      tell({ kind: 'progress', role, order: id, detail: progressWords(progress), weight: 'minor', progress });
    told = words;
  };
  let due = false;
  const next = (): void => {
    due = false;
    say(false);
    timer = setTimeout(() => {
      timer = null;
      if (due) next();
    }, progressPause);
  };
  const knock = (): void => {
    due = true;
    if (timer === null) next();
  };
  knock();
  return {
    heard: (event) => {
      heard = hearAgent(heard, event);
      knock();
    },
    printed: (stream, text) => {
      if (read) return;
      heard = hearPrint(heard, stream, text);
      knock();
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
      say(true);
    },
  };
}
