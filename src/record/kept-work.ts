// Why: work that doesn't land now is kept: for the next run of its role, or, when another role goes on, as a patch in the record.
// Promises: a run's commit and finished letters are on disk when these return.
// Never: decides who goes on.

import { rm } from 'node:fs/promises';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { runGit } from '../platform/git/git.ts';
import { patchOf } from './keep.ts';
import { recordFile, routedPatch } from './path.ts';
import type { Judged } from './work.ts';

/** The ref in the mirror that keeps an order's work between attempts. */
export function workRef(id: string): string {
  return `refs/fourline/work/${id}`;
}

/** Keeps what a run did where another role goes on, by another card: as a patch in the record, and as nobody's beginning. */
export async function keepForNobody(judged: Judged): Promise<void> {
  const mirror = judged.base?.target.mirror;
  if (mirror === undefined) return;
  if (judged.commit !== null)
    await writeDurable(
      routedPatch(judged.folder, judged.attempt),
      await patchOf(mirror, `${judged.commit}^`, judged.commit),
    );
  await runGit(mirror, 'update-ref', ['-d', workRef(judged.id)], { answers: [1, 128] });
}

/** Keeps what a run had done for the next one of the same role: files as a commit, finished mail in its trays. */
export async function keepForItself(judged: Judged): Promise<void> {
  await keepTrays(judged);
  if (judged.commit !== null && judged.base !== null)
    await runGit(judged.base.target.mirror, 'update-ref', [workRef(judged.id), judged.commit]);
}

/** Keeps a run's finished mail for the next room. What an earlier run left there is not this one's. */
export async function keepTrays(judged: Judged): Promise<void> {
  await rm(recordFile(judged.folder, 'trays'), { recursive: true, force: true });
  for (const letter of judged.mail) {
    const file = await readPlain(`${judged.room.folder}/${letter.file}`);
    if (file.kind !== 'text') continue;
    const [, role = '', name = ''] = letter.file.split('/');
    const tray = `${recordFile(judged.folder, 'trays')}/${role}`;
    await makeFolder(tray);
    await writeDurable(`${tray}/${name}`, file.text);
  }
}
