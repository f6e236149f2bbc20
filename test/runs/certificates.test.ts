// A company's network: nothing leaves but through its proxy, which opens TLS with a certificate of the company's own.
// Runs work there as on any machine.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bringCertificates } from '../../src/runs/certificates.ts';
import { needs } from '../kit/needs.ts';
import { openOffice, order } from '../kit/office.ts';
import { temporaryFolder, writeFiles } from '../kit/repository.ts';

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** An authority that no system knows, and a server's key and certificate by it. */
function makeAuthority(host: string): { authority: string; key: string; cert: string } {
  const folder = temporaryFolder();
  needs('openssl');
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const fresh = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=company');
  openssl('req', ...fresh, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', `/CN=${host}`);
  writeFiles(folder, { names: `subjectAltName=DNS:${host}\n` });
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'request.pem', '-out', 'cert.pem', ...sign);
  return { authority: `${folder}/ca.pem`, key: `${folder}/key.pem`, cert: `${folder}/cert.pem` };
}

const asking = `
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
const page = 'https://api.example.com/hello';
const own = await fetch(page).then((one) => one.text(), (error) => 'failed ' + (error.cause?.message ?? error.message));
const curl = (() => {
  try { return execFileSync('curl', ['-sS', page], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }); }
  catch (error) { return error.code === 'ENOENT' ? 'the page' : 'failed ' + error.stderr; }
})();
writeFileSync('src/a.ts', [own, curl, process.env.GIT_SSL_CAINFO, process.env.REQUESTS_CA_BUNDLE].join('|'));
`;

test.each(['[api.example.com]', 'open'])(
  'a run reaches its hosts through the company, and its programs know the certificate; network: %s',
  async (network) => {
    const { authority, key, cert } = makeAuthority('api.example.com');
    const page = await listening(
      createHttps({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => response.end('the page')),
    );
    const asked: string[] = [];
    const company = createHttp().on('connect', (request, client, head) => {
      asked.push(request.url ?? '');
      const socket = connect(page, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.write(head);
        socket.pipe(client).pipe(socket);
      });
      for (const one of [client, socket]) one.on('error', () => undefined);
    });
    const office = await openOffice();
    office.env['HTTPS_PROXY'] = `http://127.0.0.1:${await listening(company)}`;
    office.env['NODE_EXTRA_CA_CERTS'] = authority;
    await office.write('../agent/agent.mjs', asking);
    await office.write(
      'roles/coder.md',
      `---\nagent: command\ncommand: [node, ${office.root}/../agent/agent.mjs]\nnetwork: ${network}\nwrite: |\n  repos/*/src/**\n---\nTry.\n`,
    );
    await office.write('fourline.yaml', 'sandbox: required\n');
    await office.repository('shop', { 'src/a.ts': '1\n' });
    await office.write('inbox/coder/x.md', order(['src/a.ts']));
    expect((await office.fourline('start', '--once')).code).toBe(0);
    const file = '/fourline/certificates.pem';
    expect(office.git('repos/shop', 'show', 'HEAD:src/a.ts')).toBe(`the page|the page|${file}|${file}`);
    expect(new Set(asked)).toEqual(new Set(['api.example.com:443']));
  },
);

test('of a file only the certificates are brought, with those of the system; a file that is not there brings nothing', async () => {
  const folder = temporaryFolder();
  const { authority, key } = makeAuthority('x.example');
  writeFiles(folder, { both: `${await readFile(key, 'utf8')}${await readFile(authority, 'utf8')}` });
  const brought = await bringCertificates(folder, true, { SSL_CERT_FILE: `${folder}/both` });
  const text = await readFile(`${folder}/certificates.pem`, 'utf8');
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).toContain((await readFile(authority, 'utf8')).trim());
  expect(text.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(10);
  expect(brought.readable).toEqual([{ from: `${folder}/certificates.pem`, to: '/fourline/certificates.pem' }]);
  expect(await bringCertificates(folder, true, { NODE_EXTRA_CA_CERTS: `${folder}/none` })).toEqual({
    env: {},
    readable: [],
  });
});
