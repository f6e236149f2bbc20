// Why: money goes where nobody looks: what is read again and again, and orders that wait for a person.
// Promises: pure; tokens, money and times are the engine's counts.
// Never: guesses money for a run that told nothing.
import type { CostRow, Costs } from '../../api.ts';
import { type Html, html, when } from '../html.ts';
import { pageHead } from '../page.ts';
import { fieldTag, moneyWords, orderLink, roleLink, spanWords, tableTag, tokenWords } from '../parts.ts';

const tokenKinds = ['fresh', 'reread', 'written', 'output'] as const;
const kindNames = { fresh: 'fresh', reread: 're-read', written: 'kept for later', output: 'written' } as const;
const keys = ['role', 'model', 'order', 'day', 'level'] as const;
const costSpans = ['', 'today', '7d', '30d'] as const;
const spanNames = { '': 'ever', today: 'today', '7d': '7 days', '30d': '30 days' } as const;

/** The page of costs. `since` is the choice of a person. */
export function costsPage({ by, rows, total, time }: Costs, since: string): Html {
  const sums = rows.map((one) => one.fresh + one.reread + one.written + one.output);
  const most = Math.max(1, ...sums);
  const shown = rows.slice(0, 200);
  const silent = total.runs === total.silent;
  return html`${pageHead('Costs', 'Each run counts once. ~ marks money from the price table.')}
<section class="sheet" aria-label="In total"><div class="figures">
${figure(silent ? '–' : moneyWords(total.usd, total.estimated), 'in all')}
${figure(total.usdPerLanded === null ? '–' : moneyWords(total.usdPerLanded, total.estimated), 'for each change that landed')}
${figure(silent ? '–' : tokenWords(total.fresh), 'tokens fresh')}
${figure(silent ? '–' : tokenWords(total.reread), 'tokens re-read')}
${figure(time.total === 0 ? '–' : `${Math.round((time.person / time.total) * 100)} %`, `of the time, orders waited for you (${spanWords(time.person)})`)}
</div>${when(total.silent > 0, () => html`<p class="small soft">${total.silent} of ${total.runs} runs told no usage.</p>`)}${when(total.unpriced > 0, () => html`<p class="small soft">${total.unpriced} runs have no known price.</p>`)}</section>
<form class="inline" method="get" action="/costs">${fieldTag('by', 'By', (tied) => html`<select ${tied} name="by">${keys.map((one) => html`<option${one === by ? html` selected` : null}>${one}</option>`)}</select>`)}${fieldTag('since', 'Since', (tied) => html`<select ${tied} name="since">${costSpans.map((one) => html`<option value="${one}"${one === since ? html` selected` : null}>${spanNames[one]}</option>`)}</select>`)}<button>Show</button></form>
<section class="sheet" aria-label="By ${by}"><p class="small soft" aria-hidden="true">${tokenKinds.map((one) => html`<span class="key ${one}"></span>${kindNames[one]} &nbsp; `)}</p>
${
  rows.length === 0
    ? html`<p class="empty">Nothing ran.</p>`
    : tableTag(
        `Costs by ${by}`,
        [by, 'Runs', 'Fresh', 'Re-read', 'Written', 'Money', 'Tokens'],
        shown.map((one) => costCells(by, one, most)),
        [1, 2, 3, 4, 5],
      )
}
${when(rows.length > shown.length, () => html`<p class="small soft">and ${rows.length - shown.length} more: fourline costs --by ${by}</p>`)}</section>`;
}

function figure(value: string, words: string): Html {
  return html`<div><b>${value}</b><span class="small soft">${words}</span></div>`;
}

function costCells(by: Costs['by'], row: CostRow, most: number): (Html | string | number)[] {
  const key = by === 'order' ? orderLink(row.key) : by === 'role' ? roleLink(row.key) : html`${row.key}`;
  const money = row.runs === row.silent ? '–' : moneyWords(row.usd, row.estimated);
  return [
    key,
    row.runs,
    tokenWords(row.fresh),
    tokenWords(row.reread),
    tokenWords(row.output),
    money,
    meter(row, most),
  ];
}

function meter(row: CostRow, most: number): Html {
  let x = 0;
  const bars = tokenKinds.map((kind) => {
    const width = (row[kind] / most) * 220;
    const bar = html`<rect class="${kind}" x="${x.toFixed(1)}" y="3" width="${width.toFixed(1)}" height="12"/>`;
    x += width;
    return bar;
  });
  return html`<svg class="meter" width="220" height="18" viewBox="0 0 220 18" aria-hidden="true">${bars}</svg>`;
}
