// Why: what would start now and what waits for what is asked by people while no daemon runs, or beside one.
// Promises: changes nothing; asks what a daemon asks, of the same files, in the same order.
// Never: is asked by a daemon: it has looked itself.

import { readdir } from 'node:fs/promises';
import { admitOrder, idIsTaken } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { familyHold } from '../delegation/lineage.ts';
import { limitReached } from '../journey/usage-limit.ts';
import { openOrdersOf, parkedOrders } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { isForeign } from '../order/foreign-file.ts';
import { parseOrder } from '../order/order.ts';
import { type Found, lookOnce } from '../order/scan.ts';
import { listFolder } from '../platform/files/files.ts';
import { errnoOf, Fault, isReason, messageOf, type Reason } from '../platform/text/fault.ts';
import { inboxFolder } from '../record/path.ts';
import { shortOfSpace } from '../runs/bounds.ts';
import { askedFor } from '../waiting/drafts.ts';
import { tipOf, type Workspace } from '../workspace/workspace.ts';
import { type Hold, type PlanInput, type Running, rulesOf, type Startable } from './scheduler.ts';
import { planBeside, tellSetup } from './setups.ts';

/**
 * A file in an inbox that is not taken as it is; `id` is its name, or its path where the name belongs to another order.
 */
export type Untaken = { readonly id: string; readonly role: string; readonly reason: string };

/** The state of the orders: what runs, what starts at the next look, what is held and why. */
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
  /** The objectives of the orders that lie in inboxes: no step of the journal has them before a claim. */
  readonly titles: ReadonlyMap<string, string>;
};

/**
 * Looks through the inboxes as the next look of a daemon will. Gives how things stand; throws what reading the inboxes'
 * folder and the disk's free space throws.
 */
export async function lookAhead(workspace: Workspace, history: History): Promise<Outlook> {
  const { ready, ...inboxes } = await peekIntoInboxes(workspace, history);
  const { waiting, refused } = await admitAll(workspace, history, ready);
  const parked = parkedOrders(history);
  const asked = await plannedOrders(workspace, parked);
  const running = runningOrders(history);
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
    untaken: [...inboxes.untaken, ...refused],
    titles: new Map(ready.map(({ id, found }) => [id, found.order.objective.text])),
  };
}

/** A file in a role's inbox that reads as an order, by its name. */
type Peeked = { readonly id: string; readonly role: string; readonly found: Extract<Found, { kind: 'ready' }> };

async function peekIntoInboxes(
  workspace: Workspace,
  history: History,
): Promise<{ readonly ready: readonly Peeked[]; readonly untaken: readonly Untaken[] }> {
  const ready: Peeked[] = [];
  const untaken: Untaken[] = [];
  for (const role of await listFolder(workspace.places.inbox)) {
    if (role === 'operator' || role.startsWith('.')) continue;
    const names = await readdir(inboxFolder(workspace.places, role)).catch(() => []);
    const files = names.filter((one) => !isForeign(one)).sort();
    for (const peeked of await askMany(files, (name) => peekAt(workspace, history, role, name))) {
      if (peeked === null) continue;
      if ('found' in peeked) ready.push(peeked);
      else untaken.push(peeked);
    }
  }
  return { ready, untaken };
}

// Null for a file that is no order's, or whose order is on its way: it may be between inbox and run right now.
async function peekAt(
  workspace: Workspace,
  history: History,
  role: string,
  name: string,
): Promise<Peeked | Untaken | null> {
  const id = name.replace(/\.md$/, '');
  const known = history.orders.get(id);
  if (known?.position === 'claimed' || known?.position === 'parked') return null;
  const path = `inbox/${role}/${name}`;
  if (known !== undefined && (await idIsTaken(workspace, known, role)))
    return { id: path, role, reason: `there is an order ${id} already (${known.position})` };
  const found = await lookOnce(`${workspace.places.root}/${path}`);
  if (found === null) return null;
  return found.kind === 'bad' ? { id, role, reason: found.problems[0]?.message ?? '' } : { id, role, found };
}

async function admitAll(
  workspace: Workspace,
  history: History,
  ready: readonly Peeked[],
): Promise<{ readonly waiting: readonly Startable[]; readonly refused: readonly Untaken[] }> {
  const waiting: Startable[] = [];
  const refused: Untaken[] = [];
  // Files that lie there together may name each other.
  const lying = new Set(ready.map((one) => one.id));
  const asks = { lying, tipOf: rememberTips() };
  const answers = await askMany(ready, async (peeked) => ({
    peeked,
    asked: await askAdmission(workspace, history, asks, peeked),
  }));
  for (const { peeked, asked } of answers) {
    if (isReason(asked)) refused.push({ id: peeked.id, role: peeked.role, reason: asked });
    else waiting.push(asked);
  }
  return { waiting, refused };
}

/** How many orders are asked about at once: their files are open meanwhile. */
const asksAtOnce = 32;

// The answers to a question about each item, in the order of the items.
async function askMany<Item, Answer>(items: readonly Item[], ask: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let at = 0; at < items.length; at += asksAtOnce)
    answers.push(...(await Promise.all(items.slice(at, at + asksAtOnce).map(ask))));
  return answers;
}

// A look is one moment: each branch is looked up once for all orders.
function rememberTips(): typeof tipOf {
  const tips = new Map<string, ReturnType<typeof tipOf>>();
  return (workspace, repo, began) => {
    const key = `${repo} ${began ?? ''}`;
    const tip = tips.get(key) ?? tipOf(workspace, repo, began, 'glance');
    tips.set(key, tip);
    return tip;
  };
}

function runningOrders(history: History): Running[] {
  return openOrdersOf(history)
    .filter((one) => one.position === 'claimed')
    .map(({ id, role, bonds: { parent, reviews }, asked: { files } }) => ({
      id,
      role,
      parent,
      files,
      writes: reviews === null,
    }));
}

// The orders that plans would send which wait for the operator's word.
async function plannedOrders(workspace: Workspace, parked: readonly Standing[]): Promise<Outlook['asked']> {
  const planned: Outlook['asked'][number][] = [];
  for (const plan of parked.filter((one) => one.pause.waits?.on === 'approval'))
    for (const { id, role, text } of await askedFor(workspace.places, plan.id)) {
      const reading = parseOrder(text);
      planned.push({ id, role, parent: plan.id, after: reading.ok ? reading.order.settings.after : [] });
    }
  return planned;
}

// Gives what the plan needs of an order that can be taken, or the reason why it cannot be taken. If one repository is
// broken, the plan still covers the other orders.
async function askAdmission(
  workspace: Workspace,
  history: History,
  { lying, tipOf: ask }: { readonly lying: ReadonlySet<string>; readonly tipOf: typeof tipOf },
  { role, found }: Peeked,
): Promise<Startable | Reason> {
  const { settings } = found.order;
  const known = history.orders.get(found.stem);
  const after = resolveAfter(history, settings.after, lying, known);
  const parent = known?.bonds.parent ?? settings.parent ?? null;
  try {
    const question = {
      ...{ role, order: found.order, file: 'order', after, lying, parent, tipOf: ask, doubts: false },
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
