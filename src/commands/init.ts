// Why: `fourline init` makes a workspace: four folders and three roles to start from.
// Promises: an existing file is never replaced; what is there already is said.
// Never: installs or starts anything.
import { readFile, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../ground/clock.ts';
import { Fault } from '../ground/fault.ts';
import { makeFolder, readPlain, writeDurable } from '../ground/files.ts';
import { identityOf } from '../ground/identity.ts';
import { silentLog } from '../ground/log.ts';
import { parseSigners, printSigner } from '../ground/signers.ts';
import { makeKey, readPublicKey } from '../ground/ssh.ts';
import { countOf } from '../ground/text.ts';
import { keyPath } from '../landing/sign.ts';
import { roleNameFlaw } from '../role/role.ts';
import { readCards } from '../role/roles.ts';
import { openWorkspace } from '../workspace.ts';
import { exitCodes, type Invocation } from './invocation.ts';

type Keys = { readonly folder: string; readonly made: readonly string[]; readonly listed: readonly string[] };

const roleFiles = ['coordinator.md', 'coder.md', 'auditor.md'];

// State is fourline's and each machine's own; orders and cards are worth keeping.
const ignored = ['# fourline: what it keeps for itself', 'state/', 'repos/', 'inbox/**/*.problem.txt', ''].join('\n');

/** Makes a workspace in `folder`; with `sign`, a signing key a role as well. Throws Fault `ssh-missing`, `ssh-failed`, `signers-unreadable`. */
export async function runInit(
  invocation: Invocation,
  folder: string,
  options: { sign?: boolean } = {},
): Promise<number> {
  const root = resolve(invocation.directory, folder);
  const shipped = fileURLToPath(new URL('../../roles/', import.meta.url));
  const made: string[] = [];
  const there: string[] = [];
  const put = async (path: string, text: string): Promise<void> => {
    ((await writeDurable(`${root}/${path}`, text, { replace: false })) ? made : there).push(path);
  };
  // Who asks for keys in a workspace of their own has the roles they want.
  const cards = options.sign === true && (await isWorkspace(root)) ? [] : roleFiles;
  for (const name of ['roles', 'inbox', 'inbox/operator', 'state', 'repos']) await makeFolder(`${root}/${name}`);
  for (const name of cards) {
    await put(`roles/${name}`, await readFile(`${shipped}/${name}`, 'utf8'));
    await makeFolder(`${root}/inbox/${name.replace('.md', '')}`);
  }
  if ((await stat(`${root}/.gitignore`).catch(() => null)) === null) await put('.gitignore', ignored);
  const where = root === process.cwd() ? '' : ` -C ${folder}`;
  const keys = options.sign === true ? await addKeys(await realpath(root)) : null;
  invocation.answer({ root, made, there, keys }, [
    `a workspace is in ${root}`,
    ...(keys === null ? [] : sayKeys(root, keys)),
    ...(there.length > 0 ? [`left as they were: ${there.join(', ')}`] : []),
    'next',
    `  git clone <your repository> ${root === process.cwd() ? '' : `${root}/`}repos/<name>`,
    `  edit roles/*.md: which agent, what it may write`,
    `  fourline${where} check && fourline${where} start`,
  ]);
  return exitCodes.ok;
}

async function isWorkspace(root: string): Promise<boolean> {
  const parts = await Promise.all(['roles', 'inbox'].map((name) => stat(`${root}/${name}`).catch(() => null)));
  return parts.every((part) => part?.isDirectory() === true);
}

// A key for each card that has none, and a line of allowed_signers for each key that is in none.
async function addKeys(root: string): Promise<Keys> {
  const { places, settings } = await openWorkspace(root, { log: silentLog });
  const file = await readPlain(places.signers);
  if (file.kind === 'flawed')
    throw new Fault('signers-unreadable', `roles/allowed_signers cannot be read: ${file.flaw}`, {
      where: places.signers,
    });
  const before = file.kind === 'text' ? file.text : '';
  const lines = parseSigners(before);
  const since = systemClock.now().toISOString();
  const made: string[] = [];
  const added: string[] = [];
  const listed: string[] = [];
  for (const { name } of await readCards(places)) {
    if (roleNameFlaw(name) !== undefined) continue;
    const principal = identityOf(name, settings.domain).email;
    if (await makeKey(keyPath(places, name), principal)) made.push(name);
    const key = await readPublicKey(keyPath(places, name));
    if (key === null || lines.some((line) => line.key === key && line.principals.includes(principal))) continue;
    added.push(printSigner(principal, key, since));
    listed.push(name);
  }
  const glue = before === '' || before.endsWith('\n') ? '' : '\n';
  if (added.length > 0) await writeDurable(places.signers, `${before}${glue}${added.join('\n')}\n`);
  return { folder: places.keys, made, listed };
}

function sayKeys(root: string, { folder, made, listed }: Keys): string[] {
  return [
    made.length === 0 ? `keys: all are there, in ${folder}` : `keys: ${made.join(', ')}, in ${folder}`,
    ...(listed.length === 0
      ? []
      : [`roles/allowed_signers: ${countOf(listed.length, 'line')} added (${listed.join(', ')})`]),
    `what they land is signed from now on; git checks it with gpg.ssh.allowedSignersFile=${root}/roles/allowed_signers`,
  ];
}
