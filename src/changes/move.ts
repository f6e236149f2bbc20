// Why: a rename is a deletion and an addition, and one half of it must not land without the other.
// Promises: pairs a deleted file with every path that holds its content, or most of it, as git does for renames. The
// amount that it compares is bounded.
// Never: decides what lands; the gate does.
import type { Change } from './change.ts';

/** For each deleted path the paths its content turned up at. */
export type Moves = ReadonlyMap<string, readonly string[]>;

/**
 * How much is compared for files that were changed on their way: bytes of one file, pairs; and the share of equal lines
 * that makes a pair (git's -M).
 */
export const moveLimits = { bytes: 1024 * 1024, pairs: 1000, share: 0.5 } as const;

/** Reads a change's content: before it, or after it. Null when there is no content to read. */
export type ReadContent = (change: Change, when: 'before' | 'after') => Promise<Buffer | null>;

/** Finds where deleted files went. An empty file is everywhere, and went nowhere. */
export async function findMoves(changes: readonly Change[], read: ReadContent): Promise<Moves> {
  const moves = new Map<string, string[]>();
  const gone = changes.filter((one) => one.what === 'deleted' && one.before !== null);
  const come = changes.filter((one) => one.after?.kind === 'blob' && one.after.size > 0);
  const byId = new Map<string, string[]>();
  for (const one of come)
    if (one.after?.kind === 'blob') byId.set(one.after.id, [...(byId.get(one.after.id) ?? []), one.path]);
  for (const one of gone) {
    const same = byId.get(one.before?.id ?? '');
    if (same !== undefined) moves.set(one.path, same);
  }
  let left: number = moveLimits.pairs;
  const added = come.filter((one) => one.what === 'added');
  for (const one of gone.filter(({ path }) => !moves.has(path))) {
    const near = added.filter((other) => extensionOf(other.path) === extensionOf(one.path)).slice(0, left);
    left -= near.length;
    const before = near.length === 0 ? null : await read(one, 'before');
    const found: string[] = [];
    for (const other of before === null ? [] : near) {
      if (!comparable(before?.length ?? 0, other)) continue;
      const after = await read(other, 'after');
      if (before !== null && after !== null && likenessOf(before, after) >= moveLimits.share) found.push(other.path);
    }
    if (found.length > 0) moves.set(one.path, found);
  }
  return moves;
}

function extensionOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? '';
}

// When two files differ by more than half in size, they cannot share half of their content.
function comparable(size: number, { after }: Change): boolean {
  if (after?.kind !== 'blob' || Math.max(size, after.size) > moveLimits.bytes) return false;
  return Math.min(size, after.size) >= Math.max(size, after.size) * moveLimits.share;
}

// The share of bytes that stand in lines which both have.
function likenessOf(a: Buffer, b: Buffer): number {
  const lines = new Map<string, number>();
  for (const line of a.toString('latin1').split('\n')) lines.set(line, (lines.get(line) ?? 0) + 1);
  let shared = 0;
  for (const line of b.toString('latin1').split('\n')) {
    const count = lines.get(line) ?? 0;
    if (count === 0) continue;
    lines.set(line, count - 1);
    shared += line.length + 1;
  }
  return shared / (Math.max(a.length, b.length) + 1);
}
