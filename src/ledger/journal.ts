// Why: the memory. It holds what happened, one line a step, on disk before anything is built on it.
// Promises: readJournal reads what append writes. A line that was torn or altered does not pass its checksum. append
// returns when the line is flushed; it flushes lines together that were appended together. A torn tail is set aside,
// never glued to. When a write fails, the journal takes back the whole write, and the next append tries anew.
// Never: rewrites a line; a failed flush stops the journal for good, since the kernel has forgotten the bytes.
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { crashPoint } from '../platform/files/crash.ts';
import { flushFolder } from '../platform/files/files.ts';
import type { Clock } from '../platform/text/clock.ts';
import { errnoOf, Fault, isReason, messageOf, type Reason, troubleOf, whenAbsent } from '../platform/text/fault.ts';
import { type Entry, journalVersion, readEntry, type Step } from './entry.ts';

// One line of an entry that is JSON already, with a checksum over everything before it.
function formatLine(text: string): string {
  const body = text.slice(0, -1);
  return `${body},"sum":"${checksum(body)}"}\n`;
}

// The length of a line's end: its checksum, and the bracket that closes it.
const sumLength = ',"sum":"00000000"}'.length;

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/**
 * Reads one line of a journal, without its end; a string says what is wrong with it. Throws Fault `journal-newer` for a
 * line that is whole and unknown: passing over what a newer fourline did would be doing it again.
 */
export function parseLine(line: string): Entry | Reason {
  const [, sum] = /,"sum":"([0-9a-f]{8})"\}$/.exec(line.slice(-sumLength)) ?? [];
  if (sum === undefined) return 'the line is torn';
  const body = line.slice(0, -sumLength);
  if (checksum(body) !== sum) return 'the checksum does not fit';
  let value: unknown;
  try {
    value = JSON.parse(`${body}}`);
  } catch {
    return 'the line is not JSON';
  }
  const entry = readEntry(value);
  if (!isReason(entry)) return entry;
  throw new Fault('journal-newer', `the journal has entries that this fourline doesn't know: ${entry}`, {
    hint: 'a newer fourline worked this workspace: install that one. Nothing was changed',
  });
}

/** A line that could not be read. `line` counts from 1. */
export type DamagedLine = { readonly line: number; readonly reason: string };

/** The content of the journal's file. */
export type JournalReading = {
  readonly entries: readonly Entry[];
  readonly damaged: readonly DamagedLine[] /** Bytes up to the last whole line. */;
  readonly length: number;
  readonly torn: boolean;
};

/**
 * The last reading of a journal by a process that reads it again and again: lines that stand there to the byte as
 * before need not be parsed again.
 */
export type JournalMemory = { last: { readonly whole: Buffer; readonly reading: JournalReading } | null };

/** The most of a journal that is remembered, in bytes. */
const rememberedMost = 64 * 1024 * 1024;

/** Reads the whole journal; an absent one is empty. */
export async function readJournal(path: string, memory: JournalMemory = { last: null }): Promise<JournalReading> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  // Counted in bytes: a damaged line need not be text, and what decoding makes of it has another length.
  const end = bytes.lastIndexOf(10) + 1;
  const { whole, reading } = memory.last ?? nothingRead;
  const known = bytes.subarray(0, whole.length).equals(whole) ? reading : nothingRead.reading;
  const entries: Entry[] = [...known.entries];
  const damaged: DamagedLine[] = [...known.damaged];
  // Line by line: one text of a whole journal could be longer than V8 allows.
  for (let [at, line] = [known.length, entries.length + damaged.length + 1]; at < end; line += 1) {
    const stop = bytes.indexOf(10, at);
    const entry = parseLine(bytes.toString('utf8', at, stop));
    if (isReason(entry)) damaged.push({ line, reason: entry });
    else entries.push(entry);
    at = stop + 1;
  }
  const read = { entries, damaged, length: end, torn: end < bytes.length };
  memory.last = end > rememberedMost ? null : { whole: bytes.subarray(0, end), reading: read };
  return read;
}

const nothingRead = {
  whole: Buffer.alloc(0),
  reading: { entries: [], damaged: [], length: 0, torn: false } as JournalReading,
};

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
