// Why: some things are known only after the paths are judged: what a letter says, what a file holds.
// Promises: these laws are the gate's as well: they turn an allowed change into a refused one, with a reason of its
// own.
// Never: allow what was refused; read a file themselves.
import type { RefusalReason, Verdict } from './verdict.ts';

function refuseAfter({ path, what, by }: Verdict, reason: RefusalReason, sentence: string): Verdict {
  return { decision: 'refuse', path, what, reason, sentence, by };
}

/** Refuses a letter or a question. `sentence` says why. */
export function refuseLetter(verdict: Verdict, sentence: string): Verdict {
  return refuseAfter(verdict, 'mail', sentence);
}

/** Refuses a change that holds the value of one of these variables; the verdict as it was where there are none. */
export function refuseSecret(verdict: Verdict, names: readonly string[]): Verdict {
  if (names.length === 0) return verdict;
  const sentence = `it holds the value of ${names.join(' and of ')}, which was handed to the run`;
  if (verdict.decision === 'refuse') return { ...verdict, sentence: `${verdict.sentence}; ${sentence}` };
  return refuseAfter(verdict, 'secret', sentence);
}

/** Refuses state files that are no text: state lands as text. `isText` looks at the file at a path. */
export function refuseOddState(verdicts: readonly Verdict[], isText: (path: string) => boolean): Verdict[] {
  return verdicts.map((one) => {
    if (one.decision !== 'allow' || !one.path.startsWith('state/') || one.what === 'deleted') return one;
    return isText(one.path) ? one : refuseAfter(one, 'kind', 'state files are UTF-8 text');
  });
}
