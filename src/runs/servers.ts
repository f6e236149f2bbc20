// Why: a run goes on without a server of its card that doesn't start or that ends. This file says so.
// Promises: pure. It names servers of the card alone, and repeats no word of the agent.
// Never: starts, watches or ends a server.
import type { AgentEvent, Ending } from '../agent/agent.ts';

/**
 * The account of what a run had of its servers. `unmet` gives a sentence for each that the run didn't have. `endingOf`
 * gives the ending of the run: one before the first word of its CLI names the servers.
 */
export type Servers = {
  readonly heard: (event: AgentEvent) => void;
  readonly unmet: () => readonly string[];
  readonly endingOf: (ending: Ending) => Ending;
};

/** Opens the account of a run's servers. */
export function openServers(names: readonly string[]): Servers {
  const lost = new Map<string, string>();
  let begun = false;
  const note = (name: string, words: string): void => {
    if (names.includes(name) && !lost.has(name)) lost.set(name, `mcp: ${name}: ${words}`);
  };
  const noteOne = (): void => {
    if (names.length === 1) note(names[0] ?? '', neverThere);
    else lost.set('', `mcp: ${names.join(', ')}: the run began without at least one of these`);
  };
  return {
    heard: (event) => {
      if (event.kind !== 'waited') begun = true;
      if (event.kind !== 'lost') return;
      if (event.server === null) noteOne();
      else note(event.server, event.when === 'start' ? neverThere : 'its connection was closed while the run went on');
    },
    unmet: () => [...lost.values()],
    endingOf: (ending) => {
      const late = ending.kind === 'over-limit' && (ending.limit === 'silence' || ending.limit === 'minutes');
      if (begun || !late || names.length === 0) return ending;
      for (const name of names)
        note(name, 'the run ended before its CLI said a word; it may have waited for this server');
      return { ...ending, detail: `${ending.detail}; its CLI may have waited for a server (mcp: ${names.join(', ')})` };
    },
  };
}

const neverThere = 'the run began without it: it did not start, or did not answer';
