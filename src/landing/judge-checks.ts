// Why: Acceptance commands run on exactly what would land, with what their repository gives to checks. We look into a
// failure before we blame anybody.
// Promises: each command has a tree of its own. If the branch fails in the same way, the work is not to blame. Results
// are on record.
// Never: lands, or hands anything back; land.ts does.
import { type CheckLimits, type CheckResult, runChecks, showCheck } from '../checks/check.ts';
import { diagnoseCheck } from '../checks/diagnose.ts';
import { isRedAlike, type RedBranch, withServices } from '../checks/red.ts';
import { crashPoint } from '../platform/files/crash.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { identityOf } from '../platform/git/identity.ts';
import { syncTarget } from '../platform/git/target.ts';
import { writeStored } from '../record/stored.ts';
import { type Base, type Parcel, refusedOf } from '../record/work.ts';
import { openCheckout } from '../room/room.ts';
import { commandLimits } from '../runs/bounds.ts';
import { openHosts } from '../runs/egress.ts';
import { findRoomKind } from '../runs/room-kind.ts';
import { prepare } from '../runs/setup.ts';
import { patience, type SetupFailure, showFailure } from '../runs/setup-failure.ts';
import { startCommand } from '../runs/start.ts';
import { recognise } from '../setup/ecosystem.ts';
import { repoSettings, type Session, type Workspace } from '../workspace/workspace.ts';

/**
 * The result of checking one candidate. `back` hands the order back; `red` says which commands fail on the branch as
 * well.
 */
export type Checked = {
  readonly results: readonly CheckResult[];
  readonly back: { readonly reason: string; readonly feedback: string; readonly spent?: false } | null;
  readonly red: RedBranch | null;
};

/** A commit that would land, and the tip of the branch that it was made on. */
export type CheckedCommit = { readonly commit: ObjectId; readonly tip: ObjectId };

/** No check has run. */
export const nothingChecked: Checked = { results: [], back: null, red: null };

/** The commands that check a landing: those of its order's Acceptance, and those that its repository always has. */
export function commandsOf(workspace: Workspace, { order, base }: Parcel): string[] {
  const own = order.acceptance.flatMap((one) => one.command ?? []);
  const always = base === null ? [] : repoSettings(workspace, base.target.name).checks.always;
  return [...new Set([...own, ...always])];
}

/**
 * Runs an order's Acceptance commands on a candidate. `used` are milliseconds that its earlier checks took. Throws only
 * for faults of the machine.
 */
export async function check(
  session: Session,
  parcel: Parcel,
  base: Base,
  candidate: CheckedCommit,
  used: number,
  signal: AbortSignal,
): Promise<Checked> {
  const { workspace, ledger } = session;
  const commands = commandsOf(workspace, parcel);
  if (commands.length === 0) return nothingChecked;
  // An order's own branch already holds what the order landed there; we compare with the branch it is for.
  const beside = base.from === undefined ? null : await syncTarget(base.target, base.from);
  const tip = beside?.kind === 'tip' ? beside.commit : candidate.tip;
  const plan: CheckPlan = { workspace, parcel, base, tip, used, signal };
  const ran = await runOn(plan, candidate.commit, commands);
  if ('back' in ran || signal.aborted) return { ...nothingChecked, ...('back' in ran ? { back: ran.back } : {}) };
  const failed = ran.results.filter((one) => one.status !== 0);
  const asked = failed.filter((one) => one.branch === undefined);
  const onBranch = asked.length === 0 ? new Map<string, CheckResult>() : await runOnBranch(plan, asked);
  if (signal.aborted) return nothingChecked;
  const results = ran.results.map((one) => {
    const there = onBranch.get(one.command);
    return there === undefined
      ? one
      : { ...one, branch: isRedAlike(one, there) ? ('same' as const) : showCheck(there) };
  });
  await writeStored(parcel.folder, 'checks.json', { run: parcel.run, commit: candidate.commit, results });
  crashPoint('land.checked');
  await ledger.record({ step: 'checked', order: parcel.id, run: parcel.run, role: parcel.role, results });
  const { unprepared } = ran;
  const judged = unprepared === undefined ? await judgeResults(plan, results) : waitForSetup(plan, unprepared);
  return { results, ...judged };
}

type CheckPlan = {
  readonly workspace: Workspace;
  readonly parcel: Parcel;
  readonly base: Base;
  readonly tip: ObjectId;
  readonly used: number;
  readonly signal: AbortSignal;
};

type Results =
  | { readonly results: readonly CheckResult[]; readonly unprepared?: SetupFailure }
  | { readonly back: NonNullable<Checked['back']> };

async function runOn(plan: CheckPlan, commit: ObjectId, commands: readonly string[]): Promise<Results> {
  const { workspace, parcel, base, tip, signal, used } = plan;
  const { target } = base;
  const prepared = await prepare(workspace, target, commit, tip, signal);
  if (prepared.kind === 'failed' && prepared.onBranch === true)
    return { results: commands.map((command) => unrun(command, prepared)), unprepared: prepared };
  if (prepared.kind === 'failed') {
    const feedback = `The setup of the repository fails with your change of its files:\n${showFailure(prepared)}\n${prepared.tail}`;
    return { back: { reason: showFailure(prepared), feedback, ...(prepared.ofWork ? {} : { spent: false as const }) } };
  }
  const { checks } = repoSettings(workspace, target.name);
  const author = identityOf(parcel.role, workspace.settings.domain);
  const git = { branch: base.branch, author, walled: workspace.sandboxing.kind === 'bubblewrap' };
  const kind = await findRoomKind(workspace);
  const egress = await openHosts(workspace, checks.network);
  try {
    // Each check gets a tree of its own: the next check must not build on what it writes, and nothing it writes lands.
    const startOf = async (command: string) =>
      startCommand(
        workspace,
        parcel,
        await openCheckout(parcel.room, { target, commit, kind }, git),
        withServices(command, checks.with),
        { egress, env: prepared.env, layers: prepared.layers, name: 'check' },
      );
    return { results: await runChecks(commands, startOf, limitsOf(workspace, parcel), workspace.clock, signal, used) };
  } finally {
    await egress.close();
  }
}

// The setup cannot get what it installs from: no check ran, and no check could run on the branch.
function unrun(command: string, failed: SetupFailure): CheckResult {
  const limit = `was not run: ${showFailure(failed)}`;
  return { command, status: null, milliseconds: 0, tail: failed.tail, timedOut: false, limit, branch: 'same' };
}

// Nobody is to blame, and no attempt is spent; fourline runs the checks again without being asked.
function waitForSetup(plan: CheckPlan, failed: SetupFailure): Pick<Checked, 'back' | 'red'> {
  const why = `${showFailure(failed)}; it fails on ${checkedBranch(plan)} as well now, so the checks were not run`;
  const again = plan.workspace.clock.now().getTime() + patience;
  return { back: null, red: { branch: checkedBranch(plan), tip: plan.tip, why, again } };
}

// Results on a branch's tip, by repository, tip and command: a red branch fails every order's checks in the same way.
const rememberedResults = new WeakMap<Workspace, Map<string, CheckResult>>();
const mostRemembered = 200;

// Runs the same commands on the branch as it stands; commands that ran there already are not run again.
async function runOnBranch(plan: CheckPlan, failed: readonly CheckResult[]): Promise<Map<string, CheckResult>> {
  const { workspace, base, tip } = plan;
  const known = rememberedResults.get(workspace) ?? new Map<string, CheckResult>();
  rememberedResults.set(workspace, known);
  const keyOf = (command: string): string => `${base.target.name}\0${tip}\0${command}`;
  const unknown = failed.map((one) => one.command).filter((command) => !known.has(keyOf(command)));
  if (unknown.length > 0) {
    const ran = await runOn({ ...plan, used: 0 }, tip, unknown);
    if (!('back' in ran)) for (const one of ran.results) if (!plan.signal.aborted) known.set(keyOf(one.command), one);
    for (const key of [...known.keys()].slice(0, Math.max(0, known.size - mostRemembered))) known.delete(key);
  }
  const found = new Map<string, CheckResult>();
  for (const { command } of failed) {
    const there = known.get(keyOf(command));
    if (there !== undefined && there.status !== 0) found.set(command, there);
  }
  return found;
}

// A check that fails on the branch as well may be exactly what the order must make pass. We tell its role once, and no
// attempt is spent. Then we ask the operator.
async function judgeResults(plan: CheckPlan, results: readonly CheckResult[]): Promise<Pick<Checked, 'back' | 'red'>> {
  const { parcel } = plan;
  const failed = results.filter((one) => one.status !== 0);
  if (failed.length === 0) return { back: null, red: null };
  const own = failed.filter((one) => one.branch !== 'same');
  const red = own.length === 0;
  const hints = await hintsOf(plan, red ? failed : own);
  const words = redWords(plan, failed);
  if (red && (hints.length > 0 || parcel.approved || parcel.last || parcel.attempt > 1))
    return { back: null, red: { branch: checkedBranch(plan), tip: plan.tip, why: [words, ...hints].join('; ') } };
  const lines = (red ? failed : own).map(
    (one) => `${bulletOf(plan, one)}\`${one.command}\` ${showCheck(one)}:\n${one.tail}${alsoRed(plan, one)}`,
  );
  const refused = refusedOf(parcel.verdicts);
  if (refused.length > 0)
    lines.push(
      `The checks ran without these changes of yours, which were refused:\n${refused
        .slice(0, 20)
        .map((one) => `${one.path}: ${one.sentence}`)
        .join('\n')}`,
    );
  if (red) {
    const choice =
      'If this order is meant to make that pass, go on. If not, end with what you have: then the operator is asked.';
    return { back: { reason: words, feedback: [`${words}. ${choice}`, ...lines].join('\n'), spent: false }, red: null };
  }
  const [first] = own;
  const limit = first?.limit === undefined ? '' : `: ${first.limit}`;
  const [hint] = hints;
  return {
    back: {
      reason: `check failed: ${first?.command ?? ''}${limit}${hint === undefined ? '' : `: ${hint}`}`,
      feedback: ['Checks ran on exactly what would land and failed.', ...hints, ...lines].join('\n'),
    },
    red: null,
  };
}

function bulletOf({ parcel }: CheckPlan, { command }: CheckResult): string {
  const line = parcel.order.acceptance.find((one) => one.command === command)?.line;
  return line === undefined ? 'fourline.yaml, checks: always: ' : `Acceptance, line ${line}: `;
}

function checkedBranch({ base }: CheckPlan): string {
  return base.from ?? base.branch;
}

function alsoRed(plan: CheckPlan, { branch }: CheckResult): string {
  return branch === undefined || branch === 'same'
    ? ''
    : `\n(On ${checkedBranch(plan)} it ${branch}, with other output.)`;
}

function redWords(plan: CheckPlan, failed: readonly CheckResult[]): string {
  const names = failed.map((one) => `\`${one.command}\``).join(', ');
  return `${names} ${failed.length === 1 ? 'fails' : 'fail'} on ${checkedBranch(plan)} without this work as well`;
}

// Explains a check that never began, or that asked a network it doesn't have.
async function hintsOf(plan: CheckPlan, failed: readonly CheckResult[]): Promise<string[]> {
  const { workspace, base, tip } = plan;
  const found = recognise((await base.target.list(tip)).map((entry) => entry.path));
  const settings = repoSettings(workspace, base.target.name);
  return failed.flatMap((one) => {
    const why = diagnoseCheck(one, found, settings);
    return why === null ? [] : `${bulletOf(plan, one)}${why.what} → ${why.hint}`;
  });
}

// Checks get no more minutes than their agent, if that is less than `checks:` allows. Their room may hold what the
// agent's may, and what `checks:` adds.
function limitsOf({ settings }: Workspace, { card, room }: Parcel): CheckLimits {
  const { limits } = card.role;
  const { minutes, room: more } = settings.checks;
  return commandLimits(settings, room.place, {
    minutes: Math.min(minutes, limits.minutes),
    room: limits.room + more,
  });
}
