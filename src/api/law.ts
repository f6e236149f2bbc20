// Why: before anything is changed, people ask what a card would allow: the gate, an edit of a card, a replay.
// Promises: one law for all of them, as a run would have it: by the card alone, or by an order.
// Never: judges.
import { handDown } from '../delegation/family.ts';
import { closePins } from '../gate/contract.ts';
import type { Law } from '../gate/gate.ts';
import type { History } from '../ledger/history.ts';
import { compileScope } from '../role/boundary.ts';
import type { Card } from '../role/roles.ts';

/** The law of a card alone, without an order. */
export function lawOfCard({ grant }: Pick<Card, 'grant'>): Law {
  return { grant, scope: null, pinned: [] };
}

/** The law of an order that a card's role has: its Files, and what its plan pins. */
export function lawOfOrder(history: History, card: Card, member: Parameters<typeof handDown>[1]): Law {
  const scope = compileScope(member.order.files, member.repo, 'order');
  const { contract } = handDown(history, member);
  return { grant: card.grant, scope, pinned: closePins(contract, card.role.name, scope) };
}
