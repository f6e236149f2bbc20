// Why: a file in an inbox says little of itself. This puts together who sent it and since when it lies there.
// Promises: a sender that a text claims is believed only if the journal lost lines, and then as unknown.
// Never: changes a file.
import type { Ledger } from '../ledger/ledger.ts';
import { unknownSender } from '../ledger/standing.ts';
import { isId } from '../order/identity.ts';
import type { Found } from '../order/scan.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * A new file is the operator's. But where lines of the journal are lost, an order with an id and a role's stamp may be
 * one that it knew.
 */
export function senderOf(
  { damaged }: Ledger,
  { stem, text }: { readonly stem: string; readonly text: string },
): string {
  const stamped = /^---\n(?:(?!---\n)[^\n]*\n)*?from: *(?!"?operator"? *\n)/.test(text);
  return damaged.length > 0 && isId(stem) && stamped ? unknownSender : 'operator';
}

/** Gives the time at which the file came to its place. The kernel's clock for files may be some milliseconds behind. */
export function writtenAt(workspace: Workspace, { stamp }: Extract<Found, { kind: 'ready' }>): Date {
  const changed = Number(stamp.changed / 1_000_000n) + 20;
  return new Date(Math.min(changed, workspace.clock.now().getTime()));
}
