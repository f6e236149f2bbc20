// Why: a record is more than a landing rests on: reports, patches of refused changes, transcripts. The journal binds
// the whole record of a settled order by one digest.
// Promises: names each file that somebody edited, removed or added since its order was settled. Records of an earlier
// fourline have no digest; they are counted.
// Never: says who did it.

import type { Entry } from '../ledger/entry.ts';
import type { Places } from '../places.ts';
import { type Digests, digestFolder, digestOfList, digestsName, readSeal } from '../platform/files/digests.ts';
import { archiveFolder } from '../record/path.ts';
import { type Finding, type FindingCode, makeFinding } from './finding.ts';

type Settled = Extract<Entry, { step: 'settled' }>;

/** The result of checking settled records. `unbound` is how many records have no digest in the journal. */
export type RecordProof = { readonly findings: readonly Finding[]; readonly unbound: number };

/** How many records are read at once, and how many paths of one are named. */
const sealedLimits = { batch: 16, named: 10 } as const;

/** Says whether a file of a record may be absent: it is bound by its digest all the same. */
export type LeftOut = (path: string, digest: string) => boolean;

/**
 * Holds the records of orders that were settled since a time (ISO 8601; null: ever) against the journal. `leftOut` says
 * which files need not be there; by default all must.
 */
export async function verifyRecords(
  places: Places,
  entries: readonly Entry[],
  since: string | null,
  leftOut: LeftOut = () => false,
): Promise<RecordProof> {
  const settled = entries.filter(
    (entry): entry is Settled => entry.step === 'settled' && (since === null || entry.at >= since),
  );
  const bound = settled.filter((entry) => entry.record !== undefined);
  const findings: Finding[] = [];
  for (let at = 0; at < bound.length; at += sealedLimits.batch)
    findings.push(
      ...(
        await Promise.all(bound.slice(at, at + sealedLimits.batch).map((one) => verifyRecord(places, one, leftOut)))
      ).flat(),
    );
  return { findings, unbound: settled.length - bound.length };
}

async function verifyRecord(
  places: Places,
  { order, role, at, month, record }: Settled,
  leftOut: LeftOut,
): Promise<Finding[]> {
  const folder = archiveFolder(places, order, month);
  const [there, seal] = await Promise.all([digestFolder(folder), readSeal(folder)]);
  const now = withLeftOut(there, seal?.digests ?? there, leftOut);
  const name = (code: FindingCode, message: string, where: string): Finding =>
    makeFinding(code, message, where, { order, role, at });
  const list = `${folder}/${digestsName}`;
  if (now.size === 0 && seal === null) return [name('record-missing', 'its record is gone', folder)];
  if (digestOfList(now) === record)
    return seal?.digest === record
      ? []
      : [name('record-altered', 'the list of its digests is not the one that was written; its files are', list)];
  if (seal === null || seal.digest !== record)
    return [name('record-altered', 'a file of its record was edited, and so was the list of their digests', list)];
  const odd = differencesOf(seal.digests, now).map(([path, what]) =>
    name(
      what === 'is gone' ? 'record-missing' : 'record-altered',
      `${path} ${what} since its order was settled`,
      `${folder}/${path}`,
    ),
  );
  return odd.length > sealedLimits.named
    ? [
        ...odd.slice(0, sealedLimits.named),
        name('record-altered', `and ${odd.length - sealedLimits.named} more files`, folder),
      ]
    : odd;
}

// A file that may be absent counts as it was.
function withLeftOut(now: Digests, then: Digests, leftOut: LeftOut): Digests {
  const absent = [...then].filter(([path, digest]) => !now.has(path) && leftOut(path, digest));
  return absent.length === 0 ? now : new Map([...now, ...absent].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function differencesOf(then: Digests, now: Digests): [string, string][] {
  return [
    ...[...then].flatMap(([path, digest]): [string, string][] => {
      const found = now.get(path);
      return found === digest ? [] : [[path, found === undefined ? 'is gone' : 'was edited']];
    }),
    ...[...now.keys()].filter((path) => !then.has(path)).map((path): [string, string] => [path, 'was added']),
  ];
}
