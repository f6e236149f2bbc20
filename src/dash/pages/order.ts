// Why: one order, whole, on one page: what was asked beside what happened, what it claims against what was seen, and
// each change with the line that decided it.
// Promises: pure; shows the engine's answer about the order. A claim of its agent is marked as one.
// Never: judges.
import { localPath, type OrderDetails, showDeciding, showDeed, tellEntry, type Verdict, waitWords } from '../../api.ts';
import { durationOf } from '../../platform/text/clock.ts';
import { countOf, showSize } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import type { DashView } from '../page.ts';
import * as parts from '../parts.ts';
import { diffTables } from './diff.ts';
import { familyGraph } from './family.ts';
import { cancelForm, retryForm, undoForm, wordForms } from './forms.ts';
import { briefPart, transcriptPart } from './transcript.ts';

/** The most verdicts and steps that the page lists. */
const orderListed = { verdicts: 300, steps: 200 } as const;

/** The page of one order. `said` is a sentence about what was just done. */
export function orderPage(view: DashView, order: OrderDetails, said: string | null): Html {
  const anchors = [
    ...(order.verdicts.length > 0 || order.patches?.landed.text ? [['changes', 'Changes'] as const] : []),
    ...(checksOf(order).length > 0 ? [['checks', 'Checks'] as const] : []),
    ...((order.family?.length ?? 0) > 1 ? [['family', 'Family'] as const] : []),
    ...[['timeline', 'Timeline'] as const, ['transcript', 'Transcript'] as const, ['brief', 'Brief'] as const],
  ];
  return html`${when(said !== null, () => html`<p class="notice" role="status">${said}</p>`)}
${orderHead(view, order)}
<nav aria-label="On this page"><ul class="plain toc">${anchors.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<div class="two" id="asked" data-live>
<section class="sheet" aria-labelledby="four"><h2 id="four">The order</h2>${fourLines(order)}</section>
<section class="sheet" aria-labelledby="facts"><h2 id="facts">Facts</h2>${orderFacts(view, order)}</section>
</div>
<div class="two" id="claims" data-live>${claimAndSeen(order, view.look.orders.find((one) => one.id === order.id)?.asks ?? '')}</div>
${changesPart(order)}
${checksPart(order)}
${when((order.family?.length ?? 0) > 1, () => html`<section class="sheet" id="family" data-live aria-labelledby="family-head"><h2 id="family-head">Family</h2>${familyGraph(order.family ?? [], order.id)}</section>`)}
${timelinePart(order, view.now)}
${transcriptPart(order)}
${briefPart(order)}`;
}

function orderHead(view: DashView, order: OrderDetails): Html {
  const { readOnly, look } = view;
  const state = parts.orderState(order, look.working);
  const settled = order.position === 'settled';
  const asks = look.orders.find((one) => one.id === order.id)?.asks.trim() ?? '';
  return html`<div class="stack" id="head" data-live>
<div class="head"><p class="small soft"><span class="mono">${order.id}</span></p>
<h1 class="wrap">${parts.titleOf(order)}</h1>
<p class="row">${parts.pill(state)}<span class="soft">${parts.roleLink(order.role)}, asked by ${parts.roleLink(order.from)}, since ${parts.timeTag(order.changedAt, view.now)}</span></p>
${when(order.note !== '' && settled, () => html`<p class="wrap">${order.note}</p>`)}
${when(order.waits !== null && asks === '', () => html`<p class="wrap">It waits ${order.waits === null ? '' : waitWords(order.waits)}</p>`)}</div>
${when(asks !== '', () => html`<div class="sheet ask"><h2>It asks you</h2><blockquote class="said">${asks}</blockquote>${readOnly ? null : wordForms(order, 'order')}</div>`)}
${when(asks === '' && !readOnly && wordForms(order, 'order') !== null, () => html`<div class="sheet ask">${wordForms(order, 'order')}</div>`)}
${when(!readOnly, () => html`<div class="row">${settled && order.reviews === null ? retryForm(order.id, 'order') : null}${settled ? null : cancelForm(order.id)}${undoForm(order)}</div>`)}
</div>`;
}

// Labels stand in the text as **Objective:** and so on; what stands before the first one is the front matter.
function fourLines({ text }: OrderDetails): Html {
  if (text === null) return html`<p class="soft">Its text is gone.</p>`;
  const pieces = text.split(/^\*\*(Objective|Acceptance|Files|Branching):\*\*[ \t]*/m);
  if (pieces.length < 3) return html`<pre class="block">${text}</pre>`;
  const [front = '', ...rest] = pieces;
  const lines = rest.flatMap((name, at) => (at % 2 === 0 ? [[name, rest[at + 1]?.trim() ?? ''] as const] : []));
  return html`<dl class="lines">${lines.map(([name, words]) => html`<dt>${name}</dt><dd>${bulletList(words)}</dd>`)}</dl>${when(front.trim() !== '', () => html`<details id="front"><summary>Front matter</summary><pre class="block">${front.trim()}</pre></details>`)}`;
}

// Lines that are all bullets are a list.
function bulletList(words: string): Html {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0 || lines.some((line) => !/^[-*] /.test(line))) return html`${words}`;
  return html`<ul>${lines.map((line) => html`<li>${line.slice(2)}</li>`)}</ul>`;
}

function orderFacts(view: DashView, order: OrderDetails): Html {
  const link = (ids: readonly string[]): Html | null =>
    ids.length === 0 ? null : html`${ids.map((id, at) => html`${at > 0 ? ', ' : ''}${parts.orderLink(id)}`)}`;
  const ran = order.steps.flatMap((one) => (one.step === 'ran' ? [one] : []));
  const spent = ran.flatMap((one) => (one.spent === undefined ? [] : [one.spent]));
  const usd = spent.reduce((sum, one) => sum + (one.usd ?? 0), 0);
  const tokens = spent.reduce((sum, { usage }) => sum + usage.fresh + usage.reread + usage.written + usage.output, 0);
  return parts.factList([
    ['Asked', parts.timeTag(order.postedAt, view.now)],
    ['Ordered again for', order.reason],
    ['Sent by', link(order.parent === null ? [] : [order.parent])],
    ['After', link(order.after)],
    ['Answers', link(order.answers)],
    ['Reviews', link(order.reviews === null ? [] : [order.reviews])],
    ['Ordered again as', link(order.retriedBy === null ? [] : [order.retriedBy])],
    ['Takes back', link(order.undoes === null ? [] : [order.undoes])],
    ['Undone by', link(order.undone && order.undoneBy !== null ? [order.undoneBy] : [])],
    ['Repository', order.repo === null ? null : `${order.repo}${order.branch === null ? '' : ` on ${order.branch}`}`],
    ['Attempt', order.attempt === 0 ? 'not yet' : order.attempt],
    [
      'Ran',
      ran.length === 0 ? null : `${ran.map((one) => `${one.agent}, ${durationOf(one.milliseconds)}`).join('; ')}`,
    ],
    ['Sandbox', ran.at(-1)?.walls],
    ['Network', ran.at(-1)?.network],
    ['Asked in vain', ran.at(-1)?.unreached?.join(', ')],
    ['Not as its card asks', ran.at(-1)?.unmet?.join('; ')],
    [
      'Spent',
      spent.length === 0
        ? null
        : `${parts.tokenWords(tokens)} tokens, ${parts.moneyWords(
            usd,
            spent.some((one) => one.estimated),
          )}`,
    ],
    [
      'Landed',
      order.landed.length === 0
        ? null
        : html`${order.landed.map((one, at) => html`${at > 0 ? ', ' : ''}<span class="mono">${one.commit.slice(0, 10)}</span> on ${one.repo} ${one.branch}`)}`,
    ],
    [
      'Pull request',
      order.pull === null ? null : html`<span class="wrap">${order.pull.url} (${order.pull.state})</span>`,
    ],
    ['Limit reached', order.limit],
    [
      'Doubts',
      order.doubts.length === 0
        ? null
        : html`${order.doubts.map((one) => html`<span class="wrap">line ${one.line}: ${one.message}<br></span>`)}`,
    ],
    [
      'Record',
      html`<span class="mono">${order.folder.startsWith(`${view.root}/`) ? order.folder.slice(view.root.length + 1) : order.folder}</span>`,
    ],
  ]);
}

// A report quotes its agent's words below the heading, and says for itself what was seen.
function claimAndSeen(order: OrderDetails, asks: string): Html | null {
  const { report, steps } = order;
  const judged = steps.findLast((one) => one.step === 'judged');
  if (report === null && judged === undefined) return null;
  const head = (report ?? '').split(/^## /m)[0] ?? '';
  const words = head.split('\n').flatMap((line) => (/^> ?/.test(line) ? [line.replace(/^> ?/, '')] : []));
  // A landing that waits has no report yet: its agent's words are in what it asks.
  if (report === null && order.waits?.on === 'approval') words.push(asks);
  const checks = checksOf(order);
  const good = checks.filter((one) => one.status === 0).length;
  return html`<section class="sheet" aria-labelledby="claim"><h2 id="claim">What it says</h2>${words.length === 0 ? html`<p class="soft">It left no words.</p>` : html`<blockquote class="said">${words.join('\n').trim()}</blockquote>`}
${when(report !== null, () => html`<details id="report"><summary>The whole report</summary><pre class="block">${report}</pre></details>`)}</section>
<section class="sheet" aria-labelledby="seen"><h2 id="seen">What was seen</h2>${parts.factList([
    ['Changed', judged === undefined ? null : countOf(judged.changed, 'file')],
    ['Allowed', judged?.allowed],
    [
      'Refused',
      judged === undefined
        ? null
        : html`<span class="${judged.refused.length > 0 ? 'minus' : ''}">${judged.refused.length}</span>`,
    ],
    ['Ignored', judged === undefined || judged.scratch === 0 ? null : countOf(judged.scratch, 'file')],
    [
      'Checks',
      checks.length === 0
        ? 'none in backticks'
        : html`<span class="${good === checks.length ? 'plus' : 'minus'}">${good} of ${checks.length} passed</span>`,
    ],
    ['Left a report', judged === undefined ? null : order.quiet ? 'no' : 'yes'],
    [
      'Landed',
      order.landed.length === 0
        ? 'nothing'
        : countOf(
            order.landed.reduce((sum, one) => sum + one.files, 0),
            'file',
          ),
    ],
  ])}</section>`;
}

function changesPart(order: OrderDetails): Html | null {
  const { verdicts, patches } = order;
  const base = parts.orderPath(order.id);
  const shown = verdicts.slice(0, orderListed.verdicts);
  const sent = patches?.landed.orders ?? [];
  if (verdicts.length === 0 && !patches?.landed.text && sent.length === 0) return null;
  const kept = patches?.refused.kept ?? [];
  return html`<section class="stack" id="changes" data-live aria-labelledby="changes-head"><h2 id="changes-head">Changes</h2>
${when(
  shown.length > 0,
  () =>
    html`<div class="sheet">${parts.tableTag(
      'Verdicts',
      ['Verdict', 'Path', 'Deed', 'Decided by'],
      shown.map((one) => verdictCells(order, one)),
    )}${when(verdicts.length > shown.length, () => html`<p class="small soft">and ${verdicts.length - shown.length} more: fourline why ${order.id}</p>`)}</div>`,
)}
${sent.map((one) => html`<div class="sheet"><h3>${one.told.title}</h3><pre class="block">${one.told.lines.join('\n')}</pre></div>`)}
${when(!!patches?.landed.text, () => html`<h3>${order.landed.length > 0 ? 'What landed' : 'What would land'}</h3>${diffTables(patches?.landed.text ?? '', `${base}/patch/landed`)}`)}
${when(!!patches?.refused.text, () => html`<h3>What was refused</h3>${diffTables(patches?.refused.text ?? '', `${base}/patch/refused`)}`)}
${when(
  kept.length > 0,
  () =>
    html`<div class="sheet"><h3>Kept beside the patch</h3>${parts.tableTag(
      'Kept',
      ['Path', 'What', 'Why'],
      kept.map((one) => [html`<span class="mono">${one.path}</span>`, one.what, one.reason]),
    )}</div>`,
)}
</section>`;
}

function verdictCells(order: OrderDetails, verdict: Verdict): Html[] {
  const allowed = verdict.decision === 'allow';
  const word = allowed ? (order.landed.length > 0 ? 'landed' : 'allowed') : 'refused';
  const by = verdict.by.map((one) => showDeciding([one]));
  const show = (path: string): string => localPath(order.repo, path);
  return [
    parts.pill(word, allowed ? 'good' : 'bad'),
    html`<span class="mono">${show(verdict.path)}</span>`,
    html`${showDeed(verdict, show)}`,
    html`${allowed ? null : verdict.sentence}${by.map((line, at) => html`${allowed && at === 0 ? null : html`<br>`}<span class="mono">${line}</span>`)}`,
  ];
}

type ShownCheck = Extract<OrderDetails['steps'][number], { step: 'checked' }>['results'][number];

function checksOf({ steps }: OrderDetails): readonly ShownCheck[] {
  const last = steps.findLast((one) => one.step === 'checked');
  return last?.step === 'checked' ? last.results : [];
}

function checksPart(order: OrderDetails): Html | null {
  const checks = checksOf(order);
  if (checks.length === 0) return null;
  const rows = checks.map((one, at) => [
    parts.pill(one.status === 0 ? 'passed' : 'failed', one.status === 0 ? 'good' : 'bad'),
    html`<code class="wrap">${one.command}</code>${when(one.tail.trim() !== '', () => html`<details id="tail-${at}"><summary>Its last ${showSize(one.tail.length)}</summary><pre class="block">${one.tail}</pre></details>`)}`,
    one.limit ?? (one.timedOut ? 'out of time' : `status ${one.status}`),
    durationOf(one.milliseconds),
  ]);
  return html`<section class="sheet" id="checks" data-live aria-labelledby="checks-head"><h2 id="checks-head">Checks</h2>${parts.tableTag('Checks', ['Result', 'Command', 'Ended', 'Took'], rows, [3])}</section>`;
}

const stepTones: Readonly<Record<string, string>> = {
  ...{ landed: 'good', refused: 'bad', parked: 'wait', returned: 'wait', signalled: 'bad', flagged: 'wait' },
};

function timelinePart({ id, steps, outcome }: OrderDetails, now: Date): Html {
  const shown = steps.slice(-orderListed.steps);
  const tone = (step: string): string =>
    step === 'settled' ? parts.toneOf(outcome ?? '') : (stepTones[step] ?? 'plain');
  const words = (entry: OrderDetails['steps'][number]): string => {
    const { subject } = tellEntry(entry);
    return subject.startsWith(`${id}: `) ? subject.slice(id.length + 2) : subject;
  };
  return html`<section class="sheet" id="timeline" data-live aria-labelledby="timeline-head"><h2 id="timeline-head">Timeline</h2>
${when(steps.length > shown.length, () => html`<p class="small soft">The last ${shown.length} of ${steps.length} steps.</p>`)}
<ol class="plain steps">${shown.map((one) => html`<li class="${tone(one.step)}"><time datetime="${one.at}">${parts.timeWords(one.at, now, true)}</time><p>${words(one)}</p></li>\n`)}</ol></section>`;
}
