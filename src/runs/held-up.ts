// Why: an agent that waits for a rate limit or a silent server looks as if it worked. People are told while that lasts.
// Promises: fourline says when the wait begins and when it is over. `status` reads it from a file that is gone when the
// run is.
// Never: ends a run.

import type { AgentEvent } from '../agent/agent.ts';
import { readPlain, removeFile, writeDurable } from '../platform/files/files.ts';
import { escapeText, firstLine } from '../platform/text/text.ts';
import { recordFile } from '../record/path.ts';
import type { Opened } from '../record/work.ts';
import type { Workspace } from '../workspace/workspace.ts';

function fileIn(folder: string): string {
  return recordFile(folder, 'held-up.txt');
}

/** Follows what holds a run up. Call `close` when the run is over. */
export function openHeldUp(
  workspace: Workspace,
  { folder, role, id }: Opened,
): { readonly heard: (event: AgentEvent) => void; readonly close: () => Promise<void> } {
  let waiting = false;
  let written: Promise<unknown> = Promise.resolve();
  // A note, not a record: if it cannot be written, nothing is lost.
  const then = (act: () => Promise<unknown>): void => {
    written = written.then(act).catch(() => undefined);
  };
  const over = (): void => {
    if (waiting) then(() => removeFile(fileIn(folder)));
    waiting = false;
  };
  return {
    heard: (event) => {
      if (event.kind === 'waited') {
        const reason = escapeText(firstLine(event.reason, 160));
        if (!waiting) workspace.tell({ kind: 'held up', role, order: id, detail: reason, weight: 'bad' });
        waiting = true;
        const since = workspace.clock.now().toISOString();
        then(() => writeDurable(fileIn(folder), `held up at ${since.slice(11, 16)} UTC: ${reason}\n`));
      } else if (event.kind === 'answered' || event.kind === 'used') {
        if (waiting) workspace.tell({ kind: 'goes on', role, order: id, detail: 'its model answers again' });
        over();
      }
    },
    close: async () => {
      over();
      await written;
    },
  };
}

/** Says why a run is held up at the moment, by its order's active folder; null when it isn't. */
export async function heldUpIn(folder: string): Promise<string | null> {
  const file = await readPlain(fileIn(folder));
  return file.kind === 'text' ? file.text.trim() : null;
}
