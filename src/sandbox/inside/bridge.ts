// Why: programs speak to a proxy through a port, but only a unix socket leads out of a sandbox. This program stands in
// the sandbox between the two, and starts the agent.
// Promises: a fixed port of the sandbox's own loopback leads to the proxy. Each named private port leads to the same
// port outside. The bridge ends as the agent ends.
// Never: decides what may be reached: the proxy outside does. One file without imports of its own: it is brought into
// the sandbox alone.
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { constants } from 'node:os';

/**
 * The first argument, as JSON: the proxy's socket, the port of its stand-in, and loopback ports that lead out
 * unchanged.
 */
export type BridgePlan = {
  readonly socket: string;
  readonly port: number;
  readonly ports: readonly { readonly port: number; readonly target: string }[];
  /** Ports that lead to a socket unchanged. */
  readonly sockets: readonly { readonly port: number; readonly socket: string }[];
};

function joinSockets(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy());
  other.on('error', () => one.destroy());
  one.pipe(other);
  other.pipe(one);
}

// Only the agent keeps this program alive: processes that an agent leaves behind may hold connections.
function openTunnel(path: string): Socket {
  return connect({ path, allowHalfOpen: true }).unref();
}

function listenAt(port: number, take: (client: Socket) => void): Promise<void> {
  return new Promise((done, fail) => {
    const server = createServer({ allowHalfOpen: true }, (client) => take(client.unref()));
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.unref();
      done();
    });
  });
}

// A program reaches a private port as if it were here: the bridge asks for the tunnel and removes the answer, then both
// sides speak.
function tunnel(client: Socket, plan: BridgePlan, target: string): void {
  const egress = openTunnel(plan.socket);
  client.on('error', () => egress.destroy());
  egress.on('error', () => client.destroy());
  egress.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  let said = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    said = Buffer.concat([said, chunk]);
    const end = said.indexOf('\r\n\r\n');
    if (end < 0) return;
    egress.off('data', take);
    if (!said.subarray(0, 12).toString().endsWith(' 200')) {
      client.destroy();
      egress.destroy();
      return;
    }
    if (said.length > end + 4) client.write(said.subarray(end + 4));
    joinSockets(client, egress);
  };
  egress.on('data', take);
}

async function standIn(plan: BridgePlan, argv: readonly string[]): Promise<void> {
  await listenAt(plan.port, (client) => joinSockets(client, openTunnel(plan.socket)));
  for (const { port, target } of plan.ports) await listenAt(port, (client) => tunnel(client, plan, target));
  for (const { port, socket } of plan.sockets)
    await listenAt(port, (client) => joinSockets(client, openTunnel(socket)));
  // These signals are for the agent; this program ignores them, and ends when the agent is gone.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: 'inherit' });
  child.once('error', (error) => {
    process.stderr.write(`${program} could not be started: ${error.message}\n`);
    process.exitCode = 127;
  });
  child.once('exit', (status, signal) => {
    process.exitCode = status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  });
}

const [first, ...argv] = process.argv.slice(2);
if (first !== undefined) await standIn(JSON.parse(first) as BridgePlan, argv);
