// Why: a room's git needs an index of its base, and we know everything that stands in it already.
// Promises: the bytes that git reads as its index, version 2 (gitformat-index(5)), in its order. An entry without facts
// of its file says nothing about it, so git looks at that file itself.
// Never: reads a work tree; takes the place of an index that somebody uses.
import { createHash } from 'node:crypto';
import type { TreeEntry } from './tree.ts';

/**
 * The facts of a file that git compares under `checkStat=minimal`: its last change, in whole seconds since 1970, and
 * its size in bytes.
 */
export type FileFacts = { readonly seconds: number; readonly size: number };

/** A mark on the file of an entry: a sparse checkout leaves it out, or git doesn't look at it. */
export type IndexFlag = 'skip-worktree' | 'assume-unchanged';

/** An entry to be written; without facts, git looks at its file. */
export type DraftEntry = TreeEntry & { readonly facts?: FileFacts; readonly flags?: readonly IndexFlag[] };

type Format = 'sha1' | 'sha256';

/** The bytes of an index that holds `entries`; null where a name is not text, and git has to make it. */
export function composeIndex(entries: readonly DraftEntry[], format: Format): Buffer | null {
  if (!entries.every(isText)) return null;
  const lines = entries.map((entry) => ({ name: Buffer.from(entry.path), line: composeLine(entry) }));
  lines.sort((one, other) => Buffer.compare(one.name, other.name));
  return closeIndex(
    lines.map(({ line }) => line),
    lines.length,
    format,
  );
}

/**
 * An index that `composeIndex` made, with some paths changed; a change that is null takes the path out. Null where a
 * name is not text.
 */
export function changeIndex(
  index: Buffer,
  changes: ReadonlyMap<string, DraftEntry | null>,
  format: Format,
): Buffer | null {
  const sorted = [...changes].map(([path, entry]) => ({ path, name: Buffer.from(path), entry }));
  if (!sorted.every(isText)) return null;
  sorted.sort((one, other) => Buffer.compare(one.name, other.name));
  const id = format === 'sha256' ? 32 : 20;
  const end = index.length - id;
  const parts: Buffer[] = [];
  let count = index.readUInt32BE(8);
  let kept = 12;
  let at = 12;
  let next = 0;
  const put = (entry: DraftEntry | null): void => {
    parts.push(index.subarray(kept, at));
    kept = at;
    if (entry === null) return;
    parts.push(composeLine(entry));
    count += 1;
  };
  while (next < sorted.length) {
    const change = sorted[next];
    if (change === undefined) break;
    const start = at + 40 + id + 2;
    const close = at < end ? index.indexOf(0, start) : at;
    const order = at < end ? Buffer.compare(index.subarray(start, close), change.name) : 1;
    const after = at + Math.ceil((close + 1 - at) / 8) * 8;
    if (order < 0) {
      at = after;
      continue;
    }
    next += 1;
    put(change.entry);
    if (order > 0) continue;
    at = after;
    kept = after;
    count -= 1;
  }
  parts.push(index.subarray(kept, end));
  return closeIndex(parts, count, format);
}

/** Bits of an entry's flags: the first two bytes, and what two more hold in version 3. */
export const indexBits = {
  assumeUnchanged: 0x8000,
  extended: 0x4000,
  skipWorktree: 0x4000,
  intentToAdd: 0x2000,
} as const;
const { assumeUnchanged, extended, skipWorktree } = indexBits;

function isText({ path }: { readonly path: string }): boolean {
  return !path.includes('\ufffd');
}

/** An index of these entries, with its head and its checksum; extensions may follow the entries. */
export function closeIndex(parts: readonly Buffer[], count: number, format: Format, version: 2 | 3 = 2): Buffer {
  const header = Buffer.from('DIRC\0\0\0\0\0\0\0\0', 'latin1');
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(count, 8);
  const body = Buffer.concat([header, ...parts]);
  return Buffer.concat([body, createHash(format).update(body).digest()]);
}

/**
 * Composes an entry: ten numbers (third the seconds of the last change, seventh the mode, tenth the size); the object's
 * name; flags with the length of the path; more flags in an entry of version 3; the path; and zeros up to a multiple of
 * eight.
 */
export function composeLine({ path, mode, id, facts, flags = [] }: DraftEntry): Buffer {
  const name = Buffer.from(path);
  const at = 40 + id.length / 2;
  const more = flags.includes('skip-worktree') ? skipWorktree : 0;
  const start = at + (more === 0 ? 2 : 4);
  const line = Buffer.alloc(Math.ceil((start + name.length + 1) / 8) * 8);
  line.writeUInt32BE((facts?.seconds ?? 0) % 2 ** 32, 8);
  line.writeUInt32BE(Number.parseInt(mode, 8), 24);
  line.writeUInt32BE((facts?.size ?? 0) % 2 ** 32, 36);
  line.write(id, 40, 'hex');
  const first = (flags.includes('assume-unchanged') ? assumeUnchanged : 0) | (more === 0 ? 0 : extended);
  line.writeUInt16BE(first | Math.min(name.length, 0xfff), at);
  if (more !== 0) line.writeUInt16BE(more, at + 2);
  name.copy(line, start);
  return line;
}
