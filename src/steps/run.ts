// Why: the third step: the role's agent, in its room, until it ends or is ended.
// Promises: the process group is on record while it lives; the environment is an allow list; the room is sealed when this returns.
// Never: reads what the agent did.
import { planLaunch, type RunResult, showEnding } from '../agent/agent.ts';
import { runAgent } from '../agent/run.ts';
import { crashPoint } from '../ground/crash.ts';
import { writeDurable } from '../ground/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sealRoom } from '../room/room.ts';
import { showWalls } from '../room/sandbox.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { startAgent } from './cell.ts';
import { rehearsalProgram } from './open.ts';
import type { Opened } from './trip.ts';

/** Runs the agent of an opened order. */
export async function run(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  signal: AbortSignal,
): Promise<RunResult & { agent: string }> {
  const { role } = opened.card;
  const launch = planLaunch(role, process.execPath, rehearsalProgram);
  const start = await startAgent(workspace, opened, launch);
  sayStep(
    workspace,
    opened.role,
    opened.id,
    'running',
    `${launch.label}${opened.attempt > 1 ? `, attempt ${opened.attempt}` : ''}`,
  );
  if (typeof start === 'string') {
    const ending = { kind: 'unstartable', reason: start } as const;
    await sealRoom(opened.room, opened.admitted.repo);
    await recordRan(workspace, ledger, opened, launch.label, { ending, tail: '', milliseconds: 0 });
    return { ending, tail: '', milliseconds: 0, agent: launch.label };
  }
  let recorded: Promise<unknown> = Promise.resolve();
  const result = await runAgent(
    {
      ...start,
      brief: opened.brief,
      minutes: Math.min(role.limits.minutes, opened.order.settings.minutes ?? role.limits.minutes),
      transcript: `${opened.folder}/transcript.jsonl`,
      signal,
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
  );
  await recorded;
  crashPoint('run.ended');
  await sealRoom(opened.room, opened.admitted.repo);
  crashPoint('run.sealed');
  await recordRan(workspace, ledger, opened, launch.label, result);
  crashPoint('run.recorded');
  return { ...result, agent: launch.label };
}

async function recordRan(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  agent: string,
  result: RunResult,
): Promise<void> {
  const status = result.ending.kind === 'exited' ? result.ending.status : null;
  const { id: order, run: name, role } = opened;
  await ledger.record({
    step: 'ran',
    order,
    run: name,
    role,
    agent,
    ending: showEnding(result.ending),
    status,
    milliseconds: Math.round(result.milliseconds),
    walls: showWalls(workspace.walls),
  });
}
