// Why: a flush for each of an order's twenty objects is what publishing cost most, and the journal has it all: the
// ledger is flushed now and then, as one pack.
// Promises: after a power cut nothing is left of what was not flushed; it is published again from the journal, commit
// by commit the same.
// Never: holds publishing up for a disk; trusts an object that no flush covered before the machine went down.
import { rm } from 'node:fs/promises';
import type { Places } from '../places.ts';
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { type ObjectId, resolveRef, runGit } from '../platform/git/git.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { bootOf } from '../platform/process/living.ts';

/** The ledger's one branch. */
export const ledgerBranch = 'refs/heads/main';

/** After how many entries the ledger is flushed: some eighty orders, packed by one process. */
export const flushEvery = 500;

// The newest commit that is flushed, null where none is, and the boot of the machine since which others were written.
type Flushed = { readonly boot: string; readonly commit: ObjectId | null };

function flushedFile(places: Places): string {
  return `${places.history.ledger}/flushed.json`;
}

async function readFlushed(places: Places): Promise<Flushed | null> {
  const file = await readPlain(flushedFile(places));
  if (file.kind === 'absent') return null;
  const [, boot, commit] =
    /^\{"boot":"(\w+)","commit":(null|"[0-9a-f]+")\}\n?$/.exec(file.kind === 'text' ? file.text : '') ?? [];
  // A file that we cannot read says nothing, so we trust no commit.
  if (boot === undefined || commit === undefined) return { boot: '', commit: null };
  return { boot, commit: JSON.parse(commit) as ObjectId | null };
}

async function sayFlushed(places: Places, commit: ObjectId | null): Promise<void> {
  await writeDurable(flushedFile(places), `${JSON.stringify({ boot: bootOf(), commit } satisfies Flushed)}\n`);
}

/** Remembers, before the first commit is written, that nothing of a new ledger is flushed. */
export async function beginUnflushed(places: Places): Promise<void> {
  await sayFlushed(places, null);
}

/**
 * Moves the ledger back to what is surely on the disk, where the machine was started anew since. A ledger that says
 * nothing was flushed commit by commit, as older versions did. Throws what git and the disk throw.
 */
export async function dropUnflushed(places: Places): Promise<void> {
  const flushed = await readFlushed(places);
  if (flushed !== null && flushed.boot === bootOf()) return;
  const tip = await resolveRef(places.history.ledger, ledgerBranch);
  const kept = flushed === null ? tip : flushed.commit;
  if (flushed !== null && kept !== tip) {
    if (kept === null) await rm(`${places.history.ledger}/${ledgerBranch}`, { force: true });
    else await writeRef(places.history.ledger, ledgerBranch, kept, { flush: true });
  }
  if (tip !== null || flushed !== null) await sayFlushed(places, kept);
}

/** Packs and flushes all that the ledger holds. Throws Fault `git-failed`. */
export async function flushLedger(places: Places): Promise<void> {
  const tip = await resolveRef(places.history.ledger, ledgerBranch);
  if (tip === null) return;
  await runGit(places.history.ledger, 'repack', ['-q', '-d', '--geometric=2']);
  await sayFlushed(places, tip);
}
