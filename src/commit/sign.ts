// Why: a trailer can be copied and an author set; a signature needs the role's key. Signed as git signs, so that `git
// verify-commit` can check it.
// Promises: a commit is signed with the key that roles/allowed_signers names for its role, or not at all; why not is
// said in words.
// Never: makes a key; changes anything of a commit but its signature.
import type { Places } from '../places.ts';
import { readPlain } from '../platform/files/files.ts';
import type { ObjectId } from '../platform/git/git.ts';
import { identityOf } from '../platform/git/identity.ts';
import { type Objects, readObject } from '../platform/git/objects.ts';
import { parseSigners } from '../platform/git/signers.ts';
import { readPublicKey } from '../platform/git/ssh.ts';

/** Signs the bytes of a commit; null when that failed (and was said). */
export type Sign = (commit: Uint8Array) => Promise<string | null>;

/** Whether a role's commits are signed: nobody asked for it; with this key; or asked for and not possible. */
export type Signing =
  | { readonly kind: 'off' }
  | { readonly kind: 'ready'; readonly key: string }
  | { readonly kind: 'lacking'; readonly reason: string };

/** Where a role's private key is. */
export function keyPath(places: Places, role: string): string {
  return `${places.outside.keys}/${role}`;
}

/** Asks whether a role's commits are signed here. */
export async function signingOf(places: Places, role: string, domain: string): Promise<Signing> {
  const file = await readPlain(places.signers);
  if (file.kind === 'absent') return { kind: 'off' };
  const lacking = (reason: string): Signing => ({ kind: 'lacking', reason });
  if (file.kind === 'flawed') return lacking(`roles/allowed_signers cannot be read: ${file.flaw}`);
  const principal = identityOf(role, domain).email;
  const listed = parseSigners(file.text).filter((line) => line.principals.includes(principal));
  if (listed.length === 0) return lacking(`roles/allowed_signers names no key of ${principal}`);
  const key = keyPath(places, role);
  const own = await readPublicKey(key);
  if (own === null) return lacking(`the key of ${principal} is not on this machine (${key})`);
  return listed.some((line) => line.key === own)
    ? { kind: 'ready', key }
    : lacking(`the key at ${key} is not the one that roles/allowed_signers names for ${principal}`);
}

/** The roles whose commits are to be signed here and cannot be, each with the reason. */
export async function signingFlaws(
  places: Places,
  roles: readonly string[],
  domain: string,
): Promise<{ role: string; reason: string }[]> {
  const out: { role: string; reason: string }[] = [];
  for (const role of roles) {
    const signing = await signingOf(places, role, domain);
    if (signing.kind === 'lacking') out.push({ role, reason: signing.reason });
  }
  return out;
}

// Git keeps one header for each hash.
function headerOf(like: ObjectId): string {
  return like.length === 64 ? 'gpgsig-sha256' : 'gpgsig';
}

/**
 * Writes the signed version of a commit and returns its id; the id as it was where nobody signs, or there is no
 * signature.
 */
export async function signCommit(objects: Objects, id: ObjectId, sign: Sign | undefined): Promise<ObjectId> {
  if (sign === undefined) return id;
  const commit = await readObject(objects, 'commit', id);
  const signature = await sign(commit);
  if (signature === null) return id;
  const end = commit.indexOf('\n\n') + 1;
  const header = `${headerOf(id)} ${signature.trim().replaceAll('\n', '\n ')}\n`;
  return objects.write('commit', Buffer.concat([commit.subarray(0, end), Buffer.from(header), commit.subarray(end)]));
}

/** A commit's bytes as they were signed, and the signature; null when it has none. */
export function splitSignature(id: ObjectId, commit: Buffer): { signature: string; signed: Buffer } | null {
  const start = commit.indexOf(`\n${headerOf(id)} `) + 1;
  const body = commit.indexOf('\n\n');
  if (start === 0 || start > body) return null;
  let end = commit.indexOf(10, start) + 1;
  while (commit[end] === 32) end = commit.indexOf(10, end) + 1;
  const text = commit.toString('latin1', start + headerOf(id).length + 1, end);
  return {
    signature: text.replaceAll('\n ', '\n'),
    signed: Buffer.concat([commit.subarray(0, start), commit.subarray(end)]),
  };
}
