// Why: the reader and the writer of the journal's index agree on its form here.
// Promises: an index names its form and how far it reaches; around() tells one journal from another.
// Never: reads or writes an order.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Database } from '../platform/files/database.ts';
import { emptyHistory, type History } from './history.ts';
import type { DamagedLine } from './journal.ts';

/** Raise it when the fold or a standing changes: an index of another number is not used. */
export const indexVersion = 1;

/** How far an index reads the journal: bytes, lines, readable lines; and the lines among them that can't be read. */
export type IndexReach = {
  readonly bytes: number;
  readonly lines: number;
  readonly entries: number;
  readonly damaged: readonly DamagedLine[];
};

// The parts of a history that are read whole, as they are stored.
type WholeParts = Pick<History, 'number' | 'journal'> & {
  readonly [Part in 'cards' | 'broken' | 'limited' | 'paused' | 'bad']: readonly (readonly [string, string])[];
} & { readonly [Part in 'open' | 'rejected' | 'halted' | 'announced' | 'roles']: readonly string[] };

/** The head of an index: its reach, the journal's bytes around that, and what every reader needs of the history. */
export type IndexHead = {
  readonly version: number;
  readonly reach: IndexReach;
  readonly around: string;
  readonly whole: WholeParts;
};

/** The tables of an index. `places` are where the lines of an order begin in the journal, in bytes. */
export const indexTables = `
  CREATE TABLE IF NOT EXISTS head (one INTEGER PRIMARY KEY CHECK (one = 1), value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS facts (kind TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS orders (
    at INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, role TEXT, parent TEXT, root TEXT, sender TEXT, slug TEXT,
    number TEXT, position TEXT, changed TEXT, posted TEXT, refused INTEGER, landed INTEGER, standing TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS lines (id TEXT PRIMARY KEY, places TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS orders_parent ON orders (parent);
  CREATE INDEX IF NOT EXISTS orders_root ON orders (root);
  CREATE INDEX IF NOT EXISTS orders_sender ON orders (sender);
  CREATE INDEX IF NOT EXISTS orders_slug ON orders (slug);
  CREATE INDEX IF NOT EXISTS orders_number ON orders (number);
  CREATE INDEX IF NOT EXISTS orders_ended ON orders (changed) WHERE position = 'settled';
  CREATE INDEX IF NOT EXISTS orders_posted ON orders (posted, role, refused, landed)`;

/** The head of an index; null where it has none, or one of another version. Throws what sqlite throws. */
export function readIndexHead(database: Database): IndexHead | null {
  const value = database.prepare('SELECT value FROM head').get()?.['value'];
  const head = typeof value === 'string' ? (JSON.parse(value) as IndexHead) : null;
  return head?.version === indexVersion ? head : null;
}

/** Writes the head of an index. Throws what sqlite and reading the journal throw. */
export function writeIndexHead(database: Database, journal: string, reach: IndexReach, history: History): void {
  const { number, journal: counted, cards, broken, bad, holds, ...sets } = history;
  const whole: WholeParts = {
    ...{ number, journal: counted, cards: [...cards], broken: [...broken], bad: [...bad] },
    ...{ limited: [...holds.limited], paused: [...holds.paused] },
    ...{ open: [...sets.open], rejected: [...sets.rejected], halted: [...sets.halted] },
    ...{ announced: [...sets.announced], roles: [...sets.roles] },
  };
  const around = withJournal(journal, (handle) => aroundOf(handle, reach.bytes));
  const head: IndexHead = { version: indexVersion, reach, around, whole };
  database.prepare('INSERT OR REPLACE INTO head (one, value) VALUES (1, ?)').run(JSON.stringify(head));
}

/** A history with the parts that a head holds. */
export function restoreWhole({ whole }: IndexHead): History {
  const history = emptyHistory();
  const { cards, broken, bad, holds } = history;
  for (const [part, facts] of Object.entries({ cards, broken, bad, ...holds }))
    for (const [name, value] of whole[part as 'cards']) facts.set(name, value);
  for (const part of ['open', 'rejected', 'halted', 'announced', 'roles'] as const)
    for (const id of whole[part]) history[part].add(id);
  history.number = whole.number;
  Object.assign(history.journal, whole.journal);
  return history;
}

/** True when a journal still has what stood around the reach of an index. Throws what reading it throws. */
export function fitsJournal({ reach, around }: IndexHead, journal: string): boolean {
  return withJournal(
    journal,
    (handle) => fstatSync(handle).size >= reach.bytes && aroundOf(handle, reach.bytes) === around,
  );
}

// How many bytes around the start and the end of its reach tell whether the journal is still the same one.
const aroundLength = 256;

function aroundOf(handle: number, bytes: number): string {
  const parts = [0, Math.max(0, bytes - aroundLength)].map((from) => {
    const part = Buffer.alloc(Math.min(aroundLength, bytes - from));
    return part.subarray(0, readSync(handle, part, 0, part.length, from)).toString('base64');
  });
  return parts.join(' ');
}

function withJournal<Result>(path: string, work: (handle: number) => Result): Result {
  const handle = openSync(path, 'r');
  try {
    return work(handle);
  } finally {
    closeSync(handle);
  }
}
