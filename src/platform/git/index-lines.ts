// Why: an index of 100,000 files is read and changed with each landing.
// Promises: a line is checked once, in git's own order (gitformat-index(5)), and then found by its name. A line that
// git would write otherwise makes the whole unreadable.
// Never: makes an object for each line: that would take longer than all the rest.
import type { ObjectId } from './git.ts';
import { type IndexFlag, indexBits } from './index-draft.ts';

/** An entry of an index, with git's own flags. */
export type IndexEntry = { readonly mode: string; readonly id: ObjectId; readonly flags: readonly IndexFlag[] };

/** The hash of an index's repository, and how many bytes the name of an object has. */
export type IndexFormat = { readonly hash: 'sha1' | 'sha256'; readonly id: number };
/** The formats that git has. */
export const indexFormats: readonly IndexFormat[] = [
  { hash: 'sha1', id: 20 },
  { hash: 'sha256', id: 32 },
];

/** The lines of an index as they stand. */
export type IndexLines = {
  readonly bytes: Buffer;
  readonly format: IndexFormat;
  readonly count: number;
  /** Where each line starts, and behind them where the last one ends. */
  readonly starts: Uint32Array;
  /** How many of them have more flags, which makes it an index of version 3. */
  readonly extended: number;
};

/** Reads the lines of an index; null where git has to. */
export function readIndexLines(bytes: Buffer, format: IndexFormat): IndexLines | null {
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return null;
  const count = bytes.readUInt32BE(8);
  const limit = bytes.length - format.id;
  // The shortest line has its facts, its flags and a zero.
  if (count > (limit - 12) / (format.id + 42)) return null;
  const starts = new Uint32Array(count + 1);
  let extended = 0;
  let last: IndexLine | null = null;
  starts[0] = 12;
  for (let at = 0; at < count; at += 1) {
    const line = lineAt(bytes, starts[at] ?? 0, format.id);
    if (line === null || line.end > limit || !comesAfter(bytes, last, line)) return null;
    if (line.flags !== null) {
      // An entry that says it has more flags must have them, and no other than these.
      const { skipWorktree, intentToAdd } = indexBits;
      if (version < 3 || line.flags === 0 || (line.flags & ~(skipWorktree | intentToAdd)) !== 0) return null;
      extended += 1;
    }
    last = line;
    starts[at + 1] = line.end;
  }
  return { bytes, format, count, starts, extended };
}

// One line: where its name starts and ends, its mark for a side of a conflict, its further flags (null where
// it has none), and where it ends.
type IndexLine = {
  readonly name: number;
  readonly close: number;
  readonly stage: number;
  readonly flags: number | null;
  readonly end: number;
};

function lineAt(bytes: Buffer, start: number, id: number): IndexLine | null {
  const flagsAt = start + 40 + id;
  if (flagsAt + 4 > bytes.length) return null;
  const first = bytes.readUInt16BE(flagsAt);
  const more = (first & indexBits.extended) !== 0;
  const name = flagsAt + (more ? 4 : 2);
  const close = bytes.indexOf(0, name);
  if (close < 0 || Math.min(close - name, 0xfff) !== (first & 0xfff)) return null;
  const flags = more ? bytes.readUInt16BE(flagsAt + 2) : null;
  return { name, close, stage: (first >> 12) & 3, flags, end: start + Math.ceil((close + 1 - start) / 8) * 8 };
}

// By the bytes of the name; a name comes more than once in a conflict alone, one side after the other.
function comesAfter(bytes: Buffer, last: IndexLine | null, next: IndexLine): boolean {
  if (last === null) return true;
  const order = compareNames(bytes, last, bytes, next);
  return order < 0 || (order === 0 && last.stage > 0 && last.stage < next.stage);
}

type NameSpan = { readonly name: number; readonly close: number };

// A loop, since a call of Buffer.compare takes longer than the few bytes of a name.
function compareNames(one: Buffer, first: NameSpan, other: Buffer, second: NameSpan): number {
  const [from, to] = [first.close - first.name, second.close - second.name];
  const length = Math.min(from, to);
  for (let at = 0; at < length; at += 1) {
    const order = (one[first.name + at] ?? 0) - (other[second.name + at] ?? 0);
    if (order !== 0) return order;
  }
  return from - to;
}

function wholeName(name: Buffer): NameSpan {
  return { name: 0, close: name.length };
}

// A line that was read once can be read again.
function lineOf({ bytes, starts, format }: IndexLines, at: number): IndexLine {
  const line = lineAt(bytes, starts[at] ?? 0, format.id);
  if (line === null) throw new Error(`an index's line ${at} was read before, and is none`);
  return line;
}

/** The place of the first line whose name isn't before another. */
export function firstLineFrom(lines: IndexLines, name: Buffer): number {
  let [low, high] = [0, lines.count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(lines.bytes, lineOf(lines, middle), name, wholeName(name)) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** True when the line at a place has this name. */
export function isLineNamed(lines: IndexLines, at: number, name: Buffer): boolean {
  return at < lines.count && compareNames(lines.bytes, lineOf(lines, at), name, wholeName(name)) === 0;
}

/** The entry of a path; null where it is in conflict, undefined where there is none. */
export function findEntry(lines: IndexLines, path: string): IndexEntry | null | undefined {
  const name = Buffer.from(path);
  const at = firstLineFrom(lines, name);
  return isLineNamed(lines, at, name) ? readIndexEntry(lines, at) : undefined;
}

/** The paths that end so, in git's order. */
export function* pathsEnding(lines: IndexLines, end: Buffer): Iterable<string> {
  for (let at = 0; at < lines.count; at += 1) {
    const { name, close } = lineOf(lines, at);
    const from = close - end.length;
    if (from >= name && compareNames(lines.bytes, { name: from, close }, end, wholeName(end)) === 0)
      yield lines.bytes.toString('utf8', name, close);
  }
}

function readIndexEntry(lines: IndexLines, at: number): IndexEntry | null {
  const { bytes, format, starts } = lines;
  const { stage, flags: more } = lineOf(lines, at);
  if (stage !== 0) return null;
  const start = starts[at] ?? 0;
  const flagsAt = start + 40 + format.id;
  const flags: IndexFlag[] = [];
  if (((more ?? 0) & indexBits.skipWorktree) !== 0) flags.push('skip-worktree');
  if ((bytes.readUInt16BE(flagsAt) & indexBits.assumeUnchanged) !== 0) flags.push('assume-unchanged');
  const mode = bytes
    .readUInt32BE(start + 24)
    .toString(8)
    .padStart(6, '0');
  return { mode, id: bytes.toString('hex', start + 40, flagsAt), flags };
}

/** True when the line at a place has more flags. */
export function isExtended(lines: IndexLines, at: number): boolean {
  return lineOf(lines, at).flags !== null;
}

/** The path at a place, if its name begins so; null otherwise. */
export function pathBeginning(lines: IndexLines, at: number, begin: Buffer): string | null {
  if (at >= lines.count) return null;
  const { name, close } = lineOf(lines, at);
  const start = { name, close: Math.min(close, name + begin.length) };
  if (compareNames(lines.bytes, start, begin, wholeName(begin)) !== 0) return null;
  return lines.bytes.toString('utf8', name, close);
}
