// Why: shows the commit history per role: what each role did, and which commits have no order. When it verifies, it
// trusts none of that.
// Promises: a commit counts as a role's only when the journal says that fourline landed it; a trailer alone proves
// nothing. Commits before the first order of a repository don't count. If a branch is gone, a landing there counts when
// it stands on another branch.
// Never: changes anything.
import { type Commit, commitsSince, type Since } from '../audit/commits.ts';
import { addCounted, findUncounted, keepCount } from '../audit/counted.ts';
import type { Finding } from '../audit/finding.ts';
import { isRunning } from '../audit/journal.ts';
import { countCommit, findStray, type Row, type StrayCommit, startTally, type Tally } from '../audit/tally.ts';
import { type Held, type Verification, verifyHistory } from '../audit/verify.ts';
import { listRepos } from '../platform/git/repos.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Look } from '../workspace/look.ts';
import { timeOf } from './since.ts';
import { type Site, withLook } from './site.ts';

/** The question, about one role or all. `timeOf` reads `since`. */
export type AuditQuestion = {
  readonly role?: string | undefined;
  readonly verify?: boolean | undefined;
  readonly since?: string | undefined;
};

/**
 * The commit history per role. `strays` are commits that have no order; `gone` are branches that no longer exist. An
 * audit that was asked to verify also has the findings.
 */
export type Audit = {
  readonly roles: readonly Row[];
  readonly strays: readonly StrayCommit[];
  readonly gone: Tally['gone'];
};

/** An audit that verified: how much was recomputed, since when (ISO 8601; null: ever), and what was found. */
export type VerifiedAudit = Audit & Verification & { readonly since: string | null };

/** Audits all roles, or one. Throws Fault `role-unknown`, `order-unknown`, `usage`. */
export async function auditHistory(site: Site, question: AuditQuestion = {}): Promise<Audit | VerifiedAudit> {
  for (let round = 0; ; round += 1) {
    const audit = await withLook(
      site,
      (look) => auditOnce(look, question, round < auditPatience.rounds),
      question.verify,
    );
    if (audit !== null) return audit;
  }
}

// Null when it is to be asked again.
async function auditOnce(look: Look, question: AuditQuestion, patient: boolean): Promise<Audit | VerifiedAudit | null> {
  const { role: name, verify } = question;
  const stock = await takeStock(look, question);
  if (patient && (await isLanding(look, stock.tally))) return null;
  if (verify === true) return withFindings(name, stock, await verifyHistory(look, stock.held, stock.since));
  const { rows, strays, gone } = stock.tally;
  const roles = [...rows.values()].filter((row) => name === undefined || row.role === name);
  return { roles, strays: name === undefined ? strays : [], gone };
}

type Stock = { readonly tally: Tally; readonly held: ReadonlyMap<string, Held>; readonly since: string | null };

async function takeStock(look: Look, { role: name, verify, since: asked }: AuditQuestion): Promise<Stock> {
  const { workspace, history, steps } = look;
  const since = asked === undefined ? null : timeOf(history, asked, workspace.clock.now());
  const tally = startTally(workspace.cards.keys(), history, since);
  if (name !== undefined && !tally.rows.has(name) && !history.roles.has(name))
    throw new Fault('role-unknown', `there is no role '${name}'`, {
      hint: `the roles are ${[...tally.rows.keys()].join(', ') || 'none yet'}`,
    });
  const held = new Map<string, Held>();
  for (const repo of await listRepos(workspace.places.repos)) {
    const target = await workspace.target(repo);
    if ('kind' in target) continue;
    const plain = verify !== true && since === null;
    const uncounted = plain ? await findUncounted(look, target) : null;
    if (uncounted !== null) {
      addCounted(tally, uncounted);
      for (const commit of uncounted.commits) countCommit(tally, history, repo, uncounted.branch, commit);
      await keepCount(look, target, uncounted.commits, uncounted);
      continue;
    }
    const found = await commitsSince(target, await steps.all(), since, verify !== true);
    held.set(repo, { target, since: found });
    if (plain) await keepCount(look, target, found.commits, null);
    for (const commit of found.commits) countCommit(tally, history, repo, branchOf(found, commit), commit);
    for (const branch of found.missing) tally.gone.push({ repo, branch });
  }
  return { tally, held, since };
}

/** How often the audit waits for a running fourline, and for how long each time, in milliseconds. */
const auditPatience = { rounds: 25, pause: 200 } as const;

// A running fourline moves the branch a moment before its journal says so: then both are read again.
async function isLanding({ workspace, history }: Look, { strays }: Tally): Promise<boolean> {
  const open = strays.some((one) => one.order !== null && history.open.has(one.order));
  if (!open || !(await isRunning(workspace.places))) return false;
  await new Promise((resolve) => setTimeout(resolve, auditPatience.pause));
  return true;
}

function branchOf({ on }: Since, commit: Commit): string {
  return [...on].find(([, ids]) => ids.has(commit.id))?.[0] ?? '';
}

// For one role: findings about its commits, about commits that claim to be its, and about the journal.
function withFindings(
  name: string | undefined,
  { tally, since }: Stock,
  { landings, deliveries, findings: verified, unbound }: Verification,
): VerifiedAudit {
  const findings = [...verified, ...tally.strays.map(findStray)].filter(
    (one) => name === undefined || one.role === name || /^(?:journal|ledger)-/.test(one.code),
  );
  const strays = tally.strays.filter((one) => name === undefined || one.as === name);
  const own = new Set(strays.map((one) => one.commit));
  const roles = [...tally.rows.values()]
    .filter((row) => name === undefined || row.role === name)
    .map((row) => ({ ...row, outside: countOutside(findings, row.role, own) }));
  return { roles, strays, gone: tally.gone, landings, deliveries, since, findings, unbound };
}

// Counts the commits of a role that verifying does not accept.
function countOutside(findings: readonly Finding[], role: string, strays: ReadonlySet<string>): number {
  const commits = findings.flatMap(({ role: whose, commit }) =>
    whose === role && commit !== null && !strays.has(commit) ? commit : [],
  );
  return new Set(commits).size;
}
