// Why: counts from the commits and the journal who did what on the branches, and which commits have no order.
// Promises: pure. A commit is a role's only when the journal says that fourline landed it, whatever its author and
// trailers say. Each other commit is a stray, with the reason.
// Never: judges what a commit holds.
import { readTrailers } from '../commit/message.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import type { Commit } from './commits.ts';
import { type Finding, makeFinding } from './finding.ts';

/** One role's row. `outside` is how many of its commits verifying does not accept. */
export type Row = {
  role: string;
  commits: number;
  files: number;
  added: number;
  removed: number;
  orders: number;
  refused: number;
  outside: number;
};

/** A commit that has no order. */
export type StrayCommit = {
  readonly repo: string;
  readonly branch: string;
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  readonly reason: string;
  readonly files: number;
  /** The commit as which the claimed run landed. */
  readonly landedAs?: string;
  readonly code: 'commit-no-order' | 'commit-not-landed' | 'commit-rewritten';
  /** The role that it passes itself off as, and the order that it claims; null when it names no role or order. */
  readonly as: string | null;
  readonly order: string | null;
};

/** Everything that was counted. `gone` are branches that no longer exist. */
export type Tally = {
  readonly rows: Map<string, Row>;
  readonly strays: StrayCommit[];
  readonly gone: { readonly repo: string; readonly branch: string }[];
};

/** Begins to count: a row for each role, with its orders since a time (ISO 8601; null: ever). */
export function startTally(roles: Iterable<string>, history: History, since: string | null): Tally {
  const tally: Tally = { rows: new Map(), strays: [], gone: [] };
  for (const role of roles) tallyRow(tally, role);
  for (const role of history.orders.sums('').keys()) tallyRow(tally, role);
  for (const [role, { orders, refused }] of history.orders.sums(since ?? '')) {
    const row = tallyRow(tally, role);
    row.orders += orders;
    row.refused += refused;
  }
  return tally;
}

function tallyRow({ rows }: Tally, role: string): Row {
  const row = rows.get(role) ?? { role, commits: 0, files: 0, added: 0, removed: 0, orders: 0, refused: 0, outside: 0 };
  rows.set(role, row);
  return row;
}

/** Adds commits that were counted before to a role's row. */
export function addRow(
  tally: Tally,
  { role, commits, files, added, removed }: Omit<Row, 'orders' | 'refused' | 'outside'>,
): void {
  const row = tallyRow(tally, role);
  row.commits += commits;
  row.files += files;
  row.added += added;
  row.removed += removed;
}

/** The order that a commit claims by its trailer; null where it claims none. */
export function orderOfCommit({ message }: Pick<Commit, 'message'>): string | null {
  return readTrailers(message).get('Fourline-Order') ?? null;
}

/** Counts one commit. */
export function countCommit(tally: Tally, history: History, repo: string, branch: string, commit: Commit): void {
  const trailers = readTrailers(commit.message);
  const order = trailers.get('Fourline-Order') ?? null;
  const standing = history.orders.get(order ?? '');
  const known = standing?.landing.landed.some((one) => one.repo === repo && one.commit === commit.id) === true;
  const files = commit.differences?.length ?? 0;
  const { name } = commit.author;
  if (standing !== undefined && known && name === standing.role) {
    addRow(tally, { role: standing.role, commits: 1, files, added: commit.added, removed: commit.removed });
    return;
  }
  tally.strays.push({
    repo,
    branch,
    commit: commit.id,
    author: name,
    subject: commit.message.split('\n')[0] ?? '',
    ...tallyReason(order, standing, known, trailers.get('Fourline-Run'), commit.id),
    files,
    as: trailers.get('Fourline-Role') ?? (tally.rows.has(name) ? name : null),
    order,
  });
}

function tallyReason(
  order: string | null,
  standing: Standing | undefined,
  known: boolean,
  run: string | undefined,
  commit: string,
): Pick<StrayCommit, 'code' | 'reason' | 'landedAs'> {
  if (order === null) return { code: 'commit-no-order', reason: 'it names no order' };
  if (known) return { code: 'commit-not-landed', reason: `its author is not ${standing?.role ?? ''}` };
  const landed = standing?.landing.landed.find((one) => one.run === run);
  if (landed === undefined && standing?.landing.intent?.commit === commit)
    return {
      code: 'commit-not-landed',
      reason: `its landing by order ${order} broke off, and fourline start finishes it`,
    };
  return {
    code: landed === undefined ? 'commit-not-landed' : 'commit-rewritten',
    reason: `it claims order ${order}, and the journal does not know it`,
    ...(landed === undefined ? {} : { landedAs: landed.commit }),
  };
}

/** A stray as a finding. */
export function findStray(stray: StrayCommit): Finding {
  const { repo, branch, commit, author, subject, code, reason, as, order, landedAs } = stray;
  const instead = landedAs === undefined ? '' : `; its run landed as ${landedAs.slice(0, 7)}`;
  return makeFinding(
    code,
    `${commit.slice(0, 7)} without an order: ${reason}${instead} (author: ${author})`,
    `repos/${repo} ${commit.slice(0, 12)}, on ${branch}: ${subject}`,
    { at: '', repo, branch, commit, order, role: as },
  );
}
