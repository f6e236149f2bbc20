import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Office, openOffice, order } from '../kit/office.ts';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An office whose coder runs one program of node, with what the card says of the network. */
async function officeWith(network: string, program: string, settings: string): Promise<Office> {
  const office = await openOffice();
  await office.write('../agent/agent.mjs', program);
  await office.write(
    'roles/coder.md',
    `---\nagent: command\ncommand: [node, ${office.root}/../agent/agent.mjs]\nnetwork: ${network}\nwrite: |\n  repos/*/src/**\n---\nTry.\n`,
  );
  await office.write('fourline.yaml', `sandbox: required\n${settings}`);
  await office.repository('shop', { 'src/a.ts': '1\n' });
  await office.write('inbox/coder/x.md', order(['src/a.ts']));
  return office;
}

// Prints what came of asking for each port or page, and changes the file it may change.
const asking = (direct: readonly number[], pages: readonly string[]): string => `
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
const out = [];
for (const port of ${JSON.stringify(direct)})
  out.push(port + ' ' + await new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('hello'));
    socket.on('data', (chunk) => { done(chunk.toString()); socket.destroy(); });
    socket.on('error', (error) => done(error.code));
    socket.on('close', () => done('closed'));
  }));
for (const page of ${JSON.stringify(pages)})
  out.push(page + ' ' + await fetch(page).then((one) => one.text(), (error) => 'failed ' + (error.cause?.message ?? error.message)));
writeFileSync('src/a.ts', out.join('\\n'));
`;

test('a run with a list of hosts reaches the private port that fourline.yaml names, and nothing else', async () => {
  const named = await listening(createServer((socket) => socket.on('data', (chunk) => socket.end(`heard ${chunk}`))));
  const hidden = await listening(createServer((socket) => socket.end('hidden')));
  const web = await listening(createHttp((_, response) => response.end('hidden page')));
  const office = await officeWith(
    '[api.example.com]',
    asking([named, hidden], [`http://127.0.0.1:${web}/`, 'https://evil.example.com/', 'https://192.168.0.1/']),
    `reachable: ['127.0.0.1:${named}']\n`,
  );
  await office.work();
  const said = office.git('repos/shop', 'show', 'HEAD:src/a.ts');
  expect(said).toContain(`${named} heard hello`);
  expect(said).toContain(`${hidden} ECONNREFUSED`);
  expect(said).not.toContain('hidden page');
  expect(said).not.toContain('evil.example.com/ <');
  const ran = (await office.read('state/journal.jsonl')).split('\n').find((line) => line.includes('"step":"ran"'));
  expect(ran).toContain(`"network":"api.example.com, 127.0.0.1:${named}"`);
  expect(ran).toContain('"unreached":["evil.example.com:443","192.168.0.1:443"]');
  expect(office.said.join('\n')).toMatch(/no way to +evil\.example\.com:443, 192\.168\.0\.1:443/);
  const report = await office.record('x', 'report.md');
  expect(report).toContain('## Asked for on the network in vain\n- evil.example.com:443');
});

test('the exit status of the agent comes through the bridge, and what it leaves behind holds nothing up', async () => {
  const server = await listening(createServer((socket) => socket.on('data', () => socket.write('held'))));
  const office = await officeWith(
    '[api.example.com]',
    `import { spawn } from 'node:child_process';
     const left = "require('net').connect(${server}, '127.0.0.1').on('data', () => process.stdout.write('up')).write('x')";
     const child = spawn(process.execPath, ['-e', left], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
     child.stdout.once('data', () => process.exit(7));`,
    `reachable: ['127.0.0.1:${server}']\n`,
  );
  await office.work();
  expect((await office.standing('x')).note).toContain('exit status 7');
});

test('without a network the proxy of nobody is there', async () => {
  const office = await officeWith('none', asking([3128], ['https://api.example.com/']), '');
  await office.work();
  expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toContain('3128 ECONNREFUSED');
});

test('network: model of a program whose model is nowhere known is said, and nothing is started', async () => {
  const office = await officeWith('model', 'throw 1', '');
  await office.work();
  const standing = await office.standing('x');
  expect(standing.outcome).toBe('failed');
  expect(standing.note).toContain('name its hosts');
});
