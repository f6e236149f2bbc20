// Why: after a crash. Where did each order stand; finish it or hand it back.
// Promises: position on disk is believed before the journal; a landing whose branch moved is completed, one whose branch did not is begun anew; a missing
// journal line is written; only processes that carry a run's mark are ended; what was done is said, order by order.
// Never: lands what is not intended; throws work away that is allowed.
import { readFile, stat } from 'node:fs/promises';
import { durationOf } from './ground/clock.ts';
import { crashPoint } from './ground/crash.ts';
import { endMarked, markOf } from './ground/ending.ts';
import { ownWords } from './ground/fault.ts';
import { listFolder } from './ground/files.ts';
import type { Places } from './ground/places.ts';
import { awaitHelpers, sweepRepository, sweepTemporary } from './ground/remains.ts';
import { countOf, firstLine } from './ground/text.ts';
import type { Standing } from './ledger/fold.ts';
import type { Ledger } from './ledger/ledger.ts';
import { findOrderFile } from './order/inbox.ts';
import { readReport } from './steps/report.ts';
import { resumeOrder } from './steps/resume.ts';
import { clearAway } from './steps/settle.ts';
import { mirrorOf, sayStep, type Workspace } from './workspace.ts';

/** How long git may go on with what a killed fourline had asked of it, in milliseconds. */
const helperPatience = 30_000;

/** Waits for what the killed process with that mark had under way, then removes what it left half: files, packs, locks. False when something still goes on. */
export async function sweep(places: Places, mark: string): Promise<boolean> {
  if (!(await awaitHelpers(mark, helperPatience))) return false;
  for (const folder of [places.requests, ...(await foldersIn(places.inbox))]) await sweepTemporary(folder, mark);
  for (const folder of [places.cards, ...(await foldersIn(places.active))]) await sweepTemporary(folder, null, true);
  for (const name of await foldersIn(places.state))
    if (!ownFolders(places).includes(name)) await sweepTemporary(name, null, true);
  for (const gitDir of [places.ledger, ...(await foldersIn(places.mirrors))]) await sweepRepository(gitDir);
  crashPoint('recover.swept');
  return true;
}

function ownFolders(places: Places): string[] {
  return [places.active, places.orders, places.cards, places.requests, places.ledger, places.mirrors];
}

async function foldersIn(folder: string): Promise<string[]> {
  return (await listFolder(folder)).map((name) => `${folder}/${name}`);
}

/** What orders broke off by, in the words for a person and for their record, and which are on their way in this process. */
export type Break = { readonly from: string; readonly reason: string; readonly except: ReadonlySet<string> };

const crash: Break = { from: 'a crash', reason: 'fourline ended during the run', except: new Set() };

/** Brings every order that a crash (or a fault of the machine) left in between to where it can go on from, and says so. Returns how many could not be; throws while the machine fails. */
export async function recover(workspace: Workspace, ledger: Ledger, by: Break = crash): Promise<number> {
  const began = workspace.clock.elapsed();
  let count = 0;
  const say = (id: string, words: string): void => {
    count += 1;
    workspace.log.say(`recovered ${id}: ${words}`, 'dim');
  };
  const broken: string[] = [];
  let failed = 0;
  for (const id of [...ledger.history.open]) {
    const standing = ledger.history.orders.get(id);
    if (standing === undefined || by.except.has(id)) continue;
    const words =
      (await writeMissingEnd(workspace, ledger, standing)) ?? (await writeMissingReturn(workspace, ledger, standing));
    if (words !== null) say(id, words);
    else if (standing.position === 'claimed' && (await findOrderFile(workspace.places, id)) === null) broken.push(id);
  }
  for (const id of await listFolder(workspace.places.active))
    if (!by.except.has(id) && (await exists(`${workspace.places.active}/${id}/order.md`))) broken.push(id);
  await Promise.all(broken.map((id) => endRun(workspace, ledger, id)));
  crashPoint('recover.ended');
  for (const id of broken) {
    const words = await recoverOne(workspace, ledger, id, by.reason).catch((error: unknown) => {
      failed += 1;
      return ownWords(error);
    });
    if (typeof words === 'string') sayStep(workspace, '', id, 'fault', `could not be recovered: ${words}`, 'bad');
    else say(id, words.words);
  }
  if (count > 0)
    workspace.log.say(
      `recovered ${countOf(count, 'order')} from ${by.from} in ${durationOf(workspace.clock.elapsed() - began)}`,
      'dim',
    );
  return failed;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

// What is left of its agent or its checks.
async function endRun(workspace: Workspace, ledger: Ledger, id: string): Promise<void> {
  const standing = ledger.history.orders.get(id);
  if (standing?.position === 'claimed')
    await endMarked(markOf(`${workspace.places.rooms}/${id}.${standing.attempt}`), 500);
}

// The folder was moved to the archive, the line that says so is missing.
async function writeMissingEnd(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<string | null> {
  const { id, role, repo } = standing;
  for (const month of await listFolder(workspace.places.orders)) {
    const report = await readFile(`${workspace.places.orders}/${month}/${id}/report.md`, 'utf8').catch(() => null);
    if (report === null) continue;
    const { outcome, note, limit } = readReport(report);
    await clearAway(workspace, id, await mirrorOf(workspace, repo));
    const reached = limit === null ? {} : { limit };
    await ledger.record({ step: 'settled', order: id, role, outcome, note: firstLine(note, 300), month, ...reached });
    crashPoint('recover.lined');
    return `had ended (${outcome}), wrote that down`;
  }
  return null;
}

// Handed back before the crash, and the line that says so is missing.
async function writeMissingReturn(workspace: Workspace, ledger: Ledger, standing: Standing): Promise<string | null> {
  const { id, role, position } = standing;
  if (position !== 'claimed' || (await findOrderFile(workspace.places, id))?.kind !== 'inbox') return null;
  const reason = 'fourline ended while handing it back';
  await ledger.record({ step: 'returned', order: id, role, reason, spent: true });
  return 'had been handed back, wrote that down';
}

async function recoverOne(
  workspace: Workspace,
  ledger: Ledger,
  id: string,
  reason: string,
): Promise<{ words: string } | string> {
  const standing = ledger.history.orders.get(id);
  if (standing === undefined) return 'the journal does not know it; it is left in state/active';
  if (standing.position === 'settled') return `it is settled (${standing.outcome ?? ''}); it is left in state/active`;
  const limit = workspace.cards.get(standing.role)?.role.limits.attempts ?? 1;
  return resumeOrder(workspace, ledger, standing, reason, limit);
}
