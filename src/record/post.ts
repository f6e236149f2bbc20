// Why: delivering. Mail to a role or a person is a file in their inbox.
// Promises: durable when it returns. The name is derived from the order's id, so delivering twice is delivering once.
// No mail is replaced; only a newer notice replaces a notice.
// Never: asks whether the sender may; the gate has.

import { existsSync } from 'node:fs';
import type { Places } from '../places.ts';
import { dropFile, makeFolder, removeFile, writeDurable } from '../platform/files/files.ts';
import { inboxFile, inboxFolder, noticeFile, reportFile } from './path.ts';

/** Puts an order into a role's inbox. False when a file of that id is there already. */
export async function postOrder(places: Places, role: string, id: string, text: string): Promise<boolean> {
  await makeFolder(inboxFolder(places, role));
  return writeDurable(inboxFile(places, role, id), text, { replace: false });
}

/** The path of a note that an order of that id arrives whole. */
function wholeNote(places: Places, id: string): string {
  return `${places.session.requests}/whole-${id}`;
}

/**
 * Notes that another process is about to post an order by a rename: then nobody has to wait until the file stands
 * still.
 */
export async function announceWhole(places: Places, id: string): Promise<void> {
  await makeFolder(places.session.requests);
  await writeDurable(wholeNote(places, id), '');
}

/** True if a note says that an order of that id arrives whole. */
export function comesWhole(places: Places, id: string): boolean {
  return existsSync(wholeNote(places, id));
}

/** Forgets the note, once the order is posted. A note that a power cut brings back is about an order that is known. */
export async function forgetWhole(places: Places, id: string): Promise<void> {
  if (comesWhole(places, id)) await dropFile(wholeNote(places, id));
}

/** Puts a report into the inbox of the order's sender. */
export async function postReport(places: Places, to: string, id: string, text: string): Promise<boolean> {
  await makeFolder(inboxFolder(places, to));
  return writeDurable(reportFile(places, to, id), text, { replace: false });
}

/** Leaves a notice for the operator; it replaces an older notice of the same name. */
export async function postNotice(places: Places, name: string, text: string): Promise<void> {
  await makeFolder(inboxFolder(places, 'operator'));
  await writeDurable(noticeFile(places, name), text);
}

/** Removes a notice, because it no longer holds. Does nothing if there is none. */
export async function withdrawNotice(places: Places, name: string): Promise<void> {
  await removeFile(noticeFile(places, name));
}
