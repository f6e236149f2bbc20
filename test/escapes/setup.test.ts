// A package's own scripts attack while they are installed, and by what they leave. The test tries this with the whole
// sandbox and without each of them.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { proveScene } from './prove.ts';
import { setupScene } from './rows/setup.ts';

async function listening(): Promise<number> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

proveScene(setupScene(listening));
