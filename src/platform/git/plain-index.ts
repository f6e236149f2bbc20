// Why: an index is a file of a known form (gitformat-index(5)). When it has nothing unusual, reading and
// changing it here saves two git processes for each landing.
// Promises: what it cannot read to the last byte, or change as git would, it leaves to git. Entries that don't change
// keep their bytes: the facts of their files, their flags, the sides of a conflict.
// Never: looks at a work tree or writes a file.
import { createHash } from 'node:crypto';
import { forgetTrees } from './cache-tree.ts';
import { isUnsafePath } from './checkout-path.ts';
import type { ObjectId } from './git.ts';
import { closeIndex, composeLine, type IndexFlag, indexBits } from './index-draft.ts';

/** An entry of an index, with git's own flags. */
export type IndexEntry = { readonly mode: string; readonly id: ObjectId; readonly flags: readonly IndexFlag[] };

/** An index that has nothing unusual. */
export type PlainIndex = {
  /** Its entries by path; null stands for a path that is in conflict. */
  readonly entries: ReadonlyMap<string, IndexEntry | null>;
  /** True when the file of an entry was changed in this second since 1970, or later. */
  readonly isAsNewAs: (second: number) => boolean;
  /** The bytes of the index with entries put in or (null) taken out; null where git has to do it. */
  readonly change: (changes: ReadonlyMap<string, IndexEntry | null>) => Buffer | null;
};

// An entry as it stands: its name, whose bytes give the order, its mark for a side of a conflict, and where it ends.
type IndexLine = {
  readonly name: Buffer;
  readonly stage: number;
  readonly extended: boolean;
  readonly start: number;
  readonly end: number;
};

type IndexFormat = { readonly hash: 'sha1' | 'sha256'; readonly id: number };
const formats: readonly IndexFormat[] = [
  { hash: 'sha1', id: 20 },
  { hash: 'sha256', id: 32 },
];

// These may stand behind the entries: trees of folders, conflicts that were resolved, and two that help to read an
// index in parallel, which git makes again.
const plainExtensions = new Set(['TREE', 'REUC', 'EOIE', 'IEOT']);

/** Reads the bytes of an index; null where git has to read it: another version, an extension, a checksum. */
export function readPlainIndex(bytes: Buffer): PlainIndex | null {
  const format = formats.find(({ hash, id }) => {
    const end = bytes.length - id;
    return end >= 12 && createHash(hash).update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end));
  });
  if (format === undefined || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return null;
  const limit = bytes.length - format.id;
  const lines: IndexLine[] = [];
  let at = 12;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const line = readIndexLine(bytes, { at, limit, version, id: format.id });
    if (line === null || !comesAfter(lines.at(-1), line)) return null;
    lines.push(line);
    at = line.end;
  }
  const extensions = readExtensions(bytes.subarray(at, limit));
  if (extensions === null) return null;
  const entries = new Map(lines.map((line) => [line.name.toString(), readIndexEntry(bytes, line, format.id)]));
  return {
    entries,
    isAsNewAs: (second) => lines.some(({ start }) => bytes.readUInt32BE(start + 8) >= second),
    change: (changes) => changeLines({ bytes, lines, entries, extensions, format }, changes),
  };
}

type IndexLinePlace = { readonly at: number; readonly limit: number; readonly version: number; readonly id: number };

function readIndexLine(bytes: Buffer, { at, limit, version, id }: IndexLinePlace): IndexLine | null {
  const flagsAt = at + 40 + id;
  if (flagsAt + 4 > limit) return null;
  const flags = bytes.readUInt16BE(flagsAt);
  const extended = (flags & indexBits.extended) !== 0;
  const more = extended ? bytes.readUInt16BE(flagsAt + 2) : 0;
  // An entry that says it has more flags must have them, and no other than these.
  if (extended && (version < 3 || more === 0 || (more & ~(indexBits.skipWorktree | indexBits.intentToAdd)) !== 0))
    return null;
  const start = flagsAt + (extended ? 4 : 2);
  const close = bytes.indexOf(0, start);
  if (close < 0 || Math.min(close - start, 0xfff) !== (flags & 0xfff)) return null;
  const end = at + Math.ceil((close + 1 - at) / 8) * 8;
  if (end > limit) return null;
  return { name: bytes.subarray(start, close), stage: (flags >> 12) & 3, extended, start: at, end };
}

// By the bytes of the name; a name comes more than once in a conflict alone, one side after the other.
function comesAfter(last: IndexLine | undefined, next: IndexLine): boolean {
  if (last === undefined) return true;
  const order = Buffer.compare(last.name, next.name);
  return order < 0 || (order === 0 && last.stage > 0 && last.stage < next.stage);
}

function readExtensions(bytes: Buffer): Map<string, Buffer> | null {
  const found = new Map<string, Buffer>();
  let at = 0;
  while (at < bytes.length) {
    const name = bytes.toString('latin1', at, at + 4);
    const start = at + 8;
    if (!plainExtensions.has(name) || found.has(name) || start > bytes.length) return null;
    at = start + bytes.readUInt32BE(at + 4);
    if (at > bytes.length) return null;
    found.set(name, bytes.subarray(start, at));
  }
  return found;
}

function readIndexEntry(bytes: Buffer, { start, stage, extended }: IndexLine, id: number): IndexEntry | null {
  if (stage !== 0) return null;
  const flagsAt = start + 40 + id;
  const flags: IndexFlag[] = [];
  if (extended && (bytes.readUInt16BE(flagsAt + 2) & indexBits.skipWorktree) !== 0) flags.push('skip-worktree');
  if ((bytes.readUInt16BE(flagsAt) & indexBits.assumeUnchanged) !== 0) flags.push('assume-unchanged');
  const mode = bytes
    .readUInt32BE(start + 24)
    .toString(8)
    .padStart(6, '0');
  return { mode, id: bytes.toString('hex', start + 40, flagsAt), flags };
}

type Parsed = Pick<PlainIndex, 'entries'> & {
  readonly bytes: Buffer;
  readonly lines: readonly IndexLine[];
  readonly extensions: ReadonlyMap<string, Buffer>;
  readonly format: IndexFormat;
};

function changeLines(parsed: Parsed, changes: ReadonlyMap<string, IndexEntry | null>): Buffer | null {
  const { bytes, lines, entries, extensions, format } = parsed;
  const sorted = [...changes].map(([path, entry]) => ({ path, name: Buffer.from(path), entry }));
  sorted.sort((one, other) => Buffer.compare(one.name, other.name));
  const unusual = sorted.some(
    ({ path, entry }) =>
      path.includes('\ufffd') ||
      isUnsafePath(path) ||
      entries.get(path) === null ||
      (entry !== null && (entry.id.length !== format.id * 2 || standsInTheWay(parsed, changes, path))),
  );
  if (unusual) return null;
  const parts: Buffer[] = [];
  let count = 0;
  let version: 2 | 3 = 2;
  const put = (entry: Buffer, extended: boolean): void => {
    parts.push(entry);
    count += 1;
    if (extended) version = 3;
  };
  let at = 0;
  const keepUntil = (name: Buffer | null): void => {
    for (let line = lines[at]; line !== undefined; line = lines[at]) {
      if (name !== null && Buffer.compare(line.name, name) >= 0) return;
      put(bytes.subarray(line.start, line.end), line.extended);
      at += 1;
    }
  };
  for (const { path, name, entry } of sorted) {
    keepUntil(name);
    if (lines[at]?.name.equals(name) === true) at += 1;
    if (entry !== null) put(composeLine({ path, ...entry }), entry.flags.includes('skip-worktree'));
  }
  keepUntil(null);
  const tree = extensions.get('TREE');
  const names = sorted.map(({ name }) => name.toString('latin1'));
  const kept = { TREE: tree === undefined ? null : forgetTrees(tree, names, format.id), REUC: extensions.get('REUC') };
  for (const [name, extension] of Object.entries(kept))
    if (extension != null) parts.push(headOf(name, extension.length), extension);
  return closeIndex(parts, count, format.hash, version);
}

function headOf(name: string, length: number): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32BE(length, 4);
  return head;
}

// A file in the place of a folder, or a folder in that of a file, where what was there stays: git throws it out.
function standsInTheWay(
  { lines, entries }: Parsed,
  changes: ReadonlyMap<string, IndexEntry | null>,
  path: string,
): boolean {
  if (entries.has(path)) return false;
  const segments = path.split('/');
  for (let depth = 1; depth < segments.length; depth += 1) {
    const above = segments.slice(0, depth).join('/');
    if (changes.has(above) ? changes.get(above) !== null : entries.has(above)) return true;
  }
  const below = Buffer.from(`${path}/`);
  for (let at = firstFrom(lines, below); ; at += 1) {
    const line = lines[at];
    if (line === undefined || !line.name.subarray(0, below.length).equals(below)) return false;
    if (changes.get(line.name.toString()) !== null) return true;
  }
}

// The place of the first line whose name isn't before another.
function firstFrom(lines: readonly IndexLine[], name: Buffer): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(lines[middle]?.name ?? name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
