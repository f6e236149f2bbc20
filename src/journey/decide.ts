// Why: one place that says how a run's end, its report and its verdicts become an outcome.
// Promises: pure and total; nothing lands unless the agent ended well, said done, and something of what it did is
// allowed.
// Never: believes "done" when there is nothing to show for it.
import type { AgentFailure } from '../agent/agent.ts';
import { branchingOffers } from '../agent/report.ts';
import type { Outcome } from '../ledger/entry.ts';
import { escapeText } from '../platform/text/text.ts';
import { type Judged, refusedOf } from '../record/work.ts';
import type { BadEnd } from '../role/follow-up.ts';

/** The next step: land, hand the order back, or settle it without landing. */
export type Decision =
  | { readonly kind: 'land' }
  | { readonly kind: 'return'; readonly reason: string }
  /** A fresh run of the same role goes on. */
  | { readonly kind: 'hand-over'; readonly reason: string }
  | { readonly kind: 'route'; readonly to: string; readonly note: string }
  | { readonly kind: 'requeue'; readonly blocker: string }
  /** The operator is asked, and it waits. */
  | { readonly kind: 'ask'; readonly question: string }
  /** The order goes back to its role: the attempt gave nothing that can be used. */
  | { readonly kind: 'again'; readonly reason: string; readonly spent?: false }
  /** Its agent may do nothing more until a usage limit resets. */
  | { readonly kind: 'hold-agent'; readonly failure: AgentFailure }
  | {
      readonly kind: 'settle';
      readonly outcome: Outcome;
      readonly note: string;
      readonly verdict?: 'approved' | 'rejected';
      /** True where the role itself says so. */
      readonly own?: true;
    };

/**
 * How many fresh runs may go on with one order because the live context of each run before was full. After that, the
 * order has failed. Each is a whole run.
 */
export const handOverLimit = 10;

/** Decides. */
export function decide(judged: Judged): Decision {
  const { ask, order } = judged;
  if (judged.stopped) return { kind: 'return', reason: 'fourline was stopped during the run' };
  if (judged.limit === 'context' && judged.failure !== null && judged.handOvers < handOverLimit)
    return { kind: 'hand-over', reason: judged.failure };
  if (judged.failure !== null) return decideFailed(judged, judged.failure);
  if (judged.questions.length > 0) return { kind: 'ask', question: judged.questions.join('\n\n') };
  if (!branchingOffers(order.branching, ask))
    return { kind: 'settle', outcome: 'halted', note: `${wish(ask)}, which the order's Branching does not offer` };
  switch (ask.kind) {
    case 'halt':
      return { kind: 'settle', outcome: 'halted', note: ask.note, own: true };
    case 'route':
      return { kind: 'route', to: ask.role, note: ask.note };
    case 'requeue':
      return { kind: 'requeue', blocker: ask.blocker };
    case 'verdict':
      return judged.reviews === null
        ? { kind: 'settle', outcome: 'failed', note: `its report says ${ask.verdict}, and it reviews nothing` }
        : { kind: 'settle', outcome: 'done', note: ask.note, verdict: ask.verdict };
    case 'unreadable':
      return { kind: 'settle', outcome: 'failed', note: `its report cannot be read: ${ask.reason}` };
    case 'done':
      return judged.reviews === null
        ? decideDone(judged)
        : { kind: 'again', reason: 'a review ends with a report whose outcome is approve or reject' };
  }
}

// The run's words in a report count as its word: a run that could write a report did not die in the middle.
function decideFailed(judged: Judged, failure: string): Decision {
  if (judged.usedUp !== null) return { kind: 'hold-agent', failure: judged.usedUp };
  if (judged.hindered !== null) return { kind: 'again', reason: `${failure} (${judged.hindered})`, spent: false };
  if (triesAgain(judged, judged.badEnd) && (!judged.reported || judged.badEnd === 'report'))
    return { kind: 'again', reason: failure };
  return { kind: 'settle', outcome: 'failed', note: failure };
}

function triesAgain({ card, last }: Judged, end: BadEnd | null): boolean {
  return end !== null && !last && card.role.tryAgain.includes(end);
}

function decideDone(judged: Judged): Decision {
  const refused = refusedOf(judged.verdicts);
  const allowed = judged.verdicts.length - refused.length;
  if (refused.length > 0 && judged.verdicts.some((one) => one.decision === 'refuse' && one.reason === 'rejected'))
    return {
      kind: 'settle',
      outcome: 'refused',
      note: `on-refusal: reject, and ${refused.length} of ${judged.verdicts.length} changes were refused`,
    };
  if (refused.length > 0 && allowed === 0)
    return {
      kind: 'settle',
      outcome: 'refused',
      note: `no change of it is allowed: ${refused
        .slice(0, 3)
        .map((one) => one.path)
        .join(', ')}${refused.length > 3 ? ' …' : ''}`,
    };
  // A run that went on from reports may have nothing left to do except say so.
  const said = judged.woken && judged.summary.trim() !== '';
  if (judged.verdicts.length === 0 && !judged.reported && !said) {
    const note = `nothing produced: no change, no mail, no report${inScratch(judged)}`;
    return triesAgain(judged, 'nothing')
      ? { kind: 'again', reason: note }
      : { kind: 'settle', outcome: 'failed', note };
  }
  return { kind: 'land' };
}

// Its work may lie where fourline does not look.
function inScratch({ scratchIn }: Judged): string {
  const [first, ...more] = scratchIn;
  if (first === undefined) return '';
  return `; it wrote what the repository ignores and Files do not name: ${escapeText(first.replace(/^repos\/[^/]+\//, ''))}${more.length > 0 ? ' …' : ''}`;
}

function wish(ask: Judged['ask']): string {
  switch (ask.kind) {
    case 'halt':
      return 'it asked to halt';
    case 'route':
      return `it asked to be routed to ${escapeText(ask.role)}`;
    case 'requeue':
      return `it asked to be requeued behind ${escapeText(ask.blocker).slice(0, 120)}`;
    case 'done':
    case 'verdict':
    case 'unreadable':
      return 'it ended';
  }
}
