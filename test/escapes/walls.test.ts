// Everything that a run could do: an agent process tries it in its room, with the whole sandbox and without each of its
// layers.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import { needs } from '../kit/needs.ts';
import { proveScene } from './prove.ts';
import { checks } from './rows/checks.ts';
import { callValues, kernel } from './rows/kernel.ts';
import { mounts } from './rows/mounts.ts';
import { processes } from './rows/processes.ts';
import type { Stage } from './stage.ts';

/** Somebody to find: servers, segments, files and a process of the host, all of the daemon's own user. */
async function peopleHost(stage: Stage): Promise<Record<string, string>> {
  needs('ipcmk', 'script');
  const key = `fourline-${process.pid}-${stage.leg.uid}-${Math.random().toString(36).slice(2)}`;
  const as = process.getuid?.() === 0 ? { uid: stage.leg.uid, gid: stage.leg.gid } : {};
  const listen = async (...at: [number, string] | [string]): Promise<number> => {
    const server = createServer((socket) => socket.end());
    server.listen(...(at as [string]));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    if (typeof at[0] === 'string' && at[0].startsWith('/')) chmodSync(at[0], 0o777);
    return (server.address() as { port?: number }).port ?? 0;
  };
  const port = await listen(0, '127.0.0.1');
  for (const path of [`\0${key}`, `${stage.place}/out/agent`, `/tmp/${key}.socket`]) await listen(path);
  const heard = createSocket('udp4', () => stage.write('out/heard', 'x'));
  heard.bind(0, '127.0.0.1');
  await once(heard, 'listening');
  onTestFinished(() => void heard.close());
  for (const path of [`/tmp/${key}`, `/dev/shm/${key}`]) {
    writeFileSync(path, 'x', { mode: 0o666 });
    onTestFinished(() => rmSync(path, { force: true }));
  }
  const make = (kind: string, ...args: string[]): string => {
    const id = /\d+/.exec(spawnSync('ipcmk', [...args], { ...as, encoding: 'utf8' }).stdout)?.[0] ?? '';
    onTestFinished(() => void spawnSync('ipcrm', [kind, id], { stdio: 'ignore' }));
    return id;
  };
  const stdin = openSync(`${stage.place}/out/secret`, 'r');
  const bearer = spawn('sleep', ['600'], {
    ...as,
    env: { HOUSE_SECRET: 'for-nobody' },
    stdio: [stdin, 'ignore', 'ignore'],
  });
  onTestFinished(() => void bearer.kill());
  return {
    ...callValues,
    WATCHERS: `${Number(readFileSync('/proc/sys/user/max_inotify_instances', 'latin1')) / 2}`,
    KEY: key,
    PORT: `${port}`,
    PORT_UDP: `${heard.address().port}`,
    BEARER: `${bearer.pid}`,
    KEEPER: `${process.pid}`,
    SEGMENT: make('-m', '-M', '64'),
    QUEUE: make('-q', '-Q'),
    QUEUE_TOO: make('-q', '-Q'),
  };
}

const files = { 'src/a.ts': '1\n', '.gitignore': '.env\nnode_modules\n' };
const card = 'write: |\n  repos/*/src/**';

proveScene({
  name: 'a run in its walls',
  card,
  files,
  order: ['src/a.ts'],
  byUser: true,
  workspace: {
    'roles/netted.md': '---\nagent: command\ncommand: {attack}\nnetwork: [api.example.com]\n---\nMischief.\n',
  },
  values: peopleHost,
  before: (stage) => {
    stage.write('work/repos/shop/.env', 'TOKEN=1\n');
    stage.write('work/repos/vault/.git/HEAD', 'ref: refs/heads/main\n');
    for (const name of ['.bashrc', '.gitconfig', '.npmrc', '.ssh/id_ed25519'])
      stage.write(`home/${name}`, '# the operator: KEY TOKEN\n');
  },
  last: 'echo changed > src/a.ts',
  rows: [...mounts, ...processes, ...kernel],
});

proveScene({
  name: 'a check in its walls',
  card,
  files,
  order: ['src/check.sh'],
  accept: ['`sh src/check.sh` passes', 'a 1', 'b 2'],
  byUser: true,
  values: peopleHost,
  last: 'echo true >> src/check.sh',
  rows: checks,
});
