// Why: people and programs hear what happens while orders go on, and no order waits for that.
// Promises: hearing an entry only decides and queues. Each action is told in order, one event at a time. How far it was
// told is on disk before it is told: after a crash nothing is told twice, and only what was being told can be lost.
// Never: records anything in the journal; holds an order.

import type { History } from '../ledger/history.ts';
import type { HearEntry, Ledger } from '../ledger/ledger.ts';
import { endMarked, markOf } from '../platform/process/ending.ts';
import { messageOf } from '../platform/text/fault.ts';
import { type Action, type Actions, type HappeningName, showAction } from '../workspace/actions.ts';
import { untakenFiles } from '../workspace/untaken.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { decideIdle, decideOccurrence, type Occurrence } from './decide.ts';
import { tellAction } from './deliver.ts';
import { addWaiting, type Notification, plainLine, type Queued } from './notification.ts';
import { nameAction, readTold, type ToldSoFar, writeTold } from './told.ts';

/** How many events wait for an action before the oldest are left out. */
export const waitingMost = 50;

/** Tells the actions of `on:`. */
export type Notifier = {
  /** Hears each entry of the journal. */
  readonly hear: HearEntry;
  /** The line up to which every action was told: it has to hear what came after. */
  readonly since: number;
  /**
   * From now on the settings of this workspace count, and what waits is told, unless somebody answered it meanwhile.
   */
  readonly begin: (workspace: Workspace, ledger: Pick<Ledger, 'history' | 'lines'>) => void;
  /** Orders were run, and now nothing runs and nothing can start. */
  readonly idle: (history: History) => void;
  /** Tells what waits, for as long as `patience` milliseconds or until `halt`, and ends what is not done by then. */
  readonly close: (patience: number, halt: AbortSignal) => Promise<void>;
};

// One action: which events it is told of, how far it was told, and what waits. `line` is null until it has begun.
type Lane = {
  readonly action: Action;
  readonly place: string;
  events: readonly HappeningName[];
  line: number | null;
  failing: ToldSoFar['failing'];
  waiting: readonly Queued[];
  telling: Promise<void> | null;
};

type NotifierState = {
  workspace: Workspace;
  readonly told: ReadonlyMap<string, ToldSoFar>;
  readonly lanes: Map<string, Lane>;
  readonly control: AbortController;
  /** The settings by which the lanes were opened. */
  on: Actions | null;
  /** The last line that was heard. */
  line: number;
  begun: boolean;
  writing: Promise<void>;
  counting: Promise<void>;
};

/** Opens the notifier of a workspace, before its journal is read. Ends commands that a killed fourline left. */
export async function openNotifier(workspace: Workspace): Promise<Notifier> {
  const { told, flawed } = await readTold(workspace.places.session.told);
  const state: NotifierState = {
    workspace,
    told,
    lanes: new Map(),
    control: new AbortController(),
    on: null,
    line: 0,
    begun: false,
    writing: Promise.resolve(),
    counting: Promise.resolve(),
  };
  if (flawed) {
    const words = 'on: state/told.json cannot be read: what happened before this start is not told';
    workspace.tell({ kind: 'trouble', detail: words, weight: 'bad' });
  }
  openLanes(state);
  for (const { action, place } of state.lanes.values())
    if (action.kind === 'command') await endMarked(markOf(place), 0);
  return {
    hear: (heard) => hearEntry(state, heard),
    since: Math.min(...[...state.lanes.values()].flatMap(({ line }) => line ?? [])),
    begin: (opened, { history, lines }) => {
      state.line = Math.max(state.line, lines);
      state.workspace = opened;
      state.begun = true;
      openLanes(state);
      for (const lane of state.lanes.values()) {
        lane.line ??= state.line;
        lane.waiting = lane.waiting.filter(({ notification }) => stillAsks(history, notification));
        tellNext(state, lane);
      }
    },
    idle: (history) => {
      state.counting = state.counting.then(() => hearIdle(state, history));
    },
    close: (patience, halt) => closeNotifier(state, patience, halt),
  };
}

// A question that came while nobody worked may be answered by now.
function stillAsks(history: History, { event, kind, order }: Notification): boolean {
  const standing = event === 'needs-you' ? history.orders.get(order ?? '') : undefined;
  if (standing === undefined) return true;
  if (kind === 'untaken') return standing.pause.untaken !== null;
  return kind === 'halted' || standing.position === 'parked';
}

async function hearIdle(state: NotifierState, history: History): Promise<void> {
  const { clock, places } = state.workspace;
  const time = clock.now().toISOString();
  const untaken = (await untakenFiles(places).catch(() => [])).length;
  openLanes(state);
  queue(state, decideIdle(history, untaken), { line: state.line, time, idle: true });
}

function hearEntry(state: NotifierState, { entry, line, history, live }: Parameters<HearEntry>[0]): void {
  openLanes(state);
  // An action that is told for the first time hears nothing of the past.
  if (live) for (const lane of state.lanes.values()) lane.line ??= line - 1;
  state.line = line;
  const { family } = state.workspace.settings;
  const occurrence = decideOccurrence({ entry, history, family });
  if (occurrence !== null) queue(state, occurrence, { line, time: entry.at, idle: false });
  // An action with nothing to tell is told as far as it was heard.
  for (const lane of state.lanes.values())
    if (lane.line !== null && lane.line < line && lane.waiting.length === 0 && lane.telling === null) lane.line = line;
}

// One lane for each action that the settings name, whatever events name it.
function openLanes(state: NotifierState): void {
  const { settings, places } = state.workspace;
  if (state.on === settings.on) return;
  state.on = settings.on;
  for (const lane of state.lanes.values()) lane.events = [];
  for (const [event, actions] of Object.entries(settings.on) as [HappeningName, readonly Action[]][])
    for (const action of actions) {
      const name = nameAction(action);
      const known = state.told.get(name);
      const lane: Lane = state.lanes.get(name) ?? {
        action,
        place: `${places.session.told} ${name}`,
        events: [],
        line: known?.line ?? (state.begun ? state.line : null),
        failing: known?.failing ?? null,
        waiting: [],
        telling: null,
      };
      lane.events = [...lane.events, event];
      state.lanes.set(name, lane);
    }
  for (const lane of state.lanes.values()) if (lane.events.length === 0) lane.waiting = [];
}

function queue(
  state: NotifierState,
  occurrence: Occurrence,
  { line, time, idle }: { readonly line: number; readonly time: string; readonly idle: boolean },
): void {
  for (const lane of state.lanes.values()) {
    const event = occurrence.events.find((one) => lane.events.includes(one));
    if (event === undefined || lane.line === null || (!idle && line <= lane.line)) continue;
    const notification = notificationOf(state.workspace, occurrence, { event, line, time });
    lane.waiting = addWaiting(lane.waiting, { line, notification }, waitingMost);
    tellNext(state, lane);
  }
}

function notificationOf(
  { places }: Workspace,
  occurrence: Occurrence,
  { event, line, time }: { readonly event: HappeningName; readonly line: number; readonly time: string },
): Notification {
  const { kind, order, role, title, sentence, command, blocks } = occurrence;
  return {
    version: 1,
    id: `${line}-${event}`,
    event,
    kind: plainLine(kind, 60),
    time,
    workspace: places.root,
    order,
    role,
    title: title === null ? null : plainLine(title),
    sentence: plainLine(sentence, 500),
    command: command === null ? null : plainLine(command),
    blocks: blocks.slice(0, 50),
    leftOut: 0,
  };
}

// Tells a lane one event after another until none waits.
function tellNext(state: NotifierState, lane: Lane): void {
  const { begun, control } = state;
  if (!begun || control.signal.aborted || lane.telling !== null || lane.waiting.length === 0) return;
  lane.telling = tellWaiting(state, lane);
}

async function tellWaiting(state: NotifierState, lane: Lane): Promise<void> {
  const { signal } = state.control;
  for (let next = lane.waiting[0]; next !== undefined && !signal.aborted; next = lane.waiting[0]) {
    const { line, waiting } = lane;
    lane.line = next.line;
    lane.waiting = waiting.slice(1);
    const unwritten = await write(state);
    if (unwritten !== null) {
      // It is told with the next event, when the disk takes the line.
      lane.line = line;
      lane.waiting = [next, ...lane.waiting];
      await goWrong(state, lane, `state/told.json cannot be written: ${unwritten}`);
      break;
    }
    const { places, host, tell } = state.workspace;
    const plan = { root: places.root, host, tell, place: lane.place, signal };
    const reason = await tellAction(lane.action, next.notification, plan);
    if (reason === null) await goWell(state, lane);
    else await goWrong(state, lane, reason);
  }
  // In the same breath as the last look at what waits.
  lane.telling = null;
}

// Said once, until it goes well again.
async function goWrong(state: NotifierState, lane: Lane, reason: string): Promise<void> {
  const { workspace } = state;
  const before = lane.failing;
  lane.failing = { since: before?.since ?? workspace.clock.now().toISOString(), reason };
  if (before !== null) return;
  const detail = `on: ${showAction(lane.action)}: ${reason}; said once until it goes well again`;
  workspace.tell({ kind: 'trouble', detail, weight: 'bad' });
  await write(state);
}

async function goWell(state: NotifierState, lane: Lane): Promise<void> {
  if (lane.failing === null) return;
  lane.failing = null;
  const detail = `on: ${showAction(lane.action)} goes well again`;
  state.workspace.tell({ kind: 'trouble', detail, weight: 'minor' });
  await write(state);
}

// One write after another, each of what holds by then. Answers why it failed.
function write(state: NotifierState): Promise<string | null> {
  const written = state.writing.then(async () => {
    const told = new Map<string, ToldSoFar>();
    for (const [name, { line, failing, events }] of state.lanes)
      if (events.length > 0 && line !== null) told.set(name, { line, failing });
    await writeTold(state.workspace.places.session.told, told);
  });
  state.writing = written.catch(() => undefined);
  return written.then(
    () => null,
    (error: unknown) => messageOf(error),
  );
}

async function closeNotifier(state: NotifierState, patience: number, halt: AbortSignal): Promise<void> {
  await state.counting;
  const end = (): void => state.control.abort();
  const timer = setTimeout(end, patience);
  halt.addEventListener('abort', end, { once: true });
  if (halt.aborted) end();
  await Promise.all([...state.lanes.values()].map((lane) => lane.telling));
  clearTimeout(timer);
  halt.removeEventListener('abort', end);
  for (const lane of state.lanes.values()) if (lane.waiting.length === 0 && lane.line !== null) lane.line = state.line;
  if (state.told.size > 0 || state.lanes.size > 0) await write(state);
}
