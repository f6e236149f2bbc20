// Why: where the sandbox can mount overlays, rooms share what they have in common; elsewhere each has files of its own.
// Promises: which of the two holds is found out by trying, and the reason against overlays is part of the answer.
// Never: opens a room.
import { constants } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { temporaryName } from '../platform/process/remains.ts';
import { machineFails } from '../platform/text/fault.ts';
import type { Checkout } from '../room/lay.ts';
import type { RoomKind } from '../room/room.ts';
import type { SharedHome } from '../room/shared.ts';
import { userOf } from '../sandbox/bubblewrap.ts';
import { overlayFlaw } from '../sandbox/overlay.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** Where a workspace's shared checkouts lie. */
export function sharedHome({ places, sandboxing }: Workspace): SharedHome {
  return { folder: places.outside.checkouts, user: (folder) => userOf(sandboxing, folder) };
}

/** How the rooms of a workspace are opened. */
export async function findRoomKind(workspace: Workspace): Promise<RoomKind> {
  const { sandboxing, settings, places } = workspace;
  if (settings.rooms === 'copy') return { kind: 'copy', reason: 'fourline.yaml says rooms: copy' };
  const { rooms, checkouts } = places.outside;
  const walled = sandboxing.kind === 'bubblewrap';
  const flaw = walled
    ? await overlayFlaw([rooms, checkouts], sandboxing.owners === null)
    : 'overlays are mounted for a sandbox alone';
  if (flaw === null) return { kind: 'overlay', home: sharedHome(workspace) };
  // Nothing runs over them: they are fourline's own.
  const home: SharedHome = { folder: checkouts, user: () => null, ...(walled ? {} : { open: true }) };
  return (await clones(checkouts, rooms)) ? { kind: 'clone', home, reason: flaw } : { kind: 'copy', reason: flaw };
}

const cloned = new Map<string, Promise<boolean>>();

// Whether a file of one folder can be cloned into the other (ioctl_ficlone(2); APFS: clonefile(2)), by trying it.
function clones(from: string, to: string): Promise<boolean> {
  const key = JSON.stringify([from, to]);
  const found = cloned.get(key) ?? tryClone(from, to);
  cloned.set(key, found);
  return found;
}

async function tryClone(from: string, to: string): Promise<boolean> {
  const [one, other] = [`${from}/${temporaryName('clone')}`, `${to}/${temporaryName('clone')}`];
  try {
    await Promise.all([from, to].map((folder) => mkdir(folder, { recursive: true })));
    await writeFile(one, 'x');
    await copyFile(one, other, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (machineFails(error)) throw error;
    return false;
  } finally {
    for (const path of [one, other]) await rm(path, { force: true });
  }
}

/** The uid, outside, of what runs in a checkout; null if it is fourline's own. */
export function runUser({ sandboxing }: Workspace, { place, shared }: Checkout): number | null {
  return userOf(sandboxing, shared?.folder ?? place);
}

/** A room's kind in words. */
export function showRoomKind(kind: RoomKind): string {
  if (kind.kind === 'overlay') return 'overlays over shared checkouts';
  return kind.kind === 'clone' ? `clones of shared checkouts: ${kind.reason}` : `copies: ${kind.reason}`;
}
