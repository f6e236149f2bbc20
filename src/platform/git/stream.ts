// Why: commits are written by `git fast-import`: one process for any number of blobs, trees and commits, on one ref.
// Promises: pure text building; every path is quoted, every message and content is counted, so that nothing in them can
// end a command.
// Never: runs git.
import { type Identity, personOf } from './identity.ts';

/** One file operation of a commit. `content` null means: delete. */
export type FileOperation = { readonly path: string; readonly mode: string; readonly content: Uint8Array | null };

/** One commit for fast-import. `from` is null for the first of a history; `seconds` since the epoch. */
export type CommitOperation = {
  readonly ref: string;
  readonly mark: number;
  readonly author: Identity;
  readonly committer: Identity;
  readonly seconds: number;
  readonly message: string;
  readonly from: string | null;
  readonly files: readonly FileOperation[];
};

function quoteStreamPath(path: string): string {
  return `"${path.replace(/["\\]/g, (char) => `\\${char}`).replaceAll('\n', '\\n')}"`;
}

/** The commands for a commit, as bytes. Deletions come first. */
export function streamCommit(commit: CommitOperation): Buffer {
  const message = Buffer.from(commit.message);
  const parts: (string | Uint8Array)[] = [
    `commit ${commit.ref}\nmark :${commit.mark}\n`,
    `author ${personOf(commit.author)} ${commit.seconds} +0000\n`,
    `committer ${personOf(commit.committer)} ${commit.seconds} +0000\n`,
    `data ${message.length}\n`,
    message,
    '\n',
    ...(commit.from === null ? [] : [`from ${commit.from}\n`]),
  ];
  for (const file of commit.files) if (file.content === null) parts.push(`D ${quoteStreamPath(file.path)}\n`);
  for (const file of commit.files) {
    if (file.content === null) continue;
    parts.push(
      `M ${file.mode} inline ${quoteStreamPath(file.path)}\ndata ${file.content.length}\n`,
      file.content,
      '\n',
    );
  }
  parts.push('\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** One note on a commit, as a commit on a notes ref. `from` is null for the first. */
export type NoteOperation = Pick<CommitOperation, 'ref' | 'committer' | 'seconds' | 'from'> & {
  readonly commit: string;
  readonly text: string;
};

/** The commands for a note, as bytes. */
export function streamNote(note: NoteOperation): Buffer {
  const message = `Note on ${note.commit}\n`;
  const parts = [
    `commit ${note.ref}\ncommitter ${personOf(note.committer)} ${note.seconds} +0000\n`,
    `data ${Buffer.byteLength(message)}\n${message}\n`,
    note.from === null ? '' : `from ${note.from}\n`,
    `N inline ${note.commit}\ndata ${Buffer.byteLength(note.text)}\n${note.text}\n\ndone\n`,
  ];
  return Buffer.from(parts.join(''));
}
