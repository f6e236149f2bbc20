// Why: a room's git needs an index of its base, and we know everything that stands in it already.
// Promises: the bytes that git reads as its index, version 2 (gitformat-index(5)), in its order. The index says nothing
// about the files, so git looks at each file itself.
// Never: reads a work tree; takes the place of an index that somebody uses.
import { createHash } from 'node:crypto';
import type { TreeEntry } from './tree.ts';

/** The bytes of an index that holds `entries`; null where a name is not text, and git has to make it. */
export function composeIndex(entries: readonly TreeEntry[], format: 'sha1' | 'sha256'): Buffer | null {
  if (entries.some(({ path }) => path.includes('\ufffd'))) return null;
  const header = Buffer.from('DIRC\0\0\0\u0002\0\0\0\0', 'latin1');
  header.writeUInt32BE(entries.length, 8);
  const parts = entries.map((entry) => ({ ...entry, name: Buffer.from(entry.path) }));
  parts.sort((one, other) => Buffer.compare(one.name, other.name));
  const body = Buffer.concat([header, ...parts.map(({ name, mode, id }) => composeLine(name, mode, id))]);
  return Buffer.concat([body, createHash(format).update(body).digest()]);
}

// Composes an entry: ten numbers, of which we know only the mode; the object's name; the length of the path; the path;
// and zeros up to a multiple of eight.
function composeLine(name: Buffer, mode: string, id: string): Buffer {
  const start = 40 + id.length / 2 + 2;
  const line = Buffer.alloc(Math.ceil((start + name.length + 1) / 8) * 8);
  line.writeUInt32BE(Number.parseInt(mode, 8), 24);
  line.write(id, 40, 'hex');
  line.writeUInt16BE(Math.min(name.length, 0xfff), start - 2);
  name.copy(line, start);
  return line;
}
