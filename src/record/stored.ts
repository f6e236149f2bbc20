// Why: the files of a record that fourline reads again have one reader and one writer.
// Promises: a written file is whole on disk when the call returns. If a file is damaged, or a later fourline wrote it,
// the Fault names its path and says what to do.
// Never: treats an unreadable file as a missing file.
import type { Places } from '../places.ts';
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Formats, parseStored, printStored, type Reading, type Waiting } from './format.ts';
import { activeFolder, recordFile } from './path.ts';

// The most bytes that are read: a plan may hold thousands of verdicts and texts.
const limit = 256 * 1024 * 1024;

// Hints for a person who has no whole copy of the file.
const ways: { readonly [Name in keyof Formats]: string } = {
  'run.json': 'remove it',
  'verdicts.json': 'remove it, and the order goes on without the work of its last run',
  'checks.json': 'remove it, and the checks are run again before anything lands',
  'state.json': 'remove it, and the state files of that run are left as they are',
  'held.json': 'remove it, and the order is run again, with its work in its room',
  'waiting.json': 'remove it, and the order goes on without what it waited for',
};

/**
 * The text of a file of a record, with its value; null if the file is missing. `folder` is the record, or the folder of
 * an earlier run in it.
 */
export async function readStoredText<Name extends keyof Formats>(
  folder: string,
  name: Name,
): Promise<{ readonly text: string; readonly reading: Reading<Formats[Name]> } | null> {
  const file = await readPlain(recordFile(folder, name), limit);
  if (file.kind === 'absent') return null;
  return file.kind === 'text'
    ? { text: file.text, reading: parseStored(name, file.text) }
    : { text: '', reading: { kind: 'damaged', reason: file.flaw } };
}

/**
 * The value of a file of a record; null if the file is missing. Throws a Fault `record-damaged` or `record-newer` that
 * names the file and says what to do.
 */
export async function readStored<Name extends keyof Formats>(
  folder: string,
  name: Name,
): Promise<Formats[Name] | null> {
  const reading = (await readStoredText(folder, name))?.reading;
  return reading === undefined ? null : storedValue(recordFile(folder, name), name, reading);
}

/** The value of a file that was read already. Throws as readStored does. */
export function storedValue<Name extends keyof Formats>(
  where: string,
  name: Name,
  reading: Reading<Formats[Name]>,
): Formats[Name] {
  switch (reading.kind) {
    case 'value':
      return reading.value;
    case 'newer': {
      const what = `${where} was written by a later fourline (version ${reading.version})`;
      throw new Fault('record-newer', `${what}: work this workspace with that fourline, or a later one`, { where });
    }
    case 'damaged': {
      const what = `${where} is damaged (${reading.reason})`;
      throw new Fault('record-damaged', `${what}: put a whole copy of it back, or ${ways[name]}`, { where });
    }
  }
}

/** Writes a file of a record. Returns its text. */
export async function writeStored<Name extends keyof Formats>(
  folder: string,
  name: Name,
  value: Formats[Name],
): Promise<string> {
  const text = printStored(name, value);
  await writeDurable(recordFile(folder, name), text);
  return text;
}

/**
 * The waiting.json of an order in state/active; null when the order doesn't wait. Throws a Fault if the file can't be
 * read.
 */
export function readWaiting(places: Places, id: string): Promise<Waiting | null> {
  return readStored(activeFolder(places, id), 'waiting.json');
}
