// Why: the third step: the role's agent, in its room, until it ends or is ended.
// Promises: the process group is on record while it lives; the environment is an allow list; the room is sealed when
// this returns.
// Never: reads what the agent did.

import { type Ending, type Launch, type Reader, type RunResult, showEnding } from '../agent/agent.ts';
import { type RunPlan, runAgent } from '../agent/run.ts';
import { traceparentOf } from '../ledger/trace.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { Fault, isReason, machineFails, type Reason } from '../platform/text/fault.ts';
import { type Guard, openGuard } from '../platform/text/secret.ts';
import { escapeText } from '../platform/text/text.ts';
import { recordFile } from '../record/path.ts';
import { writeStored } from '../record/stored.ts';
import type { Opened, Ran } from '../record/work.ts';
import { furnishHome } from '../room/furnish.ts';
import { sealRoom } from '../room/room.ts';
import { showSandboxing } from '../sandbox/bubblewrap.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';
import { watchRoom } from './bounds.ts';
import { openHandOver } from './context-hand-over.ts';
import { type Credentials, gatherCredentials } from './credentials.ts';
import { type EditHook, openEditHook } from './edit-hook.ts';
import { type Egress, openEgress } from './egress.ts';
import { type Equipment, equip } from './equipment.ts';
import { openHeldUp } from './held-up.ts';
import { planLaunch } from './launch.ts';
import { instructionsOf } from './repository-files.ts';
import { openServers, type Servers } from './servers.ts';
import { openSpending, type Spending } from './spending.ts';
import { fillPlaces, type Start, seenFrom, startAgent } from './start.ts';
import { openProgress } from './tell-progress.ts';

/** Runs the agent of an opened order. */
export async function runOpened(session: Session, opened: Opened, signal: AbortSignal): Promise<Ran> {
  const { workspace } = session;
  const label = isReason(opened.launch) ? 'no agent' : opened.launch.label;
  const attempt = opened.attempt > 1 ? `, attempt ${opened.attempt}` : '';
  workspace.tell({ kind: 'running', role: opened.role, order: opened.id, detail: `${label}${attempt}` });
  const hand = await handOut(workspace, opened);
  if (isReason(hand)) return cannotStart(session, opened, label, hand);
  try {
    return await runBehind(session, opened, hand, signal);
  } finally {
    await hand.editHook.close();
    await hand.egress.close();
  }
}

/** The inputs of a run besides its room. */
type Hand = {
  readonly launch: Launch;
  readonly egress: Egress;
  readonly given: Credentials;
  readonly editHook: EditHook;
  readonly equipment: Equipment;
};

async function handOut(workspace: Workspace, opened: Opened): Promise<Hand | Reason> {
  const { launch } = opened;
  const { role } = opened.card;
  if (isReason(launch)) return launch;
  const given = await gatherCredentials(workspace, role, launch);
  if (isReason(given)) return given;
  const equipment = await equip(workspace, opened, launch);
  if (isReason(equipment)) return equipment;
  const known = await planLaunch(role, given.env);
  const egress = isReason(known) ? known : await openEgress(workspace, role, known, given.gateway);
  if (isReason(egress)) return egress;
  // The egress may decide where the model is: behind a gateway it is at a port of the room's own.
  const whole = await planLaunch(role, { ...given.env, ...egress.env }, equipment.servers);
  if (!isReason(whole)) {
    const editHook = await openEditHook(workspace, opened);
    return { launch: withHook(whole, editHook.command), egress, given, editHook, equipment };
  }
  await egress.close();
  return whole;
}

function withHook(launch: Launch, command: string | null): Launch {
  const asking = command === null ? undefined : launch.hook?.(command);
  if (asking === undefined) return launch;
  return { ...launch, argv: [...launch.argv, ...asking.args], home: { ...launch.home, ...asking.home } };
}

async function runBehind(session: Session, opened: Opened, hand: Hand, signal: AbortSignal): Promise<Ran> {
  const { workspace } = session;
  const { launch, egress, given, equipment } = hand;
  const { label } = launch;
  const seen = seenFrom(workspace, opened);
  const home = Object.entries(launch.home).map(([name, text]) => [name, fillPlaces(text, seen)]);
  await furnishHome(opened.room, { ...Object.fromEntries(home), ...(await instructionsOf(opened, launch)) }, 0o600);
  await furnishHome(opened.room, given.files, 0o400);
  const trace = traceparentOf(session.ledger.history, opened.id, opened.run);
  const start = await startAgent(workspace, opened, { ...hand, trace });
  if (isReason(start)) return cannotStart(session, opened, label, start);
  const guard = openGuard(given.secrets);
  const reader = launch.openReader?.() ?? null;
  const spending = await openSpending(workspace, opened, reader !== null);
  const servers = openServers(equipment.servers.map(({ name }) => name));
  const result = await watchAgent(workspace, opened, hand, { start, guard, reader, spending, servers, signal });
  requireStart(result.ending);
  crashPoint('run.ended');
  await sealRoom(opened.room, opened.admitted.repo);
  crashPoint('run.sealed');
  // If an agent holds a conversation, it need not report its usage. Missing usage is recorded as null, not zero.
  const untold = reader === null || (reader.converse !== undefined && !spending.told());
  const { model, ...total } = spending.total();
  const spent = untold ? null : { ...total, model: model === null ? null : guard.blot(model) };
  // Host names come in lower case.
  const small = openGuard(given.secrets.map(({ name, value }) => ({ name, value: value.toLowerCase() })));
  const unreached = egress.refused().map((target) => small.blot(guard.blot(target)));
  const ran = { ...result, agent: label, network: egress.said, unreached, spent, guard };
  await recordRan(session, opened, ran, [...equipment.unmet, ...servers.unmet()]);
  crashPoint('run.recorded');
  if (unreached.length > 0)
    workspace.tell({
      kind: 'no way to',
      role: opened.role,
      order: opened.id,
      detail: escapeText(unreached.join(', ')),
    });
  return ran;
}

type Watched = {
  readonly start: Start;
  readonly guard: Guard;
  readonly reader: Reader | null;
  readonly spending: Spending;
  readonly servers: Servers;
  readonly signal: AbortSignal;
};

// Runs the program until it ends or reaches a limit.
async function watchAgent(
  workspace: Workspace,
  opened: Opened,
  { launch, editHook }: Hand,
  { start, guard, reader, spending, servers, signal }: Watched,
): Promise<RunResult> {
  const { limits } = opened.card.role;
  const seen = seenFrom(workspace, opened);
  const limit = new AbortController();
  const bounds = { place: opened.room.place, room: limits.room, free: workspace.settings.free };
  const unwatch = watchRoom(bounds, (ending) => limit.abort(ending));
  const heldUp = openHeldUp(workspace, opened);
  const handOver = openHandOver(limit, reader?.converse !== undefined, limits.silence);
  const noted = openNote(opened);
  const progress = openProgress(workspace, opened, { spending, guard, read: reader !== null });
  const plan: RunPlan = {
    start: {
      ...start,
      input: launch.prompt === null ? opened.brief : fillPlaces(launch.prompt, seen),
      outputFile: launch.unblocked === true ? `${opened.room.place}/output` : undefined,
    },
    ends: {
      minutes: Math.min(limits.minutes, opened.order.settings.minutes ?? limits.minutes),
      silence: reader === null ? null : limits.silence,
      output: limits.output,
      signal,
      limit: limit.signal,
    },
    hearing: {
      reader,
      sessions: launch.sessions === null ? null : { home: opened.room.home, folder: launch.sessions },
      talk: { folder: seen.start, refusalOf: editHook.refusalOf, handOver: handOver.asked },
      onEvent: (event) => {
        heldUp.heard(event);
        servers.heard(event);
        const over = spending.heard(event);
        progress.heard(event);
        if (over !== null) handOver.end(over);
      },
      onPrint: progress.printed,
    },
    transcript: recordFile(opened.folder, 'transcript.jsonl'),
    secrets: guard.forms,
    onStarted: noted.write,
  };
  const ended = await runAgent(plan, workspace.clock).finally(async () => {
    unwatch();
    handOver.close();
    progress.close();
    await heldUp.close();
  });
  await noted.written();
  return { ...ended, ending: servers.endingOf(handOver.endingOf(ended.ending)) };
}

// The process group is on disk while it lives: after a crash, fourline finds it by that.
function openNote(opened: Opened): { write: (group: number) => void; written: () => Promise<unknown> } {
  let written: Promise<unknown> = Promise.resolve();
  return {
    write: (group) => {
      crashPoint('run.started');
      const facts = { run: opened.run, group, room: opened.room.place, base: opened.base?.commit ?? null };
      written = writeStored(opened.folder, 'run.json', facts);
      written.then(
        () => crashPoint('run.noted'),
        () => undefined,
      );
    },
    written: () => written,
  };
}

// If the machine could not start the agent, the agent is not at fault.
function requireStart(ending: Ending): void {
  const code = ending.kind === 'unstartable' && ending.wall === true ? 'sandbox-unopened' : 'agent-unstartable';
  const fault = ending.kind === 'unstartable' ? new Fault(code, ending.reason) : null;
  if (machineFails(fault)) throw fault;
}

async function cannotStart(session: Session, opened: Opened, agent: string, reason: string): Promise<Ran> {
  const ending = { kind: 'unstartable', reason } as const;
  await sealRoom(opened.room, opened.admitted.repo);
  const ran = {
    ending,
    tail: '',
    printed: '',
    complaint: '',
    milliseconds: 0,
    agent,
    network: 'no network',
    unreached: [],
    spent: null,
    guard: openGuard([]),
  };
  await recordRan(session, opened, ran);
  return ran;
}

async function recordRan(session: Session, opened: Opened, ran: Ran, unmet: readonly string[] = []): Promise<void> {
  const status = ran.ending.kind === 'exited' ? ran.ending.status : null;
  const { id: order, run: name, role } = opened;
  const { agent, network, unreached, spent } = ran;
  await session.ledger.record({
    step: 'ran',
    order,
    run: name,
    role,
    agent,
    ending: showEnding(ran.ending),
    status,
    milliseconds: Math.round(ran.milliseconds),
    walls: showSandboxing(session.workspace.sandboxing),
    network,
    ...(unreached.length > 0 ? { unreached: [...unreached] } : {}),
    ...(unmet.length > 0 ? { unmet: [...unmet] } : {}),
    ...(spent === null ? {} : { spent }),
  });
}
