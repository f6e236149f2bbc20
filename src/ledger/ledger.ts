// Why: recording. A step goes to the journal, into the memory of where orders stand, and within a second into the ledger's commits.
// Promises: record returns when the journal holds the step; publishing lags at most a second behind and catches up after a restart; a ledger that cannot be
// published never stops the work, it is reported and tried again; one that is
// removed while fourline works is built anew.
// Never: records what did not happen: the caller acts first, then records.
import type { Places } from '../places.ts';
import type { Clock } from '../platform/text/clock.ts';
import { Fault, machineFails, messageOf } from '../platform/text/fault.ts';
import type { Log } from '../platform/text/log.ts';
import { firstLine } from '../platform/text/text.ts';
import type { Entry, Step } from './entry.ts';
import { foldEntry } from './fold.ts';
import { type DamagedLine, openJournal, readJournal } from './journal.ts';
import { countPublished, mendLedger, publishEntries } from './publish.ts';
import { emptyHistory, type History } from './standing.ts';

/** A workspace's recorder. Held by the one process that holds the workspace's lock. */
export type Ledger = {
  /** Where all orders stand. Settled ones are without the lists that `readHistory` gives: what was refused, and what landings left. */
  readonly history: History;
  readonly damaged: readonly DamagedLine[];
  /** True when the journal ended in a torn line, which was cut. */
  readonly torn: boolean;
  readonly record: (...steps: readonly Step[]) => Promise<void>;
  /** Throws Fault `journal-lost` when the journal is not there any more, `desk-lost` when the workspace is no longer this process's. */
  readonly prove: () => Promise<void>;
  /** Publishes what waits, now. */
  readonly publish: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Milliseconds a step may wait for others to be published with. */
const publishDelay = 250;

/** Milliseconds until a publishing that failed is tried again when no step comes before. */
const publishAgain = 30_000;

// One empty list for all of them.
const none: never[] = [];

/** Reads a workspace's history without taking part in it. */
export async function readHistory(
  places: Places,
): Promise<{ history: History; entries: readonly Entry[]; damaged: readonly DamagedLine[] }> {
  const reading = await readJournal(places.journal);
  const history = emptyHistory();
  for (const entry of reading.entries) foldEntry(history, entry);
  return { history, entries: reading.entries, damaged: reading.damaged };
}

// What a process lives with for days. Of a settled order it keeps what those that come after may ask for; how long its lists are is up to an agent, and its record has them.
function rememberEntry(history: History, entry: Entry): void {
  foldEntry(history, entry);
  const settled = entry.step === 'settled' ? history.orders.get(entry.order) : undefined;
  if (settled === undefined) return;
  const landed = settled.landed.map((one) => ({ ...one, left: none }));
  history.orders.set(settled.id, { ...settled, refused: none, landed: landed.length === 0 ? none : landed });
}

/** Opens the recorder. The caller holds the lock. */
export async function openLedger(places: Places, domain: string, clock: Clock, log: Log): Promise<Ledger> {
  const reading = await readJournal(places.journal);
  const history = emptyHistory();
  for (const entry of reading.entries) rememberEntry(history, entry);
  // What it held is in the journal; that the machine fails, or that there is no git, is no damage of its own.
  const renew = async (error: unknown): Promise<void> => {
    if (machineFails(error) || !(error instanceof Fault) || error.code !== 'git-failed') throw error;
    log.say(`the ledger is damaged and is built anew from the journal: ${firstLine(messageOf(error), 200)}`, 'bad');
    await mendLedger(places, 'renew');
  };
  const journal = await openJournal(places.journal, reading.length, clock);
  let published = Math.min(
    await countPublished(places).catch(async (error: unknown) => {
      await renew(error);
      return 0;
    }),
    reading.entries.length,
  );
  let waiting: Entry[] = reading.entries.slice(published);
  let publishing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  let unsure = false;
  let closing = false;
  let recorded = reading.entries.length;
  const schedule = (delay: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void publish(), delay);
  };
  const sayUnpublished = (error: unknown): void => {
    log.say(`the ledger could not be published: ${messageOf(error)}; it is tried again`, 'bad');
    if (!closing) schedule(publishAgain);
  };
  // Somebody may have removed or replaced it: what it holds is asked again, and the rest is read from the journal.
  const begin = async (): Promise<void> => {
    const before = recorded;
    waiting = [];
    published = Math.min(await countPublished(places), before);
    const { entries } = await readJournal(places.journal);
    waiting = [...entries.slice(published, before), ...waiting];
    unsure = false;
  };

  const tryBatch = async (): Promise<void> => {
    if (unsure) await begin();
    const batch = waiting;
    waiting = [];
    try {
      await publishEntries(places, domain, published, batch, (order) => history.orders.get(order)?.month ?? null);
      published += batch.length;
    } catch (error) {
      waiting = [...batch, ...waiting];
      unsure = true;
      throw error;
    }
  };

  // Nobody else writes there: what stands in the way is left by a git that was killed, or is damage.
  const publishBatch = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    try {
      await tryBatch().catch(async () => {
        await mendLedger(places, 'sweep');
        await tryBatch().catch(async (error: unknown) => {
          await renew(error);
          await tryBatch();
        });
      });
    } catch (error) {
      unsure = true;
      sayUnpublished(error);
    }
  };
  const publish = (): Promise<void> => {
    publishing = publishing.then(publishBatch);
    return publishing;
  };

  return {
    history,
    damaged: reading.damaged,
    torn: reading.torn,
    record: async (...steps) => {
      const entries = await journal.append(...steps);
      for (const entry of entries) rememberEntry(history, entry);
      recorded += entries.length;
      waiting.push(...entries);
      if (timer === undefined || unsure) schedule(publishDelay);
    },
    prove: journal.prove,
    publish,
    close: async () => {
      closing = true;
      await publish();
      clearTimeout(timer);
      await journal.close();
    },
  };
}
