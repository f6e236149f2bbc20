// Why: an issue that is filled in by a form has the four lines; `import issue` finds them by their headings.
// Promises: a file that is there already is left as it is. The person commits the form themselves.
// Never: pushes or commits; writes through a link of the repository.
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { giveTo, ownerAbove } from '../platform/files/owner.ts';
import { listRepos } from '../platform/git/repos.ts';
import { Fault } from '../platform/text/fault.ts';
import { escapeText } from '../platform/text/text.ts';

/** Where the form lies in a repository: GitHub shows each file of that folder. */
const formFolder = '.github/ISSUE_TEMPLATE';

/** The form. An issue that was made by it has its labels as headings (GitHub: syntax for issue forms). */
export const formText = `name: Work order
description: Four lines that a role can be held to. Somebody reads them before a role gets them.
body:
  - type: textarea
    attributes:
      label: Objective
      description: One sentence that says what should be true afterwards.
    validations:
      required: true
  - type: textarea
    attributes:
      label: Acceptance
      description: 3 to 5 bullets that can be checked without asking a person.
      placeholder: "- the login form refuses an empty password"
    validations:
      required: true
  - type: textarea
    attributes:
      label: Files
      description: Every path that may be touched, one a line; src/** is all below src. Leave it empty if you don't know.
      placeholder: src/login.ts
  - type: dropdown
    attributes:
      label: Branching
      description: What whoever works on it may do instead.
      options:
        - halt-with-note
        - requeue-with-blocker
`;

/** The form that was written, or was there already. `path` is in the workspace. */
export type IssueForm = { readonly path: string; readonly fresh: boolean };

/** Where the form of a repository lies. */
export function formPath(repo: string): string {
  return `repos/${repo}/${formFolder}/fourline-order.yml`;
}

/**
 * Finds the place of the form: in the work tree of the named repository, or of the only one. Throws Fault `usage` where
 * that is not clear, has no work tree, or has something else where folders go.
 */
export async function placeForm(root: string, wanted: string | undefined): Promise<string> {
  const names = await listRepos(`${root}/repos`).catch(() => []);
  const [only] = wanted === undefined ? names : names.filter((name) => name === wanted);
  const known = names.length === 0 ? 'there is none yet: --repo <path|url> takes one in' : `one of ${names.join(', ')}`;
  if (wanted !== undefined && only === undefined)
    throw new Fault('usage', `there is no repository repos/${escapeText(wanted)}`, { hint: `--name <name>, ${known}` });
  if (only === undefined || (wanted === undefined && names.length > 1))
    throw new Fault('usage', 'it is not clear which repository the issue form is for', {
      hint: names.length === 0 ? '--repo <path|url> takes one in' : `--name <name>, ${known}`,
    });
  if ((await stat(`${root}/repos/${only}/.git`).catch(() => null)) === null)
    throw new Fault('usage', `repos/${only} has no files to put the issue form beside`, {
      hint: 'the form goes into a work tree',
    });
  for (const folder of ['.github', formFolder]) {
    const there = await lstat(`${root}/repos/${only}/${folder}`).catch(() => null);
    if (there !== null && !there.isDirectory())
      throw new Fault('usage', `repos/${only}/${folder} is there and is no folder`, {
        hint: 'the issue form goes into it: move it away',
      });
  }
  return formPath(only);
}

/** Writes the form to its place, which `placeForm` found. */
export async function writeForm(root: string, path: string): Promise<IssueForm> {
  const at = `${root}/${path}`;
  // As root, what is new in a person's repository is theirs.
  const owner = await ownerAbove(at);
  const made: string[] = [];
  for (const one of [dirname(dirname(at)), dirname(at)])
    if ((await lstat(one).catch(() => null)) === null) made.push(one);
  await makeFolder(dirname(at));
  const fresh = await writeDurable(at, formText, { replace: false });
  for (const one of fresh ? [...made, at] : made) await giveTo(one, owner);
  return { path, fresh };
}
