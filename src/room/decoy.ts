// Why: agents run `git status`, `git diff` and `git commit`; these should work in a room. fourline never reads their
// answers.
// Promises: the decoy borrows the objects of its base and holds refs, index and config of its own; nothing done in it
// touches another repository.
// Never: trusted. It is removed when the run is sealed.
import { mkdir, writeFile } from 'node:fs/promises';
import { type ObjectId, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';

/**
 * The base of a decoy. `objects` is the path of the base's objects, as the user of the decoy sees it. `index` are the
 * bytes of an index of `commit`; null where git has to make it; `below` where the overlay's lower has it.
 */
export type DecoyPlan = {
  readonly mirror: string;
  readonly objects: string;
  readonly branch: string;
  readonly commit: ObjectId;
  readonly author: Identity;
  readonly index: Buffer | null | 'below';
};

/** Puts a `.git` into a room's repository. Throws what git and the disk throw. */
export async function makeDecoy(folder: string, plan: DecoyPlan): Promise<void> {
  const { mirror, objects, branch, commit, author, index } = plan;
  const git = `${folder}/.git`;
  const ref = `refs/heads/${branch}`;
  await mkdir(`${git}/objects/info`, { recursive: true });
  await mkdir(`${git}/${ref}`.replace(/\/[^/]*$/, ''), { recursive: true });
  const extension = commit.length === 64 ? '[extensions]\n\tobjectformat = sha256\n' : '';
  await Promise.all([
    writeFile(`${git}/HEAD`, `ref: ${ref}\n`),
    writeFile(`${git}/${ref}`, `${commit}\n`),
    // An overlay shows other numbers of files and other owners than the disk: git compares sizes and seconds alone.
    writeFile(
      `${git}/config`,
      `[core]\n\trepositoryformatversion = ${commit.length === 64 ? 1 : 0}\n\tfilemode = true\n\tbare = false\n\ttrustctime = false\n\tcheckStat = minimal\n${extension}[user]\n\tname = ${author.name}\n\temail = ${author.email}\n`,
    ),
    writeFile(`${git}/objects/info/alternates`, `${objects}\n`),
  ]);
  if (index === null) await runGit(mirror, 'read-tree', [commit], { env: { GIT_INDEX_FILE: `${git}/index` } });
  else if (index !== 'below') await writeFile(`${git}/index`, index);
}
