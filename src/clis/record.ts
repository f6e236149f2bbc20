// Why: --remove takes back exactly what a set-up wrote. So it is kept what that was, beside the rooms: a set-up
// outlives its workspace.
// Promises: a file that nobody changed since goes back to its old bytes. A record holds what fourline put in and what
// it put that in place of, and no other text of a person's file.
// Never: trusts a record that doesn't fit its file.
import { readFile, unlink } from 'node:fs/promises';
import { digestText } from '../platform/files/digests.ts';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { whenAbsent } from '../platform/text/fault.ts';
import type { SetupPart } from './tools.ts';

/**
 * The record of one file that a set-up wrote to: its parts; the digest of the file afterwards; the text that came in at
 * `start` (characters) and the text that it replaced; whether the file was new; the folders that were made for it, the
 * lowest first. Without `change` the parts alone are known.
 */
export type SetupRecord = {
  readonly version: 1;
  readonly file: string;
  readonly parts: readonly SetupPart[];
  readonly after: string;
  readonly change: { readonly start: number; readonly gone: string; readonly come: string } | null;
  readonly fresh: boolean;
  readonly folders: readonly string[];
};

/** The record of a file, from the folder of records; null where there is none that can be read. */
export async function readSetupRecord(records: string, file: string): Promise<SetupRecord | null> {
  const text = await readFile(recordPath(records, file), 'utf8').catch(whenAbsent(''));
  try {
    const record = JSON.parse(text) as SetupRecord;
    return record.version === 1 && record.file === file ? record : null;
  } catch {
    return null;
  }
}

/** Keeps a record. Nobody but its person may read it: it may hold a piece of their file. */
export async function keepRecord(records: string, record: SetupRecord): Promise<void> {
  await makeFolder(records);
  await writeDurable(recordPath(records, record.file), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** Forgets the record of a file. */
export async function dropRecord(records: string, file: string): Promise<void> {
  await unlink(recordPath(records, file)).catch(whenAbsent(undefined));
}

/** How one text becomes another: one piece in place of another. */
export function changeBetween(before: string, after: string): NonNullable<SetupRecord['change']> {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < most - start && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return { start, gone: before.slice(start, before.length - tail), come: after.slice(start, after.length - tail) };
}

/** The text as it was before a change. */
export function textBefore(text: string, { start, gone, come }: NonNullable<SetupRecord['change']>): string {
  return text.slice(0, start) + gone + text.slice(start + come.length);
}

function recordPath(records: string, file: string): string {
  return `${records}/${digestText(file).slice(0, 32)}.json`;
}
