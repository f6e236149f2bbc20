// Why: an index is a file of a known form (gitformat-index(5)). When it has nothing unusual, reading and
// changing it here saves two git processes for each landing.
// Promises: what it cannot read to the last byte, or change as git would, it leaves to git. Entries that don't change
// keep their bytes: the facts of their files, their flags, the sides of a conflict.
// Never: looks at a work tree or writes a file.
import { createHash } from 'node:crypto';
import { forgetTrees } from './cache-tree.ts';
import { isUnsafePath } from './checkout-path.ts';
import { closeIndex, composeLine } from './index-draft.ts';
import {
  findEntry,
  firstLineFrom,
  type IndexEntry,
  type IndexLines,
  indexFormats,
  isExtended,
  isLineNamed,
  pathBeginning,
  pathsEnding,
  readIndexLines,
} from './index-lines.ts';

/** The entries of an index. */
export type IndexEntries = {
  /** The entry of a path; null where the path is in conflict, undefined where there is none. */
  readonly get: (path: string) => IndexEntry | null | undefined;
  /** The paths that end so, in git's order. */
  readonly ending: (end: string) => Iterable<string>;
};

/** An index that has nothing unusual. */
export type PlainIndex = {
  readonly entries: IndexEntries;
  /** How many hex digits the name of an object has. */
  readonly idLength: number;
  /** True when the file of an entry was changed in this second since 1970, or later. */
  readonly isAsNewAs: (second: number) => boolean;
  /** The bytes of the index with entries put in or (null) taken out; null where git has to do it. */
  readonly change: (changes: ReadonlyMap<string, IndexEntry | null>) => Buffer | null;
};

// These may stand behind the entries: trees of folders, conflicts that were resolved, and two that help to read an
// index in parallel, which git makes again.
const plainExtensions = new Set(['TREE', 'REUC', 'EOIE', 'IEOT']);

/** Reads the bytes of an index; null where git has to read it: another version, an extension, a checksum. */
export function readPlainIndex(bytes: Buffer): PlainIndex | null {
  const format = indexFormats.find(({ hash, id }) => {
    const end = bytes.length - id;
    return end >= 12 && createHash(hash).update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end));
  });
  if (format === undefined || bytes.toString('latin1', 0, 4) !== 'DIRC') return null;
  const lines = readIndexLines(bytes, format);
  if (lines === null) return null;
  const extensions = readExtensions(bytes.subarray(lines.starts[lines.count], bytes.length - format.id));
  if (extensions === null) return null;
  const entries: IndexEntries = {
    get: (path) => findEntry(lines, path),
    ending: (end) => pathsEnding(lines, Buffer.from(end)),
  };
  return {
    entries,
    idLength: format.id * 2,
    isAsNewAs: (second) =>
      lines.starts.subarray(0, lines.count).some((start) => bytes.readUInt32BE(start + 8) >= second),
    change: (changes) => changeLines({ lines, entries, extensions }, changes),
  };
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

type Parsed = {
  readonly lines: IndexLines;
  readonly entries: IndexEntries;
  readonly extensions: ReadonlyMap<string, Buffer>;
};

function changeLines(parsed: Parsed, changes: ReadonlyMap<string, IndexEntry | null>): Buffer | null {
  const { lines, entries, extensions } = parsed;
  const { bytes, starts, format } = lines;
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
  let { count, extended } = lines;
  let at = 0;
  for (const { path, name, entry } of sorted) {
    const next = firstLineFrom(lines, name);
    parts.push(bytes.subarray(starts[at], starts[next]));
    at = next;
    if (isLineNamed(lines, at, name)) {
      if (isExtended(lines, at)) extended -= 1;
      count -= 1;
      at += 1;
    }
    if (entry === null) continue;
    parts.push(composeLine({ path, ...entry }));
    if (entry.flags.includes('skip-worktree')) extended += 1;
    count += 1;
  }
  parts.push(bytes.subarray(starts[at], starts[lines.count]));
  const tree = extensions.get('TREE');
  const names = sorted.map(({ name }) => name.toString('latin1'));
  const kept = { TREE: tree === undefined ? null : forgetTrees(tree, names, format.id), REUC: extensions.get('REUC') };
  for (const [name, extension] of Object.entries(kept))
    if (extension != null) parts.push(headOf(name, extension.length), extension);
  return closeIndex(parts, count, format.hash, extended > 0 ? 3 : 2);
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
  if (entries.get(path) !== undefined) return false;
  const segments = path.split('/');
  for (let depth = 1; depth < segments.length; depth += 1) {
    const above = segments.slice(0, depth).join('/');
    if (changes.has(above) ? changes.get(above) !== null : entries.get(above) !== undefined) return true;
  }
  const below = Buffer.from(`${path}/`);
  for (let at = firstLineFrom(lines, below); ; at += 1) {
    const found = pathBeginning(lines, at, below);
    if (found === null) return false;
    if (changes.get(found) !== null) return true;
  }
}
