// Why: delivering. Mail to a role or a person is a file in their inbox.
// Promises: durable when it returns; the name is derived from the order's id, so delivering twice is delivering once;
// no mail is replaced, only a notice by a newer one.
// Never: asks whether the sender may; the gate has.

import { existsSync } from 'node:fs';
import type { Places } from '../places.ts';
import { makeFolder, removeFile, writeDurable } from '../platform/files/files.ts';
import { inboxFile, inboxFolder, noticeFile, reportFile } from './path.ts';

/** Puts an order into a role's inbox. False when a file of that id is there already. */
export async function postOrder(places: Places, role: string, id: string, text: string): Promise<boolean> {
  await makeFolder(inboxFolder(places, role));
  return writeDurable(inboxFile(places, role, id), text, { replace: false });
}

/** Where it is noted that an order of that id comes whole. */
function wholeNote(places: Places, id: string): string {
  return `${places.session.requests}/whole-${id}`;
}

/**
 * Notes that an order is about to be posted from another process, by a rename: nobody has to wait for it to stand
 * still.
 */
export async function announceWhole(places: Places, id: string): Promise<void> {
  await makeFolder(places.session.requests);
  await writeDurable(wholeNote(places, id), '');
}

/** True where an order of that id is known to come whole. */
export function comesWhole(places: Places, id: string): boolean {
  return existsSync(wholeNote(places, id));
}

/** Forgets the note, once the order is posted. */
export async function forgetWhole(places: Places, id: string): Promise<void> {
  if (comesWhole(places, id)) await removeFile(wholeNote(places, id));
}

/** Puts a report into the inbox of whoever sent the order. */
export async function postReport(places: Places, to: string, id: string, text: string): Promise<boolean> {
  await makeFolder(inboxFolder(places, to));
  return writeDurable(reportFile(places, to, id), text, { replace: false });
}

/** Leaves a word for the operator, in the place of an older one of the same name. */
export async function postNotice(places: Places, name: string, text: string): Promise<void> {
  await makeFolder(inboxFolder(places, 'operator'));
  await writeDurable(noticeFile(places, name), text);
}

/** Takes a notice away: what it says is over. Nothing happens where there is none. */
export async function withdrawNotice(places: Places, name: string): Promise<void> {
  await removeFile(noticeFile(places, name));
}
