// Why: the audit. The journal's history as git commits, one per action, that anybody can read, clone and compare.
// Promises: entries are published in order, each once: the tip says which entry it is, and the next batch goes on from
// there; one ref moves at the end.
// Never: is the truth; deleted, it is built again from the journal.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { keptCard, type Places } from '../places.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { listFolder } from '../platform/files/files.ts';
import { ensureBare, renewBare } from '../platform/git/bare.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { askGit, type ObjectId, resolveRef } from '../platform/git/git.ts';
import { readMany } from '../platform/git/git-reader.ts';
import { committerOf, identityOf } from '../platform/git/identity.ts';
import { type Objects, openObjects, readObject } from '../platform/git/objects.ts';
import { writeRef } from '../platform/git/own-refs.ts';
import { editTree, type TreeEdit, treeOf } from '../platform/git/tree.ts';
import { writeCommit } from '../platform/git/write-commit.ts';
import { bootOf } from '../platform/process/living.ts';
import { sweepRepository } from '../platform/process/remains.ts';
import { Fault, whenAbsent } from '../platform/text/fault.ts';
import { countOf } from '../platform/text/text.ts';
import { activeFolder, archiveFolder, inboxFile, runFolder } from '../record/path.ts';
import type { Entry } from './entry.ts';
import { beginUnflushed, dropUnflushed, flushedCommit, ledgerBranch } from './flush.ts';
import type { JournalSteps } from './read-history.ts';
import { type Story, type StoryFile, tellEntry } from './story.ts';

const branch = ledgerBranch;

/**
 * How many entries the ledger holds. Makes an empty ledger where there is none. Throws Fault `git-failed` where it is
 * damaged.
 */
export async function countPublished(places: Places): Promise<number> {
  await ensureBare(places.history.ledger, { head: branch });
  return withLedger(places, async (objects) => {
    await dropUnflushed(places, objects);
    return entryCount(objects, await resolveRef(places.history.ledger, branch));
  });
}

/**
 * Makes a ledger fit to be published to again after that failed: first without what killed gits left in it, then as an
 * empty one, to be filled from the journal.
 */
export async function mendLedger(places: Places, how: 'sweep' | 'renew'): Promise<void> {
  if (how === 'sweep') await sweepRepository(places.history.ledger);
  else await renewBare(places.history.ledger, { head: branch });
}

/**
 * Tells people which part of the journal the ledger doesn't hold yet. Gives null when the ledger holds all, or lags no
 * longer than publishing takes. Changes nothing.
 */
export async function tellLag(places: Places, steps: JournalSteps, now: Date | null): Promise<string | null> {
  const count =
    (await stat(places.history.ledger).catch(whenAbsent(null))) === null ? 0 : await readCount(places).catch(() => 0);
  const [oldest] = await stepsBehind(steps, count);
  if (oldest === undefined || (now !== null && now.getTime() - Date.parse(oldest.at) < lagTime)) return null;
  return `the ledger is ${countOf(steps.count - count, 'step')} behind the journal; ${now === null ? 'the next start' : 'fourline'} brings it up to date`;
}

/** The journal's readable lines behind the first `count`. */
export async function stepsBehind(steps: JournalSteps, count: number): Promise<readonly Entry[]> {
  const missing = steps.count - count;
  if (missing <= 0) return [];
  // Few of them are at the journal's end; many are read from its start.
  return missing > 10_000 ? (await steps.all()).slice(count) : steps.last(missing);
}

/**
 * Milliseconds that a ledger may lag while fourline works before we report it. Publishing waits a quarter of a second;
 * a busy machine makes it several.
 */
const lagTime = 10_000;

async function readCount(places: Places): Promise<number> {
  return withLedger(places, async (objects) => entryCount(objects, await resolveRef(places.history.ledger, branch)));
}

/**
 * How many of its newest entries the ledger holds that are not flushed: all, where it has not the commit that is said
 * to be. Throws Fault `git-failed` where it is damaged.
 */
export async function countUnflushed(places: Places): Promise<number> {
  const flushed = await flushedCommit(places);
  return withLedger(places, async (objects) => {
    const known = flushed !== null && (await objects.read(flushed))?.type === 'commit' ? flushed : null;
    const holds = await entryCount(objects, await resolveRef(places.history.ledger, branch));
    return holds - (await entryCount(objects, known));
  });
}

async function withLedger<Result>(places: Places, work: (objects: Objects) => Promise<Result>): Promise<Result> {
  const objects = ledgerObjects(places);
  try {
    return await work(objects);
  } finally {
    objects.close();
  }
}

/** Opens the ledger's objects; the caller closes them. Where the system tells no boot from another, each is flushed. */
export function ledgerObjects(places: Places): Objects {
  return openObjects({ gitDir: places.history.ledger, format: 'sha1', flush: bootOf() === '0' });
}

async function entryCount(objects: Objects, tip: ObjectId | null): Promise<number> {
  return tip === null ? 0 : entryNumber(readCommitText((await readObject(objects, 'commit', tip)).toString()).message);
}

// The last line of a message, as it was composed.
function entryNumber(message: string): number {
  return Number(/(?:^|\n)Fourline-Entry: (\d+)\n*$/.exec(message)?.[1] ?? 0);
}

/**
 * Publishes entries as commits; the first of them is number `from` + 1. `monthOf` tells the archive month of a settled
 * order. Throws Fault `git-failed` where the ledger is damaged, or holds other entries than those before.
 */
export async function publishEntries(
  objects: Objects,
  plan: { readonly places: Places; readonly domain: string; readonly monthOf: (order: string) => string | null },
  from: number,
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  const { places, domain } = plan;
  const tip = await resolveRef(places.history.ledger, branch);
  const holds = await entryCount(objects, tip);
  if (holds !== from || (from === 0 && tip !== null))
    throw new Fault('git-failed', `the ledger holds ${countOf(holds, 'step')}, and ${from} were published`);
  if (tip === null) await beginUnflushed(places);
  crashPoint('publish.begun');
  let parent = tip;
  let tree = tip === null ? null : await treeOf(objects, tip);
  for (const [index, entry] of entries.entries()) {
    const story = tellEntry(entry);
    tree = await editTree(objects, tree, await storyEdits(objects, plan, story.files));
    parent = await writeCommit(objects, {
      tree,
      parent,
      author: identityOf(story.author, domain),
      committer: committerOf(domain),
      seconds: secondsOf(entry),
      message: composeEntry(entry, story, from + index + 1),
    });
  }
  if (parent !== null) await writeRef(places.history.ledger, branch, parent, { from: tip, flush: false });
  crashPoint('publish.written');
}

function secondsOf(entry: Entry): number {
  return Math.floor(Date.parse(entry.at) / 1000);
}

// The digest is over the whole entry: what the sentence does not tell is bound by it.
function composeEntry(entry: Entry, story: Story, number: number): string {
  const trailers = [
    ...('order' in entry ? [`Fourline-Order: ${entry.order}`] : []),
    ...('run' in entry ? [`Fourline-Run: ${entry.run}`] : []),
    `Fourline-Step: ${entry.step}`,
    `Fourline-Digest: sha256:${digestPublished(entry)}`,
    `Fourline-Entry: ${number}`,
  ];
  return [story.subject, ...(story.body === '' ? [] : ['', story.body]), '', ...trailers, ''].join('\n');
}

function digestPublished(entry: Entry): string {
  return createHash('sha256').update(printSorted(entry)).digest('hex');
}

/** An entry as the text that its digest in the ledger is over: JSON with sorted keys, without a checksum. */
export function printSorted(entry: Entry): string {
  return JSON.stringify(entry, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Composes the text that an entry and its commit in the ledger must have in common; `number` is the entry's. */
export function sealEntry(entry: Entry, number: number): string {
  const story = tellEntry(entry);
  return `${story.author}\n${secondsOf(entry)}\n${composeEntry(entry, story, number).trim()}`;
}

/**
 * One commit of the ledger. `seal` is comparable with that of an entry; `number` the entry's number as it says, 0 when
 * it says none.
 */
export type Published = {
  readonly id: string;
  readonly number: number;
  readonly seal: string;
  /** The mail domain its author and committer carry; null where they are not fourline's. */
  readonly domain: string | null;
};

/** Reads the whole ledger, first commit first; null when there is none. */
export async function readPublished(places: Places): Promise<Published[] | null> {
  if ((await stat(`${places.history.ledger}/HEAD`).catch(() => null)) === null) return null;
  if ((await resolveRef(places.history.ledger, branch)) === null) return null;
  const ids = (await askGit(places.history.ledger, 'rev-list', ['--reverse', '--first-parent', branch])).split('\n');
  const objects = await readMany(places.history.ledger, ids);
  return ids.map((id, index) => readPublishedCommit(id, objects[index]?.content.toString() ?? ''));
}

/** Reads a commit of the ledger from its text. */
export function readPublishedCommit(id: string, text: string): Published {
  const { author, committer, message } = readCommitText(text);
  const domain = committer.email.slice(committer.email.lastIndexOf('@') + 1);
  const ours = [identityOf(author.name, domain), committerOf(domain)];
  const fits = [author, committer].every(
    ({ name, email, zone }, index) => name === ours[index]?.name && email === ours[index].email && zone === '+0000',
  );
  return {
    id,
    number: entryNumber(message),
    seal: `${author.name}\n${author.seconds}\n${message.trim()}`,
    domain: fits ? domain : null,
  };
}

async function storyEdits(
  objects: Objects,
  { places, monthOf }: Parameters<typeof publishEntries>[1],
  files: readonly StoryFile[],
): Promise<TreeEdit[]> {
  const edits: TreeEdit[] = [];
  for (const file of files) {
    const { path } = file;
    const content = await contentOf(places, file, monthOf);
    if (content !== null) edits.push({ path, to: { mode: '100644', id: await objects.write('blob', content) } });
    else if (file.kind === 'gone') edits.push({ path, to: null });
  }
  return edits;
}

async function contentOf(
  places: Places,
  file: StoryFile,
  monthOf: (order: string) => string | null,
): Promise<Uint8Array | null> {
  switch (file.kind) {
    case 'gone':
      return null;
    case 'text':
      return Buffer.from(file.text);
    case 'card':
      return readFile(keptCard(places, file.digest)).catch(whenAbsent(null));
    case 'record': {
      // A record is moved to the archive before the line that says in which month.
      const month = monthOf(file.order);
      const months = month === null ? (await listFolder(places.orders)).reverse() : [month];
      const archived = months.map((one) => archiveFolder(places, file.order, one));
      const roots = [activeFolder(places, file.order), ...archived];
      const { attempt } = file;
      const folders = roots.flatMap((root) => (attempt === null ? [root] : [runFolder(root, attempt), root]));
      const paths = folders.map((folder) => `${folder}/${file.name}`);
      if (file.name === 'order.md') paths.push(inboxFile(places, file.role, file.order));
      for (const path of paths) {
        const content = await readFile(path).catch(whenAbsent(null));
        if (content !== null) return content;
      }
      return null;
    }
  }
}
