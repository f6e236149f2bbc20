// Why: a set-up that was shown is written.
// Promises: each file is the old one or the whole new one, with its permissions and its owner. A record is
// kept before its file changes; a folder that was made for a file goes with it.
// Never: writes over a file that changed since it was read.
import { access, readFile, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { giveTo, ownerAbove } from '../platform/files/owner.ts';
import { Fault, whenAbsent } from '../platform/text/fault.ts';
import type { FileChange } from './plan.ts';
import { dropRecord, keepRecord } from './record.ts';

/** Writes planned changes, one file after the other. Throws Fault `setup-changed`, and what the disk throws. */
export async function carryOutSetup(changes: readonly FileChange[], records: string): Promise<void> {
  for (const change of changes) if (change.flaw === undefined) await writeChange(change, records);
  const gone = changes.filter((one) => one.after === null).flatMap((one) => one.folders);
  for (const folder of gone.sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => undefined);
}

async function writeChange(change: FileChange, records: string): Promise<void> {
  const { path, target, before, after, mode, record } = change;
  const now = await readFile(target, 'utf8').catch(whenAbsent(null));
  if (now !== before)
    throw new Fault('setup-changed', `${path} changed while it was shown`, { hint: 'run the command again' });
  if (after === null) {
    if (before !== null) await unlink(target);
    return dropRecord(records, path);
  }
  const folders = await missingAbove(target);
  if (record === null) await dropRecord(records, path);
  else await keepRecord(records, { ...record, folders: folders.length > 0 ? folders : record.folders });
  if (after === before) return;
  const owner = await ownerAbove(target);
  await makeFolder(dirname(target));
  for (const folder of folders) await giveTo(folder, owner);
  const owned = before === null ? owner : await stat(target);
  await writeDurable(target, after, { mode: mode ?? 0o644 });
  await giveTo(target, owned);
}

const yesOrNo = [() => true, () => false] as const;

async function missingAbove(path: string): Promise<string[]> {
  const out: string[] = [];
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    if (await access(at).then(...yesOrNo)) break;
    out.push(at);
  }
  return out;
}
