import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { openFourline, type WorkEvent } from '../../src/api.ts';
import type { Notification } from '../../src/notify/notification.ts';
import { top } from '../docs/document.ts';
import { startDaemon } from '../kit/daemon.ts';
import { openEar } from '../kit/ear.ts';
import { needs } from '../kit/needs.ts';
import { card, type Office, openOffice, order } from '../kit/office.ts';

const writes = 'write: |\n  repos/*/src/**';
const stray = '- write: src/a.ts\n  text: "2"\n- write: package.json\n  text: "{}"';
const asks = '- report: halt\n  text: which one?';

// An office whose roles write, ask and fail, and that appends each event to a file beside the workspace.
async function openTold(on: string): Promise<Office> {
  const office = await openOffice({
    coder: card(stray, writes),
    maker: card('- write: src/a.ts\n  text: "2"', writes),
    failer: card('- exit: 3', 'limits: { attempts: 1 }'),
    asker: card(asks),
  });
  await office.repository('shop', { 'src/a.ts': '1\n', 'package.json': '1\n' });
  await office.write('fourline.yaml', `sandbox: off\non:\n${on.replace(/^/gm, '  ')}\n`);
  return office;
}

const append = "{ command: 'cat >> ../told.jsonl' }";

async function toldIn(office: Office): Promise<Notification[]> {
  const text = await readFile(`${office.root}/../told.jsonl`, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Notification);
}

// Works until nothing is left to do, as `start --once` does.
async function work(office: Office, env: NodeJS.ProcessEnv = {}): Promise<WorkEvent[]> {
  const events: WorkEvent[] = [];
  const fourline = await openFourline(office.root, { env: { ...office.env, ...env } });
  await fourline.work({ once: true, on: (event) => void events.push(event) });
  return events;
}

const troubles = (events: readonly WorkEvent[]): string[] =>
  events.filter(({ kind, detail }) => kind === 'trouble' && detail.startsWith('on: ')).map(({ detail }) => detail);

// A process that has ended may wait for somebody who asks how.
function goesOn(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

test('each event is told to its commands in order, once, also after a restart; each is good by its schema', async () => {
  const each = ['needs-you', 'landed', 'refused', 'failed', 'idle'].map((event) => `${event}: ${append}`);
  const office = await openTold(each.join('\n'));
  await office.write('inbox/coder/first.md', order(['src/a.ts', 'package.json']));
  await work(office);
  expect((await toldIn(office)).map(({ event }) => event)).toEqual(['refused', 'landed', 'idle']);
  await work(office);
  expect(await toldIn(office)).toHaveLength(3);
  await office.write('inbox/failer/second.md', order(['src/a.ts']));
  await work(office);
  await office.write('inbox/asker/third.md', order(['src/a.ts']));
  await work(office);
  const told = await toldIn(office);
  expect(told.slice(3).map(({ event, kind }) => `${event} ${kind}`)).toEqual([
    'failed failed',
    'idle idle',
    'needs-you halted',
    'idle idle',
  ]);
  expect(told[1]).toMatchObject({
    order: '0001-first',
    role: 'coder',
    title: 'The value is 2.',
    workspace: office.root,
  });
  expect(told[0]?.sentence).toBe(
    '0001-first of coder changed 2 files, and the gate refused 1: repos/shop/package.json',
  );
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  const schema = new Ajv({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(await readFile(`${top}/docs/schema/event.json`, 'utf8')),
  );
  for (const one of told) expect([schema(one), schema.errors]).toEqual([true, null]);
});

test('an event that came while nobody told is told at the next start; a new action hears nothing of the past', async () => {
  const office = await openTold(`landed: ${append}`);
  await work(office);
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  // This daemon tells nobody.
  await office.work();
  expect(await toldIn(office)).toEqual([]);
  await office.write('fourline.yaml', `sandbox: off\non:\n  landed: [${append}, { command: 'cat >> ../new.jsonl' }]\n`);
  await work(office);
  expect((await toldIn(office)).map(({ event, order: of }) => [event, of])).toEqual([['landed', '0001-first']]);
  await expect(readFile(`${office.root}/../new.jsonl`, 'utf8')).rejects.toThrow();
  await work(office);
  expect(await toldIn(office)).toHaveLength(1);
});

test('words of an order are data on standard input: no shell, no line and no terminal takes them for its own', async () => {
  const office = await openTold(
    `landed: ${append}\nrefused: { command: [sh, -c, 'cat >> ../told.jsonl; env > ../env; echo "$@" > ../args'] }`,
  );
  const words = '$(touch x) `touch x` ; touch x \u001b]0;owned\u0007 \u202e <!channel>';
  await office.write('inbox/coder/evil.md', order(['src/a.ts', 'package.json'], { objective: `${words}\ntouch x` }));
  await work(office);
  const told = await toldIn(office);
  expect(told.map(({ event }) => event).sort()).toEqual(['landed', 'refused']);
  for (const one of told) {
    expect(one.title).toContain('$(touch x) `touch x` ; touch x \\u{1b}]0;owned\\u{7} \\u{202e} <!channel>');
    expect(JSON.stringify(one)).not.toMatch(/\p{Cc}|\u202e|\\u00|\\n/u);
  }
  expect(await readFile(`${office.root}/../args`, 'utf8')).toBe('\n');
  const env = await readFile(`${office.root}/../env`, 'utf8');
  expect(env).toContain('FOURLINE_EVENT=refused\n');
  expect(env).not.toMatch(/touch|0001-evil/);
  expect(await office.list('.')).not.toContain('x');
  expect(await office.list('repos/shop')).not.toContain('x');
});

test('a command that fails is said once, and again when it goes well; status and doctor show it', async () => {
  const office = await openTold("failed: { command: 'test -e ../good || { echo no such luck >&2; exit 3; }' }");
  for (const name of ['a', 'b']) await office.write(`inbox/failer/${name}.md`, order(['src/a.ts']));
  expect(troubles(await work(office))).toEqual([
    'on: command test -e ../good || { echo no such luck >&2; exit 3; }: it ended with status 3: no such luck; said once until it goes well again',
  ]);
  const status = (await office.fourline('status')).out;
  expect(status).toMatch(/^on: command test -e .*: it fails since \S+ \S+: it ended with status 3: no such luck$/m);
  expect((await office.fourline('doctor')).out).toMatch(/on +.*it fails since/);
  await office.write('../good', '');
  await office.write('inbox/failer/c.md', order(['src/a.ts']));
  expect(troubles(await work(office))).toEqual([
    'on: command test -e ../good || { echo no such luck >&2; exit 3; } goes well again',
  ]);
  expect((await office.fourline('status')).out).not.toMatch(/^on: /m);
});

test('a command that goes on is ended after its time, with all that it started; the order landed meanwhile', async () => {
  needs('ps');
  const hanging = 'sleep 1000 & echo $! > ../pid; setsid sleep 1000 & echo $! > ../away; wait';
  const office = await openTold(`refused: { command: '${hanging}', seconds: 1 }`);
  await office.write('inbox/coder/first.md', order(['src/a.ts', 'package.json']));
  const events = await work(office);
  const kinds = events.map(({ kind }) => kind);
  expect(troubles(events)).toEqual([expect.stringContaining('it took longer than 1 second and was ended')]);
  expect(kinds.indexOf('landed')).toBeLessThan(kinds.indexOf('trouble'));
  for (const name of ['pid', 'away']) {
    const pid = Number(await readFile(`${office.root}/../${name}`, 'utf8'));
    expect(pid).toBeGreaterThan(1);
    expect(`${name} ${goesOn(pid)}`).toBe(`${name} false`);
  }
});

test('a command that prints for ever and reads nothing harms nobody; one that is not there is said', async () => {
  const office = await openTold(
    "landed: [{ command: 'yes | head -c 50000000; exit 0' }, { command: [no-such-program] }]",
  );
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  expect(troubles(await work(office))).toEqual([expect.stringMatching(/^on: command no-such-program: .*ENOENT/)]);
  expect((await office.fourline('doctor')).out).toContain('there is no program no-such-program');
});

test('no card reaches what on: says, or how far it was told', async () => {
  const office = await openTold(`refused: ${append}`);
  const body = '- shell: echo "on: {}" > fourline.yaml; mkdir -p state; echo "{}" > state/told.json';
  await office.write('roles/thief.md', card(body, 'write: |\n  **\n  state/**\nlimits: { attempts: 1 }'));
  await office.write('inbox/thief/a.md', order(['fourline.yaml', 'state/told.json']));
  const before = await office.read('fourline.yaml');
  await work(office);
  expect(await office.read('fourline.yaml')).toBe(before);
  const { actions } = JSON.parse(await office.read('state/told.json')) as { actions: object };
  expect(Object.keys(actions)).toHaveLength(1);
  const { out } = await office.fourline('can', 'coder', 'fourline.yaml', 'state/told.json', 'state/told.json.x');
  expect(out.match(/^no /gm)).toHaveLength(3);
});

test('a program where roles may write is named by doctor', async () => {
  const office = await openTold('landed: { command: [repos/shop/tell] }\nfailed: { command: ./state/tell now }');
  const { out } = await office.fourline('doctor');
  expect(out.match(/its program lies where roles may write/g)).toHaveLength(2);
});

test('a webhook is told by its variable, again where that may help, and its address is never shown', async () => {
  const ear = await openEar((number) => (number < 3 ? 503 : 204));
  const office = await openTold('landed: { webhook: $HOOK }\nrefused: { webhook: $HOOK, as: text }\nfailed: $UNSET');
  await office.write('inbox/coder/first.md', order(['src/a.ts', 'package.json']));
  const events = await work(office, { HOOK: `${ear.url}/secret-path` });
  expect(troubles(events)).toEqual([]);
  expect(ear.heard.map(({ path }) => path)).toEqual(Array(4).fill('/secret-path'));
  const landed = ear.heard.filter(({ headers }) => headers['content-type'] === 'application/json');
  const text = ear.heard.filter(({ headers }) => headers['title'] === 'fourline: refused');
  expect(landed.length + text.length).toBe(4);
  expect(JSON.parse(landed.at(-1)?.body ?? '')).toMatchObject({ event: 'landed', order: '0001-first' });
  expect(text.at(-1)?.body).toContain('the gate refused 1');
  expect((await office.fourline('doctor')).out).toContain('webhook $UNSET: $UNSET is not set');
});

test.each([
  [302, 1, 'it answered with status 302'],
  [404, 1, 'it answered with status 404'],
  [500, 3, 'it answered with status 500; it was tried 3 times'],
  [null, 3, 'it did not answer within 1 seconds; it was tried 3 times'],
])('a webhook that answers %s is posted to %i times, and said without its path', async (status, count, words) => {
  const ear = await openEar(() => status);
  const office = await openTold(`landed: { webhook: '${ear.url}/secret-path?key=secret', seconds: 1 }`);
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  const events = await work(office);
  expect(ear.heard).toHaveLength(count);
  expect(troubles(events)).toEqual([`on: webhook ${ear.url}/…: ${words}; said once until it goes well again`]);
  const shown = `${JSON.stringify(events)}${(await office.fourline('status')).out}${await office.read('state/told.json')}`;
  expect(shown).not.toContain('secret');
});

test('a webhook elsewhere is reached through the company’s proxy', async () => {
  const asked: string[] = [];
  const ear = await openEar();
  const { createServer } = await import('node:http');
  const { connect } = await import('node:net');
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const onward = connect(Number(new URL(ear.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const { port } = proxy.address() as { port: number };
  const office = await openTold('landed: http://hooks.example.com:8080/x');
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  const events = await work(office, {
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    https_proxy: '',
    NO_PROXY: '',
    no_proxy: '',
  });
  proxy.close();
  expect(troubles(events)).toEqual([]);
  expect(asked).toEqual(['hooks.example.com:8080']);
  expect(ear.heard.map(({ path, headers }) => [path, headers.host])).toEqual([['/x', 'hooks.example.com:8080']]);
});

test('a slow action holds no order, and what waits for it is told by the next start', async () => {
  const slow = "{ command: 'cat >> ../told.jsonl; test -e ../go || sleep 1000', seconds: 600 }";
  const office = await openTold(`landed: ${slow}\nfailed: ${slow}`);
  const fourline = await openFourline(office.root, { env: office.env });
  const drain = new AbortController();
  const halt = new AbortController();
  const landed = Promise.withResolvers<void>();
  let count = 0;
  for (let number = 0; number < 4; number += 1) await office.write(`inbox/maker/o${number}.md`, order(['src/a.ts']));
  const working = fourline.work({
    drain: drain.signal,
    halt: halt.signal,
    on: ({ kind }) => {
      if (kind === 'landed' || kind === 'failed') count += 1;
      if (count === 4) landed.resolve();
    },
  });
  await Promise.race([landed.promise, working]);
  drain.abort();
  halt.abort();
  await working;
  expect((await toldIn(office)).map(({ event }) => event)).toEqual(['landed']);
  // The next start tells what was not told; what was being told is not told again.
  await office.write('../go', '');
  await work(office);
  const told = (await toldIn(office)).map(({ order: of }) => of);
  expect(new Set(told).size).toBe(told.length);
  expect(told).toHaveLength(4);
});

test('the terminal is called by an event, and a damaged file about what was told loses the past alone', async () => {
  const office = await openTold(`landed: [terminal, ${append}]`);
  await office.write('inbox/coder/first.md', order(['src/a.ts']));
  const events = await work(office);
  expect(events.filter(({ kind }) => kind === 'notice')).toMatchObject([{ about: 'landed', order: '0001-first' }]);
  await office.write('state/told.json', '{"version":1,');
  const again = await work(office);
  expect(troubles(again)).toEqual(['on: state/told.json cannot be read: what happened before this start is not told']);
  expect(await toldIn(office)).toHaveLength(1);
});

test('a fourline that dies while it tells tells that event no second time, and ends what it left', async () => {
  needs('ps');
  const dies =
    'cat >> ../told.jsonl; test -e ../died || { touch ../died; sleep 1000 & echo $! > ../pid; kill -9 $PPID; }';
  const office = await openTold(`landed: { command: '${dies}' }\nfailed: { command: '${dies}' }`);
  await office.write('inbox/maker/a.md', order(['src/a.ts']));
  const daemon = await startDaemon(office);
  await daemon.ended;
  await office.write('inbox/failer/b.md', order(['src/a.ts']));
  await work(office);
  expect((await toldIn(office)).map(({ event, order: of }) => `${event} ${of}`)).toEqual([
    'landed 0001-a',
    'failed 0002-b',
  ]);
  const left = Number(await readFile(`${office.root}/../pid`, 'utf8'));
  expect(goesOn(left)).toBe(false);
});

test('an edit of on: holds from the next look on', async () => {
  const office = await openTold('idle: terminal');
  const daemon = await startDaemon(office);
  await office.write('fourline.yaml', `sandbox: off\non: { landed: ${append} }\n`);
  await daemon.said(/fourline.yaml edited/);
  await office.write('inbox/maker/a.md', order(['src/a.ts']));
  await daemon.settled('a');
  await daemon.stop();
  expect((await toldIn(office)).map(({ event }) => event)).toEqual(['landed']);
});
