// Why: a run without a network still has to reach its model. One door leads out of its sandbox: a unix socket, behind
// which stands this CONNECT proxy.
// Promises: exact names at port 443, to addresses that are public; of private and loopback targets only those that were
// named with their port. The address that was judged is the one that is connected to; behind a company's proxy, that
// one resolves the names. Each refusal is answered in words and remembered; connections are counted.
// Never: reads what goes through; opens anything else than a tunnel.

import { lookup as systemLookup } from 'node:dns/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { BlockList, connect, isIP, isIPv6, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { isReason } from '../text/fault.ts';
import { type Endpoint, httpsPort, plainHost, readEndpoint, showEndpoint } from './host.ts';
import { listen } from './listen.ts';
import { goesThrough, openThrough, type Upstream } from './upstream.ts';

/**
 * The ways out: `hosts` at 443 (or all hosts) and `reachable` endpoints, which may be private. `lookup` resolves a name
 * to all its addresses. `through` is a company's proxy; null or absent when there isn't one.
 */
export type ProxyPlan = {
  readonly hosts: readonly string[] | 'all';
  readonly reachable: readonly Endpoint[];
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  readonly through?: Upstream | null;
};

/** An open proxy. `refused` lists what was asked for and not opened, each once, at most `refusedKept` of them. */
export type Proxy = { readonly refused: () => readonly string[]; readonly close: () => Promise<void> };

/**
 * How many refused targets are remembered, connections a run may have at once (npm opens up to 50), and milliseconds to
 * connect in.
 */
export const proxyLimits = { refusedKept: 20, connections: 128, connect: 15_000 } as const;

// Addresses that are not the public internet (IANA's special-purpose registries, RFC 6890): this machine, its networks,
// cloud metadata, and what embeds them.
const special = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  special.addSubnet(net, bits, 'ipv4');
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(net, bits, 'ipv6');

/**
 * True for an address on the public internet. An IPv6 address counts only within global unicast, and never when it
 * embeds an IPv4 one.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && publicV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

async function lookUp(host: string): Promise<readonly string[]> {
  return (await systemLookup(host, { all: true })).map((one) => one.address);
}

/**
 * Opens a proxy on a unix socket (its path) or, where a number is given, on that port of 127.0.0.1 (0: any). Throws
 * what listening throws.
 */
export async function openProxy(at: string | number, plan: ProxyPlan): Promise<Proxy & { readonly port: number }> {
  const refused: string[] = [];
  let opening = 0;
  const sockets = new Set<Duplex>();
  const note = (target: string): void => {
    if (!refused.includes(target) && refused.length < proxyLimits.refusedKept) refused.push(target);
  };
  const server = createServer((request, response) => {
    note(`${request.headers.host ?? 'a host'} without TLS`);
    response.writeHead(405, { connection: 'close', 'content-type': 'text/plain' });
    response.end('fourline: only HTTPS (CONNECT to port 443) leads out of this room\n');
  });
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy());
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    if (opening >= proxyLimits.connections) {
      client.end(answer('503 Service Unavailable', 'too many connections at once'));
      return;
    }
    opening += 1;
    void openTunnel(request.url ?? '', plan).then((opened) => {
      opening -= 1;
      if ('reason' in opened) {
        note(opened.target);
        client.end(answer('403 Forbidden', opened.reason));
      } else if ('failure' in opened) client.end(answer('502 Bad Gateway', opened.failure));
      else join(client, opened.socket, head, sockets);
    });
  });
  server.maxConnections = proxyLimits.connections;
  return { ...(await listen(server, at, sockets)), refused: () => refused };
}

function answer(status: string, text: string): string {
  const body = `fourline: ${text}\n`;
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}

function join(client: Duplex, socket: Socket, head: Buffer, sockets: Set<Duplex>): void {
  if (client.destroyed) {
    socket.destroy();
    return;
  }
  sockets.add(socket);
  socket.once('close', () => {
    sockets.delete(socket);
    client.destroy();
  });
  socket.on('error', () => client.destroy());
  client.once('close', () => socket.destroy());
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.write(head);
  client.pipe(socket);
  socket.pipe(client);
}

type ProxyOpened =
  | { readonly socket: Socket }
  | { readonly target: string; readonly reason: string }
  | { readonly failure: string };

async function openTunnel(url: string, plan: ProxyPlan): Promise<ProxyOpened> {
  const endpoint = readEndpoint(url);
  if (endpoint === null) return { target: 'something that is no host:port', reason: 'CONNECT needs host:port' };
  const target = showEndpoint(endpoint);
  const named = plan.hosts === 'all' || plan.reachable.some((one) => showEndpoint(one) === target);
  if (plan.hosts !== 'all' && !named && !plan.hosts.some((one) => plainHost(one) === endpoint.host))
    return { target, reason: `${endpoint.host} is not on this role's network: list` };
  if (!named && endpoint.port !== httpsPort) return { target, reason: `${target} is not at port ${httpsPort}` };
  if (plan.through != null && isIP(endpoint.host) === 0 && goesThrough(plan.through, endpoint)) {
    const opened = await openThrough(plan.through, endpoint);
    return isReason(opened) ? { failure: opened } : { socket: opened };
  }
  const found = await (plan.lookup ?? lookUp)(endpoint.host).catch(() => null);
  if (found === null || found.length === 0) return { failure: `${endpoint.host} could not be resolved` };
  const addresses = named ? found : found.filter(isPublicAddress);
  if (addresses.length === 0)
    return {
      target,
      reason: `${endpoint.host} leads to a private address; fourline.yaml would have to name ${target} under reachable:`,
    };
  for (const address of addresses) {
    const socket = await reach(address, endpoint.port);
    if (socket !== null) return { socket };
  }
  return { failure: `${target} does not answer` };
}

function reach(address: string, port: number): Promise<Socket | null> {
  return new Promise((done) => {
    const socket = connect({ host: address, port, family: isIPv6(address) ? 6 : 4 });
    const give = (found: Socket | null): void => {
      clearTimeout(timer);
      if (found === null) socket.destroy();
      done(found);
    };
    const timer = setTimeout(() => give(null), proxyLimits.connect);
    socket.once('connect', () => give(socket));
    socket.on('error', () => give(null));
  });
}
