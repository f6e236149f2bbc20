// Why: `fourline audit` is the commit history per role: what each role did, and which commits have no order. With
// --verify, the audit trusts none of it.
// Promises: the API's audit, as tables and findings; --json has all of it.
// Never: changes anything.
import {
  type Audit,
  Fault,
  type Finding,
  type Fourline,
  openFourline,
  printFinding,
  type StrayCommit,
  type VerifiedAudit,
  version,
} from '../../api.ts';
import { authorOption } from '../../platform/git/identity.ts';
import { countOf, escapeText } from '../../platform/text/text.ts';
import { type CiRemark, type CiReport, type FormName, writeReport } from '../ci-report.ts';
import { exitCodes, type Invocation, tableOf } from '../invocation.ts';

/** The options. `since` is an order, a date, or a time back from now; `format` needs `verify`. */
export type AuditOptions = {
  readonly verify?: boolean | undefined;
  readonly since?: string | undefined;
  readonly format?: FormName | undefined;
};

/**
 * Audits all roles, or one. Exit 1 when a commit has no order, or verifying found anything. Throws Fault
 * `role-unknown`, `order-unknown`, `usage`.
 */
export async function runAudit(
  invocation: Invocation,
  name: string | undefined,
  options: AuditOptions = {},
): Promise<number> {
  const { format, ...question } = options;
  if (format !== undefined && question.verify !== true)
    throw new Fault('usage', '--format is for findings', { hint: 'fourline audit --verify --format …' });
  const fourline = await openFourline(invocation.directory, invocation);
  const audit = await fourline.audit({ ...question, role: name });
  if (format !== undefined && 'findings' in audit) {
    invocation.answerForm(writeReport(await reportAudit(audit, fourline), format, version));
    return audit.findings.length > 0 ? exitCodes.no : exitCodes.ok;
  }
  return 'findings' in audit ? answerVerified(invocation, audit) : answerPlain(invocation, name, audit);
}

function answerPlain(invocation: Invocation, name: string | undefined, audit: Audit): number {
  const { roles: shown, strays: strange } = audit;
  invocation.answer(audit, [
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
    ...goneLines(audit),
    ...(name === undefined
      ? [
          strange.length === 0
            ? 'every commit since the first order has an order'
            : `${countOf(strange.length, 'commit')} without an order`,
        ]
      : []),
    `next: fourline log ${shown[0]?.role ?? name ?? ''}, git -C repos/<repo> log ${authorOption(shown[0]?.role ?? name ?? '<role>')}`,
  ]);
  return strange.length > 0 ? exitCodes.no : exitCodes.ok;
}

function goneLines({ gone }: Audit): string[] {
  return gone.map(
    (one) =>
      `${one.repo} ${escapeText(one.branch)}: the branch is gone; what landed on it counts where another branch holds it`,
  );
}

/** How many strays, and how many findings, are printed; --json has all. */
const shownStrays = 20;
const shownFindings = 100;

function answerVerified(invocation: Invocation, audit: VerifiedAudit): number {
  const { roles: shown, strays, landings, findings, unbound } = audit;
  invocation.answer(audit, [
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
    ...goneLines(audit),
    ...findings.slice(0, shownFindings).flatMap((one) => ['', ...printFinding(one)]),
    ...(findings.length > 0 ? [''] : []),
    ...(findings.length > shownFindings ? [`and ${findings.length - shownFindings} more: --json has all`] : []),
    ...(unbound === 0
      ? []
      : [
          `${countOf(unbound, 'record')} of an earlier fourline without digests: reports, patches and transcripts there are taken as they are`,
        ]),
    ...closingLines(strays, findings.length, landings),
  ]);
  return findings.length > 0 ? exitCodes.no : exitCodes.ok;
}

function strayRows(strays: readonly StrayCommit[]): string[][] {
  const files = strays.reduce((sum, one) => sum + one.files, 0);
  const notes = strays
    .slice(0, shownStrays)
    .map((one) => `${one.commit.slice(0, 7)} without an order (author: ${one.author})`);
  if (strays.length > shownStrays) notes.push(`and ${strays.length - shownStrays} more`);
  return notes.map((note, index) =>
    index === 0
      ? ['nobody', `${strays.length}`, `${files}`, '0', '', `${strays.length}`, note]
      : ['', '', '', '', '', '', note],
  );
}

function closingLines(strays: readonly StrayCommit[], findings: number, landings: number): string[] {
  const branches = [...new Set(strays.map((one) => one.branch))];
  return [
    ...branches.map((branch) => {
      const count = strays.filter((one) => one.branch === branch).length;
      return `${countOf(count, 'commit')} on ${escapeText(branch)} without an order`;
    }),
    findings === 0
      ? `${countOf(landings, 'landing')} recomputed from the card and the order of that day; every commit is its role's`
      : `${countOf(landings, 'landing')} recomputed, ${countOf(findings, 'finding')}`,
    findings === 0
      ? 'next: fourline log, git -C state/ledger.git log'
      : 'next: fourline audit --verify --json, fourline show <order>',
  ];
}

// A CI server shows a finding at a file (GitHub refuses a result without one). A finding about a commit stands at the
// line of the journal that tells of it, else of its order; a commit that the journal doesn't know at its repository.
async function reportAudit({ roles, findings }: VerifiedAudit, fourline: Fourline): Promise<CiReport> {
  const lines = findings.some(({ where }) => placeIn(where) === null)
    ? await journalLines(findings, fourline)
    : new Map();
  const remarks = findings.map(({ code, message, where, hint, commit, order }): CiRemark => {
    const told: number | undefined = lines.get(commit ?? '') ?? lines.get(order ?? '');
    const own = placeIn(where) ?? (told === undefined ? null : { file: 'state/journal.jsonl', line: told });
    const { file, line } = own ?? { file: /^repos\/[^/\s]+/.exec(where)?.[0] ?? 'state/journal.jsonl', line: 1 };
    return { code, level: 'error', message: `${where}: ${message}`, hint, file, line, column: 1 };
  });
  return { command: 'audit', looked: roles.map((one) => `role ${one.role}`), remarks };
}

function placeIn(where: string): { readonly file: string; readonly line: number } | null {
  const [, file, line = '1'] = /^((?:state|roles|inbox)\/[^\s:]+)(?::(\d+))?/.exec(where) ?? [];
  return file === undefined ? null : { file, line: Number(line) };
}

// The last line of the journal that tells of each commit, and the last of each order.
async function journalLines(findings: readonly Finding[], fourline: Fourline): Promise<ReadonlyMap<string, number>> {
  const commits = new Set(findings.flatMap(({ commit }) => commit ?? []));
  const lines = new Map<string, number>();
  for await (const entry of fourline.follow(0, { live: false })) {
    if ('order' in entry && typeof entry.order === 'string') lines.set(entry.order, entry.line);
    for (const [id] of JSON.stringify(entry).matchAll(/\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b/g))
      if (commits.has(id)) lines.set(id, entry.line);
  }
  return lines;
}
