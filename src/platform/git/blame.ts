// Why: which commit each line of a file comes from is git's to say.
// Promises: the file as a commit holds it; lines are split and counted as git counts them.
// Never: reads a work tree; follows what a repository's configuration says of commits to pass over.
import { Fault } from '../text/fault.ts';
import { type ObjectId, runGit } from './git.ts';

/** A line of a file: its number from 1, its text, and the commit that it comes from. */
export type BlamedLine = { readonly line: number; readonly text: string; readonly commit: ObjectId };

/** Lines from `first` to `last`, both included; null: to the end. */
export type LineRange = { readonly first: number; readonly last: number | null };

/**
 * The lines of a file at a commit, each with the commit it comes from; null when the commit has no such file, or fewer
 * lines than `range` begins with. Throws Fault `git-failed` where an object is missing.
 */
export async function blameFile(
  gitDir: string,
  commit: ObjectId,
  path: string,
  range: LineRange | null,
): Promise<BlamedLine[] | null> {
  const lines = range === null ? [] : ['-L', `${range.first},${range.last ?? ''}`];
  const asked = await runGit(gitDir, 'blame', ['--porcelain', ...lines, commit, '--', path], { answers: [128] });
  if (asked.status === 0) return parseBlame(asked.stdout);
  if (/no such path|has only \d+ lines?/.test(asked.stderr)) return null;
  throw new Fault('git-failed', `git blame: ${asked.stderr.trim().slice(0, 600)}`, { where: gitDir });
}

// Each line has a head (`<commit> <old line> <line> …`), the commit's facts the first time, and then its text behind a
// tab. A text may hold anything but a line feed.
function parseBlame(out: Buffer): BlamedLine[] {
  const found: BlamedLine[] = [];
  let commit = '';
  let line = 0;
  for (let at = 0; at < out.length; ) {
    const feed = out.indexOf(10, at);
    const end = feed < 0 ? out.length : feed;
    if (out[at] === 9) found.push({ line, commit, text: out.toString('utf8', at + 1, end) });
    else {
      const head = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(out.toString('latin1', at, Math.min(end, at + 120)));
      if (head !== null) [commit, line] = [head[1] ?? '', Number(head[2])];
    }
    at = end + 1;
  }
  return found;
}
