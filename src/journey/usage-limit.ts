// Why: when a plan is used up, every order of that agent would fail within seconds. fourline holds the agent until its
// limit resets, and others go on.
// Promises: it costs the order no attempt, and its work so far is kept. The hold is a line of the journal, so it
// outlives a restart. No agent is held for ever.
// Never: ends a run.
import { isUsedUp } from '../adapter/reading.ts';
import type { AgentFailure } from '../agent/agent.ts';
import type { History } from '../ledger/history.ts';
import { resetIn } from '../platform/net/reset.ts';
import { escapeText, firstLine } from '../platform/text/text.ts';
import { postNotice } from '../record/post.ts';
import type { Judged } from '../record/work.ts';
import type { Role } from '../role/role.ts';
import { handBack } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';

/**
 * How long an agent is held, in milliseconds: at least, at most, and when no reset time of a plan's limit or a minute's
 * limit is known.
 */
export const limitTimes = {
  least: 60_000,
  most: 8 * 24 * 3_600_000,
  plan: 30 * 60_000,
  minute: 5 * 60_000,
} as const;

/** Names the agent that shares one usage limit: the program of the card; for opencode, the program and its provider. */
export function limitedBy({ agent, model }: Pick<Role, 'agent' | 'model'>): string {
  switch (agent.kind) {
    case 'cli':
      return agent.name === 'opencode' ? ['opencode', model?.split('/')[0]].filter(Boolean).join(' ') : agent.name;
    case 'command':
    case 'acp':
      return agent.command.join(' ');
    case 'rehearsal':
      return 'rehearsal';
  }
}

/** When a usage limit is tried again that was told at `now`. */
export function tryAgainAt({ resets = '', detail }: Pick<AgentFailure, 'resets' | 'detail'>, now: Date): Date {
  const words = `${resets} ${detail}`;
  const told = resetIn(words, now)?.getTime();
  const wait = told === undefined ? (isUsedUp(words) ? limitTimes.plan : limitTimes.minute) : told - now.getTime();
  return new Date(now.getTime() + Math.min(Math.max(wait, limitTimes.least), limitTimes.most));
}

/** Why a role's agent may not start now, in words; null when it may. */
export function limitReached(role: Role | undefined, history: History, now: Date): string | null {
  if (role === undefined) return null;
  const agent = limitedBy(role);
  const until = history.holds.limited.get(agent);
  if (until === undefined || new Date(until).getTime() <= now.getTime()) return null;
  return `the usage limit of ${agent} is reached; it is tried again at ${until.slice(0, 16).replace('T', ' ')} UTC`;
}

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
