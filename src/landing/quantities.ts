// Why: structure survives delegation, quantities don't. Before an order's children start, we look in them for its
// numbers.
// Promises: numbers that appear in no child are on record, and their sender and the operator know them. With
// `quantities: hold` the children do not start until each number appears in a child.
// Never: changes an order.
import { readFrozen } from '../delegation/refs.ts';
import type { Standing } from '../ledger/standing.ts';
import { type Order, parseOrder } from '../order/order.ts';
import { readPlain } from '../platform/files/files.ts';
import type { Quantity } from '../platform/text/quantity.ts';
import { findQuantities, missingIn } from '../platform/text/quantity.ts';
import { countOf, escapeText } from '../platform/text/text.ts';
import { findOrderText } from '../record/inbox.ts';
import { keepTrays } from '../record/kept-work.ts';
import { postNotice } from '../record/post.ts';
import type { Parcel } from '../record/work.ts';
import { workspaceGlob } from '../role/boundary.ts';
import { shownFile } from '../room/lay.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import type { LandingResult } from './result.ts';

/**
 * The result of weighing: the numbers that no child carries, and, if they hold the children up, why the run goes back.
 */
export type Weighed = {
  readonly missing: readonly string[];
  readonly back: Extract<LandingResult, { kind: 'back' }> | null;
};

/** Looks for the numbers of an order in the orders it has sent and is about to send. */
export async function weighQuantities(session: Session, parcel: Parcel): Promise<Weighed> {
  const { workspace, ledger } = session;
  const { quantities } = workspace.settings;
  if (quantities === 'off' || parcel.mail.length === 0) return { missing: [], back: null };
  const missing = await findMissing(session, parcel);
  if (missing.length === 0) return { missing, back: null };
  const { id: order, run, role } = parcel;
  await ledger.record({ step: 'flagged', order, run, role, missing: missing.slice(0, 200) });
  const words = `${countOf(missing.length, 'number')} of it in no child order: ${missing.slice(0, 8).join(', ')}`;
  workspace.tell({ kind: 'flagged', role, order, detail: escapeText(words), weight: 'bad' });
  if (quantities === 'warn') {
    await postNotice(workspace.places, `${order}.quantities`, composeQuantityNotice(parcel, missing));
    return { missing, back: null };
  }
  await keepTrays(parcel);
  return { missing, back: { kind: 'back', reason: words, feedback: composeFeedback(missing), work: parcel.commit } };
}

async function findMissing(session: Session, parcel: Parcel): Promise<string[]> {
  const { workspace, ledger } = session;
  const frozen = await readFrozen(workspace, { ...parcel, position: 'claimed', month: null }, parcel.admitted.refs);
  const prose = [...frozen].filter(([path]) => isProse(path)).map(([, text]) => text);
  const wanted = quantitiesOf([...textsOf(parcel.order), ...prose]);
  if (wanted.length === 0) return [];
  const children: Quantity[][] = [];
  for (const letter of parcel.mail) children.push(await weighLetter(parcel, letter.file, frozen));
  for (const one of ledger.history.orders.with('parent', parcel.id))
    children.push(await weighChild(workspace, one, frozen));
  return missingIn(wanted, children).map((one) => one.text);
}

// The numbers of the letter itself and of the files it names. Files that it has from its parent without naming them
// don't count: the letter has told nobody about them.
async function weighLetter(parcel: Parcel, file: string, frozen: ReadonlyMap<string, string>): Promise<Quantity[]> {
  const read = await readPlain(`${parcel.room.folder}/${file}`);
  const reading = read.kind === 'text' ? parseOrder(read.text, true) : null;
  if (reading?.ok !== true) return [];
  const { settings } = reading.order;
  const texts = textsOf(reading.order);
  for (const ref of settings.refs ?? []) {
    const path = workspaceGlob(ref, settings.repo ?? parcel.admitted.repo);
    const text = frozen.get(path);
    const inRoom = text === undefined ? await readPlain(await shownFile(parcel.room, path), 1024 * 1024) : null;
    if (text !== undefined) texts.push(text);
    else if (inRoom?.kind === 'text') texts.push(inRoom.text);
  }
  return quantitiesOf(texts);
}

async function weighChild(
  workspace: Workspace,
  child: Standing,
  frozen: ReadonlyMap<string, string>,
): Promise<Quantity[]> {
  const text = await findOrderText(workspace.places, child.id);
  const reading = text === null ? null : parseOrder(text, true);
  if (reading?.ok !== true) return [];
  const own = await readFrozen(workspace, child, child.asked.refs);
  const refs = child.asked.refs.flatMap((path) => own.get(path) ?? frozen.get(path) ?? []);
  return quantitiesOf([...textsOf(reading.order), ...refs]);
}

function textsOf(order: Order): string[] {
  return [order.objective.text, ...order.acceptance.map((one) => one.text)];
}

function quantitiesOf(texts: readonly string[]): Quantity[] {
  const all = texts.flatMap(findQuantities);
  return [...new Map(all.reverse().map((one) => [`${one.number} ${one.noun}`, one])).values()].reverse();
}

// An order need not repeat numbers that stand in data or code.
function isProse(path: string): boolean {
  return /\.(?:md|markdown|txt|rst|adoc)$/i.test(path);
}

function quantitiesList(missing: readonly string[]): string {
  return missing.map((one) => `- ${escapeText(one)}`).join('\n');
}

function composeFeedback(missing: readonly string[]): string {
  return [
    'Your order has numbers that appear in no order you wrote:',
    quantitiesList(missing),
    '',
    'Nothing was sent; your orders are in their trays as you wrote them. Say each number, with what it counts, in the Objective or Acceptance of the order that has to keep it, or name the file it stands in under refs: there. What was split must add up.',
  ].join('\n');
}

function composeQuantityNotice(parcel: Parcel, missing: readonly string[]): string {
  return [
    `${parcel.id} of ${parcel.role} has numbers that appear in no child order:`,
    quantitiesList(missing),
    '',
    `Sent: ${parcel.mail.map((one) => one.id).join(', ')}`,
    `next: fourline show ${parcel.id}; quantities: hold in fourline.yaml holds such orders back`,
    '',
  ].join('\n');
}
