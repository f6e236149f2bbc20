// Why: an action of `on:` is done: a command is run, a webhook posted, the terminal told.
// Promises: answers why it failed, in words that hold no address; never throws.
// Never: decides what is told.
import type { TellEvent } from '../event.ts';
import { readUpstream } from '../platform/net/upstream.ts';
import type { Host } from '../platform/process/host.ts';
import type { Environment } from '../platform/process/process.ts';
import { isReason, type Reason } from '../platform/text/fault.ts';
import { type Action, addressOf } from '../workspace/actions.ts';
import { bodyOf } from './body.ts';
import type { Notification } from './notification.ts';
import { runProgram } from './program.ts';

/** The surroundings of a delivery. `place` names what only this action has. */
export type DeliveryPlan = {
  readonly root: string;
  readonly host: Host;
  readonly tell: TellEvent;
  readonly place: string;
  readonly signal: AbortSignal;
};

/** Tells an action of an event. Returns null, or why that failed. */
export function tellAction(action: Action, notification: Notification, plan: DeliveryPlan): Promise<Reason | null> {
  switch (action.kind) {
    case 'terminal': {
      const { event, sentence, order } = notification;
      plan.tell({ kind: 'notice', about: event, detail: sentence, ...(order === null ? {} : { order }) });
      return Promise.resolve(null);
    }
    case 'command':
      return runProgram({
        argv: action.argv,
        cwd: plan.root,
        env: programVariables(plan.host, notification.event),
        input: JSON.stringify(notification),
        seconds: action.seconds,
        place: plan.place,
        signal: plan.signal,
      });
    case 'webhook':
      return postTo(action, notification, plan);
  }
}

async function postTo(
  { url, as, seconds }: Extract<Action, { kind: 'webhook' }>,
  notification: Notification,
  { host, signal }: DeliveryPlan,
): Promise<Reason | null> {
  const address = addressOf(url, host);
  if (isReason(address)) return address;
  const through = readUpstream(host.env);
  if (isReason(through)) return through;
  const { postEvent } = await import('./webhook.ts');
  return postEvent({ url: address.href, body: bodyOf(notification, as), seconds, through, signal });
}

// The operator's own variables, and which event it is: one of a closed list.
function programVariables({ env }: Host, event: string): Environment {
  const set = Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined);
  return { ...Object.fromEntries(set), FOURLINE_EVENT: event };
}
