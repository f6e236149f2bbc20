// Why: a gate waits for the operator like a question of an order, but no line of the journal says so.
// Promises: the actions of `on: needs-you` are told of a gate once, when its form is written. One that fails is named,
// and holds up no run.
// Never: decides what else is told.
import type { TellEvent } from '../event.ts';
import { tellAction } from '../notify/deliver.ts';
import { type Notification, plainLine } from '../notify/notification.ts';
import { showAction } from '../workspace/actions.ts';
import { type Site, withCards } from './site.ts';

/** A gate that waits. `file` is its form, below the workspace. */
export type WaitingGate = { readonly run: string; readonly step: string; readonly file: string };

/** Tells the operator's actions that a gate waits; `signal` ends those that are not done. */
export async function tellGate(
  { gate: { run, step, file }, time }: { readonly gate: WaitingGate; readonly time: Date },
  site: Site,
  tell: TellEvent,
  signal: AbortSignal,
): Promise<void> {
  await withCards(site, async ({ settings, places, host }) => {
    const notification: Notification = {
      ...{ version: 1, id: `${run}-${step}-needs-you`, event: 'needs-you', kind: 'gate', time: time.toISOString() },
      ...{ workspace: places.root, order: null, role: null, title: null, blocks: [], leftOut: 0 },
      sentence: plainLine(`the flow ${run} waits for you at ${step}: read ${file}`, 500),
      command: `fourline flow approve ${run} --step ${step}`,
    };
    for (const action of settings.on['needs-you']) {
      const place = `${places.session.told} gate ${run}-${step}`;
      const reason = await tellAction(action, notification, { root: places.root, host, tell, place, signal });
      if (reason !== null && !signal.aborted)
        tell({ kind: 'trouble', detail: `on: ${showAction(action)}: ${reason}`, weight: 'bad' });
    }
  });
}
