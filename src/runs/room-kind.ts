// Why: where the sandbox can mount overlays, rooms share what they have in common; elsewhere each has files of its own.
// Promises: which of the two holds is found out by trying, and the reason against overlays is part of the answer.
// Never: opens a room.

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
  if (sandboxing.kind !== 'bubblewrap') return { kind: 'copy', reason: 'overlays are mounted for a sandbox alone' };
  const { rooms, checkouts } = places.outside;
  const flaw = await overlayFlaw([rooms, checkouts], sandboxing.owners === null);
  return flaw === null ? { kind: 'overlay', home: sharedHome(workspace) } : { kind: 'copy', reason: flaw };
}

/** The uid, outside, of what runs in a checkout; null if it is fourline's own. */
export function runUser({ sandboxing }: Workspace, { place, shared }: Checkout): number | null {
  return userOf(sandboxing, shared?.folder ?? place);
}

/** A room's kind in words. */
export function showRoomKind(kind: RoomKind): string {
  return kind.kind === 'overlay' ? 'overlays over shared checkouts' : `copies: ${kind.reason}`;
}
