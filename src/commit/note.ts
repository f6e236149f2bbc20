// Why: people should see the cost of a commit where they see the commit: `git log --notes=fourline`.
// Promises: one note a commit, on a ref of its own (`refs/notes/fourline`). A later note replaces an earlier one.
// Branches, index and work tree stay untouched.
// Never: says what was not measured.
import { resolveRef, runGit } from '../platform/git/git.ts';
import type { Identity } from '../platform/git/identity.ts';
import { streamNote } from '../platform/git/stream.ts';

/** The usage of a run, as a note tells it. Each token is counted once. */
export type NotedSpent = {
  readonly model: string | null;
  readonly usage: { fresh: number; reread: number; written: number; output: number; reasoning: number };
  readonly turns: number;
  readonly peak: number;
  readonly first?: number | undefined;
  readonly usd: number | null;
  readonly estimated: boolean;
};

/** The ref that holds the notes. */
export const notesRef = 'refs/notes/fourline';

/** Writes a note on a landed commit. Throws what git says when the ref moved meanwhile or may not be written. */
export async function noteSpent(
  gitDir: string,
  commit: string,
  run: string,
  spent: NotedSpent,
  committer: Identity,
  date: Date,
): Promise<void> {
  const { usage } = spent;
  // An agent may tell its money or its context alone.
  const counted = spent.turns > 0 || Object.values(usage).some((count) => count > 0);
  const lines = [
    `Fourline-Run: ${run}`,
    ...(spent.model === null ? [] : [`Model: ${spent.model.replace(/\s+/g, ' ')}`]),
    ...(counted
      ? [
          `Tokens: fresh ${usage.fresh}, re-read ${usage.reread}, written ${usage.written}, output ${usage.output}, reasoning ${usage.reasoning}`,
          `Turns: ${spent.turns}`,
        ]
      : []),
    ...(spent.peak === 0 ? [] : [`Live-Context: ${spent.peak}`]),
    ...(spent.first === undefined || spent.first === 0 ? [] : [`First-Context: ${spent.first}`]),
    ...(spent.usd === null ? [] : [`Cost: $${spent.usd.toFixed(4)}${spent.estimated ? ' (estimated)' : ''}`]),
  ];
  const from = (await resolveRef(gitDir, notesRef)) === null ? null : `${notesRef}^0`;
  const seconds = Math.floor(date.getTime() / 1000);
  const script = streamNote({ ref: notesRef, committer, seconds, from, commit, text: `${lines.join('\n')}\n` });
  await runGit(gitDir, 'fast-import', ['--quiet', '--done', '--date-format=raw'], { input: script });
}
