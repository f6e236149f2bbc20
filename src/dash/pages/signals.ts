// Why: a role that leaves its job shows it by one of five signs.
// Promises: pure; each count is made of the signals below it, each with what it rests on.
// Never: accuses without evidence.
import { type Signals, signalWords } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import { pageHead } from '../page.ts';
import { orderLink, pill, roleLink, tableTag, timeTag } from '../parts.ts';

/** The most signals that the page lists. */
const signalsShown = 100;

/** The page of signals. */
export function signalsPage({ counts, signals, rules }: Signals, now: Date): Html {
  const rows = counts.map((one) => [
    html`<strong>${one.signal}</strong><br><span class="small soft">${signalWords[one.signal]}</span>`,
    roleLink(one.role),
    one.recent,
    one.before,
    timeTag(one.last, now),
    rules[one.signal],
  ]);
  const shown = signals.slice(0, signalsShown);
  return html`${pageHead('Signals', 'Five signs that a role leaves its job.')}
<section class="sheet" aria-labelledby="counts"><h2 id="counts">By sign and role</h2>${
    rows.length === 0
      ? html`<p class="empty">No signal so far.</p>`
      : tableTag('Counts', ['Sign', 'Role', '7 days', 'Before', 'Last', 'Then'], rows, [2, 3])
  }</section>
${when(shown.length > 0, () => html`<section class="stack" aria-labelledby="each"><h2 id="each">${countOf(signals.length, 'signal')}</h2><ul class="plain stack">${shown.map((one) => html`<li class="sheet tight"><div class="row">${pill(one.signal, 'wait')}<strong>${roleLink(one.role)}</strong>${one.order === null ? null : orderLink(one.order)}<span class="soft small">${timeTag(one.at, now)}</span></div><p class="wrap">${one.sentence}</p>${when(one.evidence.length > 0, () => html`<ul class="small">${one.evidence.slice(0, 20).map((line) => html`<li class="wrap">${line}</li>`)}</ul>`)}</li>`)}</ul></section>`)}`;
}
