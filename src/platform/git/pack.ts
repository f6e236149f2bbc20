// Why: a landing brings a handful of objects, and the next base needs the same handful. Two processes to collect them
// cost more than writing them.
// Promises: a pack and its index as git reads them (gitformat-pack(5), version 2). They have exactly what one commit
// has and another doesn't, each object under the name of its bytes. It leaves to git what is large, or not plainly
// ahead.
// Never: compares content; moves a ref.
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Fault } from '../text/fault.ts';
import { readCommitText } from './commit.ts';
import type { ObjectId } from './git.ts';
import type { GitObject } from './git-reader.ts';
import { deflateSmall, type ObjectReader } from './objects.ts';
import { newInTree, treeOf } from './tree.ts';

/**
 * A pack and its index. `name` is what git calls the two. A pack is doubtful when it has a blob that is no text, under
 * a name of SHA-1: such blobs can be made in pairs that have one name, and git finds them (sha1collisiondetection).
 */
export type Pack = {
  readonly name: string;
  readonly pack: Buffer;
  readonly index: Buffer;
  readonly doubtful: boolean;
};

/** How many commits, objects and bytes are packed here; more is git's to pack. */
const packLimits = { commits: 16, objects: 2000, bytes: 16 * 1024 * 1024 } as const;

/**
 * A pack of what `commit` reaches and `known` doesn't; null where git has to find that out. Throws Fault `git-failed`
 * where an object is missing or damaged.
 */
export async function packAhead(objects: ObjectReader, commit: ObjectId, known: ObjectId): Promise<Pack | null> {
  const found = new Map<ObjectId, GitObject>();
  let bytes = 0;
  const take = async (id: ObjectId): Promise<GitObject | null> => {
    const object = found.get(id) ?? (await objects.read(id));
    if (object === null || found.has(id)) return object;
    bytes += object.content.length;
    found.set(id, object);
    return found.size > packLimits.objects || bytes > packLimits.bytes ? null : object;
  };
  let at: ObjectId | undefined = commit;
  for (let count = 0; at !== known; count += 1) {
    const object: GitObject | null = at === undefined || count === packLimits.commits ? null : await take(at);
    const { parents } = readCommitText(object?.content.toString() ?? '');
    // A merge may reach more than its first parent tells.
    if (object === null || object.type !== 'commit' || parents.length !== 1) return null;
    const [parent = ''] = parents;
    for (const id of await newInTree(objects, await treeOf(objects, parent), await treeOf(objects, at ?? '')))
      if ((await take(id)) === null) return null;
    at = parent;
  }
  return composePack([...found.values()]);
}

const kinds: Readonly<Record<string, number>> = { commit: 1, tree: 2, blob: 3 };

/**
 * Composes a pack of these objects, none of them as a difference, and its index. Throws Fault `git-failed` where the
 * bytes of an object have another name.
 */
export function composePack(objects: readonly GitObject[]): Pack {
  const hash = objects[0]?.id.length === 64 ? 'sha256' : 'sha1';
  const header = Buffer.from('PACK\0\0\0\u0002\0\0\0\0', 'latin1');
  header.writeUInt32BE(objects.length, 8);
  let offset = header.length;
  const entries = objects.map(({ id, type, content }) => {
    if (createHash(hash).update(`${type} ${content.length}\0`).update(content).digest('hex') !== id)
      throw new Fault('git-failed', `the ${type} ${id} is damaged`);
    const data = Buffer.concat([sizeHeader(kinds[type] ?? 0, content.length), deflateSmall(content)]);
    const entry = { id: Buffer.from(id, 'hex'), data, offset };
    offset += data.length;
    return entry;
  });
  const body = Buffer.concat([header, ...entries.map(({ data }) => data)]);
  const pack = Buffer.concat([body, createHash(hash).update(body).digest()]);
  const sorted = [...entries].sort((one, other) => Buffer.compare(one.id, other.id));
  const trailer = pack.subarray(body.length);
  const doubtful = hash === 'sha1' && objects.some(({ type, content }) => type === 'blob' && !isUtf8(content));
  return { name: `pack-${trailer.toString('hex')}`, pack, index: composePackIndex(sorted, trailer, hash), doubtful };
}

type PackEntry = { readonly id: Buffer; readonly data: Buffer; readonly offset: number };

// Offsets of four bytes are enough: a pack of ours is far below 2 GiB.
function composePackIndex(entries: readonly PackEntry[], trailer: Buffer, hash: string): Buffer {
  const fan = Buffer.alloc(1024);
  for (let first = 0; first < 256; first += 1)
    fan.writeUInt32BE(entries.filter(({ id }) => (id[0] ?? 0) <= first).length, first * 4);
  const numbers = (of: (entry: PackEntry) => number): Buffer => {
    const out = Buffer.alloc(entries.length * 4);
    for (const [at, entry] of entries.entries()) out.writeUInt32BE(of(entry), at * 4);
    return out;
  };
  const body = Buffer.concat([
    Buffer.from('\u00fftOc\0\0\0\u0002', 'latin1'),
    fan,
    ...entries.map(({ id }) => id),
    numbers(({ data }) => crc32(data)),
    numbers(({ offset }) => offset),
    trailer,
  ]);
  return Buffer.concat([body, createHash(hash).update(body).digest()]);
}

// The kind and four bits of the size, then seven bits a byte, lowest first.
function sizeHeader(kind: number, size: number): Buffer {
  const bytes = [(kind << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
    bytes.push(rest & 127);
  }
  return Buffer.from(bytes);
}
