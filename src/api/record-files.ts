// Why: several questions are answered from an order's record: while it is active, and after it was settled.
// Promises: finds the folder wherever the order stands; a part that isn't there is null.
// Never: changes anything.

import { readFile } from 'node:fs/promises';
import type { Standing } from '../ledger/standing.ts';
import type { Places } from '../places.ts';
import type { JudgedRun } from '../record/format.ts';
import { recordFile, recordFolder, runFolder } from '../record/path.ts';
import { readStored } from '../record/stored.ts';

/** A file of an order's record as text, or null. */
export async function readRecord(places: Places, standing: Standing, name: string): Promise<string | null> {
  return (await readRecordBytes(places, standing, name))?.toString() ?? null;
}

/** A file of an order's record as it is, of the last run that left it; or null. */
export async function readRecordBytes(places: Places, standing: Standing, name: string): Promise<Buffer | null> {
  for (const folder of runFoldersOf(places, standing)) {
    const content = await readFile(`${folder}/${name}`).catch(() => null);
    if (content !== null) return content;
  }
  return null;
}

// The record, then the folders of its earlier runs, the last one first.
function runFoldersOf(places: Places, standing: Standing): string[] {
  const folder = recordFolder(places, standing);
  return [
    folder,
    ...Array.from({ length: standing.tries.attempt }, (_, at) => runFolder(folder, standing.tries.attempt - at)),
  ];
}

/** Refused work that no patch can hold. `file` is the place of its content; null when it has no content. */
export type KeptFile = {
  readonly file: string | null;
  readonly what: string;
  readonly path: string;
  readonly reason: string;
};

/** Reads from the index in the record's `refused` folder which refused work the record keeps besides its patch. */
export async function readKept(places: Places, standing: Standing): Promise<KeptFile[]> {
  const folder = recordFile(recordFolder(places, standing), 'refused');
  const index = (await readRecord(places, standing, 'refused/INDEX.txt')) ?? '';
  return index
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', what = '', path = '', reason = ''] = line.split('\t');
      return { file: name.startsWith('(') ? null : `${folder}/${name}`, what, path, reason };
    });
}

/** The verdicts of an order's last judged run. Throws a Fault if its file can't be read. */
export async function readVerdicts(places: Places, standing: Standing): Promise<JudgedRun | null> {
  for (const folder of runFoldersOf(places, standing)) {
    const judged = await readStored(folder, 'verdicts.json');
    if (judged !== null) return judged;
  }
  return null;
}
