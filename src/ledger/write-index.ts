// Why: the journal's index follows the journal while fourline works, so that the next reader finds it near the end.
// Promises: whole or not at all: a reader has the index as it was, or as it is. An index that can't be
// continued is made anew.
// Never: is called by a process that doesn't hold the workspace's lock.
import { rmSync } from 'node:fs';
import { type Database, openDatabase } from '../platform/files/database.ts';
import { orderIn } from './entry.ts';
import { foldEntry } from './fold.ts';
import { emptyHistory, type History } from './history.ts';
import { type IndexReach, indexTables, readIndexHead, writeIndexHead } from './index-head.ts';
import { type JournalLine, readLines } from './journal.ts';
import type { JournalIndex } from './journal-index.ts';
import { keysOf, sumsOf } from './orders.ts';

/** The content of an index: a history, and the part of the journal that it is the history of. */
export type IndexDraft = { readonly history: History; readonly reach: IndexReach };

/**
 * Writes the index of a journal. `known` is the index that the history was opened over, null for none. If that one is
 * not there any more, everything is read again. It is closed when the new one is written. Throws what sqlite and the
 * disk throw; then the index is as it was, and open. The caller holds the workspace's lock.
 */
export function writeJournalIndex(path: string, journal: string, known: JournalIndex | null, draft: IndexDraft): void {
  if (known === null) for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  const database = openDatabase(path, { timeout: 1000 });
  try {
    // Readers and this writer don't wait for each other.
    database.exec(`PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; ${indexTables}`);
    const continues = known !== null && readIndexHead(database)?.reach.bytes === known.reach.bytes;
    if (!continues) database.exec('DELETE FROM head; DELETE FROM facts; DELETE FROM orders; DELETE FROM lines');
    const { reach } = draft;
    const history = continues || known === null ? draft.history : foldAgain(journal, reach.bytes);
    putOrders(database, history);
    putLines(database, linesByOrder(journal, continues ? known.reach.bytes : 0, reach.bytes));
    putFacts(database, history);
    writeIndexHead(database, journal, reach, history);
    database.exec('COMMIT');
    known?.close();
    // With no reader of our own in the way, sqlite's log goes into the file; where others read, another time.
    database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

function foldAgain(journal: string, bytes: number): History {
  const history = emptyHistory();
  readLines(journal, 0, bytes, ({ entry }) => foldEntry(history, entry));
  return history;
}

function linesByOrder(journal: string, from: number, to: number): ReadonlyMap<string, number[]> {
  const lines = new Map<string, number[]>();
  const add = ({ entry, at }: JournalLine): void => {
    const order = orderIn(entry);
    if (order === undefined) return;
    const own = lines.get(order) ?? [];
    own.push(at);
    lines.set(order, own);
  };
  readLines(journal, from, to, add);
  return lines;
}

function putOrders(database: Database, history: History): void {
  const put = database.prepare(
    `INSERT OR REPLACE INTO orders
       (at, id, role, parent, root, sender, slug, number, position, changed, posted, refused, landed, standing)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { at, standing } of history.orders.changed()) {
    const { parent, root, sender, slug, number } = keysOf(standing);
    const { refused, landed } = sumsOf(standing);
    const { id, role, position, changedAt, asked } = standing;
    const facts = [position, changedAt, asked.postedAt, refused, landed] as const;
    put.run(at, id, role, parent, root, sender, slug, number, ...facts, JSON.stringify(standing));
  }
}

function putLines(database: Database, lines: ReadonlyMap<string, readonly number[]>): void {
  const put = database.prepare('INSERT OR REPLACE INTO lines (id, places) VALUES (?, ?)');
  const before = database.prepare('SELECT places FROM lines WHERE id = ?');
  for (const [id, places] of lines) {
    const known = before.get(id)?.['places'];
    put.run(id, JSON.stringify([...(typeof known === 'string' ? (JSON.parse(known) as number[]) : []), ...places]));
  }
}

function putFacts(database: Database, history: History): void {
  const put = database.prepare('INSERT OR REPLACE INTO facts (kind, name, value) VALUES (?, ?, ?)');
  for (const [kind, facts] of [
    ['family', history.families],
    ['turn', history.turns],
    ['signal', history.signalled],
  ] as const)
    for (const [name, value] of facts.changed()) put.run(kind, name, JSON.stringify(value));
}
