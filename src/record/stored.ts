// Why: the files of a record that fourline reads again have one reader and one writer.
// Promises: what is written is whole on disk when it returns; a file that is damaged, or that a later fourline wrote,
// is named with its path and what to do.
// Never: takes a file that can't be read for one that isn't there.
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Formats, parseStored, printStored, type Reading } from './format.ts';
import { recordFile } from './path.ts';

// The most bytes that are read: a plan may hold thousands of verdicts and texts.
const limit = 256 * 1024 * 1024;

// What a person can do who has no whole copy of the file.
const ways: { readonly [Name in keyof Formats]: string } = {
  'run.json': 'remove it',
  'verdicts.json': 'remove it, and the order goes on without the work of its last run',
  'checks.json': 'remove it, and the checks are run again before anything lands',
  'state.json': 'remove it, and the state files of that run are left as they are',
  'held.json': 'remove it, and the order is run again, with its work in its room',
  'waiting.json': 'remove it, and the order goes on without what it waited for',
};

/**
 * The text of a file of a record with what it says; null where it is not there. `folder` is the record, or the folder
 * of an earlier run in it.
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
 * What a file of a record says; null where it is not there. Throws a Fault `record-damaged` or `record-newer` that
 * names the file and says what to do.
 */
export async function readStored<Name extends keyof Formats>(
  folder: string,
  name: Name,
): Promise<Formats[Name] | null> {
  const reading = (await readStoredText(folder, name))?.reading;
  return reading === undefined ? null : storedValue(recordFile(folder, name), name, reading);
}

/** What a file says that was read already. Throws as readStored does. */
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

/** Writes a file of a record. Gives its text. */
export async function writeStored<Name extends keyof Formats>(
  folder: string,
  name: Name,
  value: Formats[Name],
): Promise<string> {
  const text = printStored(name, value);
  await writeDurable(recordFile(folder, name), text);
  return text;
}
