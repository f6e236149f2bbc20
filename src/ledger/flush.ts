// Why: a flush for each of an order's twenty objects is what publishing cost most, and the journal has it all: the
// ledger is flushed now and then, as one pack.
// Promises: after a power cut nothing is left of a commit that is not whole; the rest is published again from the
// journal.
// Never: holds publishing up for a disk; trusts an object that no flush covered before the machine went down.
import { rm } from 'node:fs/promises';
import type { Places } from '../places.ts';
import { readPlain, writeDurable } from '../platform/files/files.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { type ObjectId, resolveRef, runGit } from '../platform/git/git.ts';
import type { Objects } from '../platform/git/objects.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { newInTree, treeOf } from '../platform/git/tree.ts';
import { bootOf } from '../platform/process/living.ts';
import { machineFails } from '../platform/text/fault.ts';

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

/** The newest commit that is flushed; null where none is. */
export async function flushedCommit(places: Places): Promise<ObjectId | null> {
  return (await readFlushed(places))?.commit ?? null;
}

/**
 * Moves the ledger back to what is surely on the disk, where the machine was started anew since: to the newest commit
 * up to which every object is whole. A ledger that says nothing was flushed commit by commit, as older versions did.
 * Throws what git and the disk throw.
 */
export async function dropUnflushed(places: Places, objects: Objects): Promise<void> {
  const flushed = await readFlushed(places);
  if (flushed !== null && flushed.boot === bootOf()) return;
  const tip = await resolveRef(places.history.ledger, ledgerBranch);
  const kept = flushed === null ? tip : await soundUpTo(objects, flushed.commit, tip);
  if (flushed !== null && kept !== tip) {
    if (kept === null) await rm(`${places.history.ledger}/${ledgerBranch}`, { force: true });
    else await writeRef(places.history.ledger, ledgerBranch, kept, { flush: true });
  }
  if (tip !== null || flushed !== null) await sayFlushed(places, kept);
}

// Nothing of a file that was read after a start came from memory: if it is whole, it is on the disk.
async function soundUpTo(objects: Objects, from: ObjectId | null, tip: ObjectId | null): Promise<ObjectId | null> {
  const ahead: { commit: ObjectId; parent: ObjectId | null }[] = [];
  for (let at = tip; at !== null && at !== from; ) {
    const found = await objects.read(at);
    if (found?.type !== 'commit') return from;
    const parent: ObjectId | null = readCommitText(found.content.toString()).parents[0] ?? null;
    ahead.unshift({ commit: at, parent });
    at = parent;
  }
  if (ahead.length > 0 && ahead[0]?.parent !== from) return from;
  let kept = from;
  for (const { commit, parent } of ahead) {
    if (!(await isCommitWhole(objects, commit, parent))) return kept;
    kept = commit;
  }
  return kept;
}

async function isCommitWhole(objects: Objects, commit: ObjectId, parent: ObjectId | null): Promise<boolean> {
  try {
    const before = parent === null ? null : await treeOf(objects, parent);
    for (const id of await newInTree(objects, before, await treeOf(objects, commit)))
      if ((await objects.read(id)) === null) return false;
    return true;
  } catch (error) {
    if (machineFails(error)) throw error;
    return false;
  }
}

/** Packs and flushes all that the ledger holds. Throws Fault `git-failed`. */
export async function flushLedger(places: Places): Promise<void> {
  const tip = await resolveRef(places.history.ledger, ledgerBranch);
  if (tip === null) return;
  await runGit(places.history.ledger, 'repack', ['-q', '-d', '--geometric=2']);
  await sayFlushed(places, tip);
}
