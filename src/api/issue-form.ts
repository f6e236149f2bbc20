// Why: an issue that is filled in by a form has the four lines; `import issue` finds them by their headings.
// Promises: a file that is there already is left as it is. The person commits the form themselves.
// Never: pushes or commits.
import { stat } from 'node:fs/promises';
import { makeFolder, writeDurable } from '../platform/files/files.ts';
import { listRepos } from '../platform/git/target.ts';
import { Fault } from '../platform/text/fault.ts';

/** Where the form lies in a repository: GitHub shows each file of that folder. */
const formFolder = '.github/ISSUE_TEMPLATE';

// The headings of an issue that was made by a form are its labels (GitHub: syntax for issue forms).
const formText = `name: Work order
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

// Into the work tree of the named repository, or of the only one.
async function placeForm(root: string, wanted: string | undefined): Promise<string> {
  const names = await listRepos(`${root}/repos`).catch(() => []);
  const [only] = wanted === undefined ? names : [wanted];
  if (only === undefined || (wanted === undefined && names.length > 1))
    throw new Fault('usage', 'it is not clear which repository the issue form is for', {
      hint: names.length === 0 ? '--repo <path|url> takes one in' : `--name <name>, one of ${names.join(', ')}`,
    });
  if ((await stat(`${root}/repos/${only}/.git`).catch(() => null)) === null)
    throw new Fault('usage', `repos/${only} has no files to put the issue form beside`, {
      hint: 'the form goes into a work tree',
    });
  return `repos/${only}/${formFolder}/fourline-order.yml`;
}

/**
 * Writes the form into the work tree of the named repository, or of the only one. Throws Fault `usage` where that is
 * not clear or has no work tree.
 */
export async function writeForm(root: string, wanted: string | undefined): Promise<IssueForm> {
  const path = await placeForm(root, wanted);
  await makeFolder(`${root}/${path.slice(0, path.lastIndexOf('/'))}`);
  return { path, fresh: await writeDurable(`${root}/${path}`, formText, { replace: false }) };
}
