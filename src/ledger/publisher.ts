// Why: the journal is the truth, and the ledger shows it as commits. Commits cost time, so the publisher writes entries
// in batches, and no order waits for that.
// Promises: one batch at a time, in the journal's order. The publisher brings a ledger that somebody changed, or that
// is damaged, up to date, or builds it anew.
// Never: holds an order up; a batch that fails is reported and tried again.
import type { TellEvent } from '../event.ts';
import type { Places } from '../places.ts';
import type { Objects } from '../platform/git/objects.ts';
import { Fault, machineFails, messageOf } from '../platform/text/fault.ts';
import { firstLine } from '../platform/text/text.ts';
import type { Entry } from './entry.ts';
import { flushEvery, flushLedger } from './flush.ts';
import { readJournal } from './journal.ts';
import { countPublished, countUnflushed, ledgerObjects, mendLedger, publishEntries, stepsBehind } from './publish.ts';
import type { JournalSteps } from './read-history.ts';

/** The needs of a publisher. `monthOf` says in which month an order was settled; null while it isn't settled. */
export type PublishPlan = {
  readonly places: Places;
  readonly domain: string;
  readonly tell: TellEvent;
  readonly monthOf: (order: string) => string | null;
};

/**
 * Publishes entries. `add` takes new ones and publishes them soon; `publish` does it now; `close` does it for the last
 * time.
 */
export type Publisher = {
  readonly add: (entries: readonly Entry[]) => void;
  readonly publish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

// Milliseconds from an entry until it is published, and until a batch that failed is tried again.
const delays = { soon: 250, again: 30_000 } as const;

// Which entries are published, and which wait. `unsure` is true when the ledger has to be asked again.
type PublisherState = {
  readonly objects: Objects;
  published: number;
  recorded: number;
  waiting: Entry[];
  unsure: boolean;
  /** How many were published since the ledger was flushed. */
  unflushed: number;
};

/** Opens the publisher of a ledger; `steps` are the journal's. */
export async function openPublisher(plan: PublishPlan, steps: JournalSteps): Promise<Publisher> {
  const counted = await countPublished(plan.places).catch(async (error: unknown) => {
    await renew(plan, error);
    return 0;
  });
  const published = Math.min(counted, steps.count);
  const state: PublisherState = {
    objects: ledgerObjects(plan.places),
    published,
    recorded: steps.count,
    waiting: [...(await stepsBehind(steps, published))],
    unsure: false,
    unflushed: await countUnflushed(plan.places),
  };
  let publishing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let closing = false;
  const schedule = (delay: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void publish(), delay);
  };
  const publishBatch = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    try {
      await mendAndTry(plan, state);
    } catch (error) {
      state.unsure = true;
      plan.tell({
        kind: 'ledger',
        detail: `the ledger could not be published: ${messageOf(error)}; it is tried again`,
        weight: 'bad',
      });
      if (!closing) schedule(delays.again);
    }
  };
  const publish = (): Promise<void> => {
    publishing = publishing.then(publishBatch);
    return publishing;
  };
  return {
    add: (more) => {
      state.recorded += more.length;
      state.waiting.push(...more);
      if (timer === undefined || state.unsure) schedule(delays.soon);
    },
    publish,
    close: async () => {
      closing = true;
      await publish();
      clearTimeout(timer);
      state.objects.close();
    },
  };
}

// Only fourline writes there. So an obstacle is the trace of a git that was killed, or damage.
async function mendAndTry(plan: PublishPlan, state: PublisherState): Promise<void> {
  await tryBatch(plan, state).catch(async () => {
    await mendLedger(plan.places, 'sweep');
    await tryBatch(plan, state).catch(async (error: unknown) => {
      await renew(plan, error);
      state.unsure = true;
      await tryBatch(plan, state);
    });
  });
}

async function tryBatch(plan: PublishPlan, state: PublisherState): Promise<void> {
  const { places } = plan;
  if (state.unsure) await askPublisherAgain(places, state);
  const batch = state.waiting;
  state.waiting = [];
  try {
    await publishEntries(state.objects, plan, state.published, batch);
    state.published += batch.length;
  } catch (error) {
    state.waiting = [...batch, ...state.waiting];
    state.unsure = true;
    // It may be made anew: nothing is read from the old one.
    state.objects.close();
    throw error;
  }
  // Only what was packed since needed a process, and only now and then.
  state.objects.close();
  state.unflushed += batch.length;
  if (state.unflushed < flushEvery) return;
  // A flush that fails is tried again later, and is no damage: the ledger stays as it is published.
  state.unflushed = await flushLedger(places).then(
    () => 0,
    (error: unknown) => {
      const detail = `the ledger could not be packed: ${firstLine(messageOf(error), 200)}; it is tried again`;
      plan.tell({ kind: 'ledger', detail, weight: 'bad' });
      return flushEvery / 2;
    },
  );
}

// Somebody may have removed or replaced it: what it holds is asked again, and the rest is read from the journal.
async function askPublisherAgain(places: Places, state: PublisherState): Promise<void> {
  const before = state.recorded;
  state.waiting = [];
  state.published = Math.min(await countPublished(places), before);
  const { entries } = await readJournal(places.history.journal);
  state.waiting = [...entries.slice(state.published, before), ...state.waiting];
  state.unsure = false;
}

// Builds a damaged ledger anew: the journal has all that it held. A machine that fails, or a missing git, is no damage
// of the ledger.
async function renew({ places, tell }: PublishPlan, error: unknown): Promise<void> {
  if (machineFails(error) || !(error instanceof Fault) || error.code !== 'git-failed') throw error;
  tell({
    kind: 'ledger',
    detail: `the ledger is damaged and is built anew from the journal: ${firstLine(messageOf(error), 200)}`,
    weight: 'bad',
  });
  await mendLedger(places, 'renew');
}
