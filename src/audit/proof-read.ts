// Why: a proof comes from somebody else. Before anything in it is believed, its bytes are held against its own lists.
// Promises: pure but for hashing. Each changed, missing, added or moved part is named; a part that no proof has is
// never unpacked.
// Never: believes more than that the file is the one that was written: whoever changes a part can write its digest too.
import { digestsName, printDigests, readDigests } from '../platform/files/digests.ts';
import { readTar, type TarPart } from '../platform/files/tar.ts';
import { type Finding, type FindingCode, makeFinding } from './finding.ts';
import {
  alwaysThere,
  cardPart,
  type ProofHead,
  proofParts,
  proofVersion,
  readProofHead,
  sealLine,
  sha256Of,
} from './proof-form.ts';

/** A proof whose parts are those that its lists name, or the findings. `head` is null where it can't be read. */
export type ProofReading = {
  readonly head: ProofHead | null;
  readonly parts: ReadonlyMap<string, Uint8Array>;
  readonly findings: readonly Finding[];
};

type NamePart = (code: FindingCode, message: string, where: string) => void;

/** Reads a proof's bytes. */
export function readProof(bytes: Buffer): ProofReading {
  const findings: Finding[] = [];
  const name: NamePart = (code, message, where) => void findings.push(makeFinding(code, message, where, { at: '' }));
  const { parts: list, flaw } = readTar(bytes, nextPart);
  const parts = new Map(list.map(({ path, data }) => [path, data]));
  const head = readProofHead(partText(parts, proofParts.head));
  if (flaw !== null) name('proof-damaged', flaw.message, flaw.place);
  // Behind such a place nothing can be told apart from what is missing.
  else compareLists(list, parts, name);
  if (head === null && findings.length === 0)
    name('proof-damaged', 'it is not what a proof says of itself', proofParts.head);
  if (head !== null && head.proof === proofVersion && findings.length === 0)
    for (const path of parts.keys())
      if (!isPart(path, head.orders)) name('proof-extra', 'no proof of these orders has such a part', path);
  return { head, parts, findings };
}

/** A part as text; empty where it isn't there. */
export function partText(parts: ReadonlyMap<string, Uint8Array>, path: string): string {
  return Buffer.from(parts.get(path) ?? []).toString();
}

// The two lists come first; from then on the list of digests says which part is next.
function nextPart(before: readonly TarPart[]): string {
  if (before.length === 0) return proofParts.seal;
  if (before.length === 1) return proofParts.digests;
  const list = readDigests(Buffer.from(before[1]?.data ?? []).toString());
  return [...list.keys()][before.length - 2] ?? 'the end of the archive';
}

function compareLists(list: readonly TarPart[], parts: ReadonlyMap<string, Uint8Array>, name: NamePart): void {
  const text = partText(parts, proofParts.digests);
  const digests = readDigests(text);
  const own: readonly string[] = [proofParts.seal, proofParts.digests];
  const changed = [...digests].filter(([path, digest]) => sha256Of(parts.get(path) ?? '') !== digest);
  const paths = list.map(({ path }) => path);
  const fits = printDigests(digests) === text && changed.length === 0;
  if (partText(parts, proofParts.seal) !== sealLine(text)) {
    // Where the list fits everything else, its own digest is what was changed.
    if (fits) name('proof-damaged', `it is not the digest of ${digestsName}: one of the two was changed`, own[0] ?? '');
    else name('proof-damaged', 'the list of digests was changed', proofParts.digests);
    return;
  }
  for (const path of [...own, ...alwaysThere, ...digests.keys()])
    if (!parts.has(path)) name('proof-lacks', 'this part of the proof is missing', path);
  for (const [path] of changed)
    if (parts.has(path)) name('proof-damaged', `it is not what ${digestsName} says: it was changed`, path);
  for (const [at, path] of paths.entries()) {
    if (paths.indexOf(path) !== at) name('proof-extra', 'the proof has this part twice', path);
    else if (!own.includes(path) && !digests.has(path)) name('proof-extra', `${digestsName} does not name it`, path);
  }
  if (paths.length === digests.size + 2 && paths.join('\n') !== [...own, ...digests.keys()].join('\n'))
    name('proof-damaged', 'its parts are not in the order in which they were written', proofParts.digests);
}

const fixedParts: readonly string[] = [
  ...alwaysThere,
  proofParts.seal,
  proofParts.digests,
  proofParts.signers,
  proofParts.packs.sha256,
];

// True for a path that a proof of these orders may have. No such path leads out of the folder it is unpacked into.
function isPart(path: string, orders: readonly string[]): boolean {
  if (fixedParts.includes(path)) return true;
  const names = path.split('/');
  if (path.includes('\0') || names.some((one) => one === '' || one === '.' || one === '..')) return false;
  const card = /^state\/cards\/([0-9a-f]{64})\.md$/.exec(path)?.[1];
  if (card !== undefined) return path === cardPart(card);
  const [state, folder, month = '', order = ''] = names;
  return (
    state === 'state' && folder === 'orders' && /^\d{4}-\d\d$/.test(month) && orders.includes(order) && names.length > 4
  );
}
