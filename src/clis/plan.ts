// Why: a person sees what a set-up would change before anything is written.
// Promises: all files are read and all changes made in memory first: one file that can't be read, and none changes.
// Never: writes.
import { access, constants, lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestText } from '../platform/files/digests.ts';
import { errnoOf, Fault, messageOf } from '../platform/text/fault.ts';
import { readJsonc } from '../platform/text/jsonc.ts';
import { addPart, type Edited, takePart } from './edit.ts';
import { changeBetween, readSetupRecord, type SetupRecord, textBefore } from './record.ts';
import type { SetupPart } from './tools.ts';

/** The largest file of a CLI that is read, in bytes: some keep their state beside their settings. */
const fileLimit = 16 * 1024 * 1024;

/**
 * The change of one file: `path` as the CLI has it, `target` where it really is. Null texts are no file. `kept` says
 * what stays of a person's own, `record` is what is remembered afterwards, `folders` are those that an earlier set-up
 * made. `flaw` says why a file can't be put back: it stays as it is, and its record too.
 */
export type FileChange = {
  readonly path: string;
  readonly target: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly mode: number | null;
  readonly kept: readonly string[];
  readonly record: SetupRecord | null;
  readonly folders: readonly string[];
  readonly flaw?: Fault;
};

/**
 * Plans a set-up, or with `remove` its end, file by file. `records` is the folder of records. Throws Fault
 * `setup-unreadable`, `setup-unwritable`, `setup-shape`; with `remove` such a file has its flaw, and the others go.
 */
export async function planFiles(parts: readonly SetupPart[], records: string, remove: boolean): Promise<FileChange[]> {
  const files = [...new Set(parts.map((one) => one.file))];
  const plan = async (file: string): Promise<FileChange> => {
    const own = parts.filter((one) => one.file === file);
    const change = await planFile(file, own, { records, remove });
    if (change.after !== change.before) await checkWritable(change);
    return change;
  };
  return Promise.all(files.map((file) => (remove ? plan(file).catch((error) => flawedFile(file, error)) : plan(file))));
}

function flawedFile(path: string, flaw: unknown): FileChange {
  if (!(flaw instanceof Fault)) throw flaw;
  return { path, target: path, before: null, after: null, mode: null, kept: [], record: null, folders: [], flaw };
}

async function planFile(
  path: string,
  parts: readonly SetupPart[],
  { records, remove }: { readonly records: string; readonly remove: boolean },
): Promise<FileChange> {
  const { target, text: before, mode } = await readTarget(path);
  const record = await readSetupRecord(records, path);
  // Nobody touched it since: its old text is known to the byte.
  const own = record?.change != null && before !== null && digestText(before) === record.after;
  const old = own && record.change !== null ? (record.fresh ? null : textBefore(before, record.change)) : before;
  const known = record?.parts ?? [];
  const folders = record?.folders ?? [];
  const shared = { path, target, before, mode, folders };
  if (remove) {
    if (own) return { ...shared, after: old, kept: [], record: null };
    const written = new Set(known);
    const { text, kept } = applyParts(before, [...known, ...parts], (text, part) =>
      takePart(text, part, written.has(part)),
    );
    // A new file in which nothing is left was ours.
    const empty = record?.fresh === true && text !== null && isBare(text, known);
    return { ...shared, after: empty ? null : text, kept, record: null };
  }
  const { text: after, kept } = applyParts(old, parts, (text, part) => addPart(text, part, known));
  if (after === null || (record === null && after === before)) return { ...shared, after, kept, record: null };
  const clean = own || record === null;
  return {
    ...shared,
    after,
    kept,
    record: {
      version: 1,
      file: path,
      parts: parts.filter((part) => holdsPart(after, part)),
      after: digestText(after),
      change: clean ? changeBetween(old ?? '', after) : null,
      fresh: clean ? old === null : record.fresh,
      folders,
    },
  };
}

// Whether nothing is left in a text but what is shared.
function isBare(text: string, parts: readonly SetupPart[]): boolean {
  const reading = readJsonc(text);
  const shared = parts.flatMap((one) => (one.kind === 'entry' && one.shared === true ? [one.at[0]] : []));
  if (!reading.ok || reading.value === null || typeof reading.value !== 'object') return text.trim() === '';
  return Object.keys(reading.value).every((key) => shared.includes(key));
}

function applyParts(
  start: string | null,
  parts: readonly SetupPart[],
  step: (text: string | null, part: SetupPart) => Edited,
): { readonly text: string | null; readonly kept: string[] } {
  // Windows marks the beginning of some files; it is no part of their JSON.
  const mark = start?.startsWith('\uFEFF') === true ? '\uFEFF' : '';
  let text = start === null ? null : start.slice(mark.length);
  const kept: string[] = [];
  for (const part of parts) {
    const edited = step(text, part);
    text = edited.text;
    if (edited.kept !== null && !kept.includes(edited.kept)) kept.push(edited.kept);
  }
  return { text: text === null ? null : `${mark}${text}`, kept };
}

// Whether a part stands in a text as it was meant.
function holdsPart(text: string, part: SetupPart): boolean {
  return (
    (part.kind === 'entry' && part.shared === true) ||
    applyParts(text, [part], (own, one) => takePart(own, one)).text !== text
  );
}

// The disk's own errors would come when other files are written already.
async function checkWritable({ path, target, before }: FileChange): Promise<void> {
  let folder = dirname(target);
  while ((await lstat(folder).catch(() => null)) === null && folder !== dirname(folder)) folder = dirname(folder);
  for (const place of before === null ? [folder] : [folder, target])
    await access(place, constants.W_OK).catch((error: unknown) => {
      throw new Fault('setup-unwritable', `${path} can't be written: ${messageOf(error)}`, {
        hint: `let its user write to ${place} and try again`,
      });
    });
}

async function readTarget(path: string): Promise<Pick<FileChange, 'target' | 'mode'> & { text: string | null }> {
  const there = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return null;
    throw unreadableFile(path, messageOf(error));
  });
  if (there === null) {
    const lost = await lostLink(path);
    if (lost !== null) throw unreadableFile(path, `${lost === path ? 'it' : lost} is a link that leads to nothing`);
    return { target: path, text: null, mode: null };
  }
  const flaw = !there.isFile() ? 'it is no file' : there.size > fileLimit ? 'it is larger than 16 MiB' : null;
  if (flaw !== null) throw unreadableFile(path, flaw);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unreadableFile(path, messageOf(error));
  });
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { target: await realpath(path), text, mode: there.mode & 0o777 };
  } catch {
    throw unreadableFile(path, 'it is no UTF-8');
  }
}

// The lowest part of an absent path that is there: a link in the place of a file or folder leads nowhere.
async function lostLink(path: string): Promise<string | null> {
  for (let at = path; at !== dirname(at); at = dirname(at))
    if ((await lstat(at).catch(() => null)) !== null) return (await stat(at).catch(() => null)) === null ? at : null;
  return null;
}

function unreadableFile(path: string, flaw: string): Fault {
  return new Fault('setup-unreadable', `${path} can't be read: ${flaw}`, {
    hint: 'correct it and try again; it was not changed',
  });
}
