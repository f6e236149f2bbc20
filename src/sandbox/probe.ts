// Why: a sandbox that was asked for may still leak. Before any agent runs, a program of ours tries the ways out of a
// sandbox, on this kernel, today.
// Promises: each probe really tries to reach something that really exists outside. The answer names each probe; a probe
// without an answer counts as through.
// Never: leaves anything behind; trusts an argument vector instead of a try.
import { chmod, type FileHandle, mkdir, open, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildCall } from '../platform/process/call.ts';
import { markedProcesses, markName, markOf } from '../platform/process/ending.ts';
import { addVariable } from '../platform/process/host.ts';
import { startGroup } from '../platform/process/process.ts';
import { makeTemporary } from '../platform/process/remains.ts';
import { handTo } from '../platform/process/run-user.ts';
import { accountFiles, type Bubblewrap, enclose, inside, userOf, type Wall } from './bubblewrap.ts';
import { bringRuntime } from './machine.ts';

/** One way out that was tried. */
export type Probe = { readonly name: string; readonly held: boolean };

const names = {
  read: 'read a file outside the room',
  write: 'write outside the room, or into the system',
  pid: "be among the host's processes",
  tcp: 'connect to a server on this machine',
  socket: 'connect to a unix socket outside, by file or by name',
  capability: 'hold or gain a capability',
  privilege: 'be root, or gain privileges by a program',
  kernel: "steer the kernel through /proc/sys, or share the host's other namespaces",
  nested: 'make a user namespace, and be root in it',
  keys: "reach the kernel's keyrings",
  inherited: "have a descriptor or variable of fourline's own",
  outlive: 'outlive the run',
} as const;

// Not taken from the filter, so that the probe finds a wrong number there.
const callNumbers = { x64: { unshare: 272, keyctl: 250 }, arm64: { unshare: 97, keyctl: 219 } } as const;
const newUserNamespace = 0x10000000;
// The kernel answers this operation with EOPNOTSUPP if the call reaches it.
const noOperation = 999;

// The prefix of each probe's own variable: it is ours, and no program inside has one.
const probeVariable = 'FOURLINE_PROBE';

// Runs inside. Each line of its answer is `<probe> through` or `<probe> held`.
const attempts = `
const fs = require('node:fs'), net = require('node:net'), { spawn, spawnSync } = require('node:child_process');
const given = JSON.parse(process.argv[1]);
const tries = (act) => { try { return act(); } catch { return false; } };
const written = (path) => tries(() => { fs.writeFileSync(path, 'x'); fs.rmSync(path); return true; });
const status = fs.readFileSync('/proc/self/status', 'utf8');
const field = (name) => new RegExp('^' + name + ':\\\\s*(.*)$', 'm').exec(status)?.[1] ?? '';
const reaches = (to) => new Promise((done) => {
  const socket = net.connect(to, () => { socket.destroy(); done(true); });
  socket.on('error', () => done(false));
});
const namespace = (kind) => fs.readlinkSync('/proc/self/ns/' + kind) === given.namespaces[kind];
// Exits with the call's error; where nothing can be run it has no status.
const errorOf = (call) => {
  fs.writeFileSync('/dev/shm/call', Buffer.from(given.calls[call], 'base64'), { mode: 0o700 });
  return spawnSync('/dev/shm/call').status;
};
const inheritable = fs.readdirSync('/proc/self/fd').filter((fd) => fd > 2).filter((fd) => tries(() =>
  (parseInt(/flags:\\s*(\\d+)/.exec(fs.readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o2000000) === 0));
(async () => {
  const found = {
    read: tries(() => fs.readFileSync(given.secret).length > 0),
    write: [given.outside + '/made', '/usr/fourline-probe', '/etc/fourline-probe', '/fourline-probe'].some(written),
    pid: namespace('pid'),
    tcp: await reaches({ host: '127.0.0.1', port: given.port }),
    socket: (tries(() => { process.chdir(given.outside); return true; }) && (await reaches({ path: 'socket' }))) || (await reaches({ path: '\\0' + given.abstract })),
    capability: ['CapEff', 'CapPrm', 'CapBnd', 'CapInh', 'CapAmb'].some((name) => !/^0+$/.test(field(name))),
    privilege: process.getuid() === 0 || field('NoNewPrivs') !== '1',
    kernel: tries(() => { fs.accessSync('/proc/sys/kernel/core_pattern', fs.constants.W_OK); return true; }) || ['ipc', 'uts', 'user'].some(namespace),
    nested: [0, null].includes(errorOf('nested')),
    keys: errorOf('keys') !== 1,
    inherited: inheritable.length > 0 || Object.keys(process.env).some((name) => name.startsWith(given.variable)),
  };
  spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).unref();
  console.log('outlive held');
  for (const [name, through] of Object.entries(found)) console.log(name, through ? 'through' : 'held');
})();
`;

// bubblewrap ends a moment before the last process of its namespace is gone.
async function stays(mark: string): Promise<boolean> {
  for (let look = 0; look < 500; look += 1) {
    if ((await markedProcesses(mark)).length === 0) return false;
    await setTimeout(20);
  }
  return true;
}

/** Tries each way out of a sandbox. Throws what making a temporary folder throws. */
export async function probeSandbox(sandboxing: Bubblewrap): Promise<Probe[]> {
  const place = await makeTemporary('probe');
  try {
    return await withOutside(place, async (port) => {
      const given = await describeOutside(place, port, sandboxing.machine);
      const wall = await buildWall(sandboxing, place, given);
      const { said, outlived } = await runAttempts(wall, place);
      const made = (await stat(`${place}/outside/made`).catch(() => null)) !== null;
      return judgeProbes(said, { made, outlived });
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/**
 * Says which ways out held. `said` is what the program inside printed; `made` is true if its file was found outside;
 * `outlived` is true if one of its processes was left after its end. A way without an answer did not hold. Never
 * throws.
 */
export function judgeProbes(said: string, seen: { readonly made: boolean; readonly outlived: boolean }): Probe[] {
  return Object.entries(names).map(([key, name]) => ({
    name,
    held: said.includes(`${key} held\n`) && !(key === 'write' && seen.made) && !(key === 'outlive' && seen.outlived),
  }));
}

// While `work` goes on, each attempt has something outside to reach: a variable of ours, a file, and servers by port,
// by file and by name. `work` gets the port.
async function withOutside<Result>(place: string, work: (port: number) => Promise<Result>): Promise<Result> {
  const servers: Server[] = [];
  let outside: FileHandle | undefined;
  const listen = async (at: { path: string } | { host: string; port: number }): Promise<Server> => {
    const server = createServer((socket) => socket.destroy());
    servers.push(server);
    await new Promise<void>((done, fail) => void server.once('error', fail).listen(at, done));
    return server;
  };
  const takeAway = addVariable(`${probeVariable}_${basename(place)}`);
  try {
    await mkdir(`${place}/outside`);
    await writeFile(`${place}/outside/secret`, 'secret');
    outside = await open(`${place}/outside`, 'r');
    const address = (await listen({ host: '127.0.0.1', port: 0 })).address();
    // The name of a socket may be 107 bytes long (unix(7)); through its folder's descriptor it is short.
    await listen({ path: `/proc/self/fd/${outside.fd}/socket` });
    if (process.platform === 'linux') await listen({ path: `\0${basename(place)}` });
    return await work(typeof address === 'object' ? (address?.port ?? 0) : 0);
  } finally {
    takeAway();
    for (const server of servers) server.close();
    await outside?.close();
  }
}

// The targets outside that the program inside is told about, and the kernel calls that it tries.
async function describeOutside(place: string, port: number, machine: Bubblewrap['machine']) {
  const kinds = ['pid', 'ipc', 'uts', 'user'] as const;
  const calls = {
    nested: buildCall(machine, callNumbers[machine].unshare, [newUserNamespace]),
    keys: buildCall(machine, callNumbers[machine].keyctl, [noOperation]),
  };
  return {
    calls: Object.fromEntries(
      Object.entries(calls).map(([name, file]) => [name, Buffer.from(file).toString('base64')]),
    ),
    outside: `${place}/outside`,
    secret: `${place}/outside/secret`,
    socket: `${place}/outside/socket`,
    abstract: basename(place),
    port,
    namespaces: Object.fromEntries(
      await Promise.all(kinds.map(async (kind) => [kind, await readlink(`/proc/self/ns/${kind}`)])),
    ),
    variable: probeVariable,
  };
}

// A sandbox with the attempts in it, and with folders of its own below `place`.
async function buildWall(
  sandboxing: Bubblewrap,
  place: string,
  given: Awaited<ReturnType<typeof describeOutside>>,
): Promise<Wall> {
  for (const name of ['room', 'home', 'tmp']) await mkdir(`${place}/${name}`);
  for (const [name, text] of Object.entries(accountFiles)) await writeFile(`${place}/${name}`, text);
  const runtime = await bringRuntime();
  const sandbox = {
    room: `${place}/room`,
    home: `${place}/home`,
    temporary: `${place}/tmp`,
    accounts: place,
    start: inside.room,
    network: false,
    readable: runtime.readable,
    layers: [],
    overlays: [],
    user: userOf(sandboxing, place),
  };
  if (sandbox.user !== null) {
    await handTo(sandbox.user, [sandbox.room, sandbox.home, sandbox.temporary], []);
    // Only the sandbox may keep the other uid from what is outside.
    await chmod(place, 0o755);
    for (const path of [given.outside, given.secret, given.socket]) await chmod(path, 0o777);
  }
  return enclose(sandboxing, sandbox, [runtime.path, '-e', attempts, JSON.stringify(given)]);
}

// Runs the attempts to their end. `outlived` is true if one of their processes was still there then.
async function runAttempts({ argv, feeds }: Wall, place: string): Promise<{ said: string; outlived: boolean }> {
  const mark = markOf(place);
  let said = '';
  // Doesn't wait for its pipes to close: processes that outlive a run may hold them open.
  const group = startGroup(argv, {
    cwd: place,
    env: { PATH: '/usr/bin:/bin', [markName]: mark },
    input: '',
    feeds,
    onOutput: (stream, chunk) => {
      if (stream === 'stdout') said += chunk.toString();
    },
  });
  await group.ended;
  const outlived = await stays(mark);
  await group.end(0);
  return { said, outlived };
}
