// Agents that speak the Agent Client Protocol: a program of the package's own agent side, in sandbox.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Office, openOffice, order } from '../kit/office.ts';

const packages = resolve(import.meta.dirname, '../../node_modules');

/** An agent whose turn is `turn`; what it can use is said in the program below. */
function program(turn: string): string {
  return `
import { Readable, Writable } from 'node:stream';
import { appendFileSync, writeFileSync } from 'node:fs';
import { agent, methods, ndJsonStream, PROTOCOL_VERSION, RequestError } from '${packages}/@agentclientprotocol/sdk/dist/v1/stable/acp.js';
const { client: { session: asks, fs }, agent: is } = methods;
let turns = 0;
let begun = null;
let cancelled = () => {};
const cancel = new Promise((resolve) => { cancelled = resolve; });
const options = [{ optionId: 'no', name: 'No', kind: 'reject_once' }, { optionId: 'always', name: 'Always', kind: 'allow_always' }, { optionId: 'yes', name: 'Yes', kind: 'allow_once' }];
agent({ name: 'scripted' })
  .onRequest(is.initialize, ({ params }) => { begun = params; return { protocolVersion: PROTOCOL_VERSION, agentCapabilities: {} }; })
  .onRequest(is.session.new, ({ params }) => { begun = { ...begun, ...params }; return { sessionId: 's1' }; })
  .onNotification(is.session.cancel, () => cancelled())
  .onRequest(is.session.prompt, async ({ params: { sessionId, prompt }, client }) => {
    turns += 1;
    const text = prompt.map((one) => one.text).join('');
    const update = (one) => client.notify(asks.update, { sessionId, update: one });
    const say = (piece) => update({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: piece } });
    // Asks as editors are asked: true when it may.
    const may = async (path, kind = 'edit') => {
      await update({ sessionUpdate: 'tool_call', toolCallId: path, title: 'Edit ' + path, kind, locations: [{ path }] });
      const { outcome } = await client.request(asks.requestPermission, { sessionId, options, toolCall: { toolCallId: path, kind, locations: [{ path }], content: kind === 'edit' ? [{ type: 'diff', path, newText: '2' }] : [] } });
      return outcome.optionId === 'yes';
    };
    ${turn}
    return { stopReason: 'end_turn' };
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
setInterval(() => {}, 1000);
`;
}

async function officeWith(text: string, limits = 'silence: 5'): Promise<Office> {
  const office = await openOffice();
  await office.write('../agent/agent.mjs', text);
  await office.write(
    'roles/coder.md',
    `---\nagent: acp\ncommand: [node, ${office.root}/../agent/agent.mjs]\nwrite: |\n  repos/*/src/**\nlimits: { ${limits} }\n---\nTry.\n`,
  );
  const readable = ['@agentclientprotocol/sdk', 'zod'].map((one) => `${packages}/${one}`);
  await office.write('fourline.yaml', `sandbox: required\nreadable: [${readable.join(', ')}]\n`);
  await office.repository('shop', { 'src/a.ts': '1\n', 'NOTES.md': 'as it was\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  await office.work();
  return office;
}

test('an agent asks before each edit, is answered from the boundary, hears why, and goes on', async () => {
  const office = await officeWith(
    program(`
    await say('Turn ' + turns); await say(': ' + text.split('\\n')[0]);
    if (turns > 1) {
      writeFileSync(process.env.FOURLINE_REPORT, '---\\noutcome: done\\n---\\n' + JSON.stringify([begun.cwd, begun.clientCapabilities]) + '\\n' + text);
      return { stopReason: 'end_turn' };
    }
    for (const path of [process.cwd() + '/src/a.ts', 'src/a.ts', 'NOTES.md', '/tmp/notes']) if (await may(path)) appendFileSync(path, '2\\n');
    if (await may('NOTES.md', 'read')) appendFileSync('src/a.ts', 'read\\n');
    await update({ sessionUpdate: 'usage_update', used: 1200, size: 200000, cost: { amount: 0.25, currency: 'USD' } });
    `),
  );
  const standing = await office.standing('x');
  expect(standing.outcome).toBe('done');
  expect(standing.refused).toEqual([]);
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1\n2\n2\nread');
  const report = await office.record('x', 'report.md');
  expect(report).toContain('["/room/repos/shop",{"fs":{"readTextFile":false,"writeTextFile":false},"terminal":false,');
  expect(report).toContain('not yours: NOTES.md: not in the order');
  expect(report).toContain('Boundary: you may change exactly these paths');
  const journal = await office.read('state/journal.jsonl');
  expect(journal).toContain('"usd":0.25');
  expect(report).toContain('- live context up to 1200; $0.25; tokens were not reported');
  const note = office.git('repos/shop', 'log', '-1', '--notes=fourline', '--format=%N').split('\n').slice(1);
  expect(note).toEqual(['Live-Context: 1200', 'Cost: $0.2500']);
  const transcript = await office.record('x', 'transcript.jsonl');
  expect(transcript).toContain('Turn 1: Read the file /room/brief.md');
});

test('its live context has a ceiling while it works', async () => {
  const update = (used: number): string =>
    `await update({ sessionUpdate: 'usage_update', used: ${used}, size: 200000 });`;
  const stays = `${update(70_000)} await new Promise(() => {});`;
  const office = await officeWith(
    program(
      `${update(900)} appendFileSync('src/a.ts', '2\\n'); if (process.env.FOURLINE_ATTEMPT === '1') { ${stays} } return { stopReason: 'end_turn' };`,
    ),
    'context: 60k, attempts: 1, silence: 0.3',
  );
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2 });
  expect(await office.record('x', 'brief.md')).toContain('its live context is 70000 tokens, 60000 allowed');
});

test('at its ceiling it is asked to hand over, and a fresh run goes on from what it says', async () => {
  const office = await officeWith(
    program(`
    if (process.env.FOURLINE_ATTEMPT === '2') { appendFileSync('src/a.ts', '3\\n'); return { stopReason: 'end_turn' }; }
    if (turns > 1) { await say('Half is done; ' + text.slice(0, 9)); return { stopReason: 'end_turn' }; }
    appendFileSync('src/a.ts', '2\\n');
    await update({ sessionUpdate: 'usage_update', used: 70000, size: 200000 });
    await cancel;
    return { stopReason: 'cancelled' };
    `),
    'context: 60k',
  );
  expect(await office.standing('x')).toMatchObject({ outcome: 'done', attempt: 2, spent: 0 });
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1\n2\n3');
  const brief = await office.record('x', 'brief.md');
  expect(brief).toContain('its live context is 70000 tokens, 60000 allowed');
  expect(brief).toContain('Its last words: Half is done; Stop here');
});

// The same agent, which begins no session until it is signed in by `good`.
const locked = (offered: readonly unknown[], good: string): string =>
  program("appendFileSync('src/a.ts', 'in\\n');")
    .replace('agentCapabilities: {} }', `agentCapabilities: {}, authMethods: ${JSON.stringify(offered)} }`)
    .replace('begun = { ...begun, ...params };', 'if (!signed) throw RequestError.authRequired();')
    .replace(
      '.onRequest(is.session.new',
      `.onRequest(is.authenticate, ({ params }) => { appendFileSync('src/a.ts', params.methodId + '\\n'); if (params.methodId !== '${good}') throw new RequestError(-32603, 'no such key'); signed = true; return {}; })
  .onRequest(is.session.new`,
    )
    .replace('let begun = null;', 'let begun = null; let signed = false;');
const browser = { id: 'login', name: 'Sign in with a browser' };
const first = { id: 'a-api-key', name: 'Use A_API_KEY' };
const second = { id: 'b', name: 'API key of B' };

test('one that wants to be signed in is, by a key it was handed', async () => {
  const office = await officeWith(locked([browser, first, { ...second, type: 'agent' }], 'b'));
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1\na-api-key\nb\nin');
});

test.each([
  ['a browser alone', [browser]],
  ['a terminal alone', [{ ...second, type: 'terminal' }]],
  ['no way at all', []],
])('one that can be signed in by %s is not signed in', async (_, offered) => {
  const office = await officeWith(locked(offered, 'b'));
  expect((await office.standing('x')).note).toContain('it is not signed in');
  expect(await office.record('x', 'transcript.jsonl')).not.toContain('"methodId"');
});

test('one that does not ask is judged at the end; its last words are its summary', async () => {
  const office = await officeWith(
    program(`
    await say('First.');
    await update({ sessionUpdate: 'tool_call', toolCallId: 't', title: 'Edit', kind: 'edit' });
    for (const path of ['src/a.ts', 'NOTES.md']) appendFileSync(path, '2\\n');
    const lent = await client.request(fs.readTextFile, { sessionId, path: '/room/order.md' }).catch((error) => error.code);
    await say('I changed both, '); await say('and was lent ' + lent + '.');
    `),
  );
  const standing = await office.standing('x');
  expect(standing.outcome).toBe('done');
  expect(standing.refused.map((one) => one.path)).toEqual(['repos/shop/NOTES.md']);
  expect(await office.record('x', 'report.md')).toContain('I changed both, and was lent -32601.');
});

test('one that is refused again and again is not prompted for ever', async () => {
  const office = await officeWith(
    program(`await may('NOTES.md'); appendFileSync('src/a.ts', 'turn ' + turns + '\\n');`),
  );
  expect((await office.standing('x')).outcome).toBe('done');
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe('1\nturn 1\nturn 2\nturn 3\nturn 4');
});

test.each([
  ['a turn that the model refuses', program("return { stopReason: 'refusal' };"), 'the model refused to go on'],
  ['a turn that is cut off', program("return { stopReason: 'max_tokens' };"), 'its turn reached the most tokens'],
  ['nobody signed in', program('throw RequestError.authRequired();'), 'it is not signed in'],
  ['an error', program("throw new RequestError(-32603, 'the disk is full');"), 'the disk is full'],
  ['a program that ends', "process.stderr.write('no such option --acp\\n'); process.exit(2);", 'no such option --acp'],
  ['one that ends well without a word', 'process.exit(0);', 'it ended without a result'],
  [
    'one that goes in the middle of its turn',
    program("await say('Hm.'); process.exit(0);"),
    'it ended without a result',
  ],
  [
    'one that asks and is gone before the answer',
    program(
      "for (let one = 0; one < 50; one += 1) void may('NOTES.md' + one); setTimeout(() => process.exit(0), 5); await new Promise(() => {});",
    ),
    'it ended without a result',
  ],
  [
    'another protocol',
    'process.stdin.once(\'data\', () => console.log(\'Hello!\\n{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":7}}\')); setInterval(() => {}, 1000);',
    'it speaks version 7 of the protocol',
  ],
])('a failure is named: %s', async (_, text, note) => {
  const office = await officeWith(text);
  const standing = await office.standing('x');
  expect(standing.outcome).toBe('failed');
  expect(standing.note).toContain(note);
});

test('one that never answers is ended by its silence', async () => {
  const office = await officeWith('process.stdin.resume(); setInterval(() => {}, 1000);', 'silence: 0.05');
  expect((await office.standing('x')).note).toContain('limit of silence');
});
