// Why: agents run `git status`, `git diff` and `git commit`; these should work in a room. fourline never reads their
// answers.
// Promises: the decoy borrows the objects of its base and holds refs, index and config of its own; nothing done in it
// touches another repository.
// Never: trusted. It is removed when the run is sealed.
import { mkdir, writeFile } from 'node:fs/promises';
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import { composeIndex } from '../platform/git/index-draft.ts';
import type { TreeEntry } from '../platform/git/tree.ts';

/**
 * The base of a decoy. `objects` is the path of the base's objects, as the user of the decoy sees it; `entries` are all
 * that `commit` holds.
 */
export type DecoyPlan = {
  readonly mirror: string;
  readonly objects: string;
  readonly branch: string;
  readonly commit: ObjectId;
  readonly entries: readonly TreeEntry[];
  readonly author: Identity;
};

/** Puts a `.git` into a room's repository. Throws what git and the disk throw. */
export async function makeDecoy(folder: string, plan: DecoyPlan): Promise<void> {
  const { mirror, objects, branch, commit, entries, author } = plan;
  const git = `${folder}/.git`;
  const ref = `refs/heads/${branch}`;
  await mkdir(`${git}/objects/info`, { recursive: true });
  await mkdir(`${git}/${ref}`.replace(/\/[^/]*$/, ''), { recursive: true });
  const extension = commit.length === 64 ? '[extensions]\n\tobjectformat = sha256\n' : '';
  await Promise.all([
    writeFile(`${git}/HEAD`, `ref: ${ref}\n`),
    writeFile(`${git}/${ref}`, `${commit}\n`),
    writeFile(
      `${git}/config`,
      `[core]\n\trepositoryformatversion = ${commit.length === 64 ? 1 : 0}\n\tfilemode = true\n\tbare = false\n${extension}[user]\n\tname = ${author.name}\n\temail = ${author.email}\n`,
    ),
    writeFile(`${git}/objects/info/alternates`, `${objects}\n`),
  ]);
  const index = composeIndex(entries, commit.length === 64 ? 'sha256' : 'sha1');
  if (index !== null) await writeFile(`${git}/index`, index);
  else await runGit(mirror, 'read-tree', [commit], { env: { GIT_INDEX_FILE: `${git}/index` } });
}
