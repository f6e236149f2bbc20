// Why: an editor's client that is broken could fill the memory of its server: a length that is claimed and a header
// that never ends would be collected for ever.
// Promises: passes on whole headers and the bytes they announce, as they came. Anything else is a Fault `lsp-frame`.
// Never: keeps more than a header; reads what a message says.
import { Transform, type TransformCallback } from 'node:stream';
import { Fault } from '../platform/text/fault.ts';

/** The longest message that is read, in bytes. VS Code hands no text above 50 MiB to its language servers. */
const longestMessage = 64 * 1024 * 1024;

/** The longest header that is read, in bytes: as long as Node reads those of HTTP. */
const longestHeader = 16 * 1024;

// The base protocol of LSP 3.17: fields of ASCII, each with a colon and CRLF at its end, then an empty line.
const plainHeader = /^(?:[!-9;-~]+:[\t -~]*\r\n)+\r\n$/;

/** Makes a stream that passes an editor's bytes on as long as they are frames of the protocol. */
export function passFrames(): Transform {
  let header = '';
  let body = 0;
  const pass = (chunk: Buffer): void => {
    for (let at = 0; at < chunk.length; ) {
      const skipped = Math.min(body, chunk.length - at);
      body -= skipped;
      at += skipped;
      const begun = header.length;
      header += chunk.toString('latin1', at, at + longestHeader + 1 - begun);
      const end = header.indexOf('\r\n\r\n');
      if (end < 0 && header.length > longestHeader) throw brokenFrame(`a header of more than ${longestHeader} bytes`);
      at = end < 0 ? chunk.length : at + end + 4 - begun;
      if (end < 0) continue;
      body = messageLength(header.slice(0, end + 4));
      header = '';
    }
  };
  const transform = (chunk: Buffer, _: unknown, done: TransformCallback): void => {
    try {
      pass(chunk);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  };
  return new Transform({ transform });
}

function messageLength(header: string): number {
  const [length, ...more] = header.matchAll(/^content-length:[\t ]*(\d+)[\t ]*\r$/gim);
  if (!plainHeader.test(header) || length === undefined || more.length > 0)
    throw brokenFrame('a header that does not say how long its message is');
  const bytes = Number(length[1]);
  if (bytes > longestMessage) throw brokenFrame(`a message of ${length[1]} bytes; at most ${longestMessage} are read`);
  return bytes;
}

function brokenFrame(found: string): Fault {
  return new Fault('lsp-frame', `the editor sent ${found}`, { hint: 'start the language server again in the editor' });
}
