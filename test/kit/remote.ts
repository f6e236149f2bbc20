// Why: work that comes from a remote and goes to one is tested against real ones: a bare repository beside the
// workspace, reached as a file, by http and by ssh.
// Promises: the operator's git configuration of a test is its own; servers listen on this machine alone and end with
// the test.
// Never: reaches another machine.
import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Office, openOffice } from './office.ts';

/** A card whose agent is one shell line. */
export function coder(line: string, front = ''): string {
  const command = `[sh, -c, ${JSON.stringify(line)}]`;
  return `---\nagent: command\ncommand: ${command}\nwrite: repos/*/src/**\n${front}\n---\nYou are the coder.\n`;
}

/** An order about src/a.txt; `bullet` is a command. */
export function errand(objective: string, bullet = 'true'): string {
  const parts = ['changes src/a.txt', 'nothing else changes'].map((one) => `- ${one}`).join('\n');
  return `**Objective:** ${objective}\n\n**Acceptance:**\n- \`${bullet}\` passes\n${parts}\n\n**Files:**\n- src/a.txt\n\n**Branching:** halt-with-note\n`;
}

/** An office whose repos/shop is a clone of a bare repository beside the workspace. */
export type Town = Office & {
  /** Where the bare repository is. */
  readonly bare: string;
  /** The content of a branch there. */
  readonly there: (branch: string, path?: string) => string | null;
  /** Another person's commit there. */
  readonly push: (path: string, text: string) => Promise<void>;
};

/** Opens such an office; `settings` are the keys of repos: shop. */
export async function openTown(card: string, settings: string): Promise<Town> {
  const office = await openOffice({ coder: card });
  const place = office.root.replace(/\/work$/, '');
  const bare = `${place}/shop.git`;
  await office.repository('shop', { 'src/a.txt': 'one\n', 'src/b.txt': 'one\n' });
  office.git('.', 'clone', '-q', '--bare', 'repos/shop', bare);
  office.git('repos/shop', 'remote', 'add', 'origin', `file://${bare}`);
  await mkdir(`${place}/home`);
  await operate(office, { HOME: `${place}/home`, GIT_CONFIG_GLOBAL: `${place}/home/.gitconfig` });
  await writeFile(`${place}/home/.gitconfig`, '');
  await office.write('fourline.yaml', `sandbox: off\nrepos: { shop: { ${settings} } }\n`);
  let count = 0;
  return {
    ...office,
    bare,
    there: (branch, path) => {
      try {
        return office.git(
          bare.slice(office.root.length + 1) === '' ? '.' : '../shop.git',
          'show',
          `${branch}:${path ?? 'src/a.txt'}`,
        );
      } catch {
        return null;
      }
    },
    push: async (path, text) => {
      count += 1;
      office.git('..', 'clone', '-q', 'shop.git', `other-${count}`);
      await office.write(`../other-${count}/${path}`, text);
      office.git(`../other-${count}`, 'commit', '-qam', `Another person's ${path}`);
      office.git(`../other-${count}`, 'push', '-q', 'origin', 'HEAD:main');
    },
  };
}

/** Gives the operator of a test these variables: in this process and in those that the office starts. */
export async function operate(office: Office, env: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(env)) {
    const before = process.env[name];
    process.env[name] = value;
    office.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** Serves the bare repositories of a folder by http to whoever knows the password. Returns the address. */
export async function serveHttp(folder: string, user: string, password: string): Promise<string> {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization === wanted) return serveGit(folder, user, request, response);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// git-http-backend(1) is a CGI program.
function serveGit(folder: string, user: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const child = spawn(`${execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim()}/git-http-backend`, {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: `${request.headers['content-encoding'] ?? ''}`,
      HTTP_GIT_PROTOCOL: `${request.headers['git-protocol'] ?? ''}`,
      REMOTE_USER: user,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  let open = false;
  child.stdout.on('data', (chunk: Buffer) => {
    if (open) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    open = true;
    const fields = head.subarray(0, end).toString().split('\r\n');
    const status = fields.find((one) => /^status:/i.test(one));
    response.statusCode = status === undefined ? 200 : Number(/\d{3}/.exec(status)?.[0]);
    for (const field of fields.filter((one) => one !== status)) {
      const [name = '', value = ''] = field.split(/:\s*(.*)/s);
      response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  child.on('close', () => response.end());
}
