// Why: the third step: the role's agent, in its room, until it ends or is ended.
// Promises: the process group is on record while it lives; the environment is an allow list; the room is sealed when this returns.
// Never: reads what the agent did.
import { type Launch, planLaunch, showEnding } from '../agent/agent.ts';
import { runAgent } from '../agent/run.ts';
import { crashPoint } from '../ground/crash.ts';
import { writeDurable } from '../ground/files.ts';
import { escapeText } from '../ground/text.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sealRoom } from '../room/room.ts';
import { showWalls } from '../room/sandbox.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { watchRoom } from './bounds.ts';
import { startAgent } from './cell.ts';
import { type Door, openDoor } from './door.ts';
import { rehearsalProgram } from './open.ts';
import type { Opened, Ran } from './trip.ts';

/** Runs the agent of an opened order. */
export async function run(workspace: Workspace, ledger: Ledger, opened: Opened, signal: AbortSignal): Promise<Ran> {
  const { role } = opened.card;
  const launch = planLaunch(role, process.execPath, rehearsalProgram);
  const door = await openDoor(workspace, role, launch);
  try {
    return await runBehind(workspace, ledger, opened, launch, door, signal);
  } finally {
    if (typeof door !== 'string') await door.close();
  }
}

async function runBehind(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  launch: Launch,
  door: Door | string,
  signal: AbortSignal,
): Promise<Ran> {
  const { role } = opened.card;
  const start = typeof door === 'string' ? door : await startAgent(workspace, opened, launch, door);
  sayStep(
    workspace,
    opened.role,
    opened.id,
    'running',
    `${launch.label}${opened.attempt > 1 ? `, attempt ${opened.attempt}` : ''}`,
  );
  if (typeof start === 'string' || typeof door === 'string') {
    const ending = { kind: 'unstartable', reason: String(start) } as const;
    await sealRoom(opened.room, opened.admitted.repo);
    const ran = { ending, tail: '', milliseconds: 0, agent: launch.label, network: 'no network', unreached: [] };
    await recordRan(workspace, ledger, opened, ran);
    return ran;
  }
  let recorded: Promise<unknown> = Promise.resolve();
  const limit = new AbortController();
  const bounds = { place: opened.room.place, room: role.limits.room, free: workspace.settings.free };
  const unwatch = watchRoom(bounds, (ending) => limit.abort(ending));
  const result = await runAgent(
    {
      ...start,
      brief: opened.brief,
      minutes: Math.min(role.limits.minutes, opened.order.settings.minutes ?? role.limits.minutes),
      output: role.limits.output,
      transcript: `${opened.folder}/transcript.jsonl`,
      signal,
      limit: limit.signal,
      onStarted: (group) => {
        crashPoint('run.started');
        const facts = { run: opened.run, group, room: opened.room.place, base: opened.base?.commit ?? null };
        recorded = writeDurable(`${opened.folder}/run.json`, `${JSON.stringify(facts, null, 2)}\n`);
        recorded.then(
          () => crashPoint('run.noted'),
          () => undefined,
        );
      },
    },
    workspace.clock,
  ).finally(unwatch);
  await recorded;
  crashPoint('run.ended');
  await sealRoom(opened.room, opened.admitted.repo);
  crashPoint('run.sealed');
  const ran = { ...result, agent: launch.label, network: door.said, unreached: [...door.refused()] };
  await recordRan(workspace, ledger, opened, ran);
  crashPoint('run.recorded');
  if (ran.unreached.length > 0)
    sayStep(workspace, opened.role, opened.id, 'no way to', escapeText(ran.unreached.join(', ')));
  return ran;
}

async function recordRan(workspace: Workspace, ledger: Ledger, opened: Opened, ran: Ran): Promise<void> {
  const status = ran.ending.kind === 'exited' ? ran.ending.status : null;
  const { id: order, run: name, role } = opened;
  const { agent, network, unreached } = ran;
  await ledger.record({
    step: 'ran',
    order,
    run: name,
    role,
    agent,
    ending: showEnding(ran.ending),
    status,
    milliseconds: Math.round(ran.milliseconds),
    walls: showWalls(workspace.walls),
    network,
    ...(unreached.length > 0 ? { unreached: [...unreached] } : {}),
  });
}
