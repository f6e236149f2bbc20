// Why: the third step: the role's agent, in its room, until it ends or is ended.
// Promises: the process group is on record while it lives; the environment is an allow list; the room is sealed when this returns.
// Never: reads what the agent did.
import { type Ending, type Launch, showEnding } from '../agent/agent.ts';
import { type Budget, nothingSpent, overBudget, type Spent, spend } from '../agent/meter.ts';
import { runAgent } from '../agent/run.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OrderSettings } from '../order/settings.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { loadPrices, type Money, moneyOf } from '../platform/net/price.ts';
import { Fault, machineFails } from '../platform/text/fault.ts';
import { openGuard } from '../platform/text/secret.ts';
import { escapeText } from '../platform/text/text.ts';
import { recordFile } from '../record/path.ts';
import { writeStored } from '../record/stored.ts';
import type { Opened, Ran } from '../record/work.ts';
import type { Limits } from '../role/role-settings.ts';
import { furnishHome } from '../room/furnish.ts';
import { sealRoom } from '../room/room.ts';
import { showWalls } from '../sandbox/bubblewrap.ts';
import { sayStep, type Workspace } from '../workspace/workspace.ts';
import { watchRoom } from './bounds.ts';
import { openParting } from './context-hand-over.ts';
import { type Credentials, gatherCredentials } from './credentials.ts';
import { type Early, openEarly } from './edit-hook.ts';
import { type Door, openDoor } from './egress.ts';
import { openHeldUp } from './held-up.ts';
import { planLaunch } from './launch.ts';
import { instructionsOf } from './repository-files.ts';
import { fillPlaces, seenFrom, startAgent } from './start.ts';

/** Runs the agent of an opened order. */
export async function run(workspace: Workspace, ledger: Ledger, opened: Opened, signal: AbortSignal): Promise<Ran> {
  const label = typeof opened.launch === 'string' ? 'no agent' : opened.launch.label;
  const attempt = opened.attempt > 1 ? `, attempt ${opened.attempt}` : '';
  sayStep(workspace, opened.role, opened.id, 'running', `${label}${attempt}`);
  const hand = await handOut(workspace, opened);
  if (typeof hand === 'string') return cannotStart(workspace, ledger, opened, label, hand);
  try {
    return await runBehind(workspace, ledger, opened, hand, signal);
  } finally {
    await hand.early.close();
    await hand.door.close();
  }
}

/** All that a run is given besides its room. */
type Hand = { readonly launch: Launch; readonly door: Door; readonly given: Credentials; readonly early: Early };

async function handOut(workspace: Workspace, opened: Opened): Promise<Hand | string> {
  const { launch } = opened;
  const { role } = opened.card;
  if (typeof launch === 'string') return launch;
  const given = await gatherCredentials(workspace, role, launch);
  if (typeof given === 'string') return given;
  const known = await planLaunch(role, given.env);
  const door = typeof known === 'string' ? known : await openDoor(workspace, role, known, given.gateway);
  if (typeof door === 'string') return door;
  // Where its model is may come with the door: behind a gateway it is at a port of the room's own.
  const whole = await planLaunch(role, { ...given.env, ...door.env });
  if (typeof whole !== 'string') {
    const early = await openEarly(workspace, opened);
    return { launch: withHook(whole, early.command), door, given, early };
  }
  await door.close();
  return whole;
}

function withHook(launch: Launch, command: string | null): Launch {
  const asking = command === null ? undefined : launch.hook?.(command);
  if (asking === undefined) return launch;
  return { ...launch, argv: [...launch.argv, ...asking.args], home: { ...launch.home, ...asking.home } };
}

async function runBehind(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  { launch, door, given, early }: Hand,
  signal: AbortSignal,
): Promise<Ran> {
  const { label } = launch;
  const guard = openGuard(given.secrets);
  const seen = seenFrom(workspace, opened);
  const home = Object.entries(launch.home).map(([name, text]) => [name, fillPlaces(text, seen)]);
  await furnishHome(opened.room, { ...Object.fromEntries(home), ...(await instructionsOf(opened, launch)) }, 0o600);
  await furnishHome(opened.room, given.files, 0o400);
  const start = await startAgent(workspace, opened, launch, door, early, given.env);
  if (typeof start === 'string') return cannotStart(workspace, ledger, opened, label, start);
  const { limits } = opened.card.role;
  const budget = budgetOf(limits, opened.order.settings);
  const limit = new AbortController();
  const bounds = { place: opened.room.place, room: limits.room, free: workspace.settings.free };
  const unwatch = watchRoom(bounds, (ending) => limit.abort(ending));
  const reader = launch.openReader?.() ?? null;
  const prices = reader === null ? null : await loadPrices();
  const moneySpent = ({ usd, model, usage }: Spent): Money =>
    moneyOf(usd, model ?? opened.card.role.model, usage, workspace.clock.now(), prices ?? (() => null));
  let recorded: Promise<unknown> = Promise.resolve();
  let spent = nothingSpent;
  const heldUp = openHeldUp(workspace, opened);
  // A limit that cannot be held is said, once.
  let unpriced = false;
  const tellUnpriced = (model: string | null): void => {
    if (!unpriced)
      sayStep(
        workspace,
        opened.role,
        opened.id,
        'no price',
        `limits: usd cannot be held: no price is known of ${model ?? 'its model'}`,
        'bad',
      );
    unpriced = true;
  };
  const parting = openParting(limit, reader?.converse !== undefined, limits.silence);
  const ended = await runAgent(
    {
      ...start,
      input: launch.prompt === null ? opened.brief : fillPlaces(launch.prompt, seen),
      minutes: Math.min(limits.minutes, opened.order.settings.minutes ?? limits.minutes),
      silence: reader === null ? null : limits.silence,
      output: limits.output,
      transcript: recordFile(opened.folder, 'transcript.jsonl'),
      outputFile: launch.unblocked === true ? `${opened.room.place}/output` : undefined,
      secrets: guard.forms,
      signal,
      limit: limit.signal,
      reader,
      talk: { folder: seen.start, refusalOf: early.refusalOf, handOver: parting.asked },
      sessions: launch.sessions === null ? null : { home: opened.room.home, folder: launch.sessions },
      onEvent: (event) => {
        heldUp.heard(event);
        spent = spend(spent, event);
        const money = moneySpent(spent);
        const over = overBudget(spent, money, budget);
        if (budget.usd !== undefined && money.usd === null && spent.turns > 0) tellUnpriced(spent.model);
        if (over !== null) parting.end(over);
      },
      onStarted: (group) => {
        crashPoint('run.started');
        const facts = { run: opened.run, group, room: opened.room.place, base: opened.base?.commit ?? null };
        recorded = writeStored(opened.folder, 'run.json', facts);
        recorded.then(
          () => crashPoint('run.noted'),
          () => undefined,
        );
      },
    },
    workspace.clock,
  ).finally(async () => {
    unwatch();
    parting.close();
    await heldUp.close();
  });
  const result = { ...ended, ending: parting.endingOf(ended.ending) };
  await recorded;
  requireStart(result.ending);
  crashPoint('run.ended');
  await sealRoom(opened.room, opened.admitted.repo);
  crashPoint('run.sealed');
  // An agent that is conversed with need not tell what it spends: what nobody told is not nothing.
  const untold = reader === null || (reader.converse !== undefined && spent === nothingSpent);
  const model = spent.model === null ? null : guard.blot(spent.model);
  const measured = untold ? null : { ...spent, ...moneySpent(spent), model };
  // Names of hosts come in small letters.
  const small = openGuard(given.secrets.map(({ name, value }) => ({ name, value: value.toLowerCase() })));
  const unreached = door.refused().map((target) => small.blot(guard.blot(target)));
  const ran = { ...result, agent: label, network: door.said, unreached, spent: measured, guard };
  await recordRan(workspace, ledger, opened, ran);
  crashPoint('run.recorded');
  if (ran.unreached.length > 0)
    sayStep(workspace, opened.role, opened.id, 'no way to', escapeText(ran.unreached.join(', ')));
  return ran;
}

// That the machine could not start it is no fault of the agent's.
function requireStart(ending: Ending): void {
  const code = ending.kind === 'unstartable' && ending.wall === true ? 'sandbox-unopened' : 'agent-unstartable';
  const fault = ending.kind === 'unstartable' ? new Fault(code, ending.reason) : null;
  if (machineFails(fault)) throw fault;
}

// The narrower of card and order.
function budgetOf(limits: Limits, order: OrderSettings): Budget {
  const least = (...values: readonly (number | undefined)[]): number | undefined => {
    const given = values.filter((one) => one !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  return {
    tokens: least(limits.tokens, order.tokens),
    usd: least(limits.usd, order.usd),
    turns: least(limits.turns, order.turns),
    context: limits.context,
  };
}

async function cannotStart(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  agent: string,
  reason: string,
): Promise<Ran> {
  const ending = { kind: 'unstartable', reason } as const;
  await sealRoom(opened.room, opened.admitted.repo);
  const ran = {
    ending,
    tail: '',
    complaint: '',
    milliseconds: 0,
    agent,
    network: 'no network',
    unreached: [],
    spent: null,
    guard: openGuard([]),
  };
  await recordRan(workspace, ledger, opened, ran);
  return ran;
}

async function recordRan(workspace: Workspace, ledger: Ledger, opened: Opened, ran: Ran): Promise<void> {
  const status = ran.ending.kind === 'exited' ? ran.ending.status : null;
  const { id: order, run: name, role } = opened;
  const { agent, network, unreached, spent } = ran;
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
    ...(spent === null ? {} : { spent }),
  });
}
