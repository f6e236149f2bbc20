import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../kit/needs.ts';
import { coder, errand, openTown, serveHttp, type Town } from '../kit/remote.ts';

const settings = 'remote: origin, pull: true, push: true';
const write = 'echo $FOURLINE_ID > src/a.txt';

function placeOf(town: Town): string {
  return town.root.replace(/\/work$/, '');
}

// As an operator sets it up: a helper of git's, in their own configuration.
async function giveHelper(town: Town, password: string): Promise<void> {
  const helper = `!f() { test "$1" = get && echo username=dana && echo password=${password}; }; f`;
  await writeFile(`${placeOf(town)}/home/.gitconfig`, `[credential]\n\thelper = ${JSON.stringify(helper)}\n`);
}

async function openHttp(card: string, password: string): Promise<Town> {
  const town = await openTown(card, settings);
  const address = await serveHttp(placeOf(town), 'dana', 'open-sesame');
  town.git('repos/shop', 'remote', 'set-url', 'origin', `${address}/shop.git`);
  await giveHelper(town, password);
  return town;
}

test('by http, with the password of a helper in the operator’s configuration', async () => {
  const town = await openHttp(coder('cat src/b.txt > src/a.txt'), 'open-sesame');
  await town.push('src/b.txt', 'two\n');
  await town.write('inbox/coder/first.md', errand('Copy b.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(town.there('main')).toBe('two');
});

test('by http, a wrong password is said, asks nobody, and holds pushing alone', async () => {
  const town = await openHttp(coder(write), 'wrong-sesame');
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect(town.there('main')).toBe('one');
  const { out } = await town.fourline('status');
  expect(out).toMatch(/push of repos\/shop main to origin waits: .*Authentication failed/);
  expect(`${out}${town.said.join('\n')}`).not.toContain('sesame');
  await giveHelper(town, 'open-sesame');
  await town.work();
  expect(town.there('main')).toBe('0001-first');
});

test('no hook of the repository is run by a push', async () => {
  const town = await openTown(coder(write), settings);
  await town.write('repos/shop/.git/hooks/pre-push', '#!/bin/sh\nexit 1\n');
  await chmod(`${town.root}/repos/shop/.git/hooks/pre-push`, 0o755);
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect(town.there('main')).toBe('0001-first');
});

test('a run finds none of the operator’s credentials: not their files, variables, remote or network', async () => {
  needs('bwrap');
  const look = [
    'env > src/a.txt',
    'cat "$HELPER" ~/.gitconfig $HOME/.git-credentials >> src/a.txt 2>&1',
    'git config --list --show-origin >> src/a.txt 2>&1',
    'git remote -v >> src/a.txt 2>&1',
    'git ls-remote "$ADDRESS" >> src/a.txt 2>&1',
    'true',
  ].join('; ');
  const town = await openHttp(coder(look), 'open-sesame');
  const address = town.git('repos/shop', 'remote', 'get-url', 'origin');
  const card = coder(look.replace('$HELPER', `${placeOf(town)}/home/.gitconfig`).replace('$ADDRESS', address));
  await town.write('roles/coder.md', card);
  await town.write('fourline.yaml', `sandbox: required\nrepos: { shop: { ${settings} } }\n`);
  process.env['GH_TOKEN'] = 'token-of-the-operator';
  onTestFinished(() => void delete process.env['GH_TOKEN']);
  await town.write('inbox/coder/first.md', errand('Look around.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  const seen = await town.read('repos/shop/src/a.txt');
  expect(seen).toContain('FOURLINE_ID=0001-first');
  for (const secret of ['open-sesame', 'token-of-the-operator', 'SSH_AUTH_SOCK', 'origin\t', 'refs/heads/main'])
    expect(seen).not.toContain(secret);
  expect(town.there('main')).toContain('FOURLINE_ID');
});

test('by ssh, with a key of the operator’s; a host that isn’t known is said and asks nobody', async () => {
  needs('sshd');
  const town = await openTown(coder(write), settings);
  const { port, known, key } = await serveSsh(placeOf(town));
  const { username } = userInfo();
  town.git('repos/shop', 'remote', 'set-url', 'origin', `ssh://${username}@127.0.0.1:${port}${town.bare}`);
  const config = (hosts: string): string =>
    `[core]\n\tsshCommand = ssh -F none -o BatchMode=yes -i ${key} -o IdentitiesOnly=yes -o UserKnownHostsFile=${hosts} -o StrictHostKeyChecking=yes\n`;
  await writeFile(`${placeOf(town)}/home/.gitconfig`, config('/dev/null'));
  await town.write('inbox/coder/first.md', errand('Write a.'));
  await town.work();
  expect((await town.standing('first')).outcome).toBe('done');
  expect((await town.fourline('status')).out).toMatch(/push of .* waits: .*Host key verification failed/);
  await writeFile(`${placeOf(town)}/home/.gitconfig`, config(known));
  await town.push('src/b.txt', 'two\n');
  town.git('repos/shop', 'fetch', '-q', `file://${town.bare}`, 'main:refs/remotes/origin/main');
  town.git('repos/shop', 'merge', '-q', 'origin/main');
  await town.work();
  expect(town.there('main')).toBe('0001-first');
  expect((await town.fourline('status')).out).not.toContain('push of');
});

// An sshd of this test's own: on a free port, for one key, as this user.
async function serveSsh(place: string): Promise<{ port: number; known: string; key: string }> {
  const folder = `${place}/ssh`;
  await mkdir(folder, { mode: 0o700 });
  for (const name of ['host', 'key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${folder}/${name}`]);
  await writeFile(`${folder}/authorized`, await readFile(`${folder}/key.pub`), { mode: 0o600 });
  const port = await freePort();
  const host = (await readFile(`${folder}/host.pub`, 'utf8')).split(' ').slice(0, 2).join(' ');
  await writeFile(`${folder}/known`, `[127.0.0.1]:${port} ${host}\n`);
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized`,
    `PidFile ${folder}/pid`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
  ];
  await writeFile(`${folder}/config`, `${lines.join('\n')}\n`);
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const sshd = execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v sshd'], { encoding: 'utf8' }).trim();
  const child = spawn(sshd, ['-D', '-e', '-f', `${folder}/config`], { stdio: ['ignore', 'ignore', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((done, fail) => {
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) done();
    });
    child.on('exit', () => fail(new Error(`sshd: ${said}`)));
  });
  return { port, known: `${folder}/known`, key: `${folder}/key` };
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
