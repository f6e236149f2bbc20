// Why: what went on at once is told by the journal: claims, and what ended each.
// Promises: counts every run that had begun and not ended; two that may change the same path are named.
// Never: looks at a process.
import type { Entry } from '../../src/ledger/entry.ts';
import { filesOverlap } from '../../src/role/boundary.ts';
import type { Office } from './office.ts';

/** The journal of an office. */
export async function entriesOf(office: Office): Promise<Entry[]> {
  const lines = (await office.read('state/journal.jsonl')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** The most runs at once, and the pairs of runs whose Files may overlap. */
export function leasesIn(entries: readonly Entry[]): { readonly most: number; readonly clashes: readonly string[] } {
  const going = new Map<string, readonly string[]>();
  const clashes: string[] = [];
  let most = 0;
  for (const entry of entries) {
    if (entry.step === 'claimed') {
      const files = entry.boundary > 0 ? (entry.files ?? []) : [];
      for (const [id, others] of going) if (filesOverlap(others, files)) clashes.push(`${id} and ${entry.order}`);
      going.set(entry.order, files);
      most = Math.max(most, going.size);
    } else if (['settled', 'returned', 'parked', 'routed'].includes(entry.step) && 'order' in entry)
      going.delete(entry.order ?? '');
  }
  return { most, clashes };
}
