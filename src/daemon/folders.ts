// Why: a daemon hears of a new file only in a folder that it watches.
// Promises: an inbox that a role lacks is made.
// Never: looks into a folder.

import { stat } from 'node:fs/promises';
import type { Places } from '../places.ts';
import { listFolder, makeFolder } from '../platform/files/files.ts';
import { inboxFolder } from '../record/path.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The folders in which people look: no file on trial is put there. */
export function ownedByPeople(places: Places): string[] {
  return [places.root, places.inbox, places.roles, inboxFolder(places, 'operator')];
}

/**
 * The folders a daemon listens to. Every role has an inbox, whether somebody made the folder or not; inboxes of no role
 * are watched as well, to be answered.
 */
export async function foldersOf(workspace: Workspace): Promise<string[]> {
  const { places } = workspace;
  for (const role of workspace.cards.keys())
    if ((await stat(inboxFolder(places, role)).catch(() => null)) === null) await makeFolder(inboxFolder(places, role));
  await makeFolder(places.session.requests);
  if ((await stat(inboxFolder(places, 'operator')).catch(() => null)) === null)
    await makeFolder(inboxFolder(places, 'operator'));
  const inboxes: string[] = [];
  for (const name of await listFolder(places.inbox)) {
    if ((await stat(inboxFolder(places, name)).catch(() => null))?.isDirectory() === true)
      inboxes.push(inboxFolder(places, name));
  }
  return [places.root, places.inbox, places.roles, places.session.requests, ...inboxes];
}
