// Why: what fourline tells is heard by a real server, or by a real program, as in somebody's house.
// Promises: a listener on a port of its own that is gone with the test; it answers what the test says.
// Never: stands in for a part of fourline.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export type Heard = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };

/** A server that hears requests. */
export type Ear = {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** Settles when that many have come. */
  readonly until: (count: number) => Promise<void>;
};

/**
 * Opens a server on this machine. `answer` gives the status of each request, by its number from 1; null never answers.
 */
export async function openEar(answer: (number: number) => number | null = () => 200): Promise<Ear> {
  const heard: Heard[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      heard.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() });
      const status = answer(heard.length);
      if (status !== null)
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('an answer');
      for (const wake of waiting.splice(0)) wake();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    until: async (count) => {
      while (heard.length < count) await new Promise<void>((wake) => (waiting = [...waiting, wake]));
    },
  };
}
