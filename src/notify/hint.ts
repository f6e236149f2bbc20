// Why: a person who is told that something waits for them is told the command that answers it.
// Promises: pure; empty where no step is the person's to take.
// Never: says what the order waits for; ledger/waits.ts does.
import type { Standing } from '../ledger/standing.ts';
import { escapeText } from '../platform/text/text.ts';

/** The command by which a person answers an order that waits. */
export function hintForOrder({ id, pause: { waits }, landing: { pull } }: Standing): string {
  if (waits === null) return '';
  const number = /^\d+/.exec(id)?.[0] ?? id;
  return {
    order: '',
    children: '',
    review: '',
    pr: pull === null ? '' : `merge or close ${escapeText(pull.url)}`,
    blocker: `fourline retry ${number}`,
    answer: `fourline answer ${number} "…"`,
    approval: `fourline show ${number} --diff, fourline approve ${number}`,
  }[waits.on];
}
