// Why: one process works a workspace at a time, and every order's number is given once, whoever asks.
// Promises: the lock is the kernel's: it is gone when its holder is, however that ended; numbers only grow.
// Never: decides by time or by process ids.

import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errnoOf, Fault, messageOf } from '../text/fault.ts';
import { type Database, openDatabase } from './database.ts';

/** The workspace's lock, held. */
export type Lock = {
  readonly release: () => void;
  /** False when its file was removed or replaced: somebody else can have a lock of that name now. */
  readonly holds: () => boolean;
};

/**
 * Takes the lock, or answers null when somebody holds it for longer than `patience` milliseconds. Throws Fault
 * `lock-unusable` when the file cannot be used.
 */
export function takeLock(path: string, patience = 0): Lock | null {
  let database: Database | undefined;
  try {
    database = openDatabase(path, { timeout: patience });
    // It holds nothing, so there is nothing to roll back: no journal is left beside it by a crash.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    const held = database;
    const inode = inodeOf(path);
    return { release: () => held.close(), holds: () => inode !== null && inodeOf(path) === inode };
  } catch (error) {
    database?.close();
    if (/locked|busy/i.test(messageOf(error))) return null;
    askFolder(path);
    throw new Fault('lock-unusable', `the workspace's lock cannot be used: ${messageOf(error)}`, {
      where: path,
      hint: errnoOf(error) === 'ERR_SQLITE_ERROR' ? 'delete the file when no fourline runs here' : undefined,
      cause: error,
    });
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** Takes a lock that another process may hold, for at most `patience` milliseconds; null where it is held still. */
export async function waitForLock(path: string, patience: number): Promise<Lock | null> {
  for (let waited = 0; ; waited += 50) {
    const lock = takeLock(path);
    if (lock !== null || waited >= patience) return lock;
    await pause(50);
  }
}

/** Gives the next order number: above every number given before and above `floor`. Safe between processes. */
export function nextNumber(path: string, floor: number): number {
  let database: Database | undefined;
  try {
    database = openDatabase(path, { timeout: 10_000 });
    database.exec(
      'CREATE TABLE IF NOT EXISTS number (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL)',
    );
    const row = database
      .prepare(
        'INSERT INTO number (one, value) VALUES (1, :next) ON CONFLICT (one) DO UPDATE SET value = max(value + 1, :next) RETURNING value',
      )
      .get({ next: floor + 1 });
    return Number(row?.['value']);
  } catch (error) {
    askFolder(path);
    throw error;
  } finally {
    database?.close();
  }
}

// sqlite only says that it cannot open the file. Why not, its folder says: the disk is read-only, nothing more can be
// opened, it is closed.
function askFolder(path: string): void {
  closeSync(openSync(dirname(path), 'r'));
  accessSync(dirname(path), constants.W_OK);
}
