// Why: a person who approves a plan approves its orders. They can read the orders whole before they decide, and may
// change them or leave them out.
// Promises: fourline sends what lies in the operator's folder when they approve. An order that cannot be taken as it
// stands is not sent, and fourline asks again. A folder that is removed comes back.
// Never: sends anything; decides for the operator.

import { stat } from 'node:fs/promises';
import { admitOrder } from '../delegation/admission.ts';
import { resolveAfter } from '../delegation/bonds.ts';
import { handDown, handedStamp } from '../delegation/family.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import { isForeign } from '../order/foreign-file.ts';
import { type Order, parseOrder, stampedDate, stampOrder } from '../order/order.ts';
import type { Places } from '../places.ts';
import { listFolder, makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { findCircles } from '../platform/text/circle.ts';
import { isReason, type Reason } from '../platform/text/fault.ts';
import type { HeldLanding } from '../record/format.ts';
import { activeFolder, inboxFolder, letterFile, recordFile } from '../record/path.ts';
import { readStored, writeStored } from '../record/stored.ts';
import type { Session } from '../workspace/workspace.ts';

type Mail = HeldLanding['mail'];

/** The folder with the orders of a plan that waits for the operator's word. */
export function draftsOf(places: Places, id: string): string {
  return `${inboxFolder(places, 'operator')}/${id}.orders`;
}

/** Puts a plan's orders where the operator reads and edits them; an existing folder is left as it is. */
export async function showDrafts(places: Places, id: string): Promise<void> {
  const folder = draftsOf(places, id);
  const outbox = recordFile(activeFolder(places, id), 'outbox');
  const names = (await listFolder(outbox)).filter((name) => name !== 'question.md');
  if (names.length === 0 || (await stat(folder).catch(() => null)) !== null) return;
  await makeFolder(folder);
  for (const name of names) {
    const file = await readPlain(`${outbox}/${name}`);
    if (file.kind === 'text') await writeDurable(`${folder}/${name}`, file.text, { replace: false });
  }
}

// A plan's orders as the operator leaves them: `dropped` are the files of the removed orders, `edited` the ids of the
// changed ones.
type Drafts = { readonly mail: Mail; readonly dropped: readonly string[]; readonly edited: readonly string[] };

/**
 * Takes a plan's orders as the operator leaves them: fourline later sends what lies in their folder now. Returns the
 * ids of the edited orders; or a string that says why the orders cannot be sent like this.
 */
export async function takeDrafts(
  session: Session,
  standing: Standing,
  held: HeldLanding,
): Promise<readonly string[] | Reason> {
  const { workspace } = session;
  await showDrafts(workspace.places, standing.id);
  if (held.mail.length === 0) return [];
  const drafts = await readDrafts(session, standing, held);
  if (isReason(drafts) || drafts.edited.length + drafts.dropped.length === 0) return isReason(drafts) ? drafts : [];
  const folder = activeFolder(workspace.places, standing.id);
  const { mail, dropped, edited } = drafts;
  for (const letter of mail) await writeDurable(letterFile(folder, letter.id), letter.text);
  await writeStored(folder, 'held.json', { ...held, mail, dropped });
  return edited;
}

async function readDrafts(session: Session, standing: Standing, held: HeldLanding): Promise<Drafts | Reason> {
  const { workspace, ledger } = session;
  const folder = draftsOf(workspace.places, standing.id);
  const names = (await listFolder(folder)).filter((name) => !isForeign(name));
  const odd = names.find((name) => !held.mail.some((one) => `${one.id}.md` === name));
  if (odd !== undefined) return `${odd} is not one of its orders: put it into the inbox of the role that is to do it`;
  const mail: Mail[number][] = [];
  const orders: { readonly id: string; readonly role: string; readonly order: Order }[] = [];
  const edited: string[] = [];
  for (const letter of held.mail.filter((one) => names.includes(`${one.id}.md`))) {
    const file = await readPlain(`${folder}/${letter.id}.md`);
    const reading = file.kind === 'text' ? parseOrder(file.text) : null;
    if (file.kind !== 'text') return `${letter.id}.md cannot be read${file.kind === 'flawed' ? `: ${file.flaw}` : ''}`;
    if (reading?.ok !== true) {
      const [first] = reading?.problems ?? [];
      return `${letter.id}.md, line ${first?.line ?? 1}: ${first?.message ?? 'it cannot be read'}`;
    }
    if (file.text !== letter.text) edited.push(letter.id);
    orders.push({ id: letter.id, role: letter.role, order: reading.order });
    mail.push(
      file.text === letter.text ? letter : restamp(ledger, standing, { ...letter, text: file.text }, reading.order),
    );
  }
  if (mail.length === 0) return 'all its orders were removed: reject it to send nothing';
  return (
    (await flawIn(session, standing, orders)) ?? {
      mail,
      edited,
      dropped: held.mail.filter((one) => !names.includes(`${one.id}.md`)).map((one) => one.file),
    }
  );
}

// Whatever the operator wrote above the four lines, the stamp is fourline's own.
function restamp(ledger: Ledger, standing: Standing, letter: Mail[number], order: Order): Mail[number] {
  const { repo = standing.asked.repo ?? undefined } = order.settings;
  const handed = handDown(ledger.history, { id: letter.id, parent: standing.id, order, repo: repo ?? null });
  const date = stampedDate(letter.text) ?? standing.changedAt;
  const stamp = { id: letter.id, from: standing.role, parent: standing.id, date, ...handedStamp(handed) };
  return { ...letter, text: stampOrder(letter.text, { ...stamp, ...(repo === undefined ? {} : { repo }) }) };
}

async function flawIn(
  session: Session,
  standing: Standing,
  orders: readonly { readonly id: string; readonly role: string; readonly order: Order }[],
): Promise<string | null> {
  const { workspace, ledger } = session;
  const ids = new Set(orders.map((one) => one.id));
  for (const { id, role, order } of orders) {
    const question = {
      ...{ role, order, file: 'order', parent: standing.id, lying: ids },
      after: resolveAfter(ledger.history, order.settings.after, ids),
      repo: order.settings.repo ?? standing.asked.repo ?? undefined,
      // They were checked against their sender's room when they were written.
      holds: (): 'coming' => 'coming',
      written: standing.asked.writtenAt,
    };
    const admission = await admitOrder(workspace, ledger.history, question);
    if (!admission.ok)
      return `${id}.md, line ${admission.problems[0]?.line ?? 1}: ${admission.problems[0]?.message ?? ''}`;
  }
  const [circle] = findCircles(orders.map(({ id, order }) => ({ id, after: order.settings.after }))).values();
  return circle === undefined ? null : `they wait for each other: ${circle}`;
}

/**
 * The orders that an order which waits for approval would send: as the operator left them, else as they were written.
 */
export async function askedFor(
  places: Places,
  id: string,
): Promise<{ readonly id: string; readonly role: string; readonly text: string }[]> {
  const mail = (await readStored(activeFolder(places, id), 'held.json'))?.mail ?? [];
  const shown = (await stat(draftsOf(places, id)).catch(() => null)) !== null;
  const out: { id: string; role: string; text: string }[] = [];
  for (const letter of mail) {
    const draft = shown ? await readPlain(`${draftsOf(places, id)}/${letter.id}.md`) : null;
    if (draft?.kind === 'absent') continue;
    out.push({ id: letter.id, role: letter.role, text: draft?.kind === 'text' ? draft.text : letter.text });
  }
  return out;
}

/**
 * The orders of a plan as a person reads them, one after the other: role, id, the orders it waits for, and its lines.
 * `limit` is the most lines of each.
 */
export function tellOrders(
  mail: readonly { readonly id: string; readonly role: string; readonly text: string }[],
  limit: number,
): { readonly title: string; readonly lines: readonly string[] }[] {
  return mail.map(({ id, role, text }) => {
    const reading = parseOrder(text);
    const after = reading.ok && reading.order.settings.after.length > 0 ? reading.order.settings.after.join(', ') : '';
    const body = text
      .replace(/^---\n[\s\S]*?\n---\n/, '')
      .trim()
      .split('\n');
    const rest = body.length - limit;
    return {
      title: `order to ${role}: ${id}${after === '' ? '' : `, after ${after}`}`,
      lines: rest > 0 ? [...body.slice(0, limit), `(${rest} more lines)`] : body,
    };
  });
}
