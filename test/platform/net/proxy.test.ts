import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { hostFlaw, readEndpoint, showEndpoint } from '../../../src/platform/net/host.ts';
import { isPublicAddress, openProxy, type ProxyPlan, proxyLimits } from '../../../src/platform/net/proxy.ts';

async function openDoor(plan: ProxyPlan) {
  const folder = await mkdtemp(`${tmpdir()}/fourline-proxy-`);
  const socket = `${folder}/door`;
  const proxy = await openProxy(socket, plan);
  onTestFinished(async () => {
    await proxy.close();
    await rm(folder, { recursive: true });
  });
  return { proxy, socket };
}

/** Sends raw text to the door and gives all that comes back until it is closed. */
function speak(socket: string, text: string): Promise<string> {
  return new Promise((done, fail) => {
    const client = connect(socket);
    let said = '';
    client.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    client.on('error', fail);
    client.on('close', () => done(said));
    client.write(text);
  });
}

async function echo(): Promise<number> {
  const server = createServer((socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk.toString()}`)));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const ask = (target: string): string => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;

test('a named private endpoint is tunnelled to, bytes sent along included', async () => {
  const port = await echo();
  const { socket, proxy } = await openDoor({ hosts: [], reachable: [{ host: '127.0.0.1', port }] });
  expect(await speak(socket, `${ask(`127.0.0.1:${port}`)}hello`)).toBe(
    'HTTP/1.1 200 Connection Established\r\n\r\nheard hello',
  );
  expect(proxy.refused()).toEqual([]);
});

test.each([
  ['a host that is not listed', 'evil.example:443', 'evil.example is not on this role'],
  ['a name that only ends like a listed one', 'not-api.example:443', 'not on this role'],
  ['a name below a listed one', 'x.api.example:443', 'not on this role'],
  ['a listed host at another port', 'api.example:80', 'is not at port 443'],
  ['a listed host that leads to this machine', 'api.example:443', 'leads to a private address'],
  ['this machine by its address', '127.0.0.1:443', 'not on this role'],
  ['this machine by another way to write it', '2130706433:443', 'not on this role'],
  ['this machine in IPv6', '[::1]:443', 'not on this role'],
  ['no port', 'api.example', 'CONNECT needs host:port'],
  ['credentials before the host', 'api.example:443@evil.example:443', 'CONNECT needs host:port'],
])('%s is refused', async (_, target, reason) => {
  const { socket, proxy } = await openDoor({
    hosts: ['api.example'],
    reachable: [],
    lookup: () => Promise.resolve(['127.0.0.1', '10.1.2.3', 'fd00::1', '::ffff:127.0.0.1']),
  });
  const said = await speak(socket, ask(target));
  expect(said).toMatch(/^HTTP\/1\.1 403 /);
  expect(said).toContain(reason);
  expect(proxy.refused()).toHaveLength(1);
});

test('a listed host is looked up once, and what was judged is what is connected to', async () => {
  let asked = 0;
  const port = await echo();
  const { socket } = await openDoor({
    hosts: [],
    reachable: [{ host: 'gateway.internal', port }],
    lookup: () => {
      asked += 1;
      return Promise.resolve(asked === 1 ? ['127.0.0.1'] : ['127.0.0.9']);
    },
  });
  expect(await speak(socket, `${ask(`GateWay.internal.:${port}`)}hello`)).toContain('heard hello');
  expect(asked).toBe(1);
});

test('a name that cannot be resolved, and a target that does not answer, are said and are no refusals', async () => {
  const { socket, proxy } = await openDoor({
    hosts: ['api.example'],
    reachable: [{ host: '127.0.0.1', port: 1 }],
    lookup: (host) => (host === 'api.example' ? Promise.reject(new Error('no')) : Promise.resolve([host])),
  });
  expect(await speak(socket, ask('api.example:443'))).toContain('502 Bad Gateway');
  expect(await speak(socket, ask('127.0.0.1:1'))).toContain('does not answer');
  expect(proxy.refused()).toEqual([]);
});

test('plain HTTP through the proxy is refused in words, and remembered', async () => {
  const { socket, proxy } = await openDoor({ hosts: ['api.example'], reachable: [] });
  const said = await speak(
    socket,
    'GET http://api.example/ HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n\r\n',
  );
  expect(said).toContain('405 Method Not Allowed');
  expect(proxy.refused()).toEqual(['api.example without TLS']);
});

test('closing ends the tunnels that are open', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { socket, proxy } = await openDoor({ hosts: [], reachable: [{ host: '127.0.0.1', port }] });
  const client = connect(socket);
  const opened = new Promise<void>((done) => client.once('data', () => done()));
  const closed = new Promise<void>((done) => client.once('close', () => done()));
  client.write(ask(`127.0.0.1:${port}`));
  await opened;
  await proxy.close();
  await closed;
});

test('connections beyond the limit are closed, those within it still reach', async () => {
  const port = await echo();
  const { socket } = await openDoor({ hosts: [], reachable: [{ host: '127.0.0.1', port }] });
  const clients = Array.from({ length: proxyLimits.connections + 7 }, () =>
    connect(socket).on('error', () => undefined),
  );
  let gone = 0;
  await new Promise<void>((done) => {
    for (const client of clients)
      client.resume().on('close', () => {
        gone += 1;
        if (gone === 7) done();
      });
  });
  const left = clients.find((client) => !client.destroyed);
  const heard = new Promise<string>((done) => left?.once('data', (chunk: Buffer) => done(chunk.toString())));
  left?.write(ask(`127.0.0.1:${port}`));
  expect(await heard).toContain('200 Connection Established');
  expect(clients.filter((client) => client.destroyed)).toHaveLength(7);
  for (const client of clients) client.destroy();
});

test.each(
  (
    [
      ['1.1.1.1', true],
      ['172.15.0.1', true],
      ['172.16.0.1', false],
      ['192.168.1.1', false],
      ['169.254.169.254', false],
      ['100.64.0.1', false],
      ['0.0.0.0', false],
      ['224.0.0.1', false],
      ['255.255.255.255', false],
      ['2606:4700::1111', true],
      ['::1', false],
      ['::', false],
      ['fe80::1', false],
      ['fd12::1', false],
      ['::ffff:10.0.0.1', false],
      ['64:ff9b::a00:1', false],
      ['2002:7f00:1::', false],
      ['localhost', false],
    ] as const
  ).map(([address, is]) => ({ address, is })),
)('$address is public: $is', ({ address, is }) => {
  expect(isPublicAddress(address)).toBe(is);
});

test.each([
  ['api.example.com', null],
  ['API.example.com.', null],
  ['*.example.com', 'wildcard'],
  ['https://example.com', 'page'],
  ['example.com:443', 'port'],
  ['10.0.0.1', 'address'],
  ['::1', 'port'],
  ['fe80::1:a', 'address'],
  ['localhost', 'full host name'],
  ['0x7f.1', 'full host name'],
  ['a_b.com', 'full host name'],
])('as a host, %s: %s', (text, flaw) => {
  if (flaw === null) expect(hostFlaw(text)).toBeNull();
  else expect(hostFlaw(text)).toContain(flaw);
});

test('endpoints read and show as the same', () => {
  for (const text of ['127.0.0.1:11434', 'localhost:80', '[::1]:8080', 'gateway.corp.internal:443'])
    expect(showEndpoint(readEndpoint(text) ?? { host: '', port: 0 })).toBe(text);
  for (const text of ['127.0.0.1', 'a b:1', '[zz]:1', 'x:0', 'x:70000', ':1', 'user@host:1'])
    expect(readEndpoint(text)).toBeNull();
});
