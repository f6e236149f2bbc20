// Why: commits of fourline's own repositories are written without a process.
// Promises: neither a name nor a message can end the head of a commit.
// Never: touches a repository that isn't fourline's own.
import type { ObjectId } from './git.ts';
import { type Identity, personOf } from './identity.ts';
import type { Objects } from './objects.ts';

/** A commit to be written; `seconds` since the epoch, `parent` null for the first of a history. */
export type CommitDraft = {
  readonly tree: ObjectId;
  readonly parent: ObjectId | null;
  readonly author: Identity;
  readonly committer: Identity;
  readonly seconds: number;
  readonly message: string;
};

/** Writes a commit and gives its name. Throws what the disk throws. */
export async function writeCommit(objects: Objects, commit: CommitDraft): Promise<ObjectId> {
  const lines = [
    `tree ${commit.tree}`,
    ...(commit.parent === null ? [] : [`parent ${commit.parent}`]),
    `author ${personOf(commit.author)} ${commit.seconds} +0000`,
    `committer ${personOf(commit.committer)} ${commit.seconds} +0000`,
  ];
  return objects.write('commit', Buffer.from(`${lines.join('\n')}\n\n${commit.message}`));
}
