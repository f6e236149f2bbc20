// Why: a terminal's title says how many orders wait for the operator, and how many run, while the daemon works.
// Promises: counted from the history, and from the inboxes for files that are not taken and forms of gates, as a
// prompt's statusline counts; told when it changed. A burst of entries is counted once.
// Never: holds an order; counts where nobody asked for it.
import { isGateForm } from '../flow/gate.ts';
import type { History } from '../ledger/history.ts';
import type { HearEntry } from '../ledger/ledger.ts';
import { openWatches } from '../platform/files/watch.ts';
import { inboxFolder } from '../record/path.ts';
import { countAskingFiles } from '../workspace/untaken.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { countOpen } from './decide.ts';

/** Counts what waits and what runs. */
export type Counter = {
  readonly hear: HearEntry;
  readonly begin: (history: History) => void;
  readonly close: () => Promise<void>;
};

/** Counts in words: `2 wait for you · 3 running`; empty where there is nothing to count. */
export function countWords({ waiting, running }: { readonly waiting: number; readonly running: number }): string[] {
  const words = waiting === 1 ? '1 waits for you' : `${waiting} wait for you`;
  return [...(waiting === 0 ? [] : [words]), ...(running === 0 ? [] : [`${running} running`])];
}

/** Opens a counter that tells by the workspace's events; without `wanted` it counts nothing. */
export function openCounter(workspace: Workspace, wanted: boolean): Counter {
  let history: History | null = null;
  let begun = false;
  let counting: Promise<void> | null = null;
  let again = false;
  let said = '';
  const count = async (seen: History): Promise<void> => {
    do {
      again = false;
      await watches.listen(workspace.places.inbox, (name) => name === 'operator');
      await watches.listen(inboxFolder(workspace.places, 'operator'), isGateForm);
      const files = await countAskingFiles(workspace.places).catch(() => 0);
      const { waiting, running } = countOpen(seen);
      const words = countWords({ waiting: waiting + files, running }).join(' · ');
      if (words !== said) workspace.tell({ kind: 'counts', detail: words, weight: 'minor' });
      said = words;
    } while (again);
    counting = null;
  };
  const knock = (): void => {
    if (!begun || history === null) return;
    again = true;
    counting ??= count(history);
  };
  // No line of the journal says that a gate waits.
  const watches = openWatches(knock);
  return {
    hear: (heard) => {
      history = heard.history;
      if (wanted) knock();
    },
    begin: (opened) => {
      history = opened;
      begun = wanted;
      knock();
    },
    close: async () => {
      begun = false;
      await counting;
      watches.close();
    },
  };
}
