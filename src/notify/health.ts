// Why: an action of `on:` that cannot work is found before something happens that it should tell.
// Promises: looks at programs, variables and what failed last; tells nobody.
// Never: shows an address beyond its host.
import { isReason } from '../platform/text/fault.ts';
import { onPath } from '../sandbox/machine.ts';
import { type Action, showAction } from '../workspace/actions.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { addressOf } from './deliver.ts';
import { failureOf, nameAction, readTold } from './told.ts';

/** An action as it stands: whether it can work, and why not. */
export type ActionHealth = { readonly good: boolean; readonly detail: string };

/** Each action of the settings, once, with what is wrong with it. */
export async function examineActions(workspace: Workspace): Promise<ActionHealth[]> {
  const { told } = await readTold(workspace.places.session.told);
  const out: ActionHealth[] = [];
  for (const [name, action] of actionsOf(workspace)) {
    const flaw = (await flawOf(workspace, action)) ?? failureOf(told.get(name));
    out.push({ good: flaw === null, detail: `${showAction(action)}${flaw === null ? '' : `: ${flaw}`}` });
  }
  return out;
}

/** The actions that failed when they were last told, in words. */
export async function tellUntold(workspace: Workspace): Promise<string[]> {
  const { told } = await readTold(workspace.places.session.told);
  const words = ([name, action]: readonly [string, Action]): string[] => {
    const failure = failureOf(told.get(name));
    return failure === null ? [] : [`on: ${showAction(action)}: ${failure}`];
  };
  return [...actionsOf(workspace)].flatMap(words);
}

function actionsOf({ settings }: Workspace): Map<string, Action> {
  const all = Object.values(settings.on).flat();
  return new Map(all.map((action) => [nameAction(action), action]));
}

async function flawOf({ host }: Workspace, action: Action): Promise<string | null> {
  if (action.kind === 'terminal') return null;
  if (action.kind === 'command')
    return (await onPath(action.argv[0])) === null ? 'there is no such program on PATH' : null;
  const address = addressOf(action.url, host);
  return isReason(address) ? address : null;
}
