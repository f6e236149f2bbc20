// Why: a misspelt `deny:` denies nothing, and nobody notices until it matters. We name each line of a card or of
// fourline.yaml that matches no file of any repository.
// Promises: looks at the branches as they are. The number of lookups is limited; a line that was not looked up is not
// named.
// Never: refuses anything: the file may come later.
import { listRepos } from '../platform/git/repos.ts';
import { syncTarget } from '../platform/git/target.ts';
import type { Approval } from '../role/approval.ts';
import { compileMatcher } from '../role/grant.ts';
import type { GlobLine } from '../role/patterns.ts';
import type { Card } from '../role/roles.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A line that matches nothing. `guards` is true if the line forbids something or makes fourline ask. */
export type UnmatchedLine = {
  readonly file: string;
  readonly line: number;
  readonly words: string;
  readonly guards: boolean;
};

/** Most comparisons of a path and a pattern for all lines together. */
const unmatchedLookups = 2_000_000;

/** Workspace paths of all files in all repositories. An unreadable repository contributes no paths. */
export async function repositoryPaths(workspace: Workspace): Promise<string[]> {
  const out: string[] = [];
  for (const name of await listRepos(workspace.places.repos)) {
    const target = await workspace.target(name).catch(() => null);
    if (target === null || 'kind' in target) continue;
    const tip = await syncTarget(target).catch(() => null);
    if (tip?.kind !== 'tip') continue;
    for (const { path } of await target.list(tip.commit).catch(() => [])) out.push(`repos/${name}/${path}`);
  }
  return out;
}

/** Says which of the given lines of cards and settings match no path. If there are no paths, it names no line. */
export function unmatchedLines(
  paths: readonly string[],
  cards: readonly Pick<Card, 'file' | 'role'>[],
  settings: Approval,
): UnmatchedLine[] {
  if (paths.length === 0) return [];
  let left = unmatchedLookups;
  const ask = (file: string, key: string, lines: readonly GlobLine[]): UnmatchedLine[] =>
    lines.flatMap(({ glob, line }) => {
      if (glob.text.startsWith('state/') || left <= 0) return [];
      left -= paths.length;
      const matcher = compileMatcher(file, [{ glob, line }]);
      if (paths.some((path) => matcher.match(path, true) !== undefined)) return [];
      const words = `${key}: '${glob.text}' matches no file of any repository`;
      return [{ file, line, words, guards: key !== 'write' }];
    });
  return [
    ...cards.flatMap(({ file, role }) => [
      ...ask(file, 'write', role.write),
      ...ask(file, 'deny', role.deny),
      ...ask(file, 'approve', role.approve.paths),
    ]),
    ...ask('fourline.yaml', 'approve', settings.paths),
  ];
}
