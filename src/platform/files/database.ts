// Why: a few small facts of a workspace are kept in sqlite: who holds it, the number given last, the journal's index.
// Promises: the one door to sqlite.
// Never: holds anything that can't be made again.
import { DatabaseSync } from 'node:sqlite';

/** An open database. */
export type Database = DatabaseSync;

/**
 * Opens a database, making an empty one where there is none. Waits `timeout` milliseconds for others. Throws what
 * sqlite throws.
 */
export function openDatabase(
  path: string,
  options: { readonly timeout?: number; readonly readOnly?: boolean },
): Database {
  return new DatabaseSync(path, options);
}
