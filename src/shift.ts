// Why: from start to stop. Listens for knocks, looks through the inboxes, starts what may start, and hears the operator's requests.
// Promises: one shift a workspace; looking is driven by events and by rare timers; stopping drains, and a second stop hands back what runs.
// Never: decides which order is next (scheduler.ts) or what happens to it (journey.ts).
import { stat } from 'node:fs/promises';
import { messageOf } from './ground/fault.ts';
import { listFolder, makeFolder } from './ground/files.ts';
import { escapeText } from './ground/text.ts';
import { type IntakeMemory, type Posted, takeIn } from './intake.ts';
import { travel } from './journey.ts';
import type { Ledger } from './ledger/ledger.ts';
import { postNotice } from './order/post.ts';
import { openScanner } from './order/scan.ts';
import { takeRequests } from './requests.ts';
import { type Hold, planRuns } from './scheduler.ts';
import { shortOfSpace } from './steps/bounds.ts';
import { openWatch } from './watcher.ts';
import { refreshCards, type Workspace } from './workspace.ts';

/** How a shift is run. `once` ends it when nothing is left to do. `drain` ends it when what runs has ended; `halt` hands back what runs. */
export type ShiftPlan = { readonly once: boolean; readonly drain: AbortSignal; readonly halt: AbortSignal };

/** Milliseconds between looks when nobody knocks, and when the system cannot watch. */
export const lookTimes = { quiet: 30_000, blind: 1000 } as const;

type Going = { readonly order: Posted; readonly control: AbortController };

/** Works until stopped, or with `once` until nothing is left that could run. Returns what is held and why. */
export async function workShift(workspace: Workspace, ledger: Ledger, plan: ShiftPlan): Promise<Hold[]> {
  const going = new Map<string, Going>();
  const scanner = openScanner(workspace.clock);
  const memory: IntakeMemory = { answers: new Map(), posted: new Map() };
  // Orders that could not be claimed wait until their file changes.
  const stuck = new Map<string, { reason: string; digest: string }>();
  const ways = new Set<Promise<void>>();
  let posted: readonly Posted[] = [];
  let held: Hold[] = [];
  let closedFor: string | null = null;
  let dirty = true;
  let blind = false;
  let wake: () => void = () => undefined;
  const knock = (): void => {
    dirty = true;
    wake();
  };
  const watch = openWatch(knock, (reason) => {
    if (!blind) workspace.log.say(`watching failed (${reason}); looking every second instead`, 'bad');
    blind = true;
  });
  const onHalt = (): void => {
    for (const one of going.values()) one.control.abort('stopped');
    wake();
  };
  plan.halt.addEventListener('abort', onHalt, { once: true });
  plan.drain.addEventListener('abort', () => wake(), { once: true });

  const start = (order: Posted): void => {
    const control = new AbortController();
    going.set(order.id, { order, control });
    memory.posted.delete(order.id);
    const way = travel(workspace, ledger, order.id, order.role, control.signal)
      .then((arrival) => {
        if (arrival.kind === 'stuck') stuck.set(order.id, { reason: arrival.reason, digest: order.digest });
      })
      .catch((error: unknown) => workspace.log.say(`${order.id}: ${messageOf(error)}`, 'bad'))
      .finally(() => {
        going.delete(order.id);
        ways.delete(way);
        knock();
      });
    ways.add(way);
  };

  try {
    for (;;) {
      let wait: number | null = null;
      if (dirty) {
        dirty = false;
        await watch.add(await foldersOf(workspace));
        await hearNews(workspace, ledger);
        await takeRequests(workspace, ledger, (id) => going.get(id)?.control ?? null);
        const intake = await takeIn(workspace, ledger, scanner, memory, going);
        for (const one of intake.posted) if (stuck.get(one.id)?.digest !== one.digest) stuck.delete(one.id);
        posted = intake.posted.filter((one) => !going.has(one.id) && !stuck.has(one.id));
        wait = intake.wait;
      }
      const closed = await shortOfSpace([workspace.places.rooms, workspace.places.state], workspace.settings.free);
      if (closed !== null && posted.length > 0 && closedFor === null) await tellOperator(workspace, closed);
      closedFor = posted.length > 0 ? closed : null;
      const stopping = plan.drain.aborted || plan.halt.aborted;
      const running = [...going.values()].map((one) => one.order);
      const next = planRuns({
        waiting: posted,
        running,
        total: workspace.settings.runs,
        slots: (role) => workspace.cards.get(role)?.role.limits.runs ?? 1,
        outcomeOf: (id) => ledger.history.orders.get(id)?.outcome ?? null,
        closed,
      });
      held = [...next.held, ...[...stuck].map(([id, { reason }]) => ({ id, reason }))];
      if (!stopping) for (const order of next.start) start(order as Posted);
      posted = posted.filter((one) => !going.has(one.id));
      if (going.size === 0 && !dirty && (stopping || (plan.once && wait === null))) return held;
      if (dirty) continue;
      await slept(wait ?? (blind ? lookTimes.blind : lookTimes.quiet), (resolve) => {
        wake = resolve;
      });
      if (wait !== null || blind) dirty = true;
    }
  } finally {
    // A shift that ends by a fault leaves no agent behind.
    for (const one of going.values()) one.control.abort('stopped');
    await Promise.all(ways);
    plan.halt.removeEventListener('abort', onHalt);
    await watch.close();
  }
}

// Said when it begins, and left in the operator's inbox: what waits may wait for long.
async function tellOperator(workspace: Workspace, reason: string): Promise<void> {
  workspace.log.say(`nothing starts: ${reason}`, 'bad');
  const text = `# Nothing starts\n\n${escapeText(reason)}.\nOrders wait in their inboxes and start when there is room again; fourline looks every 30 seconds.\n`;
  await postNotice(workspace.places, 'no-space', text).catch(() => undefined);
}

// Wakes at a knock or when the time is over; a look that nobody asked for is a look all the same.
async function slept(milliseconds: number, hand: (resolve: () => void) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    hand(resolve);
  });
  clearTimeout(timer);
}

// Every role has an inbox, whether somebody made the folder or not; inboxes of no role are watched as well, to be answered.
async function foldersOf(workspace: Workspace): Promise<string[]> {
  const { places } = workspace;
  for (const role of workspace.cards.keys())
    if ((await stat(`${places.inbox}/${role}`).catch(() => null)) === null) await makeFolder(`${places.inbox}/${role}`);
  await makeFolder(places.requests);
  const inboxes: string[] = [];
  for (const name of await listFolder(places.inbox)) {
    if (name !== 'operator' && (await stat(`${places.inbox}/${name}`).catch(() => null))?.isDirectory() === true)
      inboxes.push(`${places.inbox}/${name}`);
  }
  return [places.inbox, places.roles, places.requests, ...inboxes];
}

async function hearNews(workspace: Workspace, ledger: Ledger): Promise<void> {
  for (const { name, what, reading } of await refreshCards(workspace, ledger)) {
    const problem = reading?.problems[0];
    if (what === 'broken')
      workspace.log.say(
        `roles/${name}.md cannot be used${problem === undefined ? '' : ` (line ${problem.line}: ${problem.message})`}; ${workspace.cards.has(name) ? 'the last good card stays in force' : 'the role takes no orders'}  → fourline check`,
        'bad',
      );
    else workspace.log.say(`roles/${name}.md ${what}`, 'dim');
  }
}
