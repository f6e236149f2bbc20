// Why: agents run `git status`, `git diff` and `git commit`; these should work in a room. What they say is never read.
// Promises: the decoy borrows the objects of its base and holds refs, index and config of its own; nothing done in it touches another repository.
// Never: trusted. It is removed when the run is sealed.
import { mkdir, writeFile } from 'node:fs/promises';
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';

/** `objects` is where the base's objects are for whoever uses the decoy. Puts a `.git` into a room's repository that stands on `commit` of `branch`. */
export async function makeDecoy(
  folder: string,
  mirror: string,
  objects: string,
  branch: string,
  commit: ObjectId,
  author: Identity,
): Promise<void> {
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
  await runGit(mirror, 'read-tree', [commit], { env: { GIT_INDEX_FILE: `${git}/index` } });
}
