// Why: `fourline audit` is the commit history per role: what each did, and what came by nobody's order.
// Promises: a commit counts as a role's only when the journal says that fourline landed it; a trailer alone proves nothing. What stood before the first order
// of a repository is not counted. Of a branch that is gone, what fourline landed there counts when it stands on another.
// Never: changes anything.
import { lookAt } from '../desk.ts';
import { Fault } from '../ground/fault.ts';
import { askGit, hasObject, resolveRef } from '../ground/git.ts';
import { listRepos, syncTarget, type Target } from '../ground/target.ts';
import { countOf, escapeText } from '../ground/text.ts';
import { readTrailers } from '../landing/message.ts';
import type { Entry } from '../ledger/entry.ts';
import type { History } from '../ledger/fold.ts';
import { findWorkspace } from '../workspace.ts';
import { exitCodes, type Invocation, tableOf } from './invocation.ts';

type Row = {
  role: string;
  commits: number;
  files: number;
  added: number;
  removed: number;
  orders: number;
  refused: number;
  outside: number;
};

type Stray = {
  readonly repo: string;
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  readonly reason: string;
  readonly files: number;
};

/** Audits all roles, or one. Exit 1 when a commit came by no order. */
export async function runAudit(invocation: Invocation, name: string | undefined): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history, entries } = await lookAt(root, invocation.log);
  const rows = new Map<string, Row>();
  const rowOf = (role: string): Row => {
    const row = rows.get(role) ?? {
      role,
      commits: 0,
      files: 0,
      added: 0,
      removed: 0,
      orders: 0,
      refused: 0,
      outside: 0,
    };
    rows.set(role, row);
    return row;
  };
  for (const role of workspace.cards.keys()) rowOf(role);
  for (const standing of history.orders.values()) {
    const row = rowOf(standing.role);
    row.orders += 1;
    row.refused += standing.refused.length;
  }
  if (name !== undefined && !rows.has(name) && !hadCard(entries, name)) {
    await workspace.close();
    throw new Fault('role-unknown', `there is no role '${name}'`, {
      hint: `the roles are ${[...rows.keys()].join(', ') || 'none yet'}`,
    });
  }
  const strays: Stray[] = [];
  const gone: { repo: string; branch: string }[] = [];
  for (const repo of await listRepos(workspace.places.repos)) {
    const target = await workspace.target(repo);
    if ('kind' in target) continue;
    const { commits, missing } = await commitsSince(target, history, firstBases(entries, repo));
    for (const commit of commits) count(history, repo, commit, rowOf, strays);
    for (const branch of missing) gone.push({ repo, branch });
  }
  await workspace.close();
  const shown = [...rows.values()].filter((row) => name === undefined || row.role === name);
  const strange = name === undefined ? strays : [];
  invocation.answer({ roles: shown, strays: strange, gone }, [
    ...tableOf(
      [
        ['ROLE', 'COMMITS', 'FILES', 'LINES', 'ORDERS', 'REFUSED'],
        ...shown.map((row) => [
          row.role,
          `${row.commits}`,
          `${row.files}`,
          `+${row.added} -${row.removed}`,
          `${row.orders}`,
          `${row.refused}`,
        ]),
      ],
      [1, 2, 3, 4, 5],
    ),
    ...strange.map(
      (one) =>
        `nobody  ${one.repo} ${one.commit.slice(0, 7)}  ${escapeText(one.subject)}  (author: ${escapeText(one.author)}; ${one.reason})`,
    ),
    ...gone.map(
      (one) =>
        `${one.repo} ${escapeText(one.branch)}: the branch is gone; what landed on it counts where another branch holds it`,
    ),
    ...(name === undefined
      ? [
          strange.length === 0
            ? 'every commit since the first order came by an order'
            : `${countOf(strange.length, 'commit')} came by no order`,
        ]
      : []),
    `next: fourline log ${shown[0]?.role ?? name ?? ''}, git -C repos/<repo> log --author=${shown[0]?.role ?? name ?? '<role>'}`,
  ]);
  return strange.length > 0 ? exitCodes.no : exitCodes.ok;
}

// A role whose card was removed was one all the same.
function hadCard(entries: readonly Entry[], name: string): boolean {
  return entries.some((entry) => entry.step === 'amended' && entry.role === name);
}

// Where the history that fourline answers for begins: the base of the first run on each branch.
function firstBases(entries: readonly Entry[], repo: string): { branch: string; base: string }[] {
  const bases = new Map<string, string>();
  for (const entry of entries)
    if (
      entry.step === 'opened' &&
      entry.repo === repo &&
      entry.branch !== null &&
      entry.base !== null &&
      !bases.has(entry.branch)
    )
      bases.set(entry.branch, entry.base);
  return [...bases].map(([branch, base]) => ({ branch, base }));
}

type Commit = {
  readonly id: string;
  readonly author: string;
  readonly message: string;
  readonly files: number;
  readonly added: number;
  readonly removed: number;
};

type Since = { readonly commits: readonly Commit[]; readonly missing: readonly string[] };

async function commitsSince(
  target: Target,
  history: History,
  bases: readonly { branch: string; base: string }[],
): Promise<Since> {
  await syncTarget(target);
  const seen = new Set<string>();
  const commits: Commit[] = [];
  const missing: string[] = [];
  const take = async (range: readonly string[], counts: (id: string) => boolean): Promise<void> => {
    const ids = await askGit(target.commonDir, 'rev-list', ['--reverse', ...range]);
    for (const id of ids.split('\n').filter(Boolean)) {
      if (seen.has(id) || !counts(id)) continue;
      seen.add(id);
      commits.push(await readCommit(target, id));
    }
  };
  for (const { branch, base } of bases) {
    const there = (await resolveRef(target.commonDir, `refs/heads/${branch}`)) !== null;
    if (!there) missing.push(branch);
    if (!(await hasObject(target.commonDir, base))) continue;
    if (there) await take([`${base}..refs/heads/${branch}`], () => true);
    else {
      // It may have been merged before it was deleted. Only what fourline landed there is looked for: nothing is said of the branches it was merged into.
      const landed = landedOn(history, target.name, branch);
      await take(['--branches', `^${base}`], (id) => landed.has(id));
    }
  }
  return { commits, missing };
}

function landedOn(history: History, repo: string, branch: string): ReadonlySet<string> {
  const landed = [...history.orders.values()].flatMap((standing) => standing.landed);
  return new Set(landed.filter((one) => one.repo === repo && one.branch === branch).map((one) => one.commit));
}

async function readCommit(target: Target, id: string): Promise<Commit> {
  const text = await askGit(target.commonDir, 'cat-file', ['commit', id]);
  const numbers = (
    await askGit(target.commonDir, 'diff-tree', [
      '-r',
      '--numstat',
      '--no-renames',
      '--no-commit-id',
      '--root',
      '-m',
      '--first-parent',
      id,
    ])
  )
    .split('\n')
    .filter(Boolean);
  const sum = (column: number): number =>
    numbers.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
  return {
    id,
    author: /^author (.*?) </m.exec(text)?.[1] ?? '',
    message: text.slice(text.indexOf('\n\n') + 2),
    files: numbers.length,
    added: sum(0),
    removed: sum(1),
  };
}

function count(history: History, repo: string, commit: Commit, rowOf: (role: string) => Row, strays: Stray[]): void {
  const order = readTrailers(commit.message).get('Fourline-Order');
  const standing = order === undefined ? undefined : history.orders.get(order);
  const known = standing?.landed.some((one) => one.repo === repo && one.commit === commit.id) === true;
  if (standing !== undefined && known && commit.author === standing.role) {
    const row = rowOf(standing.role);
    row.commits += 1;
    row.files += commit.files;
    row.added += commit.added;
    row.removed += commit.removed;
    return;
  }
  const reason =
    order === undefined
      ? 'it names no order'
      : !known
        ? `it claims order ${order}, and the journal does not know it`
        : `its author is not ${standing?.role ?? ''}`;
  strays.push({
    repo,
    commit: commit.id,
    author: commit.author,
    subject: commit.message.split('\n')[0] ?? '',
    reason,
    files: commit.files,
  });
}
