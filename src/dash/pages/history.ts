// Why: what happened, in words and in order, and whose commits are on the branches.
// Promises: pure; the steps are the journal's, the counts and findings the audit's.
// Never: sums up by itself what the audit can say.
import { type Audit, authorOf, type Entry, type Finding, tellEntry, type VerifiedAudit } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import { pageHead } from '../page.ts';
import { fieldTag, orderLink, pill, roleLink, tableTag, timeTag } from '../parts.ts';

/** How many of the last steps are looked through, and how many of those that fit stand on one page. */
export const historyLimits = { read: 50_000, shown: 200 } as const;

/** The kinds of steps that one can choose, with the steps that each means. */
const stepKinds: Readonly<Record<string, readonly string[]>> = {
  landings: ['landed', 'pushed', 'proposed'],
  endings: ['settled'],
  'words of people': ['answered', 'decided', 'released'],
  refusals: ['refused', 'signalled'],
  orders: ['posted', 'routed', 'returned', 'parked'],
  cards: ['amended'],
};

/** A choice among the steps. Page 1 has the newest. */
export type StepFilter = {
  readonly who: string;
  readonly kind: string;
  readonly text: string;
  readonly page: number;
};

/** The steps of one page, newest first; whether older ones fit too, and whether some were not looked through. */
export type StepPage = { readonly steps: readonly Entry[]; readonly older: boolean; readonly unread: boolean };

/** Chooses the steps that stand on a page; `entries` are in the journal's order. */
export function chooseSteps(entries: readonly Entry[], { who, kind, text, page }: StepFilter): StepPage {
  const steps = stepKinds[kind];
  const words = text.toLowerCase();
  const fits = (one: Entry): boolean =>
    (who === '' || authorOf(one) === who) &&
    (steps === undefined || steps.includes(one.step)) &&
    (words === '' || tellEntry(one).subject.toLowerCase().includes(words));
  const end = page * historyLimits.shown;
  const found: Entry[] = [];
  for (let at = entries.length - 1; at >= 0 && found.length <= end; at -= 1) {
    const one = entries[at];
    if (one !== undefined && fits(one)) found.push(one);
  }
  const unread = entries.length === historyLimits.read;
  return { steps: found.slice(end - historyLimits.shown, end), older: found.length > end, unread };
}

/** The page of the history. `audit` is null where nobody asked for it to be verified and it was not counted. */
export function historyPage(options: {
  readonly found: StepPage;
  readonly filter: StepFilter;
  readonly roles: readonly string[];
  readonly audit: Audit | VerifiedAudit;
  readonly now: Date;
}): Html {
  const { found, filter, roles, audit, now } = options;
  const choice = (name: string, label: string, chosen: string, values: readonly string[]): Html =>
    fieldTag(
      name,
      label,
      (tied) =>
        html`<select ${tied} name="${name}"><option value="">all</option>${values.map((one) => html`<option${one === chosen ? html` selected` : null}>${one}</option>`)}</select>`,
    );
  return html`${pageHead('History', 'Every step is a line of the journal and a commit of the ledger.')}
${auditPart(audit)}
<section class="stack" aria-labelledby="steps-head"><h2 id="steps-head">Steps</h2>
<form class="inline" method="get" action="/history">${choice('who', 'Who', filter.who, ['operator', ...roles])}${choice('kind', 'Kind', filter.kind, Object.keys(stepKinds))}${fieldTag('text', 'Words', (tied) => html`<input ${tied} name="text" value="${filter.text}">`)}<button>Show</button></form>
<div class="sheet" id="steps" data-live>${stepTable(found.steps, now)}</div>${pageLinks(filter, found)}</section>`;
}

function pageLinks({ page, ...filter }: StepFilter, { older, unread }: StepPage): Html | null {
  if (page === 1 && !older && !unread) return null;
  const link = (to: number, words: string): Html =>
    html`<a class="button" href="/history?${new URLSearchParams({ ...filter, page: `${to}` }).toString()}">${words}</a>`;
  return html`<nav class="row" aria-label="Pages of steps">${when(page > 1, () => link(page - 1, 'Newer'))}<span class="small soft">Page ${page}</span>${when(older, () => link(page + 1, 'Older'))}${when(!older && unread, () => html`<span class="small soft">Older ones: fourline log -n 1000000</span>`)}</nav>`;
}

/** Steps as a table, newest first; `none` is said where there are none. */
export function stepTable(steps: readonly Entry[], now: Date, none = 'No step fits.'): Html {
  if (steps.length === 0) return html`<p class="empty">${none}</p>`;
  const rows = steps.map((one) => {
    const id = 'order' in one && one.order !== undefined && one.step !== 'refused' ? one.order : null;
    const { subject } = tellEntry(one);
    const words = id !== null && subject.startsWith(`${id}: `) ? subject.slice(id.length + 2) : subject;
    return [
      timeTag(one.at, now),
      roleLink(authorOf(one)),
      id === null ? '' : orderLink(id),
      html`<span class="wrap">${words}</span>`,
    ];
  });
  return tableTag('Steps', ['When', 'Who', 'Order', 'What'], rows);
}

function auditPart(audit: Audit | VerifiedAudit): Html {
  const rows = audit.roles
    .filter((one) => one.orders + one.commits > 0)
    .map((one) => [
      roleLink(one.role),
      one.commits,
      one.files,
      one.added + one.removed === 0
        ? '–'
        : html`<span class="plus">+${one.added}</span> <span class="minus">−${one.removed}</span>`,
      one.orders,
      one.refused,
      ...('findings' in audit ? [one.outside] : []),
    ]);
  return html`<section class="sheet" id="audit" aria-labelledby="audit-head"><div class="row spread"><h2 id="audit-head">Commits by role</h2><a class="button" href="/history?verify=yes#audit">Verify everything</a></div>
${tableTag('Commits by role', ['Role', 'Commits', 'Files', 'Lines', 'Orders', 'Refused', ...('findings' in audit ? ['Outside'] : [])], rows, [1, 2, 3, 4, 5, 6])}
${strayList(audit)}
${'findings' in audit ? findingList(audit) : html`<p class="small soft">Verifying recomputes every landing from its order, card and commit; it takes a while.</p>`}</section>`;
}

function strayList({ strays }: Audit): Html | null {
  if (strays.length === 0) return null;
  return html`<h3>${countOf(strays.length, 'commit')} without an order</h3>${tableTag(
    'Commits without an order',
    ['Commit', 'Repository', 'Author', 'Subject', 'Why'],
    strays
      .slice(0, 100)
      .map((one) => [
        html`<span class="mono">${one.commit.slice(0, 10)}</span>`,
        `${one.repo} ${one.branch}`,
        one.author,
        one.subject,
        one.reason,
      ]),
  )}`;
}

function findingList({ findings, landings, deliveries }: VerifiedAudit): Html {
  const checked = `${countOf(landings, 'landing')} and ${deliveries} deliveries were recomputed`;
  if (findings.length === 0) return html`<p class="notice" role="status">${checked}: nothing to find.</p>`;
  return html`<h3>${countOf(findings.length, 'finding')}; ${checked}</h3><ul class="plain stack tight">${findings.slice(0, 200).map(findingItem)}</ul>`;
}

function findingItem(finding: Finding): Html {
  return html`<li>${pill(finding.code, 'bad')} <span class="wrap">${finding.message} <span class="soft small">${finding.where}; ${finding.hint}</span></span>${when(finding.order !== null, () => html` ${orderLink(finding.order ?? '')}`)}</li>`;
}
