// Why: evidence about settled orders goes to people without the workspace. This file says what such a proof holds, and
// where.
// Promises: a proof is a tar archive laid out like a workspace, so that the audit's own code reads it, and people do.
// `sha256sum -c digests.txt` checks its parts. A change that an older fourline would misread gets the next version.
// Never: says whether a proof holds.
import { createHash } from 'node:crypto';
import { z } from '../ledger/schema.ts';
import { type Digests, digestsName, printDigests } from '../platform/files/digests.ts';
import { type TarPart, writeTar } from '../platform/files/tar.ts';

/** The version of the format below. */
export const proofVersion = 1;

/** The parts of a proof that have a fixed name. */
export const proofParts = {
  /** SHA-256 of the list of digests, and that list; both come first. */
  seal: 'digests.sha256',
  digests: digestsName,
  head: 'proof.json',
  /** For each line of the journal's excerpt, the commit of the ledger that carries it. */
  ledger: 'ledger.txt',
  /** The same lines as the ledger's digests are over. */
  sorted: 'entries.jsonl',
  journal: 'state/journal.jsonl',
  signers: 'roles/allowed_signers',
  /** Git objects, by the hash of their names: commits of the ledger, and the landed commits with what they changed. */
  packs: { sha1: 'objects.pack', sha256: 'objects-sha256.pack' },
} as const;

/** The words of a proof about itself. */
export type ProofHead = {
  readonly proof: number;
  readonly about: string;
  readonly fourline: string;
  readonly orders: readonly string[];
};

const headSchema = z.object({
  proof: z.number(),
  about: z.string(),
  fourline: z.string(),
  orders: z.array(z.string()),
});

/** Reads the words of a proof about itself; null where they can't be read. */
export function readProofHead(text: string): ProofHead | null {
  try {
    return headSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The parts that every proof has, whatever it is about. */
export const alwaysThere: readonly string[] = [
  proofParts.head,
  proofParts.ledger,
  proofParts.sorted,
  proofParts.journal,
  proofParts.packs.sha1,
];

/** The path of a card in a proof. */
export function cardPart(digest: string): string {
  return `state/cards/${digest}.md`;
}

/** The folder of an order's record in a proof. */
export function recordPart(month: string, order: string): string {
  return `state/orders/${month}/${order}`;
}

/**
 * True for a file of a record that a proof may leave out: what programs printed, refused files that no patch can hold,
 * and what is no plain file. The record's own list binds each by its digest.
 */
export function mayLeaveOut(path: string, digest: string): boolean {
  return /(?:^|\/)transcript\.jsonl$/.test(path) || /(?:^|\/)refused\/./.test(path) || !/^[0-9a-f]{64}$/.test(digest);
}

/** The SHA-256 of bytes, in hexadecimal. */
export function sha256Of(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The seal's line about the list of digests. */
export function sealLine(digests: string | Uint8Array): string {
  return `${sha256Of(digests)}  ${proofParts.digests}\n`;
}

/** A proof's bytes: the same parts make the same bytes, in whatever order they come. */
export function composeProof(parts: ReadonlyMap<string, Uint8Array>): Buffer {
  const sorted: TarPart[] = [...parts]
    .map(([path, data]) => ({ path, data }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  const digests: Digests = new Map(sorted.map(({ path, data }) => [path, sha256Of(data)]));
  const list = printDigests(digests);
  return writeTar([
    { path: proofParts.seal, data: Buffer.from(sealLine(list)) },
    { path: proofParts.digests, data: Buffer.from(list) },
    ...sorted,
  ]);
}
