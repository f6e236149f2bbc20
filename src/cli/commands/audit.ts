// Why: `fourline audit` is the commit history per role: what each did, and what came by nobody's order. With --verify nothing of it is believed.
// Promises: a commit counts as a role's only when the journal says that fourline landed it; a trailer alone proves nothing. What stood before the first order
// of a repository is not counted. Of a branch that is gone, what fourline landed there counts when it stands on another.
// Never: changes anything.
import { type Commit, commitsSince, type Since } from '../../audit/commits.ts';
import { printFinding } from '../../audit/finding.ts';
import { isRunning } from '../../audit/journal.ts';
import { countCommit, findStray, type Stray, startTally, type Tally } from '../../audit/tally.ts';
import { type Held, type Verification, verifyHistory } from '../../audit/verify.ts';
import type { Entry } from '../../ledger/entry.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { listRepos } from '../../platform/git/target.ts';
import { Fault } from '../../platform/text/fault.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { type Look, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';
import { timeOf } from '../since.ts';

/** What is asked: `since` is what `timeOf` reads. */
export type AuditOptions = { readonly verify?: boolean | undefined; readonly since?: string | undefined };

/** Audits all roles, or one. Exit 1 when a commit came by no order, or verifying found anything. Throws Fault `role-unknown`, `order-unknown`, `usage`. */
export async function runAudit(
  invocation: Invocation,
  name: string | undefined,
  options: AuditOptions = {},
): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  for (let round = 0; ; round += 1) {
    const look = await lookAt(root, invocation.log);
    try {
      const stock = await takeStock(look, name, options);
      if (round < patience.rounds && (await isLanding(look, stock.tally))) continue;
      if (options.verify !== true) return answerPlain(invocation, name, stock.tally);
      const verification = await verifyHistory(look, stock.held, stock.since);
      return answerVerified(invocation, name, stock, verification);
    } finally {
      await look.workspace.close();
    }
  }
}

type Stock = { readonly tally: Tally; readonly held: ReadonlyMap<string, Held>; readonly since: string | null };

async function takeStock(look: Look, name: string | undefined, options: AuditOptions): Promise<Stock> {
  const { workspace, history, entries } = look;
  const since = options.since === undefined ? null : timeOf(history, options.since, workspace.clock.now());
  const tally = startTally(workspace.cards.keys(), history, since);
  if (name !== undefined && !tally.rows.has(name) && !hadCard(entries, name))
    throw new Fault('role-unknown', `there is no role '${name}'`, {
      hint: `the roles are ${[...tally.rows.keys()].join(', ') || 'none yet'}`,
    });
  const held = new Map<string, Held>();
  for (const repo of await listRepos(workspace.places.repos)) {
    const target = await workspace.target(repo);
    if ('kind' in target) continue;
    const found = await commitsSince(target, entries, since, options.verify !== true);
    held.set(repo, { target, since: found });
    for (const commit of found.commits) countCommit(tally, history, repo, branchOf(found, commit), commit);
    for (const branch of found.missing) tally.gone.push({ repo, branch });
  }
  return { tally, held, since };
}

/** How often a running fourline is waited for, and how long each time, in milliseconds. */
const patience = { rounds: 25, pause: 200 } as const;

// A running fourline moves the branch a moment before its journal says so: then both are read again.
async function isLanding({ workspace, history }: Look, { strays }: Tally): Promise<boolean> {
  const open = strays.some((one) => one.order !== null && history.open.has(one.order));
  if (!open || !(await isRunning(workspace.places))) return false;
  await new Promise((resolve) => setTimeout(resolve, patience.pause));
  return true;
}

// A role whose card was removed was one all the same.
function hadCard(entries: readonly Entry[], name: string): boolean {
  return entries.some((entry) => entry.step === 'amended' && entry.role === name);
}

function branchOf({ on }: Since, commit: Commit): string {
  return [...on].find(([, ids]) => ids.has(commit.id))?.[0] ?? '';
}

function answerPlain(invocation: Invocation, name: string | undefined, tally: Tally): number {
  const { rows, gone } = tally;
  const shown = [...rows.values()].filter((row) => name === undefined || row.role === name);
  const strange = name === undefined ? tally.strays : [];
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
        `nobody  ${one.repo} ${one.commit.slice(0, 7)}  ${escapeText(one.subject)}  (author: ${escapeText(one.author)}; ${escapeText(one.reason)})`,
    ),
    ...goneLines(tally),
    ...(name === undefined
      ? [
          strange.length === 0
            ? 'every commit since the first order came by an order'
            : `${countOf(strange.length, 'commit')} came by no order`,
        ]
      : []),
    `next: fourline log ${shown[0]?.role ?? name ?? ''}, git -C repos/<repo> log ${authorOption(shown[0]?.role ?? name ?? '<role>')}`,
  ]);
  return strange.length > 0 ? exitCodes.no : exitCodes.ok;
}

function goneLines({ gone }: Tally): string[] {
  return gone.map(
    (one) =>
      `${one.repo} ${escapeText(one.branch)}: the branch is gone; what landed on it counts where another branch holds it`,
  );
}

/** How many commits of nobody, and how many findings, are printed; --json has all. */
const shownStrays = 20;
const shownFindings = 100;

// Of one role: what is said of its work, of what passes itself off as its, and of the journal that both rest on.
function answerVerified(
  invocation: Invocation,
  name: string | undefined,
  { tally, since }: Stock,
  { landings, deliveries, findings: verified, unbound }: Verification,
): number {
  const findings = [...verified, ...tally.strays.map(findStray)].filter(
    (one) => name === undefined || one.role === name || /^(?:journal|ledger)-/.test(one.code),
  );
  const strays = tally.strays.filter((one) => name === undefined || one.as === name);
  const own = new Set(strays.map((one) => one.commit));
  for (const row of tally.rows.values())
    row.outside = new Set(
      findings.flatMap((one) =>
        one.role === row.role && one.commit !== null && !own.has(one.commit) ? one.commit : [],
      ),
    ).size;
  const shown = [...tally.rows.values()].filter((row) => name === undefined || row.role === name);
  invocation.answer({ roles: shown, strays, gone: tally.gone, landings, deliveries, since, findings, unbound }, [
    ...tableOf(
      [
        ['ROLE', 'COMMITS', 'FILES', 'ORDERS', 'REFUSED', 'OUTSIDE', ''],
        ...shown.map((row) => [
          ...[row.role, row.commits, row.files, row.orders, row.refused, row.outside].map(String),
          '',
        ]),
        ...strayRows(strays),
      ],
      [1, 2, 3, 4, 5],
    ),
    ...goneLines(tally),
    ...findings.slice(0, shownFindings).flatMap((one) => ['', ...printFinding(one)]),
    ...(findings.length > 0 ? [''] : []),
    ...(findings.length > shownFindings ? [`and ${findings.length - shownFindings} more: --json has all`] : []),
    ...(unbound === 0
      ? []
      : [
          `${countOf(unbound, 'record')} of an earlier fourline without digests: reports, patches and transcripts there are taken as they are`,
        ]),
    ...lastLines(strays, findings.length, landings),
  ]);
  return findings.length > 0 ? exitCodes.no : exitCodes.ok;
}

function strayRows(strays: readonly Stray[]): string[][] {
  const files = strays.reduce((sum, one) => sum + one.files, 0);
  const notes = strays
    .slice(0, shownStrays)
    .map((one) => `${one.commit.slice(0, 7)} came by no order (author: ${one.author})`);
  if (strays.length > shownStrays) notes.push(`and ${strays.length - shownStrays} more`);
  return notes.map((note, index) =>
    index === 0
      ? ['nobody', `${strays.length}`, `${files}`, '0', '', `${strays.length}`, note]
      : ['', '', '', '', '', '', note],
  );
}

function lastLines(strays: readonly Stray[], findings: number, landings: number): string[] {
  const branches = [...new Set(strays.map((one) => one.branch))];
  return [
    ...branches.map((branch) => {
      const count = strays.filter((one) => one.branch === branch).length;
      return `${countOf(count, 'commit')} on ${escapeText(branch)} came by no order`;
    }),
    findings === 0
      ? `${countOf(landings, 'landing')} recomputed from the card and the order of that day; every commit is its role's`
      : `${countOf(landings, 'landing')} recomputed, ${countOf(findings, 'finding')}`,
    findings === 0
      ? 'next: fourline log, git -C state/ledger.git log'
      : 'next: fourline audit --verify --json, fourline show <order>',
  ];
}
