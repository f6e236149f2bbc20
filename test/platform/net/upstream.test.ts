// A company's proxy: how the environment names it, what goes past it, and that tunnels and gateways go through it.
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openProxy } from '../../../src/platform/net/proxy.ts';
import { goesThrough, openThrough, readUpstream, type Upstream } from '../../../src/platform/net/upstream.ts';

function upstreamOf(env: Record<string, string>): Upstream {
  const read = readUpstream(env);
  if (read === null || typeof read === 'string') throw new Error(read ?? 'none');
  return read;
}

test.each([
  [{}, null],
  [{ HTTPS_PROXY: '' }, null],
  [{ HTTP_PROXY: 'http://proxy.corp:1' }, null],
  [{ ALL_PROXY: 'socks5://proxy.corp:1' }, null],
  [{ HTTPS_PROXY: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
  [{ HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2' }, 'lower:2'],
  [{ HTTPS_PROXY: 'proxy.corp:8080' }, 'proxy.corp:8080'],
  [{ ALL_PROXY: 'http://proxy.corp/' }, 'proxy.corp:80'],
  [{ HTTPS_PROXY: 'https://proxy.corp' }, 'proxy.corp:443'],
])('%j names %s', (env, named) => {
  const read = readUpstream(env);
  expect(read === null || typeof read === 'string' ? read : `${read.host}:${read.port}`).toBe(named);
});

test('a proxy that cannot be used is said, without its password', () => {
  const said = readUpstream({ HTTPS_PROXY: 'socks5://me:hidden@proxy.corp:1080' });
  expect(said).toMatch(/socks5/);
  expect(said).not.toContain('hidden');
  expect(readUpstream({ HTTPS_PROXY: 'http://[' })).toMatch(/no address/);
});

test.each([
  ['', 'api.example.com', true],
  ['', 'localhost', false],
  ['', '127.0.0.5', false],
  ['*', 'api.example.com', false],
  ['corp.example', 'models.corp.example', false],
  ['.corp.example', 'models.corp.example', false],
  ['*.corp.example', 'models.corp.example', false],
  ['corp.example', 'notcorp.example', true],
  ['a.example, CORP.example', 'corp.example', false],
  ['corp.example:8443', 'corp.example', true],
  ['corp.example:443', 'corp.example', false],
  ['10.0.0.0/8', '10.1.2.3', false],
  ['10.0.0.0/8', '11.1.2.3', true],
  ['10.1.2.3', '10.1.2.3', false],
  ['fd00::/8', 'fd12::1', false],
  ['[fd12::1]:443', 'fd12::1', false],
  ['10.0.0.0/99', '10.1.2.3', true],
])('with NO_PROXY=%s %s goes through: %s', (exceptions, host, through) => {
  const upstream = upstreamOf({ HTTPS_PROXY: 'http://proxy.corp:1', NO_PROXY: exceptions });
  expect(goesThrough(upstream, { host, port: 443 })).toBe(through);
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A company's proxy that leads everything to one port, and remembers what it was asked for. */
async function company(to: number): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createHttp();
  server.on('connect', (request, client, head) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    if (request.url === 'refused.example:443') {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const socket = connect(to, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\nVia: company\r\n\r\n');
      socket.write(head);
      socket.pipe(client);
      client.pipe(socket);
    });
    client.on('error', () => socket.destroy());
  });
  return { port: await listening(server), asked };
}

async function echo(): Promise<number> {
  return listening(createServer((socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk.toString()}`))));
}

function speak(port: number, text: string): Promise<string> {
  return new Promise((done, fail) => {
    const client = connect(port, '127.0.0.1', () => client.write(text));
    let said = '';
    client.on('data', (chunk: Buffer) => (said += chunk.toString()));
    client.on('error', fail);
    client.on('close', () => done(said));
  });
}

const connectTo = (target: string): string => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\nhello`;

test('a tunnel goes through it, with its password, and what is on no list still goes nowhere', async () => {
  const { port, asked } = await company(await echo());
  const through = upstreamOf({ HTTPS_PROXY: `http://me:s%40crets@127.0.0.1:${port}` });
  const never = (): Promise<string[]> => Promise.reject(new Error('names are resolved by the company'));
  const proxy = await openProxy(0, {
    hosts: ['api.example', 'refused.example'],
    reachable: [],
    through,
    lookup: never,
  });
  onTestFinished(proxy.close);
  expect(await speak(proxy.port, connectTo('api.example:443'))).toContain('heard hello');
  const refused = await speak(proxy.port, connectTo('refused.example:443'));
  expect(refused).toMatch(/502 Bad Gateway[\s\S]*refuses refused\.example:443 \(status 407\)/);
  expect(refused).not.toContain('s@crets');
  expect(await speak(proxy.port, connectTo('evil.example:443'))).toContain('403 Forbidden');
  const word = `Basic ${Buffer.from('me:s@crets').toString('base64')}`;
  expect(asked).toEqual([`api.example:443 ${word}`, `refused.example:443 ${word}`]);
});

test('an exception is reached past it', async () => {
  const server = await echo();
  const { port, asked } = await company(server);
  const through = upstreamOf({ HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'direct.example' });
  const reachable = [{ host: 'direct.example', port: server }];
  const proxy = await openProxy(0, { hosts: [], reachable, through, lookup: () => Promise.resolve(['127.0.0.1']) });
  onTestFinished(proxy.close);
  expect(await speak(proxy.port, connectTo(`direct.example:${server}`))).toContain('heard hello');
  expect(asked).toEqual([]);
});

test.each([
  ['nobody there', null, /does not answer/],
  ['another protocol', 'SSH-2.0-x\r\n\r\n', /something else than HTTP/],
  ['a closed door', '', /closed the connection|does not answer/],
])('a proxy that is %s is said', async (_, answer, said) => {
  const port = await listening(createServer((socket) => socket.on('error', () => undefined).end(answer ?? '')));
  const at = answer === null ? 1 : port;
  const opened = await openThrough(upstreamOf({ HTTPS_PROXY: `http://127.0.0.1:${at}` }), {
    host: 'x.example',
    port: 443,
  });
  expect(opened).toMatch(said);
});
