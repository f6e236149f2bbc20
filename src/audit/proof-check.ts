// Why: a person who is handed a proof has no workspace, and need not believe who made it. The audit's own code
// recomputes it.
// Promises: lines are held against the ledger's commits, records against their lines, landed commits against card,
// order and verdicts. Each difference is named.
// Never: asks a network or a workspace; runs anything that the proof holds.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { splitSignature } from '../commit/sign.ts';
import type { Entry } from '../ledger/entry.ts';
import { readJournal } from '../ledger/journal.ts';
import { type Places, placesOf } from '../places.ts';
import { readDigests } from '../platform/files/digests.ts';
import { ensureBare } from '../platform/git/bare.ts';
import { runGit } from '../platform/git/git.ts';
import { readMany } from '../platform/git/git-reader.ts';
import { makeTemporary } from '../platform/process/remains.ts';
import { Fault } from '../platform/text/fault.ts';
import { type Finding, makeFinding, proofHint } from './finding.ts';
import { type Carried, verifyChain } from './proof-chain.ts';
import { mayLeaveOut, proofParts, proofVersion, recordPart, sha256Of } from './proof-form.ts';
import { type ProofReading, partText, readProof } from './proof-read.ts';
import { openFindings, openShelf, recallCardOf } from './record.ts';
import { verifyRecords } from './sealed.ts';
import { followTrail } from './trail.ts';
import { type Held, verifyDeliveries, withRecords } from './verify.ts';

/** A landed commit of a proof. `signed` says that it has a signature; the findings say whether that is good. */
export type ProvenCommit = {
  readonly repo: string;
  readonly branch: string;
  readonly commit: string;
  readonly signed: boolean;
};

/** One order of a proof, as its lines tell. `ledger` is the commit of the ledger that carries the last one. */
export type ProvenOrder = {
  readonly order: string;
  readonly role: string;
  readonly outcome: string;
  readonly at: string;
  readonly landed: readonly ProvenCommit[];
  readonly ledger: string;
};

/**
 * The result of checking a proof. `leftOut` are files of records that it does not hold, and only binds by their
 * digests. `unbound` are orders of an earlier fourline, whose journal has no digest of the whole record.
 */
export type ProofCheck = {
  readonly sha256: string;
  readonly orders: readonly ProvenOrder[];
  readonly lines: number;
  readonly landings: number;
  readonly leftOut: readonly string[];
  readonly unbound: number;
  readonly findings: readonly Finding[];
};

/**
 * Checks a proof's bytes. `signers` is an allowed_signers file that the reader trusts; without it signatures are held
 * against the one in the proof. Throws Fault `proof-newer`, `journal-newer`.
 */
export async function checkProofBytes(bytes: Buffer, signers: string | null = null): Promise<ProofCheck> {
  const reading = readProof(bytes);
  const nothing = { sha256: sha256Of(bytes), orders: [], lines: 0, landings: 0, leftOut: [], unbound: 0 };
  if (reading.findings.length > 0) return { ...nothing, findings: inParts(reading.findings, null) };
  const version = reading.head?.proof ?? 0;
  if (version !== proofVersion)
    throw new Fault('proof-newer', `the proof has the form ${version}, and this fourline knows form ${proofVersion}`, {
      hint: 'a later fourline made it: check it with that one, or with the commands of its docs/proof.md',
    });
  const root = await makeTemporary('proof');
  try {
    const places = await unpack(reading, root);
    return { ...nothing, ...(await checkUnpacked(reading, signers === null ? places : { ...places, signers })) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

// Findings as the reader of a proof needs them: each once, by the part's name, with something that the reader can do.
function inParts(findings: readonly Finding[], root: string | null): Finding[] {
  const told = findings.map((one) => ({
    ...one,
    where: root === null ? one.where : one.where.replaceAll(`${root}/`, ''),
    hint: proofHint,
  }));
  return [...new Map(told.map((one) => [`${one.code} ${one.where} ${one.message}`, one])).values()];
}

async function unpack({ parts }: ProofReading, root: string): Promise<Places> {
  for (const [path, data] of parts) {
    await mkdir(dirname(`${root}/${path}`), { recursive: true });
    await writeFile(`${root}/${path}`, data);
  }
  return placesOf(root, `${root}/rooms`, 'proof');
}

type RecomputedProof = Omit<ProofCheck, 'sha256'>;

async function checkUnpacked({ parts, head }: ProofReading, places: Places): Promise<RecomputedProof> {
  const { root } = places;
  const asked = head?.orders ?? [];
  const journal = await readJournal(places.history.journal);
  const findings: Finding[] = journal.damaged.map(({ line, reason }) =>
    makeFinding('journal-damaged', `line ${line} cannot be read: ${reason}`, `${proofParts.journal}:${line}`, {
      at: '',
    }),
  );
  if (journal.torn)
    findings.push(makeFinding('journal-damaged', 'its last line has no end', proofParts.journal, { at: '' }));
  const { entries } = journal;
  const gitDirOf = await openPacks(parts, root, findings);
  const signed = await signedCommits(entries, gitDirOf);
  const leftOut = leftOutOf(parts, entries);
  if (findings.length > 0)
    return { ...countOrders(entries, asked, [], signed), leftOut, unbound: 0, findings: inParts(findings, root) };
  const chain = await verifyChain(parts, gitDirOf(ledgerFormat), entries, asked);
  const deliveries = followTrail(entries).filter((one) => asked.includes(one.order));
  const domains = new Map(
    chain.carried.flatMap(({ domain }, index) => (domain === null ? [] : [[index, domain] as const])),
  );
  const held = heldIn(entries, gitDirOf);
  const ground = { places, entries, orders: new Map(), held, domain: [...domains.values()].at(-1) ?? '', domains };
  const recomputed = await verifyDeliveries(ground, deliveries);
  const records = await verifyRecords(places, entries, null, mayLeaveOut);
  const all = [
    ...chain.findings,
    ...(await verifyCards(places, entries, asked)),
    ...withRecords(recomputed, records.findings),
  ];
  return {
    ...countOrders(entries, asked, chain.carried, signed),
    leftOut,
    unbound: records.unbound,
    findings: inParts(all, root),
  };
}

// The ledger's names are of this hash, as long as this name.
const ledgerFormat = '0'.repeat(40);

// Finds the repository in which an object of that name would be.
type GitDirOf = (id: string) => string;

// Makes a repository of each pack; git gives each object the name of its bytes. A pack that git can't read is named.
async function openPacks(parts: ReadonlyMap<string, Uint8Array>, root: string, findings: Finding[]): Promise<GitDirOf> {
  for (const format of ['sha1', 'sha256'] as const) {
    const gitDir = `${root}/${format}.git`;
    await ensureBare(gitDir, { format });
    const input = parts.get(proofParts.packs[format]);
    if (input === undefined) continue;
    const ended = await runGit(gitDir, 'index-pack', ['--stdin'], { input, answers: [1, 128] });
    if (ended.status !== 0)
      findings.push(makeFinding('proof-damaged', 'git cannot read this pack', proofParts.packs[format], { at: '' }));
  }
  return (id) => `${root}/${id.length === 64 ? 'sha256' : 'sha1'}.git`;
}

// The landed commits that have a signature, by their names.
async function signedCommits(entries: readonly Entry[], gitDirOf: GitDirOf): Promise<ReadonlySet<string>> {
  const out = new Set<string>();
  for (const entry of entries) {
    if (entry.step !== 'landed') continue;
    const [object] = await readMany(gitDirOf(entry.commit), [entry.commit]);
    if (object != null && splitSignature(entry.commit, object.content) !== null) out.add(entry.commit);
  }
  return out;
}

// Repositories as the audit takes them. A proof has no branches: what landed counts as held.
function heldIn(entries: readonly Entry[], gitDirOf: GitDirOf): Map<string, Held> {
  const out = new Map<string, Held>();
  for (const entry of entries) {
    if (entry.step !== 'landed') continue;
    const gitDir = gitDirOf(entry.commit);
    const on = new Map(out.get(entry.repo)?.since.on ?? []);
    on.set(entry.branch, new Set([...(on.get(entry.branch) ?? []), entry.commit]));
    const target = { name: entry.repo, commonDir: gitDir, mirror: gitDir };
    out.set(entry.repo, { target, since: { commits: [], missing: [], on } });
  }
  return out;
}

// The audit recalls cards of deliveries alone; a proof has those of every claim.
async function verifyCards(places: Places, entries: readonly Entry[], asked: readonly string[]): Promise<Finding[]> {
  const shelf = openShelf(places);
  const out: Finding[] = [];
  for (const entry of entries) {
    if (entry.step !== 'claimed' || !asked.includes(entry.order)) continue;
    const { findings, name } = openFindings({ ...entry, landed: null });
    await recallCardOf(shelf, entry, true, name);
    out.push(...findings);
  }
  return out;
}

function leftOutOf(parts: ReadonlyMap<string, Uint8Array>, entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => {
    if (entry.step !== 'settled') return [];
    const folder = recordPart(entry.month, entry.order);
    return [...readDigests(partText(parts, `${folder}/digests.txt`)).keys()]
      .map((path) => `${folder}/${path}`)
      .filter((path) => !parts.has(path));
  });
}

function countOrders(
  entries: readonly Entry[],
  asked: readonly string[],
  carried: readonly Carried[],
  signed: ReadonlySet<string>,
): Pick<RecomputedProof, 'orders' | 'lines' | 'landings'> {
  const orders = asked.flatMap((order): ProvenOrder[] => {
    const own = entries.flatMap((entry, index) =>
      'order' in entry && entry.order === order ? [{ entry, index }] : [],
    );
    const settled = own.map(({ entry }) => entry).findLast((entry) => entry.step === 'settled');
    if (settled === undefined) return [];
    const landed = own.flatMap(({ entry }) =>
      entry.step === 'landed'
        ? { repo: entry.repo, branch: entry.branch, commit: entry.commit, signed: signed.has(entry.commit) }
        : [],
    );
    const { role, outcome, at } = settled;
    return [{ order, role, outcome, at, landed, ledger: carried[own.at(-1)?.index ?? -1]?.id ?? '' }];
  });
  return { orders, lines: entries.length, landings: orders.reduce((sum, { landed }) => sum + landed.length, 0) };
}
