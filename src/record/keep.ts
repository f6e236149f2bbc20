// Why: refused work is not lost work. Changes of a run outside its boundary are kept: as a patch if git can hold them,
// else as plain copies.
// Promises: every refused change is in refused.patch or under refused/ (or named there as having no content). Nothing
// that landed is there.
// Never: decides anything by a patch.

import { rm } from 'node:fs/promises';
import type { Change } from '../changes/change.ts';
import { flushFile, makeFolder, writeDurable } from '../platform/files/files.ts';
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Reason } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { recordFile } from './path.ts';

/**
 * The sources of what is kept. `built` are the commits with and without what was refused; `others` are refused changes
 * that no commit can hold, with workspace paths.
 */
export type KeepPlan = {
  readonly folder: string;
  readonly mirror: string | null;
  readonly built: { readonly commit: ObjectId; readonly refused: ObjectId | null } | null;
  readonly others: readonly Change[];
  /**
   * Moves a file of the sealed room to a path in the order's folder; false if there is no file, a sentence if it cannot
   * be kept. Moved, not read: it may be of any size.
   */
  readonly take: (path: string, to: string) => Promise<boolean | Reason>;
};

/** Writes refused.patch and refused/ into an order's active folder. */
export async function keepRefused(plan: KeepPlan): Promise<void> {
  // Removes what an earlier attempt left: it does not belong to this attempt.
  for (const name of ['refused.patch', 'refused'] as const)
    await rm(recordFile(plan.folder, name), { recursive: true, force: true });
  if (plan.mirror !== null && plan.built?.refused != null)
    await writeDurable(
      recordFile(plan.folder, 'refused.patch'),
      await patchOf(plan.mirror, plan.built.commit, plan.built.refused),
    );
  if (plan.others.length === 0) return;
  const folder = recordFile(plan.folder, 'refused');
  await makeFolder(folder);
  const index: string[] = [];
  for (const [count, change] of plan.others.entries()) {
    const name = `${String(count + 1).padStart(4, '0')}-${safeName(change.path)}`;
    const to = `${folder}/${name}`;
    const taken = change.after !== null && (await plan.take(change.path, to));
    // An agent flushes nothing. Once the room is gone, this copy is all there is.
    if (taken === true) await flushFile(to);
    const where = taken === true ? name : taken === false ? '(no content)' : `(not kept: ${taken})`;
    index.push(
      `${where}\t${change.what}\t${escapeText(change.path)}${change.flaw === null ? '' : `\t${change.flaw.message}`}`,
    );
  }
  await writeDurable(`${folder}/INDEX.txt`, `${index.join('\n')}\n`);
}

/** A patch from one commit to another, binary files included. */
export async function patchOf(mirror: string, from: ObjectId, to: ObjectId): Promise<Buffer> {
  return (
    await runGit(mirror, 'diff-tree', [
      '-r',
      '-p',
      '--binary',
      '--full-index',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
      from,
      to,
    ])
  ).stdout;
}

function safeName(path: string): string {
  return path
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(-100);
}
