// Why: the memory. It holds what happened, one line a step, on disk before anything is built on it.
// Promises: readJournal reads what append writes. A line that was torn or altered does not pass its checksum. append
// returns when the line is flushed; it flushes lines together that were appended together. A torn tail is set aside,
// never glued to. When a write fails, the journal takes back the whole write, and the next append tries anew.
// Never: rewrites a line; a failed flush stops the journal for good, since the kernel has forgotten the bytes.
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crashPoint } from '../platform/files/crash.ts';
import { flushFolder } from '../platform/files/files.ts';
import type { Clock } from '../platform/text/clock.ts';
import { Fault, isReason, messageOf, type Reason, troubleOf, whenAbsent } from '../platform/text/fault.ts';
import { type Entry, journalVersion, readEntry, type Step } from './entry.ts';
import { checksum, readFrom, readWhole, splitLines } from './journal-text.ts';

// One line of an entry that is JSON already, with a checksum over everything before it.
function formatLine(text: string): string {
  const body = text.slice(0, -1);
  return `${body},"sum":"${checksum(body)}"}\n`;
}

/**
 * Reads one line of a journal, without its end; a string says what is wrong with it. Throws Fault `journal-newer` for a
 * line that is whole and unknown: passing over what a newer fourline did would be doing it again.
 */
export function parseLine(line: string): Entry | Reason {
  const value = readWhole(line);
  if (isReason(value)) return value;
  const entry = readEntry(value);
  if (!isReason(entry)) return entry;
  throw new Fault('journal-newer', `the journal has entries that this fourline doesn't know: ${entry}`, {
    hint: 'a newer fourline worked this workspace: install that one. Nothing was changed',
  });
}

/** A line that could not be read. `line` counts from 1. */
export type DamagedLine = { readonly line: number; readonly reason: string };

/** A readable line: what it says, where it begins in bytes, and which line it is, from 1. */
export type JournalLine = { readonly entry: Entry; readonly at: number; readonly line: number };

/** A place between two lines: the bytes and lines before it. */
export type JournalPlace = { readonly bytes: number; readonly lines: number };

const journalStart: JournalPlace = { bytes: 0, lines: 0 };

/** The content of the journal's file, from a place on. `length` and the numbers of lines count from its start. */
export type JournalReading = {
  readonly entries: readonly Entry[];
  readonly damaged: readonly DamagedLine[] /** Bytes up to the last whole line. */;
  readonly length: number;
  readonly torn: boolean;
};

/** Reads the journal, whole or from a place on; an absent one is empty. */
export async function readJournal(path: string, from: JournalPlace = journalStart): Promise<JournalReading> {
  const bytes = await readFrom(path, from.bytes);
  // Counted in bytes: a damaged line need not be text, and what decoding makes of it has another length.
  const end = bytes.lastIndexOf(10) + 1;
  const entries: Entry[] = [];
  const damaged: DamagedLine[] = [];
  splitLines(bytes.subarray(0, end), (text, _at, line) => {
    const entry = parseLine(text);
    if (isReason(entry)) damaged.push({ line: from.lines + line, reason: entry });
    else entries.push(entry);
  });
  return { entries, damaged, length: from.bytes + end, torn: end < bytes.length };
}

/** Reads the lines between two bytes of a journal and hands each readable one on. Throws what reading a file throws. */
export function readLines(path: string, from: number, to: number, take: (line: JournalLine) => void): void {
  const handle = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(to - from);
    let got = 0;
    for (let more = 1; got < bytes.length && more > 0; got += more)
      more = readSync(handle, bytes, got, Math.min(bytes.length - got, 2 ** 30), from + got);
    splitLines(bytes.subarray(0, got), (text, at, line) => {
      const entry = parseLine(text);
      if (!isReason(entry)) take({ entry, at: from + at, line });
    });
  } finally {
    closeSync(handle);
  }
}

/** The journal, open for writing. One process at a time: whoever holds the workspace's lock. */
export type Journal = {
  /**
   * Stamps and appends steps, in order, in one write; returns them when they are flushed, as a reader of the journal
   * would find them.
   */
  readonly append: (...steps: readonly Step[]) => Promise<readonly Entry[]>;
  /**
   * Throws Fault `journal-lost` when the file is not the one that is open any more: what is written then is written
   * nowhere.
   */
  readonly prove: () => Promise<void>;
  /** How many bytes of it are whole and flushed. */
  readonly length: () => number;
  readonly close: () => Promise<void>;
};

// Lines that wait to be written, and who waits for them.
type Batch = { readonly data: Buffer; readonly done: () => void; readonly failed: (error: unknown) => void };

// An open journal: `at` is how much of it is whole, `broken` is why nothing is written any more, `writing` is the write
// under way.
type OpenFile = {
  readonly path: string;
  readonly handle: FileHandle;
  waiting: Batch[];
  at: number;
  broken: Fault | null;
  writing: Promise<void> | null;
};

/** Opens the journal for appending at `length` bytes: what stands behind that is a torn tail and is cut. */
export async function openJournal(path: string, length: number, clock: Clock): Promise<Journal> {
  const handle: FileHandle = await open(path, 'a');
  await handle.truncate(length);
  await handle.sync();
  await flushFolder(dirname(path));
  const file: OpenFile = { path, handle, waiting: [], at: length, broken: null, writing: null };
  return {
    append: async (...steps) => {
      if (file.broken !== null) throw file.broken;
      const now = clock.now().toISOString();
      const texts = steps.map((step) => JSON.stringify({ v: journalVersion, at: now, ...step }));
      const data = Buffer.from(texts.map(formatLine).join(''));
      await new Promise<void>((done, failed) => {
        file.waiting.push({ data, done, failed });
        file.writing ??= drainLines(file);
      });
      // Read from the text again: a title or a note that is cut out of a file would keep the whole file in memory for
      // as long as it is remembered.
      return texts.map((text) => JSON.parse(text) as Entry);
    },
    prove: async () => {
      if (file.broken !== null) throw file.broken;
      await prove(file);
    },
    length: () => file.at,
    close: async () => {
      await file.writing;
      await handle.close();
    },
  };
}

async function drainLines(file: OpenFile): Promise<void> {
  while (file.waiting.length > 0) {
    const batch = file.waiting;
    file.waiting = [];
    const data = Buffer.concat(batch.map((lines) => lines.data));
    try {
      await writeLines(file.handle, data);
    } catch (error) {
      const failed = await takeLineBack(file, error);
      for (const lines of batch) lines.failed(failed);
      continue;
    }
    try {
      await file.handle.datasync();
      await prove(file);
      crashPoint('journal.flushed');
      file.at += data.length;
      for (const lines of batch) lines.done();
    } catch (error) {
      file.broken ??= lost(file, 'flushed', error);
      for (const lines of [...batch, ...file.waiting]) lines.failed(file.broken);
      file.waiting = [];
    }
  }
  // In the same breath as the last look at what waits: lines that come after it begin anew.
  file.writing = null;
}

// Removed or replaced, by a person or with the whole workspace.
async function prove(file: OpenFile): Promise<void> {
  const [mine, there] = await Promise.all([file.handle.stat(), stat(file.path).catch(whenAbsent(null))]);
  if (there !== null && there.ino === mine.ino) return;
  const words = `the journal was ${there === null ? 'removed' : 'replaced'} while fourline worked`;
  const hint = 'nothing more is done: put it back, or keep what is there, and start again';
  file.broken ??= new Fault('journal-lost', words, { where: file.path, hint });
  throw file.broken;
}

function lost({ path }: OpenFile, what: string, cause: unknown): Fault {
  const hint = 'mend the disk, then start again: the next start cuts what is torn';
  return new Fault('journal-lost', `the journal could not be ${what}: ${messageOf(cause)}`, {
    where: path,
    hint,
    cause,
  });
}

// A full disk takes half a line: the half goes, and what was written before stays as it is.
async function takeLineBack(file: OpenFile, cause: unknown): Promise<Fault> {
  try {
    await file.handle.truncate(file.at);
  } catch {
    file.broken = lost(file, 'written', cause);
    return file.broken;
  }
  const hint = troubleOf(cause)?.hint;
  return new Fault('journal-unwritten', `the journal could not be written: ${messageOf(cause)}`, {
    where: file.path,
    hint,
    cause,
  });
}

async function writeLines(handle: FileHandle, data: Buffer): Promise<void> {
  // In two parts, so that dying between them can be tried.
  const half = data.length >> 1;
  await writeWholeLine(handle, data.subarray(0, half));
  crashPoint('journal.torn');
  await writeWholeLine(handle, data.subarray(half));
  crashPoint('journal.written');
}

async function writeWholeLine(handle: FileHandle, data: Buffer): Promise<void> {
  let at = 0;
  while (at < data.length) at += (await handle.write(data, at)).bytesWritten;
}
