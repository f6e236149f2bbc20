// Why: all that binds an order is spread over journal, ledger, record, cards and repositories; whoever it is handed to
// has none of them.
// Promises: a proof holds the record, the cards, the journal's lines with those they rest on, and the objects of what
// landed. The ledger's commits come without a gap. Files are copied as they were recorded: secrets that were taken out
// stay out.
// Never: changes anything; judges what it copies. The check does that.

import { readFile, stat } from 'node:fs/promises';
import { withoutNumber } from '../ledger/compare.ts';
import type { Entry } from '../ledger/entry.ts';
import { type Published, printSorted, readPublished, sealEntry } from '../ledger/publish.ts';
import { keptCard } from '../places.ts';
import { digestFolder, digestsName } from '../platform/files/digests.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { type GitObject, openReader, readMany } from '../platform/git/git-reader.ts';
import { composePack } from '../platform/git/pack.ts';
import { newInTree, treeOf } from '../platform/git/tree.ts';
import { Fault, whenAbsent } from '../platform/text/fault.ts';
import { archiveFolder } from '../record/path.ts';
import type { Look } from '../workspace/look.ts';
import { version } from '../workspace/version.ts';
import { isRunning, lineNumbers } from './journal.ts';
import {
  cardPart,
  composeProof,
  mayLeaveOut,
  type ProofHead,
  proofParts,
  proofVersion,
  recordPart,
} from './proof-form.ts';

/** Refused files above this many bytes are left out. */
const largeFile = 64 * 1024 * 1024;

/** A look, with the journal's readable lines. */
export type ProofGround = Look & { readonly entries: readonly Entry[] };

type ProofDraft = Map<string, Uint8Array>;
type ObjectDraft = Map<string, GitObject>;

/**
 * Makes the proof of settled orders, as bytes. Throws Fault `proof-ledger` where the ledger lacks a line that the proof
 * needs.
 */
export async function makeProof(look: ProofGround, orders: readonly string[]): Promise<Buffer> {
  const { places } = look.workspace;
  const lines = linesFor(look.entries, orders);
  const chain = await chainOf(look, orders, lines);
  const objects: ObjectDraft = new Map();
  for (const object of await readMany(places.history.ledger, [...chain.commits]))
    if (object !== null) objects.set(object.id, object);
  for (const index of lines) await addLanding(look, look.entries[index], orders, objects);
  const head: ProofHead = {
    proof: proofVersion,
    about: 'evidence about settled work orders, by fourline; docs/proof.md there says how to check it by hand',
    fourline: version,
    orders: [...orders].sort(),
  };
  const parts: ProofDraft = new Map([
    [proofParts.head, Buffer.from(`${JSON.stringify(head, null, 1)}\n`)],
    [proofParts.ledger, Buffer.from(chain.carriers.map((id) => `${id}\n`).join(''))],
    [proofParts.sorted, Buffer.from(lines.flatMap((index) => sortedLine(look.entries[index])).join(''))],
    [proofParts.journal, await excerpt(look, lines)],
  ]);
  for (const index of lines) await addFiles(look, look.entries[index], orders, parts);
  const signers = await readFile(places.signers).catch(whenAbsent(null));
  if (signers !== null) parts.set(proofParts.signers, signers);
  for (const [hash, length] of [
    ['sha1', 40],
    ['sha256', 64],
  ] as const) {
    const own = [...objects.values()].filter(({ id }) => id.length === length);
    if (own.length > 0) parts.set(proofParts.packs[hash], composePack(own.sort(byId)).pack);
  }
  return composeProof(parts);
}

function byId(one: GitObject, other: GitObject): number {
  return one.id < other.id ? -1 : 1;
}

function sortedLine(entry: Entry | undefined): string[] {
  return entry === undefined ? [] : [`${printSorted(entry)}\n`];
}

// The lines of the orders, and those that they rest on: the card's coming into force, the parent's orders and claims,
// the children's orders. Indexes of readable lines, in turn.
function linesFor(entries: readonly Entry[], orders: readonly string[]): number[] {
  const asked = new Set(orders);
  const parents = new Set<string>();
  const cards = new Set<string>();
  for (const entry of entries) {
    if (!('order' in entry) || !asked.has(entry.order ?? '')) continue;
    if (entry.step === 'posted' && entry.parent !== undefined) parents.add(entry.parent);
    if (entry.step === 'claimed') cards.add(`${entry.role} ${entry.card}`);
  }
  const out: number[] = [];
  for (const [index, entry] of entries.entries()) {
    const own = 'order' in entry && asked.has(entry.order ?? '');
    const above = (entry.step === 'posted' || entry.step === 'claimed') && parents.has(entry.order);
    const below = entry.step === 'posted' && asked.has(entry.parent ?? '');
    const card = entry.step === 'amended' && entry.what !== 'removed' && cards.has(`${entry.role} ${entry.digest}`);
    if (own || above || below || card) out.push(index);
  }
  return out;
}

// The commits of the ledger that carry the lines, and with them those between an order's first and last line.
type Chain = { readonly carriers: readonly string[]; readonly commits: ReadonlySet<string> };

/** How often a proof waits for a running fourline to publish, and for how long each time, in milliseconds. */
const proofPatience = { rounds: 25, pause: 200 } as const;

async function chainOf(look: ProofGround, orders: readonly string[], lines: readonly number[]): Promise<Chain> {
  const { places } = look.workspace;
  for (let round = 0; ; round += 1) {
    const published = (await readPublished(places)) ?? [];
    const chain = chainIn(published, look.entries, orders, lines);
    if (chain !== null) return chain;
    if (round === proofPatience.rounds || !(await isRunning(places))) break;
    await new Promise((resolve) => setTimeout(resolve, proofPatience.pause));
  }
  throw new Fault('proof-ledger', 'the ledger lacks a line of the journal that the proof needs, or has it otherwise', {
    where: places.history.ledger,
    hint: 'fourline audit --verify says which; fourline start --once publishes what was not published yet',
  });
}

function chainIn(
  published: readonly Published[],
  entries: readonly Entry[],
  orders: readonly string[],
  lines: readonly number[],
): Chain | null {
  const places = new Map(published.map(({ seal }, place) => [withoutNumber(seal), place]));
  const found = lines.map((index) => {
    const entry = entries[index];
    return entry === undefined ? undefined : places.get(withoutNumber(sealEntry(entry, index + 1)));
  });
  if (found.some((place) => place === undefined)) return null;
  const carriers = found.map((place) => published[place ?? -1]?.id ?? '');
  const commits = new Set(carriers);
  for (const order of orders) {
    const own = lines.flatMap((index, at) => {
      const entry = entries[index];
      return entry !== undefined && 'order' in entry && entry.order === order ? [found[at] ?? 0] : [];
    });
    for (const { id } of published.slice(Math.min(...own), Math.max(...own) + 1)) commits.add(id);
  }
  return { carriers, commits };
}

// The journal's lines as they stand in its file.
async function excerpt({ workspace, entries, damaged }: ProofGround, lines: readonly number[]): Promise<Buffer> {
  const bytes = await readFile(workspace.places.history.journal);
  const lineOf = lineNumbers(entries.length, damaged);
  const wanted = new Set(lines.map(lineOf));
  const out: Buffer[] = [];
  for (let [at, line] = [0, 1]; at < bytes.length; line += 1) {
    const stop = bytes.indexOf(10, at) + 1;
    if (stop === 0) break;
    if (wanted.has(line)) out.push(bytes.subarray(at, stop));
    at = stop;
  }
  return Buffer.concat(out);
}

// Adds everything a landing changed: the commit, its parent, the folders and files in which they differ, on both sides.
async function addLanding(
  { workspace }: Look,
  entry: Entry | undefined,
  orders: readonly string[],
  objects: ObjectDraft,
): Promise<void> {
  if (entry?.step !== 'landed' || !orders.includes(entry.order)) return;
  const target = await workspace.target(entry.repo);
  if ('kind' in target) return;
  for (const gitDir of [target.commonDir, target.mirror]) {
    const reader = { ...openReader(gitDir), gitDir };
    try {
      const commit = await reader.read(entry.commit);
      if (commit?.type !== 'commit') continue;
      const [parent] = readCommitText(commit.content.toString()).parents;
      const tree = await treeOf(reader, entry.commit);
      const before = parent === undefined ? null : await treeOf(reader, parent);
      const ids = [
        ...(await newInTree(reader, before, tree)),
        ...(before === null ? [] : await newInTree(reader, tree, before)),
      ];
      for (const id of [entry.commit, ...(parent === undefined ? [] : [parent]), ...ids]) {
        const object = await reader.read(id);
        if (object !== null) objects.set(id, object);
      }
      return;
    } finally {
      reader.close();
    }
  }
}

// The card that a claim names, and the record that a settled line closes.
async function addFiles(
  { workspace }: Look,
  entry: Entry | undefined,
  orders: readonly string[],
  parts: ProofDraft,
): Promise<void> {
  if (entry === undefined || !('order' in entry) || !orders.includes(entry.order ?? '')) return;
  const { places } = workspace;
  if (entry.step === 'claimed') {
    const card = await readFile(keptCard(places, entry.card)).catch(whenAbsent(null));
    if (card !== null) parts.set(cardPart(entry.card), card);
  }
  if (entry.step !== 'settled') return;
  const folder = archiveFolder(places, entry.order, entry.month);
  const digests = await digestFolder(folder);
  for (const [path, digest] of [...digests, [digestsName, '0'.repeat(64)] as const]) {
    if (await isLeftOut(folder, path, digest)) continue;
    const data = await readFile(`${folder}/${path}`).catch(whenAbsent(null));
    if (data !== null) parts.set(`${recordPart(entry.month, entry.order)}/${path}`, data);
  }
}

async function isLeftOut(folder: string, path: string, digest: string): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(digest)) return true;
  if (!mayLeaveOut(path, digest)) return false;
  return !path.includes('refused/') || (await stat(`${folder}/${path}`)).size > largeFile;
}
