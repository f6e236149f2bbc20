// Why: the five signs that a role leaves its job, counted per role and over time, each with what it rests on.
// Promises: every count is made of the signals that are listed with it; nothing is believed that journal, records and
// commits do not show.
// Never: changes anything.

import { gatherSignals } from '../audit/evidence.ts';
import type { SignalName } from '../ledger/entry.ts';
import { emptyHistory, type History } from '../ledger/history.ts';
import { signalNames } from '../ledger/signal-names.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Signal } from '../signals/signal.ts';
import type { Rule } from '../workspace/settings.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { timeOf } from './since.ts';
import { type Site, withLook } from './site.ts';

/** The age in milliseconds up to which a signal counts as recent. */
const lately = 7 * 24 * 3_600_000;

/** The question, about one role or all. `timeOf` reads `since`. */
export type SignalQuestion = { readonly role?: string | undefined; readonly since?: string | undefined };

/** How often a role gave a signal, in the last 7 days and before; `last` is the time of the last one (ISO 8601). */
export type SignalCount = {
  readonly signal: SignalName;
  readonly role: string;
  readonly recent: number;
  readonly before: number;
  readonly last: string;
};

/** The signals of all roles or one, with what is done about each kind. */
export type Signals = {
  readonly since: string | null;
  readonly rules: Readonly<Record<SignalName, Rule>>;
  readonly counts: readonly SignalCount[];
  readonly signals: readonly Signal[];
};

/** Gathers the signals of all roles, or one. Throws Fault `role-unknown`, `order-unknown`, `usage`. */
export function readSignals(site: Site, { role, since: asked }: SignalQuestion = {}): Promise<Signals> {
  return withLook(site, async ({ workspace, history, steps }) => {
    if (role !== undefined) requireRole(workspace, history, role);
    const since = asked === undefined ? '' : timeOf(history, asked, workspace.clock.now());
    const all = await gatherSignals(workspace, { history, past: emptyHistory(), entries: await steps.all() }, since);
    const signals = all.filter((one) => role === undefined || one.role === role);
    const counts = countSignals(signals, new Date(workspace.clock.now().getTime() - lately).toISOString());
    return { since: since || null, rules: workspace.settings.signals, counts, signals };
  });
}

// Roles that had a card once count, and those without a card that signals name.
function requireRole(workspace: Workspace, { roles }: History, name: string): void {
  const known = ['operator', 'nobody', ...workspace.cards.keys()];
  if (known.includes(name) || roles.has(name)) return;
  throw new Fault('role-unknown', `there is no role '${name}'`, { hint: `signals are of ${known.join(', ')}` });
}

function countSignals(found: readonly Signal[], edge: string): SignalCount[] {
  const groups = Map.groupBy(found, (one) => `${signalNames.indexOf(one.signal)} ${one.role}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, [first, ...others]]) => {
      if (first === undefined) return [];
      const recent = [first, ...others].filter((one) => one.at >= edge).length;
      const { signal, role, at } = first;
      return [{ signal, role, recent, before: others.length + 1 - recent, last: at }];
    });
}
