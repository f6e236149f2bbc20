// Why: position on disk is the truth. These are the moves that change where an order stands.
// Promises: each is one atomic rename, with the destination flushed first; none replaces a file.
// Never: writes the journal; the caller does, after the move.

import { lstat, readdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isForeign } from '../order/foreign-file.ts';
import type { Places } from '../places.ts';
import {
  flushFile,
  listFolder,
  makeFolder,
  moveDurable,
  readPlain,
  removeFile,
  writeDurable,
} from '../platform/files/files.ts';
import { errnoOf, Fault } from '../platform/text/fault.ts';
import { activeFolder, archiveFolder, inboxFile, inboxFolder, recordFile } from './path.ts';
import type { Whereabouts } from './state.ts';

// Throws if the folder is closed: then nobody can say what is in it.
async function exists(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
    throw error;
  });
  return found !== null;
}

async function setFileAside(path: string): Promise<void> {
  for (let count = 1; ; count += 1) {
    const to = `${path}.aside-${count}`;
    if (!(await exists(to))) return moveDurable(path, to);
  }
}

async function moveNew(from: string, to: string, move = moveDurable): Promise<void> {
  if (await exists(to))
    throw new Fault('order-in-the-way', `${to} exists already`, { hint: 'move it aside; nothing was changed' });
  await move(from, to);
}

/** Gives a dropped file its id: the file stays in its inbox under its new name. Returns the new path. */
export async function stampFile(path: string, id: string): Promise<string> {
  const to = `${path.slice(0, path.lastIndexOf('/'))}/${id}.md`;
  // Opens the file even if it keeps its name: if somebody took it just now, it is no order, and this throws.
  await flushFile(path);
  if (to === path) return path;
  await moveNew(path, to);
  return to;
}

/** Claims a posted order: `inbox/<role>/<id>.md` becomes `state/active/<id>/order.md`. */
export async function claimOrder(places: Places, role: string, id: string): Promise<string> {
  const folder = activeFolder(places, id);
  await makeFolder(folder);
  await flushFile(inboxFile(places, role, id));
  await moveNew(inboxFile(places, role, id), recordFile(folder, 'order.md'));
  return folder;
}

/** Hands a claimed order back to its role's inbox; files of earlier attempts stay in its active folder. */
export async function returnOrder(places: Places, role: string, id: string): Promise<void> {
  await makeFolder(inboxFolder(places, role));
  const to = inboxFile(places, role, id);
  // Somebody restored the file meanwhile (a checkout, a pull): we keep that copy beside it, under a name that is no
  // order.
  if (await exists(to)) await setFileAside(to);
  await moveNew(recordFile(activeFolder(places, id), 'order.md'), to);
}

/**
 * Says where an order's file lies: claimed, or in which role's inbox (the operator's inbox belongs to no role); null
 * when it is nowhere. It reads the disk, whatever the journal says.
 */
export async function findOrderFile(
  places: Places,
  id: string,
): Promise<{ readonly kind: 'active' } | { readonly kind: 'inbox'; readonly role: string } | null> {
  if (await exists(recordFile(activeFolder(places, id), 'order.md'))) return { kind: 'active' };
  for (const role of await listFolder(places.inbox))
    if (role !== 'operator' && (await exists(inboxFile(places, role, id)))) return { kind: 'inbox', role };
  return null;
}

/** The text of an order, wherever it lies, even if it moves during the search. Null when it is nowhere. */
export async function findOrderText(places: Places, id: string): Promise<string | null> {
  // Its record first: a person's file may have its name. If the file moves between two looks, the next round finds it.
  for (let round = 0; round < 3; round += 1) {
    const roles = (await listFolder(places.inbox)).filter((role) => role !== 'operator');
    const months = await listFolder(places.orders);
    const paths = [
      ...months.map((month) => recordFile(archiveFolder(places, id, month), 'order.md')),
      recordFile(activeFolder(places, id), 'order.md'),
      landingFile(places, id),
      ...roles.map((role) => inboxFile(places, role, id)),
    ];
    for (const path of paths) {
      const read = await readPlain(path);
      if (read.kind === 'text') return read.text;
    }
  }
  return null;
}

/** Says where an order lies, the archive first. It reads the disk, whatever the journal says. */
export async function whereaboutsOf(places: Places, id: string): Promise<Whereabouts> {
  for (const month of await listFolder(places.orders))
    if (await exists(recordFile(archiveFolder(places, id, month), 'report.md'))) return { kind: 'archive', month };
  const file = await findOrderFile(places, id);
  if (file?.kind !== 'active') return file ?? { kind: 'nowhere' };
  return { kind: 'active', waits: await exists(recordFile(activeFolder(places, id), 'waiting.json')) };
}

/** The names of the inboxes that belong to a role, sorted: folders and links to folders, but for the operator's. */
export async function listInboxes({ inbox }: Places): Promise<string[]> {
  const found = await readdir(inbox, { withFileTypes: true }).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  });
  const isFolder = async (path: string): Promise<boolean> =>
    (await stat(path).catch(() => null))?.isDirectory() === true;
  const names: string[] = [];
  for (const one of found)
    if (one.name !== 'operator' && !one.name.startsWith('.'))
      if (one.isDirectory() || (!one.isFile() && (await isFolder(`${inbox}/${one.name}`)))) names.push(one.name);
  return names.sort();
}

/**
 * Where a claimed order's file is while its run lands. It has a name of fourline's own, so that a person who removes or
 * moves the order came before or comes too late.
 */
export function landingFile(places: Places, id: string): string {
  return recordFile(activeFolder(places, id), 'landing.md');
}

/** Takes a claimed order's file out of people's reach for its landing, in one rename. False when the file is gone. */
export async function takeOrder(places: Places, id: string): Promise<boolean> {
  try {
    await moveDurable(recordFile(activeFolder(places, id), 'order.md'), landingFile(places, id));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Puts the file back where it was; if somebody put a file there meanwhile, that one is kept beside it. Can be done
 * again, and does nothing if nothing was taken. A start does it again, so it doesn't wait for the disk.
 */
export async function putBackOrder(places: Places, id: string): Promise<void> {
  if (!(await exists(landingFile(places, id)))) return;
  const to = recordFile(activeFolder(places, id), 'order.md');
  if (await exists(to)) await setFileAside(to);
  await moveNew(landingFile(places, id), to, rename);
}

/** Settles an order: its active folder becomes `state/orders/<month>/<id>`. `month` is yyyy-mm. */
export async function settleOrder(places: Places, id: string, month: string): Promise<string> {
  const folder = archiveFolder(places, id, month);
  await makeFolder(dirname(folder));
  await makeFolder(activeFolder(places, id));
  await moveNew(activeFolder(places, id), folder);
  return folder;
}

/** Takes along the reports that wait for a role when its order runs: they move to the order's mail folder. */
export async function takeMail(places: Places, role: string, id: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const folder = recordFile(activeFolder(places, id), 'mail');
  await makeFolder(folder);
  for (const name of names) {
    // Another order of the role may have taken it meanwhile.
    await moveDurable(`${inboxFolder(places, role)}/${name}`, `${folder}/${name}`).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error;
    });
  }
}

/** Puts the answer to a bad order next to it. The same answer is written once. */
export async function writeProblem(path: string, text: string): Promise<void> {
  await writeDurable(`${path}.problem.txt`, text);
}

/** Takes the answer away when the order is fixed or gone. */
export async function removeProblem(path: string): Promise<void> {
  await removeFile(`${path}.problem.txt`);
}

/** An order file that nobody has taken yet. */
export type FreshFile = { readonly role: string; readonly name: string };

/**
 * The order file in a role's inbox that a name or the begin of one names; null where it names none, or several. The
 * history doesn't know it yet.
 */
export async function findFreshFile(places: Places, prefix: string): Promise<FreshFile | null> {
  const found: FreshFile[] = [];
  for (const role of await listInboxes(places))
    for (const name of await listFolder(inboxFolder(places, role)).catch(() => []))
      if (name.startsWith(prefix) && name.endsWith('.md') && !isForeign(name)) found.push({ role, name });
  const exact = found.filter((one) => one.name.replace(/\.md$/, '') === prefix.replace(/\.md$/, ''));
  const [first, ...others] = exact.length > 0 ? exact : found;
  return others.length === 0 ? (first ?? null) : null;
}
