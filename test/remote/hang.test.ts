import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { cli } from '../kit/office.ts';
import { coder, errand, openTown } from '../kit/remote.ts';

test('a remote that never answers holds no landing, and a stop ends what waits for it', async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const town = await openTown(coder('echo $FOURLINE_ID > src/a.txt'), 'remote: origin, push: true');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  town.git('repos/shop', 'remote', 'set-url', 'origin', `http://127.0.0.1:${port}/shop.git`);
  await town.write('inbox/coder/first.md', errand('Write a.'));
  const child = spawn(process.execPath, [cli, '-C', town.root, 'start'], {
    env: town.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const hears = (words: string): Promise<void> =>
    new Promise((done) => {
      const look = (): void => void (said.includes(words) && done());
      child.stderr.on('data', look);
      look();
    });
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  if (sockets.size === 0) await once(server, 'connection');
  await hears('0001-first             landed');
  await town.write('inbox/coder/second.md', errand('Write a.'));
  await hears('0002-second            landed');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await hears('stopping');
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(0);
  expect((await town.fourline('status')).out).toContain('push of repos/shop main to origin waits');
});
