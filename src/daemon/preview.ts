// Why: what would start now and what waits for what is asked by people while no daemon runs, or beside one.
// Promises: changes nothing; asks what a daemon asks, of the same files, in the same order.
// Never: is asked by a daemon: it has looked itself.

import { readdir } from 'node:fs/promises';
import { admitOrder, idIsTaken } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { familyHold } from '../delegation/lineage.ts';
import { limitReached } from '../journey/usage-limit.ts';
import { parkedOrders } from '../ledger/fold.ts';
import type { History, Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import { type Found, isForeign, lookOnce } from '../order/scan.ts';
import { listFolder } from '../platform/files/files.ts';
import { errnoOf, Fault, messageOf } from '../platform/text/fault.ts';
import { inboxFolder } from '../record/path.ts';
import { shortOfSpace } from '../runs/bounds.ts';
import { askedFor } from '../waiting/drafts.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { type Hold, type PlanInput, type Running, rulesOf, type Startable } from './scheduler.ts';
import { planBeside, tellSetup } from './setups.ts';

/** A file in an inbox that is not taken as it is; `id` is its name, or its path where the name belongs to another order. */
export type Untaken = { readonly id: string; readonly role: string; readonly reason: string };

/** How things stand: what runs, what starts at the next look, what is held and why. */
export type Outlook = {
  readonly running: readonly Running[];
  readonly start: readonly Startable[];
  readonly held: readonly (Hold & { readonly order: Startable })[];
  /** Orders that wait for something else than their turn, with what. */
  readonly parked: readonly Standing[];
  /** Orders that a plan would send which waits for the operator's word. */
  readonly asked: readonly {
    readonly id: string;
    readonly role: string;
    readonly parent: string;
    readonly after: readonly string[];
  }[];
  readonly untaken: readonly Untaken[];
};

/** Looks through the inboxes as the next look of a daemon will. */
export async function lookAhead(workspace: Workspace, history: History): Promise<Outlook> {
  const { orders } = history;
  const untaken: Untaken[] = [];
  const waiting: Startable[] = [];
  const ready: { readonly id: string; readonly role: string; readonly found: Extract<Found, { kind: 'ready' }> }[] = [];
  for (const role of await listFolder(workspace.places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const names = await readdir(inboxFolder(workspace.places, role)).catch(() => []);
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
      if (found.kind === 'bad') untaken.push({ id, role, reason: found.problems[0]?.message ?? '' });
      else ready.push({ id, role, found });
    }
  }
  // Files that lie there together may name each other.
  const lying = new Set(ready.map((one) => one.id));
  for (const { id, role, found } of ready) {
    const one = await askAdmission(workspace, history, lying, { role, found });
    if (typeof one === 'string') untaken.push({ id, role, reason: one });
    else waiting.push(one);
  }
  const parked = parkedOrders(history);
  const asked: Outlook['asked'][number][] = [];
  for (const plan of parked.filter((one) => one.pause.waits?.on === 'approval'))
    for (const { id, role, text } of await askedFor(workspace.places, plan.id)) {
      const reading = parseOrder(text);
      asked.push({ id, role, parent: plan.id, after: reading.ok ? reading.order.settings.after : [] });
    }
  const running = [...orders.values()]
    .filter((one) => one.position === 'claimed')
    .map(({ id, role, bonds: { parent, reviews }, asked: { files } }) => ({
      id,
      role,
      parent,
      files,
      writes: reviews === null,
    }));
  const plan: PlanInput = {
    waiting,
    running,
    ...rulesOf(workspace, history),
    boundOf: (id) => familyHold(workspace.settings, history, id),
    limitOf: (role) => limitReached(workspace.cards.get(role)?.role, history, workspace.clock.now()),
    closed: await shortOfSpace([workspace.places.outside.rooms, workspace.places.state], workspace.settings.free),
  };
  const { start, held } = await planBeside(plan, ({ repo }) => tellSetup(workspace, repo));
  const byId = new Map(waiting.map((one) => [one.id, one]));
  return {
    running,
    start,
    held: held.flatMap((one) => {
      const order = byId.get(one.id);
      return order === undefined ? [] : [{ ...one, order }];
    }),
    parked,
    asked,
    untaken,
  };
}

// What the plan needs of an order that can be taken, or why it cannot. A repository that is broken is no reason to say nothing of the others.
async function askAdmission(
  workspace: Workspace,
  history: History,
  lying: ReadonlySet<string>,
  { role, found }: { readonly role: string; readonly found: Extract<Found, { kind: 'ready' }> },
): Promise<Startable | string> {
  const { settings } = found.order;
  const known = history.orders.get(found.stem);
  const after = resolveAfter(history, settings.after, lying, known);
  const parent = known?.bonds.parent ?? settings.parent ?? null;
  try {
    const question = {
      ...{ role, order: found.order, file: 'order', after, lying, parent },
      ...{ ...(known === undefined ? {} : { id: known.id }), reviews: known?.bonds.reviews },
    };
    const admission = await admitOrder(workspace, history, question);
    if (!admission.ok) return admission.problems[0]?.message ?? '';
    return {
      id: found.stem,
      role,
      repo: admission.repo,
      parent,
      priority: settings.priority,
      postedAt: known?.asked.postedAt ?? '~',
      after,
      files: admission.files,
      writes: admission.boundary.lines.length > 0,
    };
  } catch (error) {
    if (error instanceof Fault || errnoOf(error) !== undefined) return messageOf(error);
    throw error;
  }
}
