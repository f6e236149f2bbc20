// Why: an order moves in few ways, whoever moves it: it is posted, or goes back to an inbox. This file does each, once.
// Promises: first the disk, then the line; between the two, and after them, a test can let the process die. A step that
// was done already is not done twice.
// Never: decides that an order moves.
import type { Step } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { firstLine } from '../platform/text/text.ts';
import { returnOrder } from './inbox.ts';
import { postOrder } from './post.ts';
import type { Missing } from './state.ts';

/** A journal line: an order lies in an inbox again, its own role's or another's. */
export type BackLine = Extract<Step, { step: 'returned' | 'routed' | 'released' }>;

/** The line of an order that is posted. */
type PostLine = Extract<Step, { step: 'posted' }>;

/** The most characters of a reason in the journal; the record has all of it. */
const reasonLimit = 300;

/** Moves an order from state/active into an inbox. `way` names the caller, for the crash points. */
export async function moveBack(
  places: Places,
  ledger: Ledger,
  line: BackLine,
  way: 'return' | 'recover' | 'route' | 'release',
): Promise<void> {
  await returnOrder(places, line.step === 'routed' ? line.to : line.role, line.order);
  crashPoint(`${way}.moved`);
  await recordBack(ledger, line);
  crashPoint(`${way}.recorded`);
}

/** Writes the line for an order that lies in an inbox by now, whoever moved it there. */
export async function recordBack(ledger: Ledger, line: BackLine): Promise<void> {
  switch (line.step) {
    case 'returned':
      return ledger.record({ ...line, reason: firstLine(line.reason, reasonLimit) });
    case 'routed':
      return ledger.record({ ...line, note: firstLine(line.note, reasonLimit) });
    case 'released':
      return ledger.record({ ...line, why: firstLine(line.why, reasonLimit) });
  }
}

/** The missing line of an order that went back to an inbox just before fourline ended. */
export function missedBack(
  missing: Extract<Missing, { kind: BackLine['step'] }>,
  { id: order, role }: Pick<Standing, 'id' | 'role'>,
): BackLine {
  switch (missing.kind) {
    case 'routed':
      return { step: 'routed', order, role, to: missing.to, note: 'fourline ended while it was moved on' };
    case 'released':
      return { step: 'released', order, role, by: role, why: 'it had been released' };
    case 'returned':
      return { step: 'returned', order, role, reason: 'fourline ended while handing it back', spent: true };
  }
}

/** Puts an order of fourline's own, or a role's letter, into its inbox. */
export async function sendOrder(
  places: Places,
  ledger: Ledger,
  line: PostLine,
  text: string,
  way: 'deliver' | 'review',
): Promise<void> {
  await postOrder(places, line.role, line.order, text);
  crashPoint(`${way}.posted`);
  await ledger.record(line);
  crashPoint(`${way}.recorded`);
}
