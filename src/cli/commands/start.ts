// Why: `fourline start` works the inboxes until it is stopped; with --once until nothing is left to do.
// Promises: a second one on the same workspace is refused, naming the first; the first signal drains, the second hands back what runs. With --once the exit
// code says whether everything that lay there was done.
// Never: goes into the background by itself.
import { signingFlaws } from '../../commit/sign.ts';
import { workShift } from '../../daemon/daemon.ts';
import { fileTroubles } from '../../daemon/news.ts';
import { openDesk } from '../../daemon/session.ts';
import { repositoryPaths, unmatchedLines } from '../../delegation/unmatched.ts';
import type { Standing } from '../../ledger/standing.ts';
import { type Places, placesOf } from '../../places.ts';
import { crashPoint } from '../../platform/files/crash.ts';
import { listFolder } from '../../platform/files/files.ts';
import { clockTime } from '../../platform/text/clock.ts';
import { Fault, messageOf, troubleOf } from '../../platform/text/fault.ts';
import { countOf } from '../../platform/text/text.ts';
import { noSandbox, showWalls, type Walls } from '../../sandbox/bubblewrap.ts';
import { probeWalls } from '../../sandbox/probe.ts';
import { holderOf } from '../../workspace/holder.ts';
import { version } from '../../workspace/version.ts';
import { findWorkspace, type Workspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** Signals of one kind within this time are one, in milliseconds. */
const pressTime = 500;

/** Works the inboxes. Exit: 0, or with --once what the worst outcome was; an order that was not taken or is held for good counts as refused. */
export async function runStart(invocation: Invocation, options: { once: boolean }): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const desk = await openDesk(root, invocation.log);
  if (desk === null) {
    const pid = await holderOf(placesOf(root, '', ''));
    throw new Fault(
      'already-started',
      `fourline works this workspace already${pid === null ? '' : ` (process ${pid})`}`,
      { where: root, hint: 'fourline status shows what it does; fourline stop ends it' },
    );
  }
  const { workspace, ledger } = desk;
  if (workspace.walls.kind === 'none' && workspace.settings.sandbox === 'required') {
    await desk.close();
    throw new Fault(
      'walls-missing',
      `fourline.yaml says sandbox: required, and there are no walls: ${workspace.walls.reason}`,
      { hint: 'fourline doctor says what is missing' },
    );
  }
  await requireHeld(workspace.walls).catch(async (error: unknown) => {
    await desk.close();
    throw error;
  });
  const drain = new AbortController();
  const halt = new AbortController();
  let heard = { kind: '', at: Number.NEGATIVE_INFINITY };
  const onSignal = (kind: string): void => {
    const before = heard;
    heard = { kind, at: workspace.clock.elapsed() };
    // One press of Ctrl-C comes twice where npm stands between: from the terminal, and passed on.
    if (before.kind === kind && heard.at - before.at < pressTime) return;
    if (!drain.signal.aborted) {
      invocation.log.say('stopping: nothing new starts, what runs may end. Once more hands it back.', 'dim');
      drain.abort();
    } else halt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    for (const line of noSandbox(workspace.walls)) invocation.log.say(line, 'bad');
    await ledger.record({ step: 'started', pid: process.pid, version, walls: showWalls(workspace.walls) });
    invocation.log.say(
      `${clockTime(workspace.clock.now())} working ${root}: ${countOf(workspace.cards.size, 'role')} (${[...workspace.cards.keys()].join(', ')})`,
      'dim',
    );
    for (const one of fileTroubles(workspace)) invocation.log.say(one, 'bad');
    await sayUnmatched(invocation, workspace);
    sayWalls(invocation, workspace.walls);
    await saySigning(invocation, workspace);
    const answered = new Map(ledger.history.bad);
    const before = new Set([...ledger.history.orders.keys()].filter((id) => !ledger.history.open.has(id)));
    const held = await workShift(workspace, ledger, {
      once: options.once,
      drain: drain.signal,
      halt: halt.signal,
      note: desk.note,
    });
    crashPoint('stop.drained');
    for (const one of held) invocation.log.say(`${one.id} ${one.reason}`, 'dim');
    await ledger.record({ step: 'stopped', pid: process.pid }).catch((error: unknown) => {
      if (!drain.signal.aborted || troubleOf(error) === null) throw error;
      invocation.log.say(`that it stopped could not be written down: ${messageOf(error)}`, 'bad');
    });
    crashPoint('stop.recorded');
    const settled = [...ledger.history.orders.values()].filter(
      (one) => !before.has(one.id) && one.position === 'settled',
    );
    const untaken = await untakenFiles(workspace.places);
    // What was said in this shift, as it was answered, need not be said again.
    const news = [...ledger.history.bad].filter(([file, key]) => answered.get(file) !== key);
    for (const path of untaken)
      if (!news.some(([file]) => file.endsWith(path)))
        invocation.log.say(`${path} is still not taken  → ${path}.problem.txt`, 'dim');
    invocation.answer(
      { settled: settled.map(({ id, role, outcome, note }) => ({ id, role, outcome, note })), held, untaken },
      [],
    );
    // With nothing running and nothing left to start, what is held is held for good; a shift that was told to stop has only not got there.
    // A pull request is for people to merge; the work on it is done.
    const waits = held.filter(({ id }) => ledger.history.orders.get(id)?.waits?.on !== 'pr');
    const stuck = untaken.length + (drain.signal.aborted ? 0 : waits.length);
    return options.once ? worstOf(settled, stuck > 0) : exitCodes.ok;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await desk.close();
  }
}

// Walls that leak are worse than none: somebody relies on them.
async function requireHeld(walls: Walls): Promise<void> {
  if (walls.kind !== 'bubblewrap') return;
  const through = (await probeWalls(walls)).filter((one) => !one.held);
  if (through.length > 0)
    throw new Fault(
      'walls-leak',
      `the walls do not hold here (${showWalls(walls)}): a run can ${through.map((one) => one.name).join('; ')}`,
      { hint: 'nothing was started. Mend that, or say sandbox: off in fourline.yaml and rely on the gate alone' },
    );
}

// Weaker than it could be is never silent.
function sayWalls(invocation: Invocation, walls: Walls): void {
  if (walls.kind === 'bubblewrap') invocation.log.say(`walls: ${showWalls(walls)}`, 'dim');
  if (walls.kind === 'seatbelt') invocation.log.say(`walls: ${showWalls(walls)}`, 'bad');
}

// A line that was to protect something and matches nothing is worth a word before anything runs.
async function sayUnmatched(invocation: Invocation, workspace: Workspace): Promise<void> {
  const lines = unmatchedLines(
    await repositoryPaths(workspace),
    [...workspace.cards.values()],
    workspace.settings.approve,
  );
  for (const { file, line, words } of lines.filter((one) => one.guards))
    invocation.log.say(`unmatched: ${file}:${line}: ${words}  → fourline check`, 'bad');
}

async function saySigning(invocation: Invocation, { places, cards, settings }: Workspace): Promise<void> {
  for (const { role, reason } of await signingFlaws(places, [...cards.keys()], settings.domain))
    invocation.log.say(
      `signing: commits of ${role} are NOT signed: ${reason}. fourline init --sign adds the key.`,
      'bad',
    );
}

// Orders that were not taken lie next to the answer that says why; their workspace paths.
async function untakenFiles(places: Places): Promise<string[]> {
  const out: string[] = [];
  const roles = (await listFolder(places.inbox)).filter((name) => name !== 'operator' && !name.startsWith('.'));
  for (const folder of ['inbox', ...roles.map((role) => `inbox/${role}`)]) {
    const names = new Set(await listFolder(`${places.root}/${folder}`).catch(() => []));
    for (const name of names) if (names.has(`${name}.problem.txt`)) out.push(`${folder}/${name}`);
  }
  return out;
}

function worstOf(settled: readonly Standing[], stuck: boolean): number {
  const outcomes = settled.flatMap((one) => one.outcome ?? []);
  if (settled.some((one) => one.limit !== null && one.limit !== 'attempts')) return exitCodes.budget;
  if (outcomes.includes('failed')) return exitCodes.failed;
  if (stuck || outcomes.includes('refused')) return exitCodes.no;
  return outcomes.includes('halted') ? exitCodes.halted : exitCodes.ok;
}
