// A gateway takes the model's own requests and nothing else, gives the key back to nobody, and counts.
import { createServer, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayLimits, openGateway } from '../../../src/platform/net/gateway.ts';
import { anthropicApi, asksModel, googleApi, openaiApi } from '../../../src/platform/net/model-api.ts';

const key = 'sk-the-real-key-0123456789';

async function open(upstream: RequestListener): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const server = createServer((incoming, outgoing) => {
    asked += 1;
    upstream(incoming, outgoing);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const gateway = await openGateway(0, {
    upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    header: 'x-api-key',
    key,
    api: anthropicApi,
  });
  onTestFinished(gateway.close);
  return { port: gateway.port, asked: () => asked };
}

type Told = { status: number; headers: string; body: string };

function ask(port: number, path = '/v1/messages', method = 'POST', headers = {}): Promise<Told> {
  return new Promise((done, fail) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.rawHeaders.join('\n'), body }));
    });
    asked.on('error', fail);
    asked.end(method === 'POST' ? '{}' : undefined);
  });
}

const apis = { anthropic: anthropicApi, openai: openaiApi, google: googleApi };

test.each([
  ['anthropic', 'POST', '/v1/messages', true],
  ['anthropic', 'POST', '/messages', true],
  ['anthropic', 'POST', '/v1/messages/count_tokens', true],
  ['anthropic', 'GET', '/v1/models', true],
  ['anthropic', 'GET', '/v1/models/claude-sonnet-4-5', true],
  ['anthropic', 'GET', '/v1/messages', false],
  ['anthropic', 'TRACE', '/v1/messages', false],
  ['anthropic', 'POST', '/v1/messages/batches', false],
  ['anthropic', 'GET', '/v1/files', false],
  ['anthropic', 'DELETE', '/v1/models/x', false],
  ['anthropic', 'GET', '/v1/organizations/me', false],
  ['anthropic', 'POST', '/v1/messages/', false],
  ['anthropic', 'POST', '/v1/messages%2fbatches', false],
  ['openai', 'POST', '/responses', true],
  ['openai', 'POST', '/v1/chat/completions', true],
  ['openai', 'GET', '/models/anthropic/claude-sonnet-4.5', true],
  ['openai', 'GET', '/responses/resp_1', false],
  ['openai', 'POST', '/files', false],
  ['openai', 'GET', '/key', false],
  ['google', 'POST', '/v1beta/models/gemini-2.5-pro:streamGenerateContent', true],
  ['google', 'POST', '/models/gemini-2.5-pro:countTokens', true],
  ['google', 'POST', '/v1beta/models/x:generateContent/../../files', false],
  ['google', 'GET', '/v1beta/files', false],
  ['google', 'POST', '/upload/v1beta/files', false],
] as const)('%s: %s %s passes: %s', (name, method, path, passes) => {
  expect(asksModel(apis[name], method, path)).toBe(passes);
});

test('what is no request of the model never reaches the upstream, and the answer says so', async () => {
  const { port, asked } = await open((incoming, outgoing) => outgoing.end(JSON.stringify(incoming.headers)));
  for (const [method, path] of [
    ['GET', '/anything'],
    ['TRACE', '/v1/messages'],
    ['PUT', '/v1/messages'],
    ['POST', '/v1/files'],
    ['POST', '/v1/messages?x=1&$httpMethod=GET'],
  ] as const) {
    const told = await ask(port, path, method);
    expect(`${method} ${path} ${told.status}`).toMatch(/ 40[03]$/);
    expect(told.body).not.toContain(key);
  }
  expect(asked()).toBe(0);
});

test('an upstream that says the key back, in its head, in its body in pieces or encoded, says it to nobody', async () => {
  const { port } = await open((incoming, outgoing) => {
    const told = String(incoming.headers['x-api-key']);
    if (told !== key) throw new Error('the upstream got no key');
    outgoing.writeHead(200, { 'x-echo': `key ${told}`, [`x-${told}`]: 'name', 'retry-after': '7' });
    outgoing.write(`before ${told.slice(0, 9)}`);
    setImmediate(() =>
      outgoing.end(
        `${told.slice(9)} ${Buffer.from(`:${told}`).toString('base64')} ${JSON.stringify(incoming.rawHeaders)}`,
      ),
    );
  });
  const told = await ask(port);
  expect(told.status).toBe(200);
  expect(told.headers).toContain('retry-after\n7');
  expect(told.body).toMatch(/^before \[redacted\] /);
  for (const text of [key, key.slice(3), Buffer.from(key).toString('base64').slice(4, 20)])
    expect(told.headers + told.body).not.toContain(text);
});

test('an answer that comes compressed is looked through as well', async () => {
  const { port } = await open((incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-encoding': 'gzip' });
    outgoing.end(gzipSync(`the key is ${String(incoming.headers['x-api-key'])}`));
  });
  const told = await ask(port, '/v1/messages', 'POST', { 'accept-encoding': 'gzip' });
  expect(told.body).toBe('the key is [redacted]');
  expect(told.headers).not.toContain('content-encoding');
});

test('a stream is passed on as it comes', async () => {
  let finish: () => void = () => undefined;
  const { port } = await open((_, outgoing) => {
    outgoing.write('data: one\n\n');
    finish = () => outgoing.end('data: two\n\n');
  });
  const said: string[] = [];
  await new Promise<void>((done, fail) => {
    const asked = request({ host: '127.0.0.1', port, path: '/v1/messages', method: 'POST' }, (answer) => {
      answer.on('data', (chunk: Buffer) => {
        said.push(chunk.toString());
        finish();
      });
      answer.on('end', done);
    });
    asked.on('error', fail);
    asked.end();
  });
  expect(said).toEqual(['data: one\n\n', 'data: two\n\n']);
});

test('connections beyond the limit are closed, and requests on one connection are counted too', async () => {
  const { port, asked } = await open(() => undefined);
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const closed = await new Promise<number>((done) => {
    let gone = 0;
    for (let count = 0; count < gatewayLimits.connections + 5; count += 1) {
      const socket = connect(port, '127.0.0.1', () => void socket.write('x'));
      sockets.push(socket);
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        gone += 1;
        if (gone === 5) done(gone);
      });
    }
  });
  expect(closed).toBe(5);
  for (const socket of sockets) socket.destroy();

  const line = 'POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
  const pipelined = await new Promise<Socket>((done) => {
    const socket = connect(port, '127.0.0.1', () => done(socket));
    sockets.push(socket);
  });
  pipelined.write(line.repeat(gatewayLimits.requests * 4));
  await expect.poll(asked, { timeout: 20_000 }).toBeGreaterThan(1);
  expect(asked()).toBeLessThanOrEqual(gatewayLimits.requests);
});
