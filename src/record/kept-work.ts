// Why: work that doesn't land now is kept: for the next run of its role, or, if another role goes on, as a patch in the
// record.
// Promises: a run's commit and finished letters are on disk when these return.
// Never: decides who goes on.

import { rm } from 'node:fs/promises';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { dropRefs, writeRef } from '../platform/git/own-refs.ts';
import { patchOf } from './keep.ts';
import { recordFile, routedPatch } from './path.ts';
import type { Parcel } from './work.ts';

/** The ref in the mirror that keeps an order's work between attempts. */
export function workRef(id: string): string {
  return `refs/fourline/work/${id}`;
}

/**
 * Keeps the work of a run if another role goes on, by another card: as a patch in the record, on which no run begins.
 */
export async function keepForNobody(parcel: Parcel): Promise<void> {
  const mirror = parcel.base?.target.mirror;
  if (mirror === undefined) return;
  if (parcel.commit !== null)
    await writeDurable(
      routedPatch(parcel.folder, parcel.attempt),
      await patchOf(mirror, `${parcel.commit}^`, parcel.commit),
    );
  await dropRefs(mirror, [workRef(parcel.id)]);
}

/** Keeps the work of a run for the next run of the same role: files as a commit, finished mail in its trays. */
export async function keepForItself(parcel: Parcel): Promise<void> {
  await keepTrays(parcel);
  if (parcel.commit !== null && parcel.base !== null)
    await writeRef(parcel.base.target.mirror, workRef(parcel.id), parcel.commit, { flush: true });
}

/** Keeps a run's finished mail for the next room. It first removes what an earlier run left there. */
export async function keepTrays(parcel: Parcel): Promise<void> {
  await rm(recordFile(parcel.folder, 'trays'), { recursive: true, force: true });
  for (const letter of parcel.mail) {
    const file = await readPlain(`${parcel.room.folder}/${letter.file}`);
    if (file.kind !== 'text') continue;
    const [, role = '', name = ''] = letter.file.split('/');
    const tray = `${recordFile(parcel.folder, 'trays')}/${role}`;
    await makeFolder(tray);
    await writeDurable(`${tray}/${name}`, file.text);
  }
}
