// Why: an agent that was made for one plan goes when the plan ends (`for:` on its card).
// Promises: its card goes only when the plan has ended, all that came of it too, and nothing waits for the role. An
// order that failed may be ordered again: its card stays. The text is kept, as for each card that is removed.
// Never: removes a card that says nothing of the kind, or one that was edited meanwhile.
import { stat } from 'node:fs/promises';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import type { Places } from '../places.ts';
import { listFolder, readPlain } from '../platform/files/files.ts';
import { listInboxes } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { readCards } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { readEnd } from './flow-files.ts';
import { runsFolder } from './flow-runs.ts';
import { type RemovedRole, readTies, removeRole } from './remove-role.ts';
import { type Site, withLook } from './site.ts';

/**
 * Where a plan that a card is for stands: an order with all that came of it, or a run of a flow. An order that was
 * ordered again stands where the newest stands.
 */
export async function planState(
  { workspace, history }: Pick<Look, 'workspace' | 'history'>,
  plan: string,
): Promise<'open' | 'failed' | 'ended' | 'unknown'> {
  const { root } = workspace.places;
  const tries = triesOf(history, plan);
  const last = tries.at(-1);
  for (const { id, retries } of await ordersNotTaken(workspace.places, history))
    if (id === plan || tries.some((one) => one.id === retries)) return 'open';
  if (last !== undefined) {
    const family = tries.flatMap(({ bonds }) => [...history.orders.with('root', bonds.root)]);
    if ([...tries, ...family].some(({ position }) => position !== 'settled')) return 'open';
    return last.end.outcome === 'failed' ? 'failed' : 'ended';
  }
  if ((await readEnd(root, plan)) !== null) return 'ended';
  return (await stat(`${runsFolder(root, plan)}/flow.json`).catch(() => null)) === null ? 'unknown' : 'open';
}

// An order and those that are it again, oldest first.
function triesOf({ orders }: Look['history'], id: string): Standing[] {
  const tries: Standing[] = [];
  for (let one = orders.get(id); one !== undefined && !tries.includes(one); one = orders.get(one.bonds.retriedBy ?? ''))
    tries.push(one);
  return tries;
}

// Orders that lie in an inbox and are not in the journal yet: nobody may have worked since they were posted.
async function ordersNotTaken(
  places: Places,
  { orders }: Look['history'],
): Promise<{ readonly id: string; readonly retries: string | undefined }[]> {
  const found: { id: string; retries: string | undefined }[] = [];
  for (const role of await listInboxes(places))
    for (const name of await listFolder(inboxFolder(places, role))) {
      const id = name.replace(/\.md$/, '');
      if (id === name || orders.get(id) !== undefined) continue;
      const file = await readPlain(`${inboxFolder(places, role)}/${name}`);
      const reading = file.kind === 'text' ? parseOrder(file.text, true) : null;
      found.push({ id, retries: reading?.ok === true ? reading.order.settings.retries : undefined });
    }
  return found;
}

/** Removes the cards whose plan has ended, each with the plan. */
export async function removeFinished(site: Site): Promise<(RemovedRole & { readonly plan: string })[]> {
  if (!(await anySaysFor(site.root))) return [];
  const found = await withLook(site, async (look) => {
    const out: { name: string; plan: string; digest: string }[] = [];
    for (const { name, card, digest } of await readCards(look.workspace.places)) {
      const plan = card?.role.for ?? null;
      if (plan !== null && (await planState(look, plan)) === 'ended') out.push({ name, plan, digest });
    }
    return out;
  });
  const removed: (RemovedRole & { plan: string })[] = [];
  for (const { name, plan, digest } of found) {
    const ties = await readTies(site, name);
    // A card that was edited meanwhile is read again at the next look.
    if (ties.orders.length === 0 && ties.digest === digest)
      removed.push({ ...(await removeRole(site, name, digest)), plan });
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
