// Why: an agent that was made for one plan goes when the plan ends (`for:` on its card).
// Promises: its card goes only when the plan has ended, all that came of it too, and nothing waits for the role. The
// text is kept, as for each card that is removed.
// Never: removes a card that says nothing of the kind, or one that was edited meanwhile.
import { stat } from 'node:fs/promises';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { readCards } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { readEnd, runsFolder } from './flow-files.ts';
import { type RemovedRole, readTies, removeRole } from './remove-role.ts';
import { type Site, withLook } from './site.ts';

/** Where a plan that a card is for stands: an order with all that came of it, or a run of a flow. */
export async function planState(
  { workspace, history }: Pick<Look, 'workspace' | 'history'>,
  plan: string,
): Promise<'open' | 'ended' | 'unknown'> {
  const { root } = workspace.places;
  const standing = history.orders.get(plan);
  if (standing !== undefined) {
    const family = history.orders.with('root', standing.bonds.root);
    return [standing, ...family].every(({ position }) => position === 'settled') ? 'ended' : 'open';
  }
  if ((await readEnd(root, plan)) !== null) return 'ended';
  return (await stat(`${runsFolder(root, plan)}/flow.json`).catch(() => null)) === null ? 'unknown' : 'open';
}

/** Removes the cards whose plan has ended, each with the plan. */
export async function removeFinished(site: Site): Promise<(RemovedRole & { readonly plan: string })[]> {
  if (!(await anySaysFor(site.root))) return [];
  const found = await withLook(site, async (look) => {
    const out: { name: string; plan: string }[] = [];
    for (const { name, card } of await readCards(look.workspace.places)) {
      const plan = card?.role.for ?? null;
      if (plan !== null && (await planState(look, plan)) === 'ended') out.push({ name, plan });
    }
    return out;
  });
  const removed: (RemovedRole & { plan: string })[] = [];
  for (const { name, plan } of found) {
    const { orders, digest } = await readTies(site, name);
    if (orders.length === 0) removed.push({ ...(await removeRole(site, name, digest)), plan });
  }
  return removed;
}

// Most workspaces have no such card, and then nothing else is read.
async function anySaysFor(root: string): Promise<boolean> {
  for (const name of (await listFolder(`${root}/roles`)).filter((one) => one.endsWith('.md'))) {
    const file = await readPlain(`${root}/roles/${name}`);
    if (file.kind === 'text' && /^for:/m.test(file.text)) return true;
  }
  return false;
}
