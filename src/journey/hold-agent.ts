// Why: when a plan is used up, fourline holds the agent until its limit resets, and others go on.
// Promises: it costs the order no attempt, and its work so far is kept. The hold is a line of the journal, so it
// outlives a restart.
// Never: ends a run.
import type { AgentFailure } from '../agent/agent.ts';
import { escapeText, firstLine } from '../platform/text/text.ts';
import { postNotice } from '../record/post.ts';
import type { Judged } from '../record/work.ts';
import { handBack } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';
import { limitedBy, limitReached, tryAgainAt } from './usage-limit.ts';

/** Hands an order back whose agent's usage limit is reached, and holds the agent. */
export async function holdAgent(session: Session, judged: Judged, failure: AgentFailure): Promise<void> {
  const { workspace, ledger } = session;
  const now = workspace.clock.now();
  const agent = limitedBy(judged.card.role);
  const until = tryAgainAt(failure, now).toISOString();
  const reason = failure.detail;
  await handBack(session, judged, {
    reason,
    feedback: `${reason}. What you had done inside the boundary is in your room.`,
    work: judged.commit,
    spent: false,
    limited: { agent, until },
  });
  const words = limitReached(judged.card.role, ledger.history, now) ?? reason;
  workspace.tell({ kind: 'held', role: judged.role, order: judged.id, detail: words, weight: 'bad' });
  const name = `usage-limit-${agent.replace(/[^a-z0-9]+/gi, '-').slice(0, 40)}`;
  const text = `# ${escapeText(firstLine(words, 200))}\n\nIts orders wait in their inboxes and go on by themselves; no attempt is spent. It said: ${escapeText(firstLine(reason, 400))}\n\nSooner: fourline retry ${judged.id}\n`;
  await postNotice(workspace.places, name, text).catch(() => undefined);
}
