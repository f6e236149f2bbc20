// An agent gets from the house only what was named. No other agent gets it, and no transcript holds it. With a gateway,
// not even this agent gets it.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openGateway } from '../../src/platform/net/gateway.ts';
import { openaiApi } from '../../src/platform/net/model-api.ts';
import { type Office, openOffice, order } from '../kit/office.ts';

const key = 'sk-the-real-key-0123456789';

/** A model of nobody: remembers what it was asked with, and says it back. */
async function openModel() {
  const asked: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ url: request.url ?? '', headers: request.headers, body });
      response.writeHead(200, { 'content-type': 'text/event-stream', 'set-cookie': 'a=b' });
      response.write('data: one\n\n');
      response.end('data: two\n\n');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { asked, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** An office whose coder runs a program called claude. */
async function officeWith(card: string, program: string, settings = ''): Promise<Office> {
  const office = await openOffice();
  const bin = `${office.root}/../bin`;
  await mkdir(bin);
  await writeFile(`${bin}/claude`, `#!/usr/bin/env node\n${program}`);
  await chmod(`${bin}/claude`, 0o755);
  office.env['PATH'] = `${bin}:${office.env['PATH']}`;
  office.env['HOME'] = `${office.root}/../house`;
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [claude]\n${card}\nwrite: |\n  repos/*/src/**\n---\nTry.\n`,
  );
  await office.write('fourline.yaml', `sandbox: required\n${settings}`);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  return office;
}

const asking = `
const { writeFileSync } = require('node:fs');
(async () => {
  const base = process.env.ANTHROPIC_BASE_URL;
  const answer = await fetch(base + '/v1/messages?x=1', { method: 'POST', body: 'hello', headers: { 'x-api-key': process.env.ANTHROPIC_API_KEY, authorization: 'Bearer mine', 'anthropic-version': 'v' } });
  const text = await answer.text();
  console.log('the key is', process.env.ANTHROPIC_API_KEY);
  writeFileSync('src/a.ts', [process.env.ANTHROPIC_API_KEY, answer.headers.get('set-cookie'), text].join('|'));
})();
`;

test.each(['none', 'open'])(
  'with a gateway the room has a dummy, and the model gets the real key; network: %s',
  async (network) => {
    const model = await openModel();
    const office = await officeWith(`gateway: true\nnetwork: ${network}\nenv: ANTHROPIC_API_KEY`, asking);
    office.env['ANTHROPIC_API_KEY'] = key;
    office.env['ANTHROPIC_BASE_URL'] = `${model.base}/under`;
    expect((await office.fourline('start', '--once')).code).toBe(0);
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('held-by-the-gateway||data: one\n\ndata: two');
    expect(model.asked).toHaveLength(1);
    expect(model.asked[0]).toMatchObject({ url: '/under/v1/messages?x=1', body: 'hello' });
    expect(model.asked[0]?.headers).toMatchObject({ 'x-api-key': key, 'anthropic-version': 'v' });
    expect(model.asked[0]?.headers.authorization).toBeUndefined();
    expect(await office.read('state/journal.jsonl')).toContain('gateway"');
  },
);

test('a gateway takes paths of its one upstream, whatever is asked for', async () => {
  const model = await openModel();
  const gateway = await openGateway(0, { upstream: `${model.base}/v1`, header: 'authorization', key, api: openaiApi });
  onTestFinished(gateway.close);
  const ask = (path: string): Promise<number> =>
    new Promise((done, fail) => {
      const { request } = process.getBuiltinModule('node:http');
      const asked = request({ host: '127.0.0.1', port: gateway.port, path, method: 'POST' }, (answer) => {
        answer.resume();
        done(answer.statusCode ?? 0);
      });
      asked.on('error', fail);
      asked.end();
    });
  expect(await ask('/responses')).toBe(200);
  expect(model.asked[0]).toMatchObject({ url: '/v1/responses' });
  expect(model.asked[0]?.headers.authorization).toBe(`Bearer ${key}`);
  for (const path of ['//evil.example/x', 'http://evil.example/x', '/../secret', '/%2e%2e/secret', '/a\\b'])
    expect(`${path} ${await ask(path)}`).toBe(`${path} 400`);
  expect(model.asked).toHaveLength(1);
});

test('sign-in files are copied in, read-only, and what stands in them is in no transcript', async () => {
  const office = await officeWith(
    'sign-in: ~/.claude/.credentials.json',
    `const { readFileSync, statSync, writeFileSync } = require('node:fs');
     const file = process.env.HOME + '/.claude/.credentials.json';
     console.log('token', readFileSync(file, 'utf8'));
     let wrote = 'wrote';
     try { writeFileSync(file, 'x'); } catch (error) { wrote = error.code; }
     writeFileSync('src/a.ts', [(statSync(file).mode & 0o777).toString(8), wrote].join(' '));`,
  );
  await mkdir(`${office.root}/../house/.claude`, { recursive: true });
  await writeFile(`${office.root}/../house/.claude/.credentials.json`, `{"accessToken":"${key}"}`);
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('400 EACCES');
  const transcript = await office.record('x', 'transcript.jsonl');
  expect(transcript).toContain('[redacted]');
  expect(transcript).not.toContain(key);
});

test('credentials in fourline.yaml go to the agent they name, and to no other', async () => {
  const said = `require('node:fs').writeFileSync('src/a.ts', process.env.MODEL_KEY + ' ' + process.env.OTHER_KEY)`;
  const office = await officeWith('description: x', said, 'credentials: { claude: MODEL_KEY, codex: OTHER_KEY }\n');
  office.env['MODEL_KEY'] = 'mine';
  office.env['OTHER_KEY'] = 'not mine';
  expect((await office.fourline('start', '--once')).code).toBe(0);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('mine undefined');
});

test.each([
  ['sign-in: ~/.claude/none.json', 'is not there: sign in with the agent once'],
  ['gateway: true', 'ANTHROPIC_API_KEY is not set where fourline was started, or not named'],
])('%s that cannot be met is said, and nothing is started', async (card, note) => {
  const office = await officeWith(card, 'throw 1');
  delete office.env['ANTHROPIC_API_KEY'];
  await office.fourline('start', '--once');
  expect(await office.standing('x')).toMatchObject({ outcome: 'failed', note: expect.stringContaining(note) });
});
