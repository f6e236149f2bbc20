// Why: the output of the GitHub command line is read in one place, and believed only if it is what was asked for.
// Promises: pure; any other answer is null.
// Never: calls a program.

/** A pull request as gh describes it; `commit` is the newest commit of its branch. */
export type Pull = {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly commit: string | null;
};

/**
 * The fields we ask for, by gh's names. A pull request from another repository's branch of the same name is not ours.
 */
export const pullFields = 'number,url,state,isCrossRepository,headRefOid';

/**
 * Reads what `gh pr list --json` or `gh pr view --json` printed: pull requests of this repository's own branches; with
 * `foreign`, those of other repositories too. Null if it is something else.
 */
export function readPulls(text: string, foreign = false): Pull[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const out: Pull[] = [];
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (one === null || typeof one !== 'object') return null;
    const { number, url, state, isCrossRepository, headRefOid } = one as Record<string, unknown>;
    const known = ({ OPEN: 'open', MERGED: 'merged', CLOSED: 'closed' } as const)[String(state) as 'OPEN'] ?? null;
    if (!Number.isSafeInteger(number) || typeof url !== 'string' || known === null) return null;
    if (foreign || isCrossRepository !== true)
      out.push({
        number: number as number,
        url: url.slice(0, 300),
        state: known,
        commit: typeof headRefOid === 'string' ? headRefOid : null,
      });
  }
  return out;
}

/** The number in the address that `gh pr create` prints; null if there is none. */
export function numberIn(text: string): number | null {
  const found = /\/(?:pull|merge_requests|pulls)\/(\d+)\s*$/.exec(text.trim())?.[1];
  return found === undefined ? null : Number(found);
}
