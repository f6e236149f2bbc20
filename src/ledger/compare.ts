// Why: the journal and the ledger tell the same history twice; where they do not, somebody edited one of them.
// Promises: pure; every line and every commit is matched or named, in the order of the history; one that is gone shifts
// no other.
// Never: says which of the two is right.
import type { Entry } from './entry.ts';
import type { Published } from './publish.ts';

/** A place where journal and ledger differ. `index` counts the readable lines, `at` is about when it was. */
export type LedgerDifference =
  | {
      readonly kind: 'differs';
      readonly index: number;
      readonly commit: string;
      readonly number: number;
      readonly at: string;
    }
  | {
      readonly kind: 'unwritten';
      readonly commit: string;
      readonly number: number;
      readonly subject: string;
      readonly at: string;
    }
  | { readonly kind: 'unpublished'; readonly index: number; readonly at: string };

/** The result of a comparison; `domains` tells which mail domain the ledger gives an entry, by the entry's index. */
export type LedgerComparison = {
  readonly differences: readonly LedgerDifference[];
  readonly domains: ReadonlyMap<number, string>;
};

/** A seal without the number, which is compared apart: behind a damaged line numbers are given a second time. */
export function withoutNumber(seal: string): string {
  return seal.replace(/\nFourline-Entry: \d+$/, '');
}

/** Compares the journal's readable entries with the ledger's commits. `seals` are those of the entries, by index. */
export function compareLedger(
  entries: readonly Entry[],
  seals: readonly string[],
  published: readonly Published[],
): LedgerComparison {
  const lines = seals.map(withoutNumber);
  const commits = published.map((one) => withoutNumber(one.seal));
  const inLines = new Set(lines);
  const inCommits = new Set(commits);
  const differences: LedgerDifference[] = [];
  const domains = new Map<number, string>();
  let index = 0;
  let place = 0;
  const at = (): string => entries[Math.min(index, entries.length - 1)]?.at ?? '';
  while (index < lines.length || place < commits.length) {
    const [line, commit, one] = [lines[index], commits[place], published[place]];
    if (one !== undefined && line === commit) {
      // The number is a position as long as nothing was lost before it.
      if (one.domain !== null && (one.number === index + 1 || differences.length > 0)) domains.set(index, one.domain);
      else differences.push({ kind: 'differs', index, commit: one.id, number: one.number, at: at() });
      index += 1;
      place += 1;
    } else if (
      one !== undefined &&
      (line === undefined || (commit !== undefined && !inLines.has(commit) && inCommits.has(line)))
    ) {
      differences.push({ kind: 'unwritten', commit: one.id, number: one.number, subject: subjectOf(one), at: at() });
      place += 1;
    } else if (one === undefined || (commit !== undefined && inLines.has(commit))) {
      differences.push({ kind: 'unpublished', index, at: at() });
      index += 1;
    } else {
      differences.push({ kind: 'differs', index, commit: one.id, number: one.number, at: at() });
      index += 1;
      place += 1;
    }
  }
  return { differences, domains };
}

function subjectOf(one: Published): string {
  return one.seal.split('\n')[2] ?? '';
}
