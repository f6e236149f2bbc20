// Why: evidence goes from hand to hand as one file, which anybody can open without fourline.
// Promises: pure. The same parts make the same bytes: ustar, with a pax header for a path that ustar can't hold
// (POSIX.1-2017, pax). The reader takes exactly what the writer writes, so each byte of an archive counts.
// Never: reads or writes a disk; knows owners, times, links or folders.

/** A file of an archive. */
export type TarPart = { readonly path: string; readonly data: Uint8Array };

/** The parts of an archive up to the first flaw. `place` says in words which bytes the flaw is in. */
export type TarReading = {
  readonly parts: readonly TarPart[];
  readonly flaw: { readonly place: string; readonly message: string } | null;
};

const tarBlock = 512;
const tarEnd = 2 * tarBlock;

/** The archive of these parts, in this order. */
export function writeTar(parts: readonly TarPart[]): Buffer {
  const pieces = parts.flatMap(({ path, data }) => [tarHead(path, data.length), data, paddingOf(data.length)]);
  return Buffer.concat([...pieces, Buffer.alloc(tarEnd)]);
}

/**
 * Reads an archive. `nameOf` says what the part at an index should be called, given those before it; a part whose own
 * header is damaged is told by that name.
 */
export function readTar(bytes: Buffer, nameOf: (before: readonly TarPart[]) => string): TarReading {
  const parts: TarPart[] = [];
  const flawed = (place: string, message: string): TarReading => ({ parts, flaw: { place, message } });
  let at = 0;
  while (bytes.length - at > tarEnd) {
    const head = readTarHead(bytes, at);
    if (head === null) return flawed(nameOf(parts), 'its header in the archive is not one that fourline writes');
    const { path, size } = head;
    at += head.length;
    if (at + size > bytes.length) return flawed(path, 'the file ends in the middle of it');
    const data = bytes.subarray(at, at + size);
    const padding = paddingOf(size);
    if (!bytes.subarray(at + size, at + size + padding.length).equals(padding))
      return flawed(path, 'what fills its last block is not empty');
    parts.push({ path, data });
    at += size + padding.length;
  }
  if (bytes.subarray(at).equals(Buffer.alloc(tarEnd))) return { parts, flaw: null };
  return flawed(nameOf(parts), 'the file does not end as it was written: it is cut off, or its end was changed');
}

function paddingOf(size: number): Buffer {
  return Buffer.alloc((tarBlock - (size % tarBlock)) % tarBlock);
}

// The blocks before a part's bytes.
function tarHead(path: string, size: number): Buffer {
  const plain = plainHead(path, size);
  if (plain !== null) return plain;
  const record = paxRecord(path);
  const stand = `long/${path.replace(/[^\w.-]+/g, '_').slice(-80)}`;
  return Buffer.concat([
    headerBlock(stand, '', record.length, 'x'),
    record,
    paddingOf(record.length),
    headerBlock(stand, '', size, '0'),
  ]);
}

// Null where ustar can't hold the path, or not so that every tar reads the same name.
function plainHead(path: string, size: number): Buffer | null {
  if (!/^[\x20-\x7e]+$/.test(path)) return null;
  if (path.length <= 100) return headerBlock(path, '', size, '0');
  const cut = path.indexOf('/', path.length - 101);
  return cut > 0 && cut <= 155 ? headerBlock(path.slice(cut + 1), path.slice(0, cut), size, '0') : null;
}

// `<length> path=<path>\n`; the length counts itself.
function paxRecord(path: string): Buffer {
  const rest = Buffer.byteLength(` path=${path}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.from(`${length} path=${path}\n`);
}

function headerBlock(name: string, prefix: string, size: number, kind: '0' | 'x'): Buffer {
  const out = Buffer.alloc(tarBlock);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width, '0')}\0`;
  const fields: readonly [number, string][] = [
    [0, name],
    [100, octal(0o644, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, kind],
    [257, 'ustar\u000000'],
    [345, prefix],
  ];
  for (const [at, text] of fields) out.write(text, at, 'latin1');
  const sum = out.reduce((total, byte) => total + byte, 0);
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return out;
}

// Null where the bytes are not those that the writer writes for the path and the size that they tell.
function readTarHead(bytes: Buffer, at: number): { path: string; size: number; length: number } | null {
  const text = (from: number, width: number): string =>
    bytes.toString('latin1', from, from + width).replace(/\0.*$/s, '');
  const sizeAt = (from: number): number => Number.parseInt(text(from + 124, 12), 8);
  const prefix = text(at + 345, 155);
  let path = `${prefix === '' ? '' : `${prefix}/`}${text(at, 100)}`;
  let size = sizeAt(at);
  if (bytes[at + 156] === 'x'.charCodeAt(0)) {
    const record = bytes.toString('utf8', at + tarBlock, at + tarBlock + size);
    path = /^\d+ path=(.*)\n$/s.exec(record)?.[1] ?? '';
    size = sizeAt(at + 2 * tarBlock + size + paddingOf(size).length - tarBlock);
  }
  if (path === '' || !Number.isSafeInteger(size)) return null;
  const expected = tarHead(path, size);
  return bytes.subarray(at, at + expected.length).equals(expected) ? { path, size, length: expected.length } : null;
}
