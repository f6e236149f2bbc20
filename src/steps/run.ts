// Why: the third step: the role's agent, in its room, until it ends or is ended.
// Promises: the process group is on record while it lives; the environment is an allow list; the room is sealed when this returns.
// Never: reads what the agent did.
import { contractEnvironment, planLaunch, type RunResult, showEnding } from '../agent/agent.ts';
import { runAgent } from '../agent/run.ts';
import { writeDurable } from '../ground/files.ts';
import { type Environment, markName } from '../ground/process.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sealRoom } from '../room/room.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { rehearsalProgram } from './open.ts';
import type { Opened } from './trip.ts';

const passedOn = [
  'PATH',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TERM',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
];

/** The environment of programs in a room: an allow list, private HOME and TMPDIR, the run's mark. */
export function roomEnvironment(of: Pick<Opened, 'room'>, names: readonly string[] = []): Environment {
  const env: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  env['HOME'] = of.room.home;
  env['TMPDIR'] = of.room.temporary;
  for (const name of names) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  // Unique on this machine: other workspaces have runs of the same name.
  env[markName] = of.room.place;
  return env;
}

/** Runs the agent of an opened order. */
export async function run(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  signal: AbortSignal,
): Promise<RunResult & { agent: string }> {
  const { role } = opened.card;
  const launch = planLaunch(role, process.execPath, rehearsalProgram);
  const argv = launch.argv.map((arg) =>
    arg.replace(/^\{file:([\w.-]+)\}$/, (_, name: string) => `${opened.room.place}/${name}`),
  ) as [string, ...string[]];
  sayStep(
    workspace,
    opened.role,
    opened.id,
    'running',
    `${launch.label}${opened.attempt > 1 ? `, attempt ${opened.attempt}` : ''}`,
  );
  const contract = contractEnvironment({
    room: opened.room.folder,
    role: opened.role,
    id: opened.id,
    attempt: opened.attempt,
  });
  let recorded: Promise<unknown> = Promise.resolve();
  const result = await runAgent(
    {
      argv,
      folder: opened.room.start,
      env: { ...roomEnvironment(opened, role.env), ...contract },
      brief: opened.brief,
      minutes: Math.min(role.limits.minutes, opened.order.settings.minutes ?? role.limits.minutes),
      transcript: `${opened.folder}/transcript.jsonl`,
      signal,
      onStarted: (group) => {
        const facts = { run: opened.run, group, room: opened.room.place, base: opened.base?.commit ?? null };
        recorded = writeDurable(`${opened.folder}/run.json`, `${JSON.stringify(facts, null, 2)}\n`);
        recorded.catch(() => undefined);
      },
    },
    workspace.clock,
  );
  await recorded;
  await sealRoom(opened.room, opened.admitted.repo);
  const status = result.ending.kind === 'exited' ? result.ending.status : null;
  await ledger.record({
    step: 'ran',
    order: opened.id,
    run: opened.run,
    role: opened.role,
    agent: launch.label,
    ending: showEnding(result.ending),
    status,
    milliseconds: Math.round(result.milliseconds),
  });
  return { ...result, agent: launch.label };
}
