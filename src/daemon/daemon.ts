// Why: from start to stop. Listens for knocks, looks through the inboxes, starts what may start, and hears the operator's requests.
// Promises: one shift a workspace; looking is driven by events and by rare timers; stopping drains, and a second stop hands back what runs. A full disk and its
// like end no shift: work is held, that is said, and it goes on when the machine is mended.
// Never: decides which order is next (scheduler.ts) or what happens to it (journey.ts).
import { familyHold, tellFamilies } from '../delegation/lineage.ts';
import { hearSignals } from '../journey/heed.ts';
import { travel } from '../journey/journey.ts';
import { limitReached } from '../journey/usage-limit.ts';
import { parkedOrders } from '../ledger/fold.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { waitWords } from '../ledger/story.ts';
import { openScanner } from '../order/scan.ts';
import { boundHeap } from '../platform/process/heap.ts';
import { isLost, messageOf, troubleOf } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';
import { comesWhole, postNotice } from '../record/post.ts';
import { proveWritable } from '../runs/bounds.ts';
import { keepLayers } from '../runs/old-layers.ts';
import { releaseParked } from '../waiting/release.ts';
import type { FormMemory } from '../waiting/reply.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { openErrands } from './errands.ts';
import { foldersOf, ownedByPeople } from './folders.ts';
import { type IntakeMemory, type Posted, takeIn } from './intake.ts';
import { fileTroubles, hearNews } from './news.ts';
import { recover } from './recovery.ts';
import { takeRequests } from './requests.ts';
import { type Hold, planRuns, rulesOf } from './scheduler.ts';
import { openWatch } from './watcher.ts';

/**
 * How a shift is run. `once` ends it when nothing is left to do. `drain` ends it when what runs has ended; `halt` hands back what runs. `note` is told what is wrong
 * with the machine at the moment, for other terminals to show.
 */
export type ShiftPlan = {
  readonly once: boolean;
  readonly drain: AbortSignal;
  readonly halt: AbortSignal;
  readonly note?: (troubles: readonly string[]) => Promise<void>;
};

/** Milliseconds between looks when nobody knocks, and when the system cannot watch; and between trials whether it can. */
export const lookTimes = { quiet: 30_000, blind: 1000, mended: 10_000 } as const;

/** Milliseconds until work that is held for a fault of the machine is tried again: doubled each time, up to the longest. */
const holdTimes = { first: 1000, longest: 30_000 } as const;

type Going = { readonly order: Posted; readonly control: AbortController; readonly since: number };

/** Works until stopped, or with `once` until nothing is left that could run. Returns what is held and why. */
export async function workShift(workspace: Workspace, deaf: Ledger, plan: ShiftPlan): Promise<Hold[]> {
  const ledger = await hearSignals(workspace, deaf);
  const going = new Map<string, Going>();
  // Its own deliveries and those of its commands are renames.
  const isOwn = ({ history }: Ledger, id: string): boolean => history.orders.has(id) || history.announced.has(id);
  const scanner = openScanner(workspace.clock, (id) => isOwn(ledger, id) || comesWhole(workspace.places, id));
  const memory: IntakeMemory = { answers: new Map(), posted: new Map(), faults: new Map() };
  const forms: FormMemory = { stamps: new Map(), odd: new Map() };
  // Orders that could not be claimed wait until their file changes, or for a while.
  const stuck = new Map<string, { reason: string; digest: string; until: number }>();
  const ways = new Set<Promise<void>>();
  const told = new Set<string>();
  const spaces = [workspace.places.rooms, workspace.places.state];
  const layers = keepLayers(workspace);
  const oldest = (): number | null => [...going.values()].map((one) => one.since).sort((a, b) => a - b)[0] ?? null;
  let posted: readonly Posted[] = [];
  let held: Hold[] = [];
  let closedFor: string | null = null;
  let dirty = true;
  let blind: string | null = null;
  let probed = Number.NEGATIVE_INFINITY;
  // What holds all work up, until when, and for how long the next time.
  let trouble = null as { readonly words: string; readonly error: unknown } | null;
  let heldUntil = 0;
  let patience: number = holdTimes.first;
  let lost: unknown;
  // When to look again for orders that broke off and could not be brought to where they go on from.
  let mendAt = workspace.clock.elapsed() + lookTimes.quiet;
  let wake: () => void = () => undefined;
  const knock = (): void => {
    dirty = true;
    wake();
  };
  const note = async (): Promise<void> => {
    const now = [blind, wordsOf(trouble), ...fileTroubles(workspace)].filter((one) => one !== null);
    await plan.note?.(now).catch(() => undefined);
  };
  const goBlind = (reason: string): void => {
    if (blind !== null) return;
    blind = `changes are not heard of (${reason}): fourline looks every second instead`;
    workspace.log.say(blind, 'bad');
    void note();
    knock();
  };
  const watch = openWatch(knock, goBlind);
  const errands = openErrands(workspace, ledger, knock);
  if (fileTroubles(workspace).length > 0) await note();
  const hold = async (error: unknown): Promise<void> => {
    const found = troubleOf(error);
    const words = `${found === null ? '' : `${found.what}: `}${messageOf(error)}`;
    if (trouble === null)
      workspace.log.say(`work is held: ${words}${found === null ? '' : `  → ${found.hint}`}; it is tried again`, 'bad');
    trouble = { words, error };
    const now = workspace.clock.elapsed();
    if (now >= heldUntil) {
      heldUntil = now + patience;
      patience = Math.min(2 * patience, holdTimes.longest);
    }
    await note();
  };
  // What is held goes on where it broke off, as after a crash: order by order, before anything new is begun.
  const resume = async (): Promise<void> => {
    await proveWritable(spaces);
    await mend();
    workspace.log.say('work goes on', 'good');
    trouble = null;
    await note();
  };
  const mend = async (): Promise<void> => {
    const reason = `fourline could not finish it: ${trouble?.words ?? 'it broke off'}`;
    const broken = await recover(workspace, ledger, {
      from: 'a fault',
      reason,
      except: new Set(going.keys()),
      ofMachine: true,
    });
    mendAt = broken === 0 ? Number.POSITIVE_INFINITY : workspace.clock.elapsed() + lookTimes.quiet;
  };
  const listen = async (): Promise<void> => {
    const now = workspace.clock.elapsed();
    const due = now - probed >= (blind === null ? lookTimes.quiet : lookTimes.mended);
    const folders = await foldersOf(workspace);
    if (due) await watch.renew();
    await watch.add(folders);
    if (!due) return;
    probed = now;
    const deaf = await watch.probe(folders.filter((one) => !ownedByPeople(workspace.places).includes(one)));
    if (deaf !== null) goBlind(deaf);
    else if (blind !== null) {
      workspace.log.say('changes are heard of again', 'good');
      blind = null;
      await note();
    }
  };
  const onHalt = (): void => {
    for (const one of going.values()) one.control.abort('stopped');
    void errands.close();
    wake();
  };
  plan.halt.addEventListener('abort', onHalt, { once: true });
  plan.drain.addEventListener('abort', () => wake(), { once: true });

  const start = (order: Posted): void => {
    const control = new AbortController();
    going.set(order.id, { order, control, since: workspace.clock.now().getTime() });
    memory.posted.delete(order.id);
    const way = travel(workspace, ledger, order.id, order.role, control.signal)
      .then(async (arrival) => {
        if (arrival.kind === 'stuck')
          stuck.set(order.id, {
            reason: arrival.reason,
            digest: order.digest,
            until: workspace.clock.elapsed() + lookTimes.quiet,
          });
        if (arrival.kind === 'settled') patience = holdTimes.first;
        if (arrival.kind === 'broken') await hold(arrival.error);
      })
      .catch(async (error: unknown) => {
        if (isLost(error)) lost = error;
        else await hold(error);
      })
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
      let again = false;
      if (dirty && (trouble === null || workspace.clock.elapsed() >= heldUntil)) {
        dirty = false;
        boundHeap();
        try {
          again = trouble !== null;
          await ledger.prove();
          if (again) await resume();
          else if (workspace.clock.elapsed() >= mendAt) await mend();
          again = false;
          await listen();
          await layers.look(oldest());
          if (await hearNews(workspace, ledger)) await note();
          await takeRequests(workspace, ledger, (id) => going.get(id)?.control ?? null);
          const released = await releaseParked(workspace, ledger, forms, going);
          await errands.look();
          const intake = await takeIn(workspace, ledger, scanner, memory, going);
          for (const one of intake.posted) {
            const held = stuck.get(one.id);
            if (held?.digest !== one.digest || held.until <= workspace.clock.elapsed()) stuck.delete(one.id);
          }
          for (const id of stuck.keys()) if (!ledger.history.open.has(id)) stuck.delete(id);
          posted = intake.posted.filter((one) => !going.has(one.id) && !stuck.has(one.id));
          wait = released === null ? intake.wait : Math.min(released, intake.wait ?? released);
        } catch (error) {
          if (troubleOf(error) === null) throw error;
          await hold(error);
        }
      }
      if (lost !== undefined) throw lost;
      const closed = wordsOf(trouble) ?? (posted.length === 0 ? null : await layers.shortOf(spaces, oldest()));
      if (closed !== null && trouble === null && posted.length > 0 && closedFor === null)
        await tellOperator(workspace, closed);
      closedFor = posted.length > 0 ? closed : null;
      const stopping = plan.drain.aborted || plan.halt.aborted;
      const running = [...going.values()].map((one) => one.order);
      const next = planRuns({
        waiting: posted,
        running,
        ...rulesOf(workspace, ledger.history),
        boundOf: (id) => familyHold(workspace.settings, ledger.history, id),
        limitOf: (role) => limitReached(workspace.cards.get(role)?.role, ledger.history, workspace.clock.now()),
        closed,
      });
      held = [
        ...next.held,
        ...[...stuck].map(([id, { reason }]) => ({ id, reason })),
        ...parkedOrders(ledger.history).map(({ id, waits }) => ({
          id,
          reason: waits === null ? '' : `waits ${waitWords(waits)}`,
        })),
      ];
      await tellFamilies(workspace, ledger.history, posted, told);
      if (!stopping) for (const order of next.start) start(order as Posted);
      posted = posted.filter((one) => !going.has(one.id));
      if (going.size === 0 && !errands.busy()) {
        if (stopping) return held;
        if (plan.once && trouble !== null && (again || patience === holdTimes.longest)) throw trouble.error;
        if (plan.once && trouble === null && wait === null && !dirty) return held;
      }
      if (trouble !== null) wait = Math.max(heldUntil - workspace.clock.elapsed(), 0);
      else if (dirty) continue;
      await slept(wait ?? (blind === null ? lookTimes.quiet : lookTimes.blind), (resolve) => {
        wake = resolve;
      });
      // A look that nobody asked for is a look all the same: what knocked may have gone unheard.
      dirty = true;
    }
  } finally {
    // A shift that ends by a fault leaves no agent behind.
    for (const one of going.values()) one.control.abort('stopped');
    await Promise.all(ways);
    await errands.close();
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

function wordsOf(trouble: { readonly words: string } | null): string | null {
  return trouble === null ? null : `work is held: ${trouble.words}`;
}

// Wakes at a knock or when the time is over.
async function slept(milliseconds: number, hand: (resolve: () => void) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
    hand(resolve);
  });
  clearTimeout(timer);
}
