// Why: carries out the legal refusals: an order is moved on to another role, or waits for another order, or for an
// answer.
// Promises: an order never moves in a circle, and never further than `hops:`. The run's work is kept: for its own next
// run, or as a patch if another role goes on.
// Never: offers what Branching did not; decide.ts has asked.
import { rm } from 'node:fs/promises';
import { admitOrder } from '../delegation/admission.ts';
import { nothingLies, resolveAfter } from '../delegation/bonds.ts';
import { waitsFor } from '../delegation/family.ts';
import { outcomeOf } from '../ledger/fold.ts';
import type { History } from '../ledger/history.ts';
import { parseOrder } from '../order/order.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { writeDurable } from '../platform/files/files.ts';
import { countOf, firstLine } from '../platform/text/text.ts';
import type { Waiting } from '../record/format.ts';
import { keepForItself, keepForNobody } from '../record/kept-work.ts';
import { moveBack } from '../record/move.ts';
import { noteFile, recordFile } from '../record/path.ts';
import type { Judged, Parcel } from '../record/work.ts';
import type { Session } from '../workspace/workspace.ts';
import { park } from './park.ts';
import { stuckReason } from './wake.ts';

/** The result of moving on: moved, or why it cannot move. `limit` if a limit is the reason. */
export type Moved =
  | { readonly kind: 'moved' }
  | { readonly kind: 'parked' }
  | { readonly kind: 'back'; readonly reason: string }
  | { readonly kind: 'stays'; readonly note: string; readonly limit: string | null };

/** Moves an order on to another role. */
export async function route(session: Session, judged: Judged, to: string, note: string): Promise<Moved> {
  const { workspace, ledger } = session;
  const { id, role } = judged;
  const stays = (why: string, limit: string | null = null): Moved => ({
    kind: 'stays',
    note: `it asked to be routed to ${to} (${firstLine(note, 200)}), and ${why}`,
    limit,
  });
  if (to === 'operator') return ask(session, judged, `${role} routes it to you: ${note}`);
  const hops = ledger.history.orders.get(id)?.tries.hops ?? [];
  const way = [...hops, role];
  if (way.includes(to)) return stays(`that would be a circle: ${[...way.slice(way.indexOf(to)), to].join(' → ')}`);
  if (hops.length >= workspace.settings.hops)
    return stays(`it was routed ${countOf(hops.length, 'time')} already (hops: ${workspace.settings.hops})`, 'hops');
  const standing = ledger.history.orders.get(id);
  const after = resolveAfter(ledger.history, judged.order.settings.after, nothingLies, standing);
  const question = { role: to, order: judged.order, file: 'order', after };
  const parent = standing?.bonds.parent ?? null;
  const admission = await admitOrder(workspace, ledger.history, { ...question, parent, id });
  if (!admission.ok) return stays(`${to} cannot take it: ${admission.problems[0]?.message ?? ''}`);
  await keepForNobody(judged);
  await writeNote(
    judged,
    'route',
    `${role} had it before you and passed it on to you:`,
    `${note}\n\n${judged.summary}`,
  );
  crashPoint('route.kept');
  await moveBack(workspace.places, ledger, { step: 'routed', order: id, role, to, note }, 'route');
  workspace.tell({ kind: 'routed', role, order: id, detail: `to ${to}: ${firstLine(note, 120)}` });
  return { kind: 'moved' };
}

/** Lets an order wait for its blocker: an open order, or something that only a person can tell. */
export async function requeue(session: Session, judged: Judged, blocker: string): Promise<Moved> {
  const { history } = session.ledger;
  const id = blockingOrder(history, blocker, judged.id);
  if (id !== null && id !== judged.id) {
    const outcome = outcomeOf(history, id);
    if (outcome === 'done') return { kind: 'back', reason: `${id}, which it called its blocker, is done` };
    if (waitsFor(history, session.workspace.cards, id, judged.id)) {
      const note = `it asked to be requeued behind ${id}, which waits for it`;
      return { kind: 'stays', note, limit: null };
    }
    const standing = history.orders.get(id);
    const stuck = standing === undefined ? null : stuckReason(history, standing);
    if (outcome === null && stuck === null) return wait(session, judged, { on: 'order', what: id });
  }
  const title = `${judged.role} cannot go on with ${judged.id} until something is out of the way`;
  const hints = [`when it is: fourline retry ${judged.id}, or answer`];
  return wait(session, judged, {
    on: 'blocker',
    what: firstLine(blocker, 300),
    form: { title, text: `${blocker}\n\n${judged.summary}`, hints },
  });
}

/**
 * A run may order what it needs first, and name that order as its blocker: then its orders are sent now, and nothing
 * else lands. Returns what is to be delivered; null if the blocker is not one of its orders, or would itself wait for
 * it.
 */
export async function sendAhead(session: Session, judged: Judged, blocker: string): Promise<Judged | null> {
  const { cards } = session.workspace;
  const { history } = session.ledger;
  const name = blocker
    .trim()
    .replace(/^(?:\.\/)?(?:inbox\/)?/, '')
    .replace(/\.md$/, '');
  const named = judged.mail.filter(({ file }) => {
    const path = file.replace(/^inbox\//, '').replace(/\.md$/, '');
    return path === name || path.slice(path.indexOf('/') + 1) === name;
  });
  const [letter] = named;
  const reading = letter === undefined ? null : parseOrder(letter.text);
  if (letter === undefined || named.length > 1 || reading?.ok !== true) return null;
  if (reading.order.settings.after.some((id) => waitsFor(history, cards, id, judged.id))) return null;
  await keepForItself(judged);
  return { ...judged, behind: letter.id, base: null, commit: null, allowedFiles: [], stateOut: [] };
}

/** Lets an order wait for an order that it has just sent. Its next run finds its work, and empty trays. */
export async function waitBehind(
  session: Session,
  order: Pick<Parcel, 'id' | 'role' | 'attempt' | 'folder'>,
  behind: string,
): Promise<Moved> {
  const { ledger } = session;
  await rm(recordFile(order.folder, 'trays'), { recursive: true, force: true });
  if (!ledger.history.orders.has(behind)) return { kind: 'back', reason: `its order ${behind} could not be delivered` };
  await writeNote(
    order,
    'helper',
    `You ordered ${behind} and waited for it. It is done; go on from here:`,
    'Your work is in your room.',
  );
  await park(session, order, { on: 'order', what: behind });
  return { kind: 'parked' };
}

/** Lets an order wait for the operator's answer. */
export async function ask(session: Session, judged: Judged, question: string): Promise<Moved> {
  const title = `${judged.role} asks about ${judged.id}`;
  const hints = [`the order: ${firstLine(judged.order.objective.text, 200)}`];
  return wait(session, judged, {
    on: 'answer',
    what: firstLine(question, 300),
    form: { title, text: question, hints },
  });
}

async function wait(session: Session, judged: Judged, waiting: Waiting): Promise<Moved> {
  await keepForItself(judged);
  await park(session, judged, waiting);
  return { kind: 'parked' };
}

/** Leaves a note for the next brief of an order; `kind` is part of its name, `title` its first line. */
export async function writeNote(
  order: { readonly folder: string; readonly attempt: number },
  kind: string,
  title: string,
  text: string,
): Promise<void> {
  await writeDurable(noteFile(order.folder, order.attempt, kind), `${title}\n${text.trim()}\n`);
}

// Finds an order by its id, by a prefix of an id, or by the name under which the same order or the same parent sent it.
function blockingOrder(history: History, blocker: string, self: string): string | null {
  const name = blocker.trim();
  if (history.orders.has(name)) return name;
  if (!/^[\w.-]+$/.test(name)) return null;
  const parent = history.orders.get(self)?.bonds.parent ?? null;
  const found = /^\d{4}/.test(name)
    ? history.orders.startingWith(name)
    : history.orders
        .with('slug', name)
        .filter(({ bonds }) => bonds.parent === self || (parent !== null && bonds.parent === parent))
        .map(({ id }) => id);
  return found.length === 1 ? (found[0] ?? null) : null;
}
