// Why: what would start now and what waits for what is asked by people while no shift runs, or beside one.
// Promises: changes nothing; asks what a shift asks, of the same files, in the same order.
// Never: is asked by a shift: it has looked itself.
import { readdir } from 'node:fs/promises';
import { admitOrder, idIsTaken } from './admission.ts';
import { errnoOf, Fault, messageOf } from './ground/fault.ts';
import { listFolder } from './ground/files.ts';
import { outcomeOf, parkedOrders } from './ledger/fold.ts';
import type { History, Standing } from './ledger/standing.ts';
import { type Found, isForeign, lookOnce } from './order/scan.ts';
import { type Hold, planRuns, type Running, type Waiting } from './scheduler.ts';
import { shortOfSpace } from './steps/bounds.ts';
import { familyHold } from './steps/lineage.ts';
import { limitReached } from './steps/usage-limit.ts';
import type { Workspace } from './workspace.ts';

/** A file in an inbox that is not taken as it is; `id` is its name, or its path where the name belongs to another order. */
export type Untaken = { readonly id: string; readonly role: string; readonly reason: string };

/** How things stand: what runs, what starts at the next look, what is held and why. */
export type Outlook = {
  readonly running: readonly Running[];
  readonly start: readonly Waiting[];
  readonly held: readonly (Hold & { readonly order: Waiting })[];
  /** Orders that wait for something else than their turn, with what. */
  readonly parked: readonly Standing[];
  readonly untaken: readonly Untaken[];
};

/** Looks through the inboxes as the next look of a shift will. */
export async function lookAhead(workspace: Workspace, history: History): Promise<Outlook> {
  const { orders } = history;
  const untaken: Untaken[] = [];
  const waiting: Waiting[] = [];
  for (const role of await listFolder(workspace.places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const names = await readdir(`${workspace.places.inbox}/${role}`).catch(() => []);
    for (const name of names.filter((one) => !isForeign(one)).sort()) {
      const id = name.replace(/\.md$/, '');
      const known = orders.get(id);
      // Its file may be on its way between inbox and run right now.
      if (known?.position === 'claimed' || known?.position === 'parked') continue;
      const path = `inbox/${role}/${name}`;
      if (known !== undefined && (await idIsTaken(workspace, known, role))) {
        untaken.push({ id: path, role, reason: `there is an order ${id} already (${known.position})` });
        continue;
      }
      const found = await lookOnce(`${workspace.places.root}/${path}`);
      if (found === null) continue;
      const one =
        found.kind === 'bad' ? (found.problems[0]?.message ?? '') : await ask(workspace, history, role, found);
      if (typeof one === 'string') untaken.push({ id, role, reason: one });
      else waiting.push(one);
    }
  }
  const running = [...orders.values()]
    .filter((one) => one.position === 'claimed')
    .map(({ id, role, parent, files, reviews }) => ({ id, role, parent, files, writes: reviews === null }));
  const { start, held } = planRuns({
    waiting,
    running,
    total: workspace.settings.runs,
    slots: (role) => workspace.cards.get(role)?.role.limits.runs ?? 1,
    outcomeOf: (id) => outcomeOf(history, id),
    boundOf: (id) => familyHold(workspace.settings, history, id),
    limitOf: (role) => limitReached(workspace.cards.get(role)?.role, history, workspace.clock.now()),
    closed: await shortOfSpace([workspace.places.rooms, workspace.places.state], workspace.settings.free),
  });
  const byId = new Map(waiting.map((one) => [one.id, one]));
  return {
    running,
    start,
    held: held.flatMap((one) => {
      const order = byId.get(one.id);
      return order === undefined ? [] : [{ ...one, order }];
    }),
    parked: parkedOrders(history),
    untaken,
  };
}

// What the plan needs of an order that can be taken, or why it cannot. A repository that is broken is no reason to say nothing of the others.
async function ask(
  workspace: Workspace,
  history: History,
  role: string,
  found: Extract<Found, { kind: 'ready' }>,
): Promise<Waiting | string> {
  const { settings } = found.order;
  const known = history.orders.get(found.stem);
  const parent = known?.parent ?? settings.parent ?? null;
  try {
    const question = {
      ...{ role, order: found.order, file: 'order', after: settings.after, parent },
      ...{ ...(known === undefined ? {} : { id: known.id }), reviews: known?.reviews },
    };
    const admission = await admitOrder(workspace, history, question);
    if (!admission.ok) return admission.problems[0]?.message ?? '';
    return {
      id: found.stem,
      role,
      parent,
      priority: settings.priority,
      postedAt: known?.postedAt ?? '~',
      after: settings.after,
      files: admission.files,
      writes: admission.boundary.lines.length > 0,
    };
  } catch (error) {
    if (error instanceof Fault || errnoOf(error) !== undefined) return messageOf(error);
    throw error;
  }
}
