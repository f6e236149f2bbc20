// Why: author and trailer are words; where the workspace asks for signatures, the role's key must stand behind them.
// Promises: a commit is signed by the key of the role that the journal says landed it. Otherwise it is named: unsigned,
// broken, another's, or not to be checked.
// Never: trusts a key that roles/allowed_signers does not name.
import { availableParallelism } from 'node:os';
import { splitSignature } from '../commit/sign.ts';
import type { Places } from '../places.ts';
import { readPlain } from '../platform/files/files.ts';
import { parseSigners, type SignerLine, signedSince } from '../platform/git/signers.ts';
import { openChecker, type SignatureChecker } from '../platform/git/ssh.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Commit } from './commits.ts';
import type { Name } from './record.ts';

/** A landed commit whose signature is asked for. `principal` is the role's e-mail; `at` when it landed. */
export type Asked = { readonly commit: Commit; readonly principal: string; readonly at: string; readonly name: Name };

/** Checks the signatures of landed commits, several at a time. */
export async function verifySignatures(places: Places, asked: readonly Asked[]): Promise<void> {
  const file = await readPlain(places.signers);
  const lines = file.kind === 'text' ? parseSigners(file.text) : null;
  const flaw = file.kind === 'absent' ? 'there is no roles/allowed_signers' : 'roles/allowed_signers cannot be read';
  const checker = await openChecker(places.signers);
  const waiting = [...asked];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      await verifyOne(checker, lines, flaw, one);
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    await checker.close();
  }
}

async function verifyOne(
  checker: SignatureChecker,
  lines: readonly SignerLine[] | null,
  flaw: string,
  { commit, principal, at, name }: Asked,
): Promise<void> {
  const split = splitSignature(commit.id, commit.content);
  if (split === null) {
    const since = lines === null ? null : signedSince(lines, principal);
    if (since !== null && since <= at)
      name('signature-missing', `it is not signed, and commits of ${principal} are to be since ${since || 'ever'}`);
    return;
  }
  if (lines === null) {
    name('signature-unchecked', `its signature cannot be checked: ${flaw}`);
    return;
  }
  try {
    const check = await checker.check(principal, split.signature, split.signed);
    if (check.kind === 'other')
      name('signature-other', `it is signed by ${check.by}, not by ${principal}, who landed it`);
    if (check.kind === 'bad') name('signature-bad', `its signature is not good for ${principal}: ${check.reason}`);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'ssh-missing') throw error;
    name('signature-unchecked', `its signature cannot be checked: ${error.message}`);
  }
}
