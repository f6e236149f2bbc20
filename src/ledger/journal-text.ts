// Why: a line of the journal is whole or not before anybody says what it means.
// Promises: a line that was torn or altered does not pass its checksum.
// Never: knows what a line may say; entry.ts does.
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Reason, whenAbsent } from '../platform/text/fault.ts';

// The length of a line's end: its checksum, and the bracket that closes it.
const sumLength = ',"sum":"00000000"}'.length;

/** The checksum of a line's text before it: CRC-32, in hexadecimal. */
export function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

/** The JSON object of one line of a journal, without its end and its checksum; a string says why it is not whole. */
export function readWhole(line: string): object | Reason {
  const [, sum] = /,"sum":"([0-9a-f]{8})"\}$/.exec(line.slice(-sumLength)) ?? [];
  if (sum === undefined) return 'the line is torn';
  const body = line.slice(0, -sumLength);
  if (checksum(body) !== sum) return 'the checksum does not fit';
  try {
    // A line that ends as the expression says is an object, or no JSON.
    return JSON.parse(`${body}}`) as object;
  } catch {
    return 'the line is not JSON';
  }
}

/** The bytes of a file from a place on; none where it is absent. Throws what reading a file throws. */
export async function readFrom(path: string, from: number): Promise<Buffer> {
  const handle = await open(path, 'r').catch(whenAbsent(null));
  if (handle === null) return Buffer.alloc(0);
  try {
    const bytes = Buffer.alloc(Math.max(0, (await handle.stat()).size - from));
    let got = 0;
    for (let more = 1; got < bytes.length && more > 0; got += more)
      more = (await handle.read(bytes, got, Math.min(bytes.length - got, 2 ** 30), from + got)).bytesRead;
    return bytes.subarray(0, got);
  } finally {
    await handle.close();
  }
}

/**
 * Hands on each whole line. Line by line: one text of a whole journal could be longer than V8 allows. `at` counts
 * bytes, `line` from 1.
 */
export function splitLines(bytes: Buffer, take: (text: string, at: number, line: number) => void): void {
  for (let [at, line] = [0, 1]; at < bytes.length; line += 1) {
    const stop = bytes.indexOf(10, at);
    if (stop < 0) return;
    take(bytes.toString('utf8', at, stop), at, line);
    at = stop + 1;
  }
}
