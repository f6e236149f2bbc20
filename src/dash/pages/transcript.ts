// Why: people read what an agent said and used, and what it was told.
// Promises: pure; a program that reports no events is shown as it printed. Long ones begin late, and say so.
// Never: shows markup of an agent's.
import type { OrderDetails } from '../../api.ts';
import { durationOf } from '../../platform/text/clock.ts';
import { type Html, html, when } from '../html.ts';
import { pill } from '../parts.ts';

/** The most turns, and the most characters of plain output and of a brief, that a page shows. */
const transcriptShown = { turns: 400, characters: 60_000 } as const;

/** Shows the words of the last run's agent, and what it used and printed. */
export function transcriptPart({ log, position }: OrderDetails): Html {
  const turns = log?.turns ?? [];
  const shown = turns.slice(-transcriptShown.turns);
  const none = position === 'posted' ? 'It has not run yet.' : 'Its agent printed nothing.';
  return html`<section class="sheet" id="transcript" data-live aria-labelledby="transcript-head"><h2 id="transcript-head">Transcript</h2>
${when(turns.length > shown.length, () => html`<p class="small soft">The last ${shown.length} of ${turns.length} turns.</p>`)}
${shown.length > 0 ? html`<ol class="plain turns">${shown.map((one) => html`<li><span class="soft small">${durationOf(one.ms)}</span><span>${pill(one.kind, turnTone(one.kind))}</span><pre>${one.text.trim()}</pre></li>\n`)}</ol>` : plainText(log?.text ?? null, none)}</section>`;
}

function turnTone(kind: string): 'good' | 'bad' | 'wait' | 'run' | 'plain' {
  if (kind === 'said') return 'run';
  return kind === 'refused' || kind === 'failed' || kind === 'error' ? 'bad' : kind === 'waited' ? 'wait' : 'plain';
}

/** Shows the brief that its agent got. */
export function briefPart({ brief }: OrderDetails): Html {
  return html`<section class="sheet" id="brief" data-live aria-labelledby="brief-head"><h2 id="brief-head">Brief</h2>
<details id="brief-text"><summary>What its agent was told</summary>${plainText(brief?.text ?? null, 'It has not run yet.')}</details></section>`;
}

function plainText(text: string | null, none: string): Html {
  if (text === null || text.trim() === '') return html`<p class="soft">${none}</p>`;
  const cut = text.length > transcriptShown.characters;
  return html`${when(cut, () => html`<p class="small soft">Its last ${transcriptShown.characters} characters.</p>`)}<pre class="block" tabindex="0">${text.slice(-transcriptShown.characters)}</pre>`;
}
