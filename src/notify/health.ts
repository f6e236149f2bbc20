// Why: an action of `on:` that cannot work is found before something happens that it should tell.
// Promises: looks at programs, variables and what failed last; tells nobody.
// Never: shows an address beyond its host.
import { resolve } from 'node:path';
import { isReason } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { onPath } from '../sandbox/machine.ts';
import { type Action, addressOf, showAction } from '../workspace/actions.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { failingWords, nameAction, readTold } from './told.ts';

/** An action as it stands: whether it can work, and why not. */
export type ActionHealth = { readonly good: boolean; readonly detail: string };

/** Each action of the settings, once, with what is wrong with it. */
export async function examineActions(workspace: Workspace): Promise<ActionHealth[]> {
  const { told } = await readTold(workspace.places.session.told);
  const out: ActionHealth[] = [];
  for (const [name, action] of actionsOf(workspace)) {
    const flaw = (await actionFlaw(workspace, action)) ?? failingWords(told.get(name));
    out.push({ good: flaw === null, detail: `${showAction(action)}${flaw === null ? '' : `: ${flaw}`}` });
  }
  return out;
}

/** The actions that failed when they were last told, in words. */
export async function tellUntold(workspace: Workspace): Promise<string[]> {
  const { told } = await readTold(workspace.places.session.told);
  const words = ([name, action]: readonly [string, Action]): string[] => {
    const failure = failingWords(told.get(name));
    return failure === null ? [] : [`on: ${showAction(action)}: ${failure}`];
  };
  return [...actionsOf(workspace)].flatMap(words);
}

function actionsOf({ settings }: Workspace): Map<string, Action> {
  const all = Object.values(settings.on).flat();
  return new Map(all.map((action) => [nameAction(action), action]));
}

async function actionFlaw({ host, places }: Workspace, action: Action): Promise<string | null> {
  if (action.kind === 'terminal') return null;
  if (action.kind === 'command') return flawOfProgram(places.root, action.argv);
  const address = addressOf(action.url, host);
  return isReason(address) ? address : null;
}

// Roles may write in repos/ and state/: a program there would give them the operator's account.
async function flawOfProgram(root: string, argv: readonly string[]): Promise<string | null> {
  const line = argv[0] === '/bin/sh' && argv[1] === '-c' ? (argv[2] ?? '').trim().split(/\s/)[0] : argv[0];
  const program = resolve(root, line ?? '');
  if (line?.includes('/') === true && ['repos', 'state'].some((name) => program.startsWith(`${root}/${name}/`)))
    return 'its program lies where roles may write: move it out of repos/ and state/';
  const first = argv[0] ?? '';
  const found = await onPath(first.includes('/') ? resolve(root, first) : first);
  return found === null ? `there is no program ${escapeText(first)}` : null;
}
