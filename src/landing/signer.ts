// Why: a landing is signed with its role's key if the workspace asks for it, in the first build and on a newer tip
// alike.
// Promises: a key that cannot be used holds no landing up. The commit goes on unsigned; fourline says so here, and the
// audit finds it.
// Never: chooses a key.
import { type Sign, signingOf } from '../commit/sign.ts';
import { signBytes } from '../platform/git/ssh.ts';
import { messageOf } from '../platform/text/fault.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** How an order's commits are signed; undefined when they are not. */
export async function signerOf(workspace: Workspace, role: string, order: string): Promise<Sign | undefined> {
  const signing = await signingOf(workspace.places, role, workspace.settings.domain);
  if (signing.kind === 'off') return undefined;
  const say = (reason: string): void =>
    workspace.tell({ kind: 'unsigned', role, order, detail: reason, weight: 'bad' });
  if (signing.kind === 'lacking') {
    // An undo is the operator's, whose key is nobody's to ask for; where it is listed, it signs.
    if (role === 'operator') return undefined;
    say(`${signing.reason}  → fourline init --sign`);
    return undefined;
  }
  return (commit) =>
    signBytes(signing.key, commit).catch((error: unknown) => {
      say(messageOf(error));
      return null;
    });
}
