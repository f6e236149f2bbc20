// Why: a pinned file that changes under the orders that rely on it breaks each of them later. We tell all orders of its
// plan about the change; it wakes nobody silently.
// Promises: every open order of the family has a note in its record before the landing counts as delivered. Telling
// twice is telling once. A run on an older version does not land before its role was told.
// Never: decides who may change it; that is the gate's.

import type { Entry } from '../ledger/entry.ts';
import { numberOf } from '../ledger/fold.ts';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import type { Target } from '../platform/git/target.ts';
import { diffTrees } from '../platform/git/tree.ts';
import { countOf, escapeText } from '../platform/text/text.ts';
import { findOrderFile } from '../record/inbox.ts';
import { activeFolder, noteFile } from '../record/path.ts';
import { readStoredText } from '../record/stored.ts';
import type { Base, Parcel } from '../record/work.ts';
import type { Session } from '../workspace/workspace.ts';
import { rootOf } from './family.ts';

/** A landing: the intent with the range of its commit, and the folder with its state files. */
export type ContractNotice = {
  readonly intent: Extract<Entry, { step: 'intended' }>;
  readonly commit: string | null;
  readonly folder: string;
  readonly target: Target | null;
};

/** Tells the open orders of a landing's family which pinned files it changed. */
export async function tellFamily(session: Session, brought: ContractNotice): Promise<void> {
  const { workspace, ledger } = session;
  const { history } = ledger;
  const { order, run, role } = brought.intent;
  const root = rootOf(history, order);
  const family = [...history.open]
    .flatMap((id) => history.orders.get(id) ?? [])
    .filter((one) => one.id !== order && one.asked.contract.length > 0 && rootOf(history, one.id) === root);
  if (family.length === 0) return;
  const changed = new Set(await changedBy(brought));
  for (const { id, asked } of family) {
    const paths = [...new Set(asked.contract.map((one) => one.path))].filter((path) => changed.has(path));
    if (paths.length === 0) continue;
    // An order that is just being settled needs no note.
    if ((await findOrderFile(workspace.places, id)) === null) continue;
    const folder = activeFolder(workspace.places, id);
    await makeFolder(folder);
    const about = `${numberOf(order)}.${run.split('.').at(-1) ?? ''}`;
    await writeDurable(noteFile(folder, about, 'contract'), composeNote(order, role, paths, brought.commit));
  }
}

function composeNote(order: string, role: string, paths: readonly string[], commit: string | null): string {
  const named = paths.map(escapeText).join(', ');
  return [
    `The contract changed while this order was open:`,
    `${named} ${paths.length === 1 ? 'was' : 'were'} changed by ${order} of ${role}${commit === null ? '' : ` (commit ${commit.slice(0, 12)})`}. What you find in your room is the new version: hold your work against it.`,
    '',
  ].join('\n');
}

async function changedBy({ intent, commit, folder, target }: ContractNotice): Promise<string[]> {
  const prefix = `repos/${target?.name ?? ''}/`;
  const code =
    commit === null || intent.from === null || target === null
      ? []
      : await diffTrees(target.objects, intent.from, commit);
  // If the file can't be read, the landing itself says so.
  const kept = (intent.state ?? []).length === 0 ? null : await readStoredText(folder, 'state.json');
  const state = kept?.reading.kind === 'value' ? kept.reading.value.files : [];
  return [...code.map((one) => `${prefix}${one.path}`), ...state.map((one) => one.path)];
}

/**
 * Says which pinned files differ on `tip` from the base of a judged run that is about to land: we tell the role, the
 * run goes back once, and no attempt is spent. Null when no pinned file differs.
 */
export async function staleContract(
  judged: Parcel,
  base: Base,
  tip: string,
): Promise<{ kind: 'back'; reason: string; feedback: string; work: string | null; spent: false } | null> {
  const prefix = `repos/${base.target.name}/`;
  const pinned = new Set(judged.admitted.contract.map((one) => one.path).filter((path) => path.startsWith(prefix)));
  if (pinned.size === 0 || tip === base.commit) return null;
  const stale = (await diffTrees(base.target.objects, base.commit, tip))
    .map((one) => `${prefix}${one.path}`)
    .filter((path) => pinned.has(path));
  if (stale.length === 0) return null;
  const named = stale.map((path) => path.slice(prefix.length)).join(', ');
  return {
    kind: 'back',
    reason: `the contract changed while it ran: ${named}`,
    feedback: `The contract changed while you worked: ${countOf(stale.length, 'pinned file')} of yours ${stale.length === 1 ? 'is' : 'are'} new on ${base.from ?? base.branch}: ${named}. Your work is in your room, on the new version: make it fit.`,
    work: judged.commit,
    spent: false,
  };
}
