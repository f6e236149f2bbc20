// Why: whoever changes a workspace sits at its one session: lock, journal, memory, roles, brought up to date after
// whatever happened before.
// Promises: one session a workspace, held by the kernel's lock; when it opens, every crash is recovered from and every
// card edit recorded.
// Never: works orders; a daemon does.
import { stat } from 'node:fs/promises';
import type { WorkListener } from '../event.ts';
import { followUp } from '../landing/behind.ts';
import { type EntryHearing, openLedger } from '../ledger/ledger.ts';
import type { Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { makeFolder, removeFile, writeDurable } from '../platform/files/files.ts';
import { type Lock, takeLock } from '../platform/files/lock.ts';
import { gitAtRest } from '../platform/git/git.ts';
import { boundHeap } from '../platform/process/heap.ts';
import type { Host } from '../platform/process/host.ts';
import { nameProcess, processLives } from '../platform/process/living.ts';
import { processMark, sweepTemporary } from '../platform/process/remains.ts';
import { Fault, whenAbsent } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { clearLeft } from '../waiting/leftovers.ts';
import { readHolder } from '../workspace/holder.ts';
import { keepPlace, type Place, readPlace } from '../workspace/place.ts';
import { openWorkspace, refreshCards, type Session, type Workspace } from '../workspace/workspace.ts';
import { disownOrders } from './disown.ts';
import { recover, sweep } from './recovery.ts';

/** The session that this process holds. `close` publishes what waits and gives the lock back. */
export type HeldSession = Session & {
  /** Notes what is wrong with the machine at the moment, where other terminals look. */
  readonly note: (troubles: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * Opens the session of the workspace at `root`, or answers null when somebody holds it. `hearing` is asked for whoever
 * hears the journal's entries, before the journal is read.
 */
export async function openSession(
  root: string,
  listener: WorkListener,
  host: Host,
  hearing?: (workspace: Workspace) => Promise<EntryHearing>,
): Promise<HeldSession | null> {
  const bare = await openWorkspace(root, { listener, host });
  const { places } = bare;
  await makeFolder(places.state);
  // Others ask for a moment whether it is held; only who keeps it for longer has it.
  const lock = takeLock(places.session.lock, 400);
  if (lock === null) return null;
  crashPoint('desk.locked');
  boundHeap();
  try {
    requireSettings(bare);
    const place = await readPlace(places.root, places.state, places.place);
    // In a copied workspace, the file about running processes describes those of the original.
    const before = place.kind === 'copy' ? null : await readHolder(places);
    if (before !== null && before.process !== nameProcess() && processLives(before.process)) {
      lock.release();
      return null;
    }
    await endBefore(places, before?.mark ?? null);
    return await openHeld(bare, { lock, place, listener, hearing });
  } catch (error) {
    lock.release();
    throw error;
  }
}

// However the last holder left: what it had under way ends before this one writes its own note over it.
async function endBefore(places: Places, mark: string | null): Promise<void> {
  if (!(await sweep(places, mark)))
    throw new Fault('helper-busy', 'git is still working for an earlier fourline', {
      where: places.root,
      hint: 'start again when it is done',
    });
  await sweepTemporary(places.state, null);
}

// The lock is held: notes that, and brings everything up to date.
async function openHeld(
  bare: Workspace,
  given: {
    readonly lock: Lock;
    readonly place: Place;
    readonly listener: WorkListener;
    readonly hearing: ((workspace: Workspace) => Promise<EntryHearing>) | undefined;
  },
): Promise<HeldSession> {
  const { lock, place, listener } = given;
  const { places } = bare;
  const since = bare.clock.now().toISOString();
  const note = async (troubles: readonly string[]): Promise<void> => {
    const held = { pid: process.pid, process: nameProcess(), mark: processMark, since, troubles };
    await writeDurable(places.session.running, `${JSON.stringify(held)}\n`);
  };
  await note([]);
  crashPoint('desk.noted');
  for (const folder of [places.active, places.orders, places.cards, places.mirrors, places.session.requests])
    await makeFolder(folder);
  const { clock, tell } = bare;
  const hearing = await given.hearing?.(bare);
  const recorder = await openLedger(places, { domain: bare.settings.domain, clock, tell, hearing });
  const prove = async (): Promise<void> => {
    await recorder.prove();
    await proveHeld(places, lock, place);
  };
  const ledger = { ...recorder, prove };
  const workspace = await openWorkspace(places.root, { listener, host: bare.host, sandboxing: true });
  await catchUpFirst({ workspace, ledger }, place);
  const endFollowing = await followUp(workspace);
  const close = async (): Promise<void> => {
    await endFollowing();
    await ledger.close();
    crashPoint('stop.published');
    await workspace.close();
    await gitAtRest();
    if ((await readHolder(places))?.process === nameProcess()) await removeFile(places.session.running);
    lock.release();
  };
  return { workspace, ledger, note, close };
}

// Tells what the journal lost, records edited cards, and recovers every order.
async function catchUpFirst(session: Session, place: Place): Promise<void> {
  const { workspace, ledger } = session;
  const { places, tell } = workspace;
  if (ledger.torn)
    tell({
      kind: 'journal',
      detail: 'the journal ended in a torn line (a crash while writing); it was cut',
      weight: 'minor',
    });
  for (const { line, reason } of ledger.damaged)
    tell({
      kind: 'journal',
      detail: `the journal's line ${line} cannot be read (${reason}); what it said is missing`,
      weight: 'bad',
    });
  await refreshCards(session);
  if (place.kind === 'copy') await disownOrders(session, place.of);
  await keepPlace(places.root, places.state, places.place, place);
  await recover(session);
  await clearLeft(session);
}

// A misspelt line would fall back to a default, which allows what the line forbids. So nothing is changed under
// settings that fourline could not read whole.
function requireSettings({ settingsFile }: Workspace): void {
  const [problem] = settingsFile.problems;
  if (problem !== undefined)
    throw new Fault('settings-broken', `fourline.yaml:${problem.line}: ${escapeText(problem.message)}`, {
      where: `fourline.yaml:${problem.line}`,
      hint: `${problem.hint === undefined ? '' : `${problem.hint}; `}nothing is done until it is mended: fourline check`,
    });
}

// Runs before each landing: somebody may have replaced the folder, or removed the lock's file, while a run went on.
async function proveHeld(places: Places, lock: Lock, place: Place): Promise<void> {
  const folder = await stat(places.state).catch(whenAbsent(null));
  const holder = await readHolder(places);
  const mine = holder === null ? lock.holds() : holder.process === nameProcess();
  if (folder?.ino === place.inode && mine) return;
  const other = holder === null || mine ? '' : ` (process ${holder.pid})`;
  throw new Fault(
    'desk-lost',
    `this workspace is not this process's any more${mine ? ': its folder was replaced' : other}`,
    {
      where: places.root,
      hint: 'this fourline stops; the next start hands back what ran',
    },
  );
}
