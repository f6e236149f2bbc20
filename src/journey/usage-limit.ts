// Why: when a plan is used up, every order of that agent would fail within seconds. So its agent may not start until
// the limit resets.
// Promises: pure. No agent is held for ever.
// Never: holds an agent; hold-agent.ts does.
import { isUsedUp } from '../adapter/reading.ts';
import type { AgentFailure } from '../agent/agent.ts';
import type { History } from '../ledger/history.ts';
import { resetIn } from '../platform/net/reset.ts';
import type { Role } from '../role/role.ts';

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
