// Why: an order's Files are written against a repository. We find out what they match there before anybody pays for a
// run.
// Promises: brackets are part of a name if the branch has such a name; otherwise they are refused. The repository's own
// name in front is an error that gives the right spelling. A pattern that matches nothing is named. The number of
// lookups is limited.
// Never: decides what a role may change; that is the gate's.

import type { Order } from '../order/order.ts';
import type { FileEntry } from '../order/part.ts';
import { bracketFlaw } from '../platform/text/glob.ts';
import type { Problem } from '../platform/text/problem.ts';
import { compileScope, workspaceGlob } from '../role/boundary.ts';
import { compileMatcher, type Matcher } from '../role/grant.ts';

/** An order's Files in workspace terms, as written and compiled. `file` is how messages name the order. */
export function placeFiles(
  order: Order,
  repo: string | null,
  file: string,
): { readonly files: readonly string[]; readonly scope: Matcher } {
  return {
    files: order.files.map((entry) => workspaceGlob(entry.text, repo)),
    scope: compileScope(order.files, repo, file),
  };
}

/** The repository an order says it is about; undefined when it names no repository. */
export function repoNamedBy(order: Order): string | undefined {
  return order.settings.repo ?? onlyRepoOf(order);
}

/** The repository that all Files of an order name; without `repo:` it is the order's. Undefined where they differ. */
export function onlyRepoOf(order: Pick<Order, 'files'>): string | undefined {
  const names = new Set(order.files.flatMap((entry) => /^repos\/([^/*?{]+)\//.exec(entry.text)?.[1] ?? []));
  return names.size === 1 && order.files.every((entry) => /^(?:repos|state)\//.test(entry.text))
    ? [...names][0]
    : undefined;
}

/**
 * Says why an order's Files are not about one repository; null when they are. A run has one repository in its room, so
 * changes to another could never land. `repo` is null when the order names no repository.
 */
export function repositoryFlaw({ files }: Pick<Order, 'files'>, repo: string | null): Problem | null {
  const flaw = { level: 'error', column: 1 } as const;
  const unplaced = repo === null ? files.find((entry) => !/^(?:repos|state)\//.test(entry.text)) : undefined;
  if (unplaced !== undefined)
    return {
      ...flaw,
      code: 'order-no-repo',
      message: `it is not clear which repository '${unplaced.text}' is in`,
      line: unplaced.line,
      hint: 'name it: repo: <name> in front matter, or repos/<name>/… in Files',
    };
  const foreign = files.find(
    ({ text }) => text.startsWith('repos/') && (repo === null || !text.startsWith(`repos/${repo}/`)),
  );
  if (foreign === undefined) return null;
  return {
    ...flaw,
    code: 'order-other-repo',
    message: `'${foreign.text}' is not in ${repo === null ? 'one repository' : `repos/${repo}`}`,
    line: foreign.line,
    hint: 'an order is about one repository: order the rest separately',
  };
}

/**
 * Most comparisons of a path and a pattern, over all of an order's Files; patterns beyond this limit are not looked up.
 */
const lookups = 1_000_000;

/**
 * Says what an order's Files match in a repository. `list` gives the paths of its branch; it is called only when they
 * matter. Without `doubts` only errors are looked for.
 */
export async function weighFiles(
  order: Order,
  repo: string,
  list: () => Promise<readonly string[]>,
  doubts: boolean,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const prefix = `repos/${repo}/`;
  let left = lookups;
  const say = (level: Problem['level'], entry: FileEntry, code: string, message: string, hint?: string): void =>
    void problems.push({ code, level, message, line: entry.line, column: entry.column, hint });
  for (const entry of order.files) {
    if (/^(?:repos|state)\//.test(entry.text) && !entry.text.startsWith(prefix)) continue;
    const text = entry.text.startsWith(prefix) ? entry.text.slice(prefix.length) : entry.text;
    const brackets = bracketFlaw(text);
    if (brackets !== null) {
      const named = compileMatcher('order', bracketed(text));
      if (!(await list()).some((path) => named.match(path) !== undefined))
        say('error', entry, 'order-files-brackets', `'${text}' matches no file: ${brackets.reason}`, brackets.hint);
    } else if (text.startsWith(`${repo}/`) && entry.text === text) {
      if (!(await list()).some((path) => path.startsWith(`${repo}/`)))
        say(
          'error',
          entry,
          'order-files-spelling',
          `'${text}' begins with the repository's own name, and matches no file`,
          `write ${text.slice(repo.length + 1)}; paths begin in the repository`,
        );
    } else if (doubts && !entry.glob.literal && left > 0) {
      const paths = await list();
      const matcher = compileMatcher('order', [{ line: entry.line, glob: { ...entry.glob, text } }]);
      left -= paths.length;
      if (!paths.some((path) => matcher.match(path, true) !== undefined))
        say('warning', entry, 'order-files-nothing', `'${text}' matches no file of ${prefix.slice(0, -1)} so far`);
    }
  }
  return problems;
}

// Patterns that find out whether brackets are part of a name: the branch must have the path up to the last name with a
// bracket, as a file or as a folder.
function bracketed(text: string): { glob: { text: string; literal: boolean }; line: number }[] {
  const segments = text.split('/');
  const head = segments.slice(0, segments.findLastIndex((segment) => segment.includes('[')) + 1).join('/');
  return [head, `${head}/**`].map((one) => ({ glob: { text: one, literal: false }, line: 1 }));
}
