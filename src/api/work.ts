// Why: the daemon: it works the inboxes until it is told to stop, or once until nothing is left to do.
// Promises: a second one on the same workspace is refused, naming the first; nothing starts in a sandbox that leaks.
// Never: goes into the background by itself; listens for signals of the system: whoever calls it does.
import { signingFlaws } from '../commit/sign.ts';
import { loopUntilStopped } from '../daemon/daemon.ts';
import { fileTroubles } from '../daemon/news.ts';
import type { Hold } from '../daemon/scheduler.ts';
import { type HeldSession, openSession } from '../daemon/session.ts';
import { repositoryPaths, unmatchedLines } from '../delegation/unmatched.ts';
import type { WorkListener } from '../event.ts';
import type { EntryHearing, HearEntry } from '../ledger/ledger.ts';
import type { FlatStanding } from '../ledger/standing.ts';
import { type Counter, openCounter } from '../notify/counter.ts';
import { type Notifier, openNotifier } from '../notify/notifier.ts';
import { placesOf } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { Fault, messageOf, troubleOf } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { noSandbox, showSandboxing } from '../sandbox/bubblewrap.ts';
import { probeSandbox } from '../sandbox/probe.ts';
import { holderOf } from '../workspace/holder.ts';
import { untakenFiles } from '../workspace/untaken.ts';
import { version } from '../workspace/version.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { Site } from './site.ts';

/**
 * The options of working. `once` ends the work when nothing is left to do; `drain` ends it when the runs have ended;
 * `halt` hands back what runs. `on` hears what happens meanwhile; with `counts` also how many orders wait for the
 * operator and how many run, whenever that changes.
 */
export type WorkOptions = {
  readonly once?: boolean | undefined;
  readonly drain?: AbortSignal | undefined;
  readonly halt?: AbortSignal | undefined;
  readonly on?: WorkListener | undefined;
  readonly counts?: boolean | undefined;
};

/** Milliseconds that telling what happened may take at the end; what is left then is told at the next start. */
const tellPatience = 15_000;

/** The result of the work. */
export type Worked = {
  readonly settled: readonly Pick<FlatStanding, 'id' | 'role' | 'outcome' | 'note' | 'limit'>[];
  readonly held: readonly Hold[];
  /** Files in inboxes that are not taken, as workspace paths. */
  readonly untaken: readonly string[];
  /**
   * How many orders and files will not go on by themselves. A pull request is for people to merge: its order is not
   * counted.
   */
  readonly stuck: number;
};

/**
 * Works the inboxes. Throws Fault `already-started`, `walls-missing` where fourline.yaml requires a sandbox,
 * `walls-leak`, and what the daemon ends by: `journal-lost`, `desk-lost`, `settings-broken`.
 */
export async function runDaemon({ root, tell, host }: Site, options: WorkOptions = {}): Promise<Worked> {
  const opened: { notifier?: Notifier; counter?: Counter } = {};
  const hearing = async (workspace: Workspace): Promise<EntryHearing> => {
    const notifier = await openNotifier(workspace);
    const counter = openCounter(workspace, options.counts === true);
    Object.assign(opened, { notifier, counter });
    const hear: HearEntry = (heard) => {
      notifier.hear(heard);
      counter.hear(heard);
    };
    return { hear, since: notifier.since };
  };
  const session = await openSession(root, options.on ?? tell, host, hearing);
  if (session === null) throw await alreadyStarted(root);
  const { workspace, ledger } = session;
  try {
    await requireSandbox(workspace);
    workspace.tell({ kind: 'opened', detail: 'this process has the workspace' });
    opened.notifier?.begin(workspace, ledger);
    opened.counter?.begin(ledger.history);
    const worked = await workAt(session, options, () => opened.notifier?.idle(ledger.history));
    await opened.notifier?.close(tellPatience, options.halt ?? AbortSignal.any([]));
    return worked;
  } finally {
    await opened.notifier?.close(0, AbortSignal.any([]));
    await opened.counter?.close();
    workspace.tell({ kind: 'leaving', detail: 'nothing runs any more' });
    await session.close();
  }
}

async function workAt(
  session: HeldSession,
  { once = false, drain, halt }: WorkOptions,
  idle: () => void,
): Promise<Worked> {
  const { workspace, ledger } = session;
  const { tell } = workspace;
  const never = new AbortController().signal;
  for (const line of noSandbox(workspace.sandboxing)) tell({ kind: 'sandbox', detail: line, weight: 'bad' });
  await ledger.record({ step: 'started', pid: process.pid, version, walls: showSandboxing(workspace.sandboxing) });
  await sayHow(workspace);
  const answered = new Map(ledger.history.bad);
  const [open, before] = [[...ledger.history.open], ledger.history.orders.size];
  const plan = { once, drain: drain ?? never, halt: halt ?? never, note: session.note, idle };
  const held = await loopUntilStopped(session, plan);
  crashPoint('stop.drained');
  for (const one of held) tell({ kind: 'unstarted', order: one.id, detail: one.reason, weight: 'minor' });
  await ledger.record({ step: 'stopped', pid: process.pid }).catch((error: unknown) => {
    if (!plan.drain.aborted || troubleOf(error) === null) throw error;
    tell({ kind: 'trouble', detail: `the stop could not be recorded: ${messageOf(error)}`, weight: 'bad' });
  });
  crashPoint('stop.recorded');
  const untaken = await untakenFiles(workspace.places);
  // An answer that was said while it worked need not be said again.
  const news = [...ledger.history.bad].filter(([file, key]) => answered.get(file) !== key);
  for (const path of untaken)
    if (!news.some(([file]) => file.endsWith(path)))
      tell({ kind: 'untaken', detail: `${path} is still not taken  → ${path}.problem.txt`, weight: 'minor' });
  const { orders } = ledger.history;
  const settled = [...open.flatMap((id) => orders.get(id) ?? []), ...orders.behind(before)]
    .filter((one) => one.position === 'settled')
    .map(({ id, role, end: { outcome, note, limit } }) => ({ id, role, outcome, note, limit }));
  // With nothing running and nothing left to start, held orders are held for good; where it was told to stop they have
  // only not been reached.
  const waits = held.filter(({ id }) => ledger.history.orders.get(id)?.pause.waits?.on !== 'pr');
  return { settled, held, untaken, stuck: untaken.length + (plan.drain.aborted ? 0 : waits.length) };
}

async function alreadyStarted(root: string): Promise<Fault> {
  const pid = await holderOf(placesOf(root, '', ''));
  return new Fault(
    'already-started',
    `fourline works this workspace already${pid === null ? '' : ` (process ${pid})`}`,
    { where: root, hint: 'fourline status shows what it does; fourline stop ends it' },
  );
}

// A sandbox that leaks is worse than no sandbox, because somebody relies on it.
async function requireSandbox({ sandboxing, settings }: Workspace): Promise<void> {
  if (sandboxing.kind === 'none' && settings.sandbox === 'required')
    throw new Fault(
      'walls-missing',
      `fourline.yaml says sandbox: required, and there is no sandbox: ${sandboxing.reason}`,
      {
        hint: 'fourline doctor says what is missing',
      },
    );
  if (sandboxing.kind !== 'bubblewrap') return;
  const through = (await probeSandbox(sandboxing)).filter((one) => !one.held);
  if (through.length > 0)
    throw new Fault(
      'walls-leak',
      `the sandbox does not hold here (${showSandboxing(sandboxing)}): a run can ${through.map((one) => one.name).join('; ')}`,
      { hint: 'nothing was started. Mend that, or say sandbox: off in fourline.yaml and rely on the gate alone' },
    );
}

async function sayHow(workspace: Workspace): Promise<void> {
  const { cards, places, tell } = workspace;
  tell({
    kind: 'working',
    detail: `working ${places.root}: ${countOf(cards.size, 'role')} (${[...cards.keys()].join(', ')})`,
    weight: 'minor',
  });
  for (const one of fileTroubles(workspace)) tell({ kind: 'configuration', detail: one, weight: 'bad' });
  await sayUnmatched(workspace);
  sayWalls(workspace);
  await saySigning(workspace);
}

// A weaker sandbox than there could be is never silent.
function sayWalls({ sandboxing, tell }: Workspace): void {
  if (sandboxing.kind === 'bubblewrap')
    tell({ kind: 'sandbox', detail: `sandbox: ${showSandboxing(sandboxing)}`, weight: 'minor' });
  if (sandboxing.kind === 'seatbelt')
    tell({ kind: 'sandbox', detail: `sandbox: ${showSandboxing(sandboxing)}`, weight: 'bad' });
}

// A line that was to protect something and matches nothing is worth a word before anything runs.
async function sayUnmatched(workspace: Workspace): Promise<void> {
  const { cards, settings, tell } = workspace;
  const lines = unmatchedLines(await repositoryPaths(workspace), [...cards.values()], settings.approve);
  for (const { file, line, words } of lines.filter((one) => one.guards))
    tell({ kind: 'unmatched', detail: `unmatched: ${file}:${line}: ${words}  → fourline check`, weight: 'bad' });
}

async function saySigning({ places, cards, settings, tell }: Workspace): Promise<void> {
  for (const { role, reason } of await signingFlaws(places, [...cards.keys()], settings.domain))
    tell({
      kind: 'signing',
      role,
      detail: `signing: commits of ${role} are NOT signed: ${reason}. fourline init --sign adds the key.`,
      weight: 'bad',
    });
}
