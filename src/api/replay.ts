// Why: before a card counts, a person asks how it would have judged the work that its role did.
// Promises: each verdict is the gate's own, by the card's file as it lies there and by the order of that day. A file
// that was refused for its contents stays refused: contents are not judged again.
// Never: changes a verdict, or puts a card into force.
import { judgePath, rejectAll } from '../gate/gate.ts';
import type { RefusalReason, Verdict } from '../gate/verdict.ts';
import type { Standing } from '../ledger/standing.ts';
import { parseOrder } from '../order/order.ts';
import { Fault } from '../platform/text/fault.ts';
import { findOrderText } from '../record/inbox.ts';
import { type Card, readCards } from '../role/roles.ts';
import type { Look } from '../workspace/look.ts';
import { cardAt } from './card-at.ts';
import { lawOfOrder } from './law.ts';
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

/**
 * Which orders of a role: the last so many that were judged (20). With `against` their verdicts by the card of that
 * revision are held against those by its file; otherwise those that were given.
 */
export type ReplayQuestion = { readonly last?: number | undefined; readonly against?: string | undefined };

/**
 * Judges the last orders of a role again, by its card's file. Throws Fault `role-unknown`, `role-card`,
 * `role-revision`.
 */
export function replayRole(
  site: Site,
  name: string,
  { last = usualOrders, against }: ReplayQuestion = {},
): Promise<Replay> {
  return withLook(site, async (look) => {
    const { places } = look.workspace;
    const card = await cardOnDisk(look, name);
    const other = against === undefined ? null : await cardAt(places, name, against);
    const orders: string[] = [];
    const changed: ChangedVerdict[] = [];
    let verdicts = 0;
    for (const standing of judgedLast(look, name, last)) {
      const record = await readVerdicts(places, standing);
      const text = record === null ? null : await findOrderText(places, standing.id);
      if (record === null || text === null) continue;
      orders.push(standing.id);
      verdicts += record.verdicts.length;
      const given = { standing, text, verdicts: record.verdicts };
      const again = judgeOrder(look, card, given);
      const before = other === null ? record.verdicts : judgeOrder(look, other, given);
      changed.push(...differing(standing.id, before, again));
    }
    return { role: name, orders, verdicts, changed };
  });
}

function differing(order: string, before: readonly Verdict[], after: readonly Verdict[]): ChangedVerdict[] {
  return before.flatMap((one, at) => {
    const other = after[at] ?? one;
    return other.decision === one.decision ? [] : [{ order, before: one, after: other }];
  });
}

// The last orders of a role that were judged, the newest first. The journal is read backwards, as far as it takes.
function judgedLast({ history, steps }: Look, role: string, last: number): Standing[] {
  for (let count = last; ; count *= 2) {
    const lines = steps.last(count, (entry) => entry.step === 'judged' && entry.role === role);
    const ids = [...new Set(lines.toReversed().flatMap((entry) => (entry.step === 'judged' ? [entry.order] : [])))];
    if (ids.length >= last || lines.length < count)
      return ids.slice(0, last).flatMap((id) => history.orders.get(id) ?? []);
  }
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
  const { id, asked, bonds } = standing;
  const law = lawOfOrder(history, card, { id, parent: bonds.parent, order: reading.order, repo: asked.repo });
  const again = verdicts.map((one) =>
    one.decision === 'allow' || ofCard.includes(one.reason) ? judgePath(one.path, law, one.what) : one,
  );
  return card.role.onRefusal === 'reject' ? rejectAll(again) : again;
}
