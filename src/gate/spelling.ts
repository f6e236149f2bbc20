// Why: on many disks `README.MD` and `README.md` are one file, and so are two Unicode forms of one name. A person who
// checks out both gets one of them under either name. So an order may not add a name beside another spelling of it; a
// folder's name counts as well.
// Promises: pure; a path that stands, or whose other spelling goes away with it (a rename in case alone), is fine.
// Never: judges what stands in the base already.
import type { BasePaths } from './repository.ts';
import type { Verdict } from './verdict.ts';

/**
 * One name for all its spellings: case folded as the widest of today's file systems do it (ß is ss, ſ is s), Unicode
 * form evened out.
 */
export function foldName(name: string): string {
  return name.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * Refuses an allowed addition when its path, or a folder of its path, is another spelling of a name beside it. When
 * both names are new, the first one stays.
 */
export function refuseSpellings(verdicts: readonly Verdict[], base: BasePaths): Verdict[] {
  if (!verdicts.some(isAddition)) return [...verdicts];
  const gone = new Set(
    verdicts.filter((one) => one.decision === 'allow' && one.what === 'deleted').map((one) => one.path),
  );
  const standing = new Map<string, Set<string>>();
  for (const path of base()) if (!gone.has(path)) stand(standing, path);
  return verdicts.map((one) => {
    if (!isAddition(one)) return one;
    const other = stepsOf(one.path).flatMap((step) => otherSpelling(standing, step) ?? [])[0];
    if (other === undefined) {
      stand(standing, one.path);
      return one;
    }
    const sentence = `it differs from ${other} only in case or Unicode form`;
    return { ...one, decision: 'refuse', reason: 'spelling', sentence };
  });
}

// Trays are no folder that lands: each letter there gets a name of its own.
function isAddition(one: Verdict): boolean {
  return one.decision === 'allow' && one.what === 'added' && !one.path.startsWith('inbox/');
}

// A path and all folders above it, from the top.
function stepsOf(path: string): string[] {
  const out: string[] = [];
  for (let cut = path.indexOf('/'); cut > 0; cut = path.indexOf('/', cut + 1)) out.push(path.slice(0, cut));
  return [...out, path];
}

function stand(standing: Map<string, Set<string>>, path: string): void {
  for (const step of stepsOf(path).reverse()) {
    const folded = foldName(step);
    const spellings = standing.get(folded);
    // When a folder is known, so are the folders above it.
    if (spellings?.has(step) === true) return;
    if (spellings === undefined) standing.set(folded, new Set([step]));
    else spellings.add(step);
  }
}

// A step that stands itself doesn't count as another spelling, even when the base has both.
function otherSpelling(standing: ReadonlyMap<string, ReadonlySet<string>>, step: string): string | undefined {
  const spellings = standing.get(foldName(step));
  return spellings === undefined || spellings.has(step) ? undefined : [...spellings][0];
}
