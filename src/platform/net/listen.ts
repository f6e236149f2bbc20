// Why: servers of fourline's own live as long as a run does, and must be gone after it, with every connection they
// have.
// Promises: listening when it returns; closed when close returns, whoever is still connected.
// Never: answers.
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A listening server. `port` is 0 on a unix socket. */
export type Listener = { readonly port: number; readonly close: () => Promise<void> };

/**
 * Lets a server listen on a unix socket (its path), or on a port of 127.0.0.1 (0: any). `sockets` are the connections
 * that end with it: its own are added as they come. Throws what listening throws.
 */
export async function listen(server: Server, at: string | number, sockets: Set<Duplex> = new Set()): Promise<Listener> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    if (typeof at === 'number') server.listen(at, '127.0.0.1', done);
    else server.listen(at, done);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
