// Why: before a card counts, a person asks how it would have judged the work that its role did.
// Promises: each verdict is the gate's own, by the card's file as it lies there and by the order of that day. A file
// that was refused for its contents stays refused: contents are not judged again.
// Never: changes a verdict, or puts a card into force.
import { handDown } from '../delegation/family.ts';
import { closePins } from '../gate/contract.ts';
import { judgeOne, rejectAll } from '../gate/gate.ts';
import type { RefusalReason, Verdict } from '../gate/verdict.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import { Fault } from '../platform/text/fault.ts';
import { findOrderText } from '../record/inbox.ts';
import { compileScope } from '../role/boundary.ts';
import { type Card, readCards } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { readVerdicts } from './record-files.ts';
import { type Site, withLook } from './site.ts';

/** How many orders are judged again, unless somebody says so. */
const usualOrders = 20;

/** A change that the card would judge in another way: what was decided, and what would be. */
export type ChangedVerdict = { readonly order: string; readonly before: Verdict; readonly after: Verdict };

/** The last orders of a role, judged again by its card's file. */
export type Replay = {
  readonly role: string;
  /** The orders that were judged again, the newest first. */
  readonly orders: readonly string[];
  /** How many changes they made. */
  readonly verdicts: number;
  readonly changed: readonly ChangedVerdict[];
};

/** Which orders of a role: the last so many (20). */
export type ReplayQuestion = { readonly last?: number | undefined };

/** Judges the last orders of a role again, by its card's file. Throws Fault `role-unknown`, `role-card`. */
export function replayRole(site: Site, name: string, { last = usualOrders }: ReplayQuestion = {}): Promise<Replay> {
  return withLook(site, async (look) => {
    const { places } = look.workspace;
    const card = await cardOnDisk(look, name);
    const all = [...look.history.orders.values()];
    const newest = all.filter((one) => one.role === name).sort((a, b) => (a.id < b.id ? 1 : -1));
    const orders: string[] = [];
    const changed: ChangedVerdict[] = [];
    let verdicts = 0;
    for (const standing of newest) {
      if (orders.length >= last) break;
      const record = await readVerdicts(places, standing);
      const text = record === null ? null : await findOrderText(places, standing.id);
      if (record === null || text === null) continue;
      orders.push(standing.id);
      verdicts += record.verdicts.length;
      const again = judgeOrder(look, card, { standing, text, verdicts: record.verdicts });
      for (const [at, before] of record.verdicts.entries()) {
        const after = again[at] ?? before;
        if (after.decision !== before.decision) changed.push({ order: standing.id, before, after });
      }
    }
    return { role: name, orders, verdicts, changed };
  });
}

async function cardOnDisk({ workspace }: Look, name: string): Promise<Card> {
  const readings = await readCards(workspace.places);
  const reading = readings.find((one) => one.name === name);
  if (reading === undefined)
    throw new Fault('role-unknown', `there is no card roles/${name}.md`, {
      hint: `the cards are ${readings.map((one) => one.name).join(', ') || 'none yet'}`,
    });
  if (reading.card === null)
    throw new Fault('role-card', `${reading.file} cannot be used: ${reading.problems[0]?.message ?? ''}`, {
      hint: `fourline check ${reading.file} says more`,
    });
  return reading.card;
}

// Reasons that stand in a card, or follow from others of the same run.
const ofCard: readonly RefusalReason[] = ['write', 'deny', 'files', 'send', 'floor', 'rejected'];

function judgeOrder(
  { history }: Look,
  card: Card,
  { standing, text, verdicts }: { standing: Standing; text: string; verdicts: readonly Verdict[] },
): readonly Verdict[] {
  const reading = parseOrder(text, true);
  if (!reading.ok) return verdicts;
  const { repo } = standing.asked;
  const scope = compileScope(reading.order.files, repo, 'order');
  const { contract } = handDown(history, {
    id: standing.id,
    parent: standing.bonds.parent,
    order: reading.order,
    repo,
  });
  const law = { grant: card.grant, scope, pinned: closePins(contract, card.role.name, scope) };
  const again = verdicts.map((one) =>
    one.decision === 'allow' || ofCard.includes(one.reason)
      ? judgeOne({ path: one.path, what: one.what, flaw: null }, law)
      : one,
  );
  return card.role.onRefusal === 'reject' ? rejectAll(again) : again;
}
