// Why: roles sign what they land; each needs a key, and a line that says whose key counts.
// Promises: a key or a line that is there stays. Two commands at once make each key and each line once.
// Never: decides whose key counts where one is named.
import { dirname } from 'node:path';
import { keyPath } from '../commit/sign.ts';
import { unheard } from '../event.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { waitForLock } from '../platform/files/lock.ts';
import { identityOf } from '../platform/git/identity.ts';
import { parseSigners, printSigner } from '../platform/git/signers.ts';
import { makeKey, readPublicKey } from '../platform/git/ssh.ts';
import type { Host } from '../platform/process/host.ts';
import { systemClock } from '../platform/text/clock.ts';
import { Fault } from '../platform/text/fault.ts';
import { roleNameFlaw } from '../role/role.ts';
import { readCards } from '../role/roles.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/**
 * Signing keys: where they lie, the roles that have a new one, and those whose line was added to roles/allowed_signers.
 */
export type Keys = { readonly folder: string; readonly made: readonly string[]; readonly listed: readonly string[] };

/** How long one command waits for another that makes keys, in milliseconds. */
const keyPatience = 60_000;

/**
 * Makes a key for each card without a key, and adds a line to allowed_signers for each key without a line; with `roles`
 * for these alone. Throws Fault `signers-unreadable`, `lock-unusable`, `ssh-missing`, `ssh-failed`.
 */
export async function addKeys(root: string, host: Host, roles?: readonly string[]): Promise<Keys> {
  const workspace = await openWorkspace(root, { listener: unheard, host });
  const { keys } = workspace.places.outside;
  await makeFolder(dirname(keys));
  const path = `${keys}.lock.db`;
  // The second of two commands finds what the first one made.
  const lock = await waitForLock(path, keyPatience);
  if (lock === null)
    throw new Fault('lock-unusable', 'another fourline makes keys here, and does not end', { where: path });
  try {
    return await addMissingKeys(workspace, roles);
  } finally {
    lock.release();
  }
}

async function addMissingKeys({ places, settings }: Workspace, roles?: readonly string[]): Promise<Keys> {
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
    if (roleNameFlaw(name) !== undefined || roles?.includes(name) === false) continue;
    const principal = identityOf(name, settings.domain).email;
    if (await makeKey(keyPath(places, name), principal)) made.push(name);
    const key = await readPublicKey(keyPath(places, name));
    if (key === null || lines.some((line) => line.key === key && line.principals.includes(principal))) continue;
    added.push(printSigner(principal, key, since));
    listed.push(name);
  }
  const glue = before === '' || before.endsWith('\n') ? '' : '\n';
  if (added.length > 0) await writeDurable(places.signers, `${before}${glue}${added.join('\n')}\n`);
  return { folder: places.outside.keys, made, listed };
}
