// Why: the page that stays open all day: what needs a person, with what it blocks and the box to answer; then what
// waits, works, is in review and landed.
// Promises: pure. Everything that waits for a person is listed; of the lanes at most so many, and how many more.
// Never: says more than the engine's look says.
import type { OpenGate, OrderRow, Overview } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import { type DashView, pageHead, personNeeds } from '../page.ts';
import { orderLink, orderPath, pill, roleLink, spanWords, timeTag, timeWords, titleOf } from '../parts.ts';
import { gateForms, wordForms } from './forms.ts';

/** The most orders in one lane. */
const laneLimit = 40;

/** How many settled orders a look must list, so that those of today are among them. */
export const endedListed = 5000;

/** The page that shows where everything stands. */
export function nowPage(view: DashView, did: string | null): Html {
  const { look, gates, now } = view;
  const needs = byUrgency(look);
  const asks = needs.length + gates.length;
  const today = look.orders.filter((one) => one.settled && isToday(one.since, now));
  const [landed, others] = [today.filter((one) => one.state === 'done'), today.filter((one) => one.state !== 'done')];
  const asked = new Set(needs.map((one) => one.id));
  const open = look.orders.filter((one) => !one.settled && !asked.has(one.id));
  const working = open.filter((one) => one.state === 'running');
  const inReview = open.filter((one) => one.waits?.on === 'review');
  const waiting = open.filter((one) => !working.includes(one) && !inReview.includes(one));
  const words = `${asks === 0 ? 'Nothing needs' : `${asks} need${asks === 1 ? 's' : ''}`} you, ${working.length} working, ${waiting.length} waiting, ${landed.length}${today.length === endedListed ? ' or more' : ''} landed today`;
  return html`${when(did !== null, () => html`<p class="notice" role="status">${did}</p>`)}
${pageHead('Now', html`<span id="sum" data-live>${words}</span>`)}
${troubleList(look)}
<section class="stack" aria-labelledby="needs-head">
<h2 id="needs-head">Needs you</h2>
<ul class="plain asks" id="needs" data-live data-list>${gates.map((one) => gateCard(view, one))}${needs.map((one) => askCard(view, one))}${when(asks === 0, () => html`<li class="empty" data-key="">Nothing waits for you.</li>`)}</ul>
</section>
<div class="lanes">
${lane('waiting', 'Waiting', waiting, (one) => waitingTile(one, look, now))}
${lane('working', 'Working', working, (one) => tile(one, html`${roleLink(one.role)} · ${runningSince(one, now)}${heldUp(one)}`))}
${lane('review', 'In review', inReview, (one) => tile(one, html`${roleLink(one.role)} · ${reviewWords(one, look)}`))}
${lane('landed', 'Landed today', landed, (one) => tile(one, html`${roleLink(one.role)} · ${endWords(one, now)}${view.readOnly ? null : undoLink(one)}`))}
</div>
${when(others.length > 0, () => html`<div class="lanes wide">${lane('ended', 'Ended otherwise today', others, (one) => tile(one, html`${pill(one.state)} ${roleLink(one.role)} · ${endWords(one, now)}`))}</div>`)}
<p class="small soft">${countOf(look.settled, 'order')} settled in all. <a href="/history">History</a></p>`;
}

// Those that block most come first, then those that wait longest; files to fix come last.
function byUrgency(look: Overview): OrderRow[] {
  const weight = (one: OrderRow): number => {
    if (one.state === 'not taken') return -1;
    const { direct, behind } = blockedBy(look, one.id);
    return direct.length + behind;
  };
  return personNeeds(look)
    .map((one) => ({ one, weight: weight(one) }))
    .sort((a, b) => b.weight - a.weight || ((a.one.since ?? '') < (b.one.since ?? '') ? -1 : 1))
    .map(({ one }) => one);
}

function troubleList({ troubles, setups, damaged, working, plan }: Overview): Html {
  const idle = !working && plan.start.length + plan.held.length > 0;
  const lines = [
    ...(idle ? ['Nobody works here, and orders wait: run fourline start.'] : []),
    ...troubles,
    ...damaged.map((one) => `The journal’s line ${one.line} cannot be read: ${one.reason}`),
  ];
  return html`<div id="troubles" data-live>${when(lines.length > 0, () => html`<ul class="notice wait plain stack tight" aria-label="Troubles">${lines.map((line) => html`<li class="wrap">${line}</li>`)}</ul>`)}${when(setups.length > 0, () => html`<ul class="plain small soft" aria-label="Setups">${setups.map((line) => html`<li class="wrap">${line}</li>`)}</ul>`)}</div>`;
}

function askCard(view: DashView, row: OrderRow): Html {
  const { look, now } = view;
  const heading =
    row.state === 'not taken'
      ? html`inbox/${row.role}/${row.id}.md is not taken`
      : html`<a href="${orderPath(row.id)}">${titleOf(row)}</a>`;
  const words = row.asks.trim() === '' ? row.waits?.what : row.asks.trim();
  return html`<li class="sheet ask" data-key="${row.id}">
<div class="row"><h3 class="wrap">${heading}</h3>${askPill(row)}</div>
<p class="small soft wrap">${when(row.state !== 'not taken', () => html`${orderLink(row.id)} · `)}${roleLink(row.role)}${row.since === null ? null : html` · since ${timeTag(row.since, now)}`}</p>
${askWords(row, words ?? '', look.working)}
${when(row.waits?.on === 'approval' && row.waits.what !== words, () => html`<p class="small soft wrap">Because of ${row.waits?.what}</p>`)}
${plannedLine(look, row.id)}
${blocksLine(look, row.id)}
${when(row.state === 'interrupted', () => html`<p class="small">It was running when fourline stopped. <code>fourline start</code> takes it up again.</p>`)}
${when(!view.readOnly && row.waits !== null, () => wordForms(row, '/'))}
</li>`;
}

function gateCard({ readOnly }: DashView, gate: OpenGate): Html {
  const { run, step, file, asked, handed, why, blocks } = gate;
  return html`<li class="sheet ask" data-key="${run} ${step}">
<div class="row"><h3 class="wrap">May ${run} go on behind ${step}?</h3>${pill('gate', 'run')}</div>
<p class="small soft wrap">a step of yours in the flow ${gate.flow} · <code>${file}</code></p>
${asked === '' ? null : html`<blockquote class="said">${asked}</blockquote>`}
${why === '' ? null : html`<p class="wrap">${why}</p>`}
${blocks.length === 0 ? null : html`<p class="blocks">Blocks ${blocks.join(', ')}</p>`}
${handed === null ? null : html`<details id="gate-${run}-${step}"><summary>What the steps before it hand over</summary><pre class="block" tabindex="0">${handed}</pre></details>`}
${readOnly ? null : gateForms(gate)}
</li>`;
}

function askWords(row: OrderRow, words: string, working: boolean): Html | null {
  if (row.state === 'not taken' && isAboutCard(row)) return html`<p class="wrap">${row.detail}</p>`;
  if (row.state === 'not taken')
    return html`<p class="wrap">${row.detail}. ${when(working, () => html`<span class="soft">What is wrong stands beside it, in <code>inbox/${row.role}/${row.id}.md.problem.txt</code>.</span>`)}</p>`;
  return words === '' ? null : html`<blockquote class="said">${words}</blockquote>`;
}

// While a card is broken its role's orders wait, good as they are.
function isAboutCard({ detail }: OrderRow): boolean {
  return detail.startsWith('roles/');
}

function askPill(row: OrderRow): Html {
  const { state, waits } = row;
  if (state === 'not taken') return pill(isAboutCard(row) ? 'fix the card' : 'fix the file', 'bad');
  if (state === 'interrupted') return pill('interrupted');
  const names = { answer: 'asks', blocker: 'is blocked', approval: 'asks for approval', pr: 'pull request' };
  const on = waits?.on ?? 'answer';
  return pill(on in names ? names[on as keyof typeof names] : on, 'run');
}

function plannedLine({ plan }: Overview, id: string): Html | null {
  const asked = plan.asked.filter((one) => one.parent === id);
  if (asked.length === 0) return null;
  return html`<p class="small">It would send ${asked.map((one, at) => html`${at > 0 ? ', ' : ''}<span class="mono">${one.id}</span> to ${roleLink(one.role)}`)}.</p>`;
}

function blocksLine(look: Overview, id: string): Html | null {
  const { direct, behind } = blockedBy(look, id);
  if (direct.length === 0) return null;
  const known = new Set(look.orders.flatMap((one) => (one.since === null ? [] : [one.id])));
  const more = behind > 0 ? `, and ${behind} more behind ${direct.length === 1 ? 'it' : 'them'}` : '';
  return html`<p class="blocks">Blocks ${direct.slice(0, 6).map((one, at) => html`${at > 0 ? ', ' : ''}${known.has(one) ? orderLink(one) : one}`)}${direct.length > 6 ? ` and ${direct.length - 6} others` : ''}${more}</p>`;
}

/** The orders that can't go on before an order: those that wait for it themselves, and how many wait for those. */
export function blockedBy(look: Overview, id: string): { readonly direct: readonly string[]; readonly behind: number } {
  const waits = new Map<string, string[]>();
  const add = (on: string, who: string): void => void waits.set(on, [...(waits.get(on) ?? []), who]);
  for (const one of look.plan.held) for (const on of one.after) add(on, one.id);
  for (const row of look.orders) {
    if (row.waits?.on === 'order' || row.waits?.on === 'blocker') add(row.waits.what, row.id);
    if (row.waits?.review != null) add(row.waits.review, row.id);
    if (row.waits?.on !== 'children') continue;
    for (const child of look.orders) if (child.parent === row.id && !child.settled) add(child.id, row.id);
  }
  const direct = [...new Set(waits.get(id) ?? [])];
  const seen = new Set([id, ...direct]);
  const next = [...direct];
  for (let at = next.pop(); at !== undefined; at = next.pop())
    for (const one of waits.get(at) ?? [])
      if (!seen.has(one)) {
        seen.add(one);
        next.push(one);
      }
  return { direct, behind: seen.size - 1 - direct.length };
}

function lane(id: string, name: string, rows: readonly OrderRow[], show: (row: OrderRow) => Html): Html {
  const shown = rows.slice(0, laneLimit);
  const more = rows.length - shown.length;
  return html`<section class="lane" aria-labelledby="${id}-head">
<h2 id="${id}-head" data-live>${name} <small>${rows.length}</small></h2>
<ul class="plain" id="${id}" data-live data-list>${shown.map(show)}${when(more > 0, () => html`<li class="empty" data-key="…">and ${more} more</li>`)}${when(rows.length === 0, () => html`<li class="empty" data-key="">None</li>`)}</ul>
</section>`;
}

// A file that the daemon has not looked at yet has no page.
function tile(row: OrderRow, meta: Html): Html {
  const name =
    row.since === null
      ? html`<span class="title">${titleOf(row)}</span>`
      : html`<a class="title" href="${orderPath(row.id)}">${titleOf(row)}</a>`;
  return html`<li class="tile" data-key="${row.id}">${name}<span class="meta">${meta}</span></li>`;
}

function waitingTile(row: OrderRow, look: Overview, now: Date): Html {
  const words =
    row.state === 'posted'
      ? row.detail === 'next'
        ? 'starts next'
        : row.detail
      : row.detail.replace(/ {2}→ .*$/s, '');
  const since = row.since === null ? null : html` · since ${timeTag(row.since, now)}`;
  const children = look.orders.filter((one) => one.parent === row.id && !one.settled).length;
  const open = row.waits?.on === 'children' ? ` (${children} open)` : '';
  return tile(row, html`${roleLink(row.role)} · ${words}${open}${since}`);
}

function runningSince({ since }: OrderRow, now: Date): Html | string {
  if (since === null) return '';
  return html`since ${timeTag(since, now)}, ${spanWords(now.getTime() - new Date(since).getTime())}`;
}

// A run that waits for something outside says so where its title would stand.
function heldUp({ detail, title }: OrderRow): Html | null {
  return detail === title || detail === '' ? null : html` · ${detail}`;
}

function reviewWords({ waits }: OrderRow, look: Overview): Html {
  const review = waits?.review ?? '';
  const runs = look.running.includes(review) ? 'reads it' : 'is to read it';
  return html`${roleLink(waits?.what ?? '')} ${runs}: ${orderLink(review)}`;
}

function endWords(row: OrderRow, now: Date): Html {
  const commits = commitsOf(row);
  const refused = /(?:^| {2})(\d+ refused)(?: {2}|$)/.exec(row.detail)?.[1];
  const undone = undoneBy(row);
  const note =
    undone !== null ? html`undone by ${orderLink(undone)}` : row.state === 'done' ? (refused ?? '') : row.detail;
  return html`<time datetime="${row.since}">${timeWords(row.since ?? '', now)}</time>${commits === '' ? null : html` · <span class="mono">${commits}</span>`}${note === '' ? null : html` · ${note}`}`;
}

function undoneBy({ detail }: OrderRow): string | null {
  return / {2}\(undone by (\S+)\)$/.exec(detail)?.[1] ?? null;
}

// Leads to the form, which says what would be taken back.
function undoLink(row: OrderRow): Html | null {
  if (commitsOf(row) === '' || undoneBy(row) !== null) return null;
  return html` · <a href="${orderPath(row.id)}#undo" aria-label="Undo ${titleOf(row)}">undo</a>`;
}

function commitsOf({ detail }: OrderRow): string {
  return /^\S+ {2}([0-9a-f]{7}(?: [0-9a-f]{7})*)(?: {2}|$)/.exec(detail)?.[1] ?? '';
}

function isToday(since: string | null, now: Date): boolean {
  return since !== null && new Date(since).toDateString() === now.toDateString();
}
