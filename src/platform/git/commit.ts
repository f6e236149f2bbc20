// Why: git's commit objects are read in several places, and names and messages in them are anybody's: what ends a line
// there is a line feed and nothing else.
// Promises: pure; a header is found only where git puts it, whatever characters a name or a message holds.
// Never: asks git.
import type { Identity } from './identity.ts';

/** A commit object, taken apart. `seconds` is its commit time since the epoch, NaN where it has none. */
export type CommitText = {
  readonly parents: readonly string[];
  readonly author: Identity & { readonly seconds: number; readonly zone: string };
  readonly committer: Identity & { readonly seconds: number; readonly zone: string };
  readonly message: string;
};

/** Reads the text of a commit object (git-cat-file, "commit"). A missing field is empty. */
export function readCommitText(text: string): CommitText {
  const end = text.indexOf('\n\n');
  // Lines that begin with a space go on with the header before (a signature); no key begins so.
  const heads = text
    .slice(0, end < 0 ? text.length : end)
    .split('\n')
    .map((line): [string, string] => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
  const person = (key: string): CommitText['author'] => {
    const value = heads.find(([one]) => one === key)?.[1] ?? '';
    const [, name = '', email = '', seconds, zone = ''] =
      /^(.*?) ?<([^>]*)>(?: (\d+) ([+-]\d{4}))?$/s.exec(value) ?? [];
    return { name, email, seconds: Number(seconds ?? Number.NaN), zone };
  };
  return {
    parents: heads.filter(([key]) => key === 'parent').map(([, id]) => id),
    author: person('author'),
    committer: person('committer'),
    message: end < 0 ? '' : text.slice(end + 2),
  };
}
