// Why: after a crash, decides where each order stood, then finishes it or hands it back.
// Promises: it believes the position on disk before the journal. It completes a landing whose branch moved, and begins
// a landing anew whose branch did not. It writes a missing journal line. It ends only processes that carry a run's
// mark. It says what it did, order by order.
// Never: lands what is not intended; throws work away that is allowed.

import { resumeOrder } from '../journey/resume.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder } from '../platform/files/files.ts';
import { endMarked, markOf } from '../platform/process/ending.ts';
import { awaitHelpers, sweepRepository, sweepTemporary, sweepTemporaryFolders } from '../platform/process/remains.ts';
import { durationOf } from '../platform/text/clock.ts';
import { isLost, isReason, ownWords, type Reason } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { findOrderFile, putBackOrder, whereaboutsOf } from '../record/inbox.ts';
import { missingOf } from '../record/state.ts';
import { tookTheDisk } from '../runs/bounds.ts';
import { complete } from '../waiting/complete.ts';
import type { Session } from '../workspace/workspace.ts';
import { isUndoAsked } from './undos.ts';

/** How long git may go on with the work that a killed fourline gave it, in milliseconds. */
const helperPatience = 30_000;

/**
 * Waits for what an earlier process had under way, then removes what it left half: files, packs, locks, folders for the
 * time being. `mark` is that process's, null where it left in order. False when something still goes on.
 */
export async function sweep(places: Places, mark: string | null): Promise<boolean> {
  if (!(await awaitHelpers(mark, helperPatience, places.state))) return false;
  if (mark !== null)
    for (const folder of [places.session.requests, ...(await foldersIn(places.inbox))])
      await sweepTemporary(folder, mark);
  for (const folder of [places.cards, ...(await foldersIn(places.active))]) await sweepTemporary(folder, null, true);
  for (const name of await foldersIn(places.state))
    if (!ownFolders(places).includes(name)) await sweepTemporary(name, null, true);
  for (const gitDir of [places.history.ledger, ...(await foldersIn(places.mirrors))]) await sweepRepository(gitDir);
  await sweepTemporaryFolders();
  crashPoint('recover.swept');
  return true;
}

function ownFolders(places: Places): string[] {
  return [places.active, places.orders, places.cards, places.session.requests, places.history.ledger, places.mirrors];
}

async function foldersIn(folder: string): Promise<string[]> {
  return (await listFolder(folder)).map((name) => `${folder}/${name}`);
}

/**
 * The cause by which orders broke off: `from` in words for a person, `reason` for their record. `except` are the orders
 * that are on their way in this process.
 */
export type Break = {
  readonly from: string;
  readonly reason: string;
  readonly except: ReadonlySet<string>;
  /** The machine failed them: that spends no attempt, unless a run's own room took the disk. */
  readonly ofMachine: boolean;
};

const crash: Break = { from: 'a crash', reason: 'fourline ended during the run', except: new Set(), ofMachine: false };

/**
 * Brings every order that a crash (or a fault of the machine) left in between to where it can go on from, and says so.
 * Returns how many could not be; throws while the machine fails.
 */
export async function recover(session: Session, by: Break = crash): Promise<number> {
  const { workspace, ledger } = session;
  const began = workspace.clock.elapsed();
  let count = 0;
  const say = (id: string, words: string): void => {
    count += 1;
    workspace.tell({ kind: 'resumed', order: id, detail: words, weight: 'minor' });
  };
  const broken: string[] = [];
  let failed = 0;
  const active = (await listFolder(workspace.places.active)).filter((id) => !by.except.has(id));
  for (const id of active) await putBackOrder(workspace.places, id);
  for (const id of [...ledger.history.open]) {
    const standing = ledger.history.orders.get(id);
    if (standing === undefined || by.except.has(id)) continue;
    const missing = missingOf(await whereaboutsOf(workspace.places, id), standing);
    const words = await complete(session, standing, missing).catch((error: unknown) => {
      if (isLost(error)) throw error;
      workspace.tell({ kind: 'fault', role: standing.role, order: id, detail: ownWords(error), weight: 'bad' });
      return null;
    });
    if (words !== null) say(id, words);
    if (missing.kind === 'broken') broken.push(id);
  }
  // Folders of orders that are settled, or that the journal does not know. An undo that had just begun begins again.
  for (const id of active)
    if (
      !ledger.history.open.has(id) &&
      !(await isUndoAsked(workspace.places, id)) &&
      (await findOrderFile(workspace.places, id))?.kind === 'active'
    )
      broken.push(id);
  await Promise.all(broken.map((id) => endRun(session, id)));
  crashPoint('recover.ended');
  for (const id of broken) {
    const words = await recoverOne(session, id, by).catch((error: unknown) => {
      failed += 1;
      return ownWords(error);
    });
    if (isReason(words))
      workspace.tell({ kind: 'fault', order: id, detail: `could not be recovered: ${words}`, weight: 'bad' });
    else say(id, words.words);
  }
  if (count > 0)
    workspace.tell({
      kind: 'resumed',
      detail: `recovered ${countOf(count, 'order')} from ${by.from} in ${durationOf(workspace.clock.elapsed() - began)}`,
      weight: 'minor',
    });
  return failed;
}

// Ends the processes that are left of the order's agent or its checks.
async function endRun(session: Session, id: string): Promise<void> {
  const standing = session.ledger.history.orders.get(id);
  if (standing?.position === 'claimed')
    await endMarked(markOf(`${session.workspace.places.outside.rooms}/${id}.${standing.tries.attempt}`), 500);
}

async function recoverOne(
  session: Session,
  id: string,
  { reason, ofMachine }: Break,
): Promise<{ words: string } | Reason> {
  const { workspace, ledger } = session;
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) return 'the journal does not know it; it is left in state/active';
  if (standing.position === 'settled')
    return `it is settled (${standing.end.outcome ?? ''}); it is left in state/active`;
  const limit = workspace.cards.get(standing.role)?.role.limits.attempts ?? 1;
  const room = `${workspace.places.outside.rooms}/${id}.${standing.tries.attempt}`;
  const spared = ofMachine && !(await tookTheDisk(room, workspace.settings.free));
  return resumeOrder(session, standing, { reason, limit: spared ? null : limit });
}
