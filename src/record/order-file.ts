// Why: people may take away, move and edit a claimed order's file at any time. Its run works by the text that was read
// at the claim.
// Promises: the text that an attempt was given is kept. Nothing lands by a file that is gone, moved or edited. When a
// landing intends, there is no moment between asking and deciding.
// Never: changes or removes a text that somebody else wrote.

import { setTimeout as pause } from 'node:timers/promises';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import {
  dropFile,
  listFolder,
  moveDurable,
  readPlain,
  sameStamp,
  stampOf,
  writeDurable,
} from '../platform/files/files.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { findOrderFile, landingFile, putBackOrder, takeOrder } from './inbox.ts';
import { activeFolder, givenFile, recordFile } from './path.ts';

/** How a claimed order's file went astray. */
export type Stray =
  | { readonly kind: 'gone' }
  | { readonly kind: 'moved'; readonly role: string }
  | { readonly kind: 'edited' };

/** An order as it was claimed. */
type Given = { readonly id: string; readonly text: string };

/**
 * Milliseconds until an absent file counts as gone (when an editor saves, there is a moment without a file), and
 * between looks at it during a run.
 */
export const strayTimes = { absent: 500, look: 1000 } as const;

/** Says how a claimed order's file differs from what was claimed: null when it doesn't. */
export async function strayOf(places: Places, given: Given): Promise<Stray | null> {
  const path = recordFile(activeFolder(places, given.id), 'order.md');
  let file = await readPlain(path);
  if (file.kind === 'absent') {
    const place = await findOrderFile(places, given.id);
    if (place?.kind === 'inbox') return { kind: 'moved', role: place.role };
    await pause(strayTimes.absent);
    file = await readPlain(path);
    if (file.kind === 'absent') return { kind: 'gone' };
  }
  return file.kind === 'text' && file.text === given.text ? null : { kind: 'edited' };
}

/**
 * Lands with the order's file in hand: `land` intends and moves the branch. If the file is not what was claimed,
 * returns what became of it.
 */
export async function withOrderFile<Result>(
  { places }: Workspace,
  given: Given,
  land: () => Promise<Result>,
): Promise<Result | { readonly kind: 'stray'; readonly stray: Stray }> {
  // The file may be away for a moment, and be back.
  for (let tries = 0; !(await takeOrder(places, given.id)); tries += 1) {
    const stray = await strayOf(places, given);
    if (stray !== null || tries === 3) return { kind: 'stray', stray: stray ?? { kind: 'edited' } };
  }
  crashPoint('land.taken');
  const file = await readPlain(landingFile(places, given.id));
  const same = file.kind === 'text' && file.text === given.text;
  const result = same ? await land() : ({ kind: 'stray', stray: { kind: 'edited' } } as const);
  await putBackOrder(places, given.id);
  return result;
}

/**
 * Watches a claimed order's file while its run goes on. `signal` is aborted when the file is no longer what was
 * claimed.
 */
export function watchOrder(places: Places, given: Given): { readonly signal: AbortSignal; readonly close: () => void } {
  const control = new AbortController();
  const path = recordFile(activeFolder(places, given.id), 'order.md');
  let known = null as Awaited<ReturnType<typeof stampOf>>;
  let busy = false;
  const look = async (): Promise<void> => {
    const stamp = await stampOf(path);
    if (stamp !== null && known !== null && sameStamp(stamp, known)) return;
    if ((await strayOf(places, given)) !== null) control.abort('stray');
    else known = stamp;
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void look()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, strayTimes.look);
  return { signal: control.signal, close: () => clearInterval(timer) };
}

/**
 * Makes the record of an order say what its last run was given: `order.md` is that text, and an edited version stands
 * beside it. Texts of earlier attempts stay if they differ. True if the file had been edited.
 */
export async function fixOrder(places: Places, id: string, attempt: number): Promise<boolean> {
  const folder = activeFolder(places, id);
  await putBackOrder(places, id);
  const given = await readPlain(givenFile(folder, attempt));
  if (given.kind !== 'text') return false;
  const now = await readPlain(recordFile(folder, 'order.md'));
  const same = now.kind === 'text' && now.text === given.text;
  const names = await listFolder(folder);
  if (!same) {
    if (now.kind !== 'absent') {
      let count = 1;
      while (names.includes(`order-edited-${count}.md`)) count += 1;
      await moveDurable(recordFile(folder, 'order.md'), `${folder}/order-edited-${count}.md`);
    }
    await writeDurable(recordFile(folder, 'order.md'), given.text);
  }
  for (const name of names.filter((one) => /^order-\d+\.md$/.test(one))) {
    const file = await readPlain(`${folder}/${name}`);
    if (file.kind === 'text' && file.text === given.text) await dropFile(`${folder}/${name}`);
  }
  return !same && now.kind !== 'absent';
}
