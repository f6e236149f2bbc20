// Why: a line of a journal is easily edited together with its checksum. The ledger's commits name each other by digest,
// so that a changed step changes every later commit's name.
// Promises: each line of a proof has the commit that carries it. Each order's commits are one chain without a gap. A
// step of the order that stands in the chain and not in the proof is named.
// Never: says that a chain is the one that was published: whoever has the ledger compares its commits.
import { readTrailers } from '../commit/message.ts';
import type { Entry } from '../ledger/entry.ts';
import { type Published, printSorted, readPublishedCommit, sealEntry } from '../ledger/publish.ts';
import { readCommitText } from '../platform/git/commit.ts';
import { openReader } from '../platform/git/git-reader.ts';
import { type Finding, type FindingCode, makeFinding } from './finding.ts';
import { proofParts } from './proof-form.ts';
import { partText } from './proof-read.ts';

/** A commit of the ledger, as far as it could be read. */
export type Carried = Pick<Published, 'id' | 'domain'>;

/** The commits that carry the lines of a proof, line by line. */
export type ProofChain = { readonly findings: readonly Finding[]; readonly carried: readonly Carried[] };

// A commit of the ledger in a proof's pack.
type Link = Published & { readonly parent: string | null; readonly order: string | null };

type ReadLink = (id: string) => Promise<Link | null>;

/** Holds the lines of a proof against the commits of the ledger in it. `gitDir` has the objects of the proof's pack. */
export async function verifyChain(
  parts: ReadonlyMap<string, Uint8Array>,
  gitDir: string,
  entries: readonly Entry[],
  orders: readonly string[],
): Promise<ProofChain> {
  const findings: Finding[] = [];
  const name = (code: FindingCode, message: string, where: string, order: string | null = null): void =>
    void findings.push(makeFinding(code, message, where, { order, at: '' }));
  const ids = linesIn(partText(parts, proofParts.ledger));
  const sorted = linesIn(partText(parts, proofParts.sorted));
  if (ids.length !== entries.length) name('proof-damaged', 'it has not one commit for each line', proofParts.ledger);
  if (sorted.length !== entries.length) name('proof-damaged', 'it has not one line for each', proofParts.sorted);
  const reader = openReader(gitDir);
  try {
    const read: ReadLink = async (id) => readLink(id, (await reader.read(id)) ?? null);
    const carried: Carried[] = [];
    let last = 0;
    for (const [index, entry] of entries.entries()) {
      const link = await read(ids[index] ?? '');
      carried.push(link ?? { id: ids[index] ?? '', domain: null });
      const where = `${proofParts.journal}:${index + 1}`;
      if (sorted[index] !== printSorted(entry))
        name('proof-damaged', 'it is not the same line as in the journal', `${proofParts.sorted}:${index + 1}`);
      if (link === null)
        name('ledger-lacks', `the commit of the ledger that carries ${tellLine(entry)} is not in the proof`, where);
      else if (link.domain === null || link.number <= last || link.seal !== sealEntry(entry, link.number))
        name('journal-differs', `the line ${tellLine(entry)} is not what its commit of the ledger says`, where);
      last = link?.number ?? last;
    }
    for (const order of orders) {
      const own = entries.flatMap((entry, index) =>
        'order' in entry && entry.order === order ? [{ step: entry.step, id: carried[index]?.id ?? '' }] : [],
      );
      await walkChain(order, own, read, name);
    }
    return { findings, carried };
  } finally {
    reader.close();
  }
}

function linesIn(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

function tellLine(entry: Entry): string {
  return `${entry.step}${'order' in entry ? ` ${entry.order}` : ''}`;
}

function readLink(id: string, object: { type: string; content: Buffer } | null): Link | null {
  if (object?.type !== 'commit' || !/^[0-9a-f]{40}$/.test(id)) return null;
  const text = object.content.toString();
  const { parents, message } = readCommitText(text);
  return {
    ...readPublishedCommit(id, text),
    parent: parents[0] ?? null,
    order: readTrailers(message).get('Fourline-Order') ?? null,
  };
}

type NameGap = (code: FindingCode, message: string, where: string, order?: string) => void;

// From the commit of an order's last line back to that of its first.
async function walkChain(
  order: string,
  own: readonly { readonly step: string; readonly id: string }[],
  read: ReadLink,
  name: NameGap,
): Promise<void> {
  const steps = own.map(({ step }) => step);
  const lacking = (['posted', 'settled'] as const).filter((step) => !steps.includes(step));
  if (lacking.length > 0)
    name(
      'journal-incomplete',
      `the proof has no line of ${order} that says ${lacking.join(', ')}`,
      proofParts.journal,
      order,
    );
  const open = new Set(own.map(({ id }) => id));
  let at: string | null = own.at(-1)?.id ?? null;
  while (at !== null && open.size > 0) {
    const link: Link | null = await read(at);
    if (link === null) break;
    if (link.order === order && !open.has(at))
      name(
        'journal-lacks',
        `the ledger has a step of ${order} that is in no line of the proof: ${link.seal.split('\n')[2] ?? ''}`,
        proofParts.journal,
        order,
      );
    open.delete(at);
    at = link.parent;
  }
  if (open.size > 0)
    name(
      'ledger-lacks',
      `the ledger's commits of ${order} are no unbroken chain from its first line to its last`,
      proofParts.ledger,
      order,
    );
}
