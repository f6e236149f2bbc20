// Why: `fourline cancel` ends an order. One that waits is settled as halted; one that runs is ended first, and what it
// did is kept.
// Promises: works with and without a running daemon; says how to undo it.
// Never: deletes or replaces anything.
import { type Cancelled, openFourline } from '../../api.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Cancels an order. Exit 1 when it was not open any more, or could not be. */
export async function runCancel(invocation: Invocation, prefix: string): Promise<number> {
  const said = await (await openFourline(invocation.directory, invocation)).say(prefix, { kind: 'cancel' });
  invocation.answer(said, cancelLines(said));
  return said.did === 'cancelled' && !said.done ? exitCodes.no : exitCodes.ok;
}

function cancelLines(said: Cancelled): string[] {
  switch (said.did) {
    case 'aside':
      return [
        `it had not been taken; its file is now ${escapeText(said.moved)}`,
        `undo: mv ${shellWord(escapeText(said.moved))} ${shellWord(escapeText(said.from))}`,
      ];
    case 'asked':
      return [
        `asked the ${said.just ? 'fourline that just started' : 'running fourline'} to cancel ${said.id}; undo: fourline retry ${said.id}`,
      ];
    case 'cancelled':
      return [said.done ? `${said.id} is cancelled; undo: fourline retry ${said.id}` : otherwise(said)];
  }
}

// Why there was nothing to cancel: what is true of the order instead.
function otherwise({ id, position }: Extract<Cancelled, { did: 'cancelled' }>): string {
  if (position === 'parked') return `${id} waits: fourline status says for what`;
  if (position === 'claimed') return `${id} is interrupted: fourline start finishes or hands it back`;
  if (position === 'posted') return `${id} was taken out of its inbox: fourline start settles it as withdrawn`;
  return `${id} was settled meanwhile: fourline show ${id}`;
}
