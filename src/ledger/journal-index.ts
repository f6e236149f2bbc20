// Why: reading a journal of a million lines takes seconds, and most who ask need its end and one order.
// Promises: an index says what the journal said up to a byte. It is used only where the journal still has that byte and
// what stood around it; anything wrong with it means that the journal is read instead. It can be deleted at any time.
// Never: is the truth; is written by a process that doesn't hold the workspace's lock.
import { statSync } from 'node:fs';
import { type Database, openDatabase } from '../platform/files/database.ts';
import { Fault, messageOf } from '../platform/text/fault.ts';
import type { History } from './history.ts';
import { fitsJournal, type IndexHead, type IndexReach, readIndexHead, restoreWhole } from './index-head.ts';
import type { PlacedOrder, RoleSums, StoredOrders } from './orders.ts';
import type { Standing } from './standing.ts';

/** The way out where an index can't be read. */
export const indexHint = 'delete the file: it is made again from the journal';

/** An open index. It stays as it was when it was opened, whatever is written meanwhile. */
export type JournalIndex = {
  readonly reach: IndexReach;
  /** The history up to there; each call gives a new one. */
  readonly history: () => History;
  /** Has a history that is stored here go on over what is stored. */
  readonly carry: (history: History) => void;
  /** Where the lines of an order begin, in bytes. */
  readonly linesOf: (order: string) => readonly number[];
  readonly close: () => void;
};

/** Opens the index of a journal for reading; null where there is none that fits. */
export function openIndex(path: string, journal: string): JournalIndex | null {
  // Most workspaces are small and have none.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  let database: Database | undefined;
  try {
    database = openDatabase(path, { readOnly: true, timeout: 2000 });
    // All that is read from here on is of one moment.
    database.exec('BEGIN');
    const head = readIndexHead(database);
    if (head !== null && fitsJournal(head, journal)) return readerOf(database, path, head);
  } catch {}
  database?.close();
  return null;
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readerOf(database: Database, path: string, head: IndexHead): JournalIndex {
  const ask = askIndex(database, path);
  return {
    reach: head.reach,
    history: () => {
      const history = restoreWhole(head);
      carryOver(history, ask);
      return history;
    },
    carry: (history) => carryOver(history, ask),
    linesOf: (order) => {
      const [row] = ask('SELECT places FROM lines WHERE id = ?', order);
      return row === undefined ? [] : (JSON.parse(textIn(row['places'])) as number[]);
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}

type IndexRow = Readonly<Record<string, unknown>>;
type AskIndex = (sql: string, ...values: readonly (string | number)[]) => IndexRow[];

function askIndex(database: Database, path: string): AskIndex {
  const statements = new Map<string, ReturnType<Database['prepare']>>();
  return (sql, ...values) => {
    try {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return statement.all(...values);
    } catch (cause) {
      throw new Fault('index-unreadable', `the journal's index cannot be read: ${messageOf(cause)}`, {
        where: path,
        hint: indexHint,
        cause,
      });
    }
  };
}

function carryOver(history: History, ask: AskIndex): void {
  const fact =
    <Value>(kind: string) =>
    (name: string): Value | undefined => {
      const [row] = ask('SELECT value FROM facts WHERE kind = ? AND name = ?', kind, name);
      return row === undefined ? undefined : (JSON.parse(textIn(row['value'])) as Value);
    };
  history.orders.store(storedOrders(ask));
  history.families.store(fact('family'));
  history.turns.store(fact('turn'));
  history.signalled.store(fact('signal'));
}

function storedOrders(ask: AskIndex): StoredOrders {
  const placed = (row: IndexRow): PlacedOrder => {
    return { at: Number(row['at']), standing: JSON.parse(textIn(row['standing'])) as Standing };
  };
  const find = (where: string, ...values: readonly (string | number)[]): PlacedOrder[] =>
    ask(`SELECT at, standing FROM orders ${where}`, ...values).map(placed);
  return {
    size: Number(ask('SELECT count(*) AS size FROM orders')[0]?.['size'] ?? 0),
    get: (id) => find('WHERE id = ?', id)[0],
    // Each key is a column.
    with: (key, value) => find(`WHERE ${key} = ? ORDER BY at`, value),
    // A range, since LIKE would take letters for wildcards.
    startingWith: (prefix) =>
      ask('SELECT id FROM orders WHERE id >= ? AND id < ? ORDER BY at', prefix, `${prefix}\u{10ffff}`).map((row) =>
        textIn(row['id']),
      ),
    behind: (count) => find('WHERE at >= ? ORDER BY at', count),
    postedSince: (time) => find('WHERE posted > ? ORDER BY at', time),
    ended: (count) => find("WHERE position = 'settled' ORDER BY changed DESC, at LIMIT ?", count),
    sums: (since) =>
      new Map<string, RoleSums>(
        ask(
          'SELECT role, count(*) AS orders, sum(refused) AS refused, sum(landed) AS landed FROM orders WHERE posted >= ? GROUP BY role',
          since,
        ).map((row) => [
          textIn(row['role']),
          { orders: Number(row['orders']), refused: Number(row['refused']), landed: Number(row['landed']) },
        ]),
      ),
    ids: () => ask('SELECT id FROM orders ORDER BY at').map((row) => textIn(row['id'])),
    all: () => find('ORDER BY at'),
  };
}
