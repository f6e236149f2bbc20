// Why: files in the inboxes become posted orders, or get an answer next to the file. A knock leads to this.
// Promises: every visible order is in one of three states. It is posted: its file carries its id, the journal says so.
// Or it waits for its author, with the reason next to it. Or somebody is still writing it. A person's file is renamed
// at most, never changed or removed.
// Never: runs anything.

import { basename } from 'node:path';
import { findDoubles, inPostingOrder, type Lying } from '../delegation/siblings.ts';
import type { Found, Scanner } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { ownWords, troubleOf } from '../platform/text/fault.ts';
import type { Problem } from '../platform/text/problem.ts';
import { findOrderFile, listInboxes } from '../record/inbox.ts';
import { inboxFolder } from '../record/path.ts';
import { settleWaiting } from '../waiting/settle.ts';
import type { Session } from '../workspace/workspace.ts';
import { type Drop, type DropMemory, type Drops, type PostedOrder, takeFile } from './drop.ts';
import { forgetAnswers, refuseFile } from './refusal.ts';

/** The result of a look through the inboxes. `wait` is the time until the next look, in milliseconds, or null. */
export type Intake = { readonly posted: readonly PostedOrder[]; readonly wait: number | null };

/**
 * The daemon's memory between looks: files as the scanner saw them, the results of taking them, and the faults of files
 * and folders.
 */
export type IntakeMemory = DropMemory & { readonly scanner: Scanner; readonly faults: Map<string, string> };

/** Milliseconds until the daemon looks again at a file that it could not take because of a fault of the machine. */
const retryTime = 2000;

/**
 * Looks through all inboxes. It skips orders in `going`: they are on their way in this process, and their files may
 * appear and vanish. It reports a fault of one file or folder, which holds up no other. Throws the errors of listing
 * the inboxes.
 */
export async function takeIn(
  session: Session,
  memory: IntakeMemory,
  going: ReadonlyMap<string, unknown>,
): Promise<Intake> {
  const { workspace, ledger } = session;
  const sets = { seen: new Set<string>(), tried: new Set<string>(), present: new Set<string>() };
  const look: InboxLook = { workspace, ledger, memory, ...sets, wait: null };
  await refuseUnaddressed(look);
  const { files, others } = await readInboxes(look, going);
  const posted = await takeFiles(look, files, others);
  for (const id of going.keys()) look.present.add(id);
  for (const one of posted) look.present.add(one.id);
  await forgetAnswers(memory.answers, look.seen);
  await setApart(look, workspace.places.inbox, () => settleWithdrawn(session, look.present));
  forgetAbsent(look);
  return { posted, wait: look.wait };
}

/** One look through the inboxes, and what came of it by now. */
type InboxLook = Session & {
  readonly memory: IntakeMemory;
  /** Paths of the files that lie there. */
  readonly seen: Set<string>;
  /** Files and folders that were tried. */
  readonly tried: Set<string>;
  /** Ids and names that lie in inboxes or are on their way. */
  readonly present: Set<string>;
  /** When to look again, in milliseconds; null when nothing asks for it. */
  wait: number | null;
};

function lookAgain(look: InboxLook, time: number): void {
  look.wait = Math.min(look.wait ?? time, time);
}

// A fault of one file or folder (it vanished just now, it is closed) holds up no other. The daemon reports it once and
// looks again once; later looks see whether it is mended.
async function setApart<Result>(look: InboxLook, path: string, work: () => Promise<Result>): Promise<Result | null> {
  const { faults } = look.memory;
  look.tried.add(path);
  try {
    const result = await work();
    faults.delete(path);
    return result;
  } catch (error) {
    const words = ownWords(error);
    if (faults.get(path) === words) return null;
    faults.set(path, words);
    const hint = troubleOf(error)?.hint;
    look.workspace.tell({
      kind: 'inbox',
      detail: `${path}: ${words}${hint === undefined ? '' : `  → ${hint}`}`,
      weight: 'bad',
    });
    lookAgain(look, retryTime);
    return null;
  }
}

async function answerBad(look: InboxLook, role: string, found: Whole, problems: readonly Problem[]): Promise<void> {
  const { memory } = look;
  await setApart(look, found.path, async () => {
    if (await refuseFile(look, memory.answers, { ...found, role, problems })) lookAgain(look, 0);
  });
}

// A file directly in inbox/ has no addressee.
async function refuseUnaddressed(look: InboxLook): Promise<void> {
  const { workspace, memory } = look;
  for (const found of await memory.scanner.scanFiles(workspace.places.inbox)) {
    look.seen.add(found.path);
    if (found.kind === 'settling') lookAgain(look, found.wait);
    else await answerBad(look, 'operator', found, [noInbox([...workspace.cards.keys()])]);
  }
}

function noInbox(roles: readonly string[]): Problem {
  const hint = `move it into ${roles.map((name) => `inbox/${name}/`).join(' or ')}`;
  const message = "the file is in no role's inbox";
  return { code: 'order-no-inbox', level: 'error', message, line: 1, column: 1, hint };
}

type Whole = Exclude<Found, { kind: 'settling' }>;

// The files that read as orders, and the names of those that don't.
async function readInboxes(
  look: InboxLook,
  going: ReadonlyMap<string, unknown>,
): Promise<{ readonly files: readonly Drop[]; readonly others: readonly Lying[] }> {
  const { places } = look.workspace;
  const files: Drop[] = [];
  const others: Lying[] = [];
  for (const role of await listInboxes(places)) {
    const folder = inboxFolder(places, role);
    for (const found of (await setApart(look, folder, () => look.memory.scanner.scan(folder))) ?? []) {
      look.seen.add(found.path);
      const stem = basename(found.path, '.md');
      look.present.add(stem);
      if (going.has(stem)) continue;
      if (found.kind === 'ready') files.push({ found, role, stem, after: found.order.settings.after });
      else others.push({ role, stem, after: [] });
      if (found.kind === 'settling') lookAgain(look, found.wait);
      if (found.kind === 'bad') await answerBad(look, role, found, found.problems);
    }
  }
  return { files, others };
}

async function takeFiles(look: InboxLook, files: readonly Drop[], others: readonly Lying[]): Promise<PostedOrder[]> {
  const fresh = [...files, ...others].filter((one) => !look.ledger.history.orders.has(one.stem));
  const { sorted, circles } = inPostingOrder(files);
  const drops: Drops = { ids: new Map(fresh.map((one) => [one.stem, null])), circles, doubles: findDoubles(fresh) };
  const posted: PostedOrder[] = [];
  for (const drop of sorted) {
    const taken = await setApart(look, drop.found.path, () => takeFile(look, drop, drops));
    if (taken?.kind === 'early') lookAgain(look, taken.wait);
    if (taken?.kind === 'bad') await answerBad(look, drop.role, drop.found, taken.problems);
    if (taken?.kind === 'posted') posted.push(taken.order);
  }
  return posted;
}

// Nothing is remembered of what does not lie there any more.
function forgetAbsent({ memory, tried, present }: InboxLook): void {
  for (const path of memory.faults.keys()) if (!tried.has(path)) memory.faults.delete(path);
  for (const id of memory.posted.keys()) if (!present.has(id)) memory.posted.delete(id);
}

// A posted order whose file somebody took out of the inbox was withdrawn: that is an end like any other, and recorded.
async function settleWithdrawn(session: Session, present: ReadonlySet<string>): Promise<void> {
  const { workspace, ledger } = session;
  for (const id of ledger.history.open) {
    const standing = ledger.history.orders.get(id);
    if (standing?.position !== 'posted' || present.has(id)) continue;
    if ((await findOrderFile(workspace.places, id)) !== null) continue;
    crashPoint('withdraw.seen');
    const note = `withdrawn: its file was taken out of inbox/${standing.role}`;
    await settleWaiting(session, standing, note);
  }
}
