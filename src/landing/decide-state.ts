// Why: state files land with the code and the mail of their run, on the version that stands. We decide before the
// branch moves and write after it did.
// Promises: from the decision to the writing, no other landing of ours writes state files. A conflict gives the whole
// landing back. Every version that we wrote is on record with its text.
// Never: overwrites what a person saved meanwhile.
import type { Entry } from '../ledger/entry.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import type { Reading } from '../record/format.ts';
import { recordFile, statedFile } from '../record/path.ts';
import { readStoredText, writeStored } from '../record/stored.ts';
import type { Parcel, StateChange } from '../record/work.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { mergeState, readStateText, writeStateFiles } from './state.ts';

/** Gives a landing back because its state files do not merge. */
export type StateConflict = {
  readonly kind: 'back';
  readonly reason: string;
  readonly feedback: string;
  readonly work: string | null;
};

/** The turn at state files: while `work` goes on, nobody else of ours writes them or copies them into a room. */
export function inStateTurn<Result>(workspace: Workspace, work: () => Promise<Result>): Promise<Result> {
  return workspace.inTurn('state', work);
}

/**
 * Decides how a run's state files merge with what stands now, and lands with them. It calls `land` with the run and
 * with each file's text before and after, which are on disk by then. `work` is the commit the next attempt goes on from
 * if the state files conflict.
 */
export async function landWithState<Result>(
  workspace: Workspace,
  parcel: Parcel,
  work: string | null,
  land: (ready: Parcel) => Promise<Result>,
): Promise<Result | StateConflict> {
  if (parcel.stateOut.length === 0) return land(parcel);
  return inStateTurn(workspace, async () => {
    const decided: StateChange[] = [];
    const conflicts: { readonly path: string; readonly reason: string }[] = [];
    for (const change of parcel.stateOut) {
      const now = await readStateText(`${workspace.places.root}/${change.path}`);
      // An unreadable file cannot be merged either: we leave it, and name it when the rest has landed.
      const before = now.kind === 'text' ? now.text : change.before;
      const merge = await mergeState(change.path, change.before, change.after, before, parcel.folder);
      if (merge.kind === 'merged') decided.push({ path: change.path, before, after: merge.text });
      else conflicts.push({ path: change.path, reason: merge.reason });
    }
    if (conflicts.length > 0) return stateConflictBack(parcel, conflicts, work);
    await writeStored(parcel.folder, 'state.json', { files: decided });
    crashPoint('land.decided');
    return land({ ...parcel, stateOut: decided });
  });
}

function stateConflictBack(
  parcel: Parcel,
  conflicts: readonly { path: string; reason: string }[],
  work: string | null,
): StateConflict {
  const named = conflicts.map((one) => one.path).join(', ');
  const feedback = [
    'State files changed while you worked, and your changes do not merge with what they hold now:',
    ...conflicts.map((one) => `${one.path}: ${one.reason}`),
    `Nothing landed. In your room these files now stand as they are in the workspace: ${parcel.stateOut.map((one) => one.path).join(', ')}. Make your changes to them again where they are still needed; your other files are as you left them. Orders you had written are to be written again.`,
  ].join('\n');
  return { kind: 'back', reason: `conflict with the state that stands: ${named}`, feedback, work };
}

/**
 * Writes the state files that an intent promises, and records each. Can be done again. Returns which files it left as
 * they were, with the reason.
 */
export async function deliverState(
  session: Session,
  intent: Extract<Entry, { step: 'intended' }>,
  folder: string,
): Promise<string[]> {
  const { workspace, ledger } = session;
  const kept = (await readStoredText(folder, 'state.json'))?.reading ?? null;
  // Once the record says that a file was written, the file belongs to people and other roles.
  const known = ledger.history.orders.get(intent.order)?.landing.stated ?? [];
  const promised = (intent.state ?? []).filter((one) => !known.includes(one.path));
  if (promised.length === 0) return [];
  if (kept?.kind !== 'value') return promised.map(({ path }) => `${path} (the record's state.json ${whyUnread(kept)})`);
  const changes = kept.value.files.filter((one) => !known.includes(one.path));
  const left = await writeStateFiles(workspace.places.root, changes);
  const { order, run, role } = intent;
  const stated = changes
    .filter((one) => !left.has(one.path))
    .map(({ path, after }) => ({ path, after, digest: after === null ? null : digestOf(after) }));
  if (stated.length > 0) await makeFolder(recordFile(folder, 'stated'));
  for (const { after, digest } of stated)
    if (after !== null && digest !== null) await writeDurable(statedFile(folder, digest), after);
  crashPoint('deliver.kept');
  await ledger.record(
    ...stated.map(({ path, digest }) => ({ step: 'stated' as const, order, run, role, path, digest })),
  );
  crashPoint('deliver.stated');
  return [...left].map(([path, reason]) => `${path} (${reason}; its new text is in the record's state.json)`);
}

function whyUnread(kept: Exclude<Reading<unknown>, { kind: 'value' }> | null): string {
  if (kept === null) return 'is gone';
  return kept.kind === 'newer' ? 'was written by a later fourline' : `is damaged: ${kept.reason}`;
}
