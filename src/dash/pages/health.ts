// Why: whether everything is here that is needed, and what stands around the runs.
// Promises: pure; the findings are those of `status`, `check` and `doctor`.
// Never: begins an examination by being looked at: that is a button.
import type { CheckedFile, Examination, Overview, Sandbox } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import { pageHead } from '../page.ts';
import { factList, pill, tableTag } from '../parts.ts';

/** The page of health. `examined` is there when a person asked for it. */
export function healthPage(options: {
  readonly look: Overview;
  readonly sandbox: Sandbox;
  readonly files: readonly CheckedFile[];
  readonly examined: Examination | null;
  readonly readOnly: boolean;
}): Html {
  const { look, sandbox, files, examined, readOnly } = options;
  const { troubles, setups, damaged } = look;
  return html`${pageHead('Health', 'What is wrong, what stands around the runs, and what setups left.')}
<div class="two"><section class="sheet" aria-labelledby="now"><h2 id="now">Now</h2>${factList([
    ['Daemon', look.working ? `works as process ${look.pid ?? 'unknown'}` : 'nobody works here: fourline start'],
    ['Runs', `${look.running.length} now`],
    [
      'Journal',
      damaged.length === 0
        ? `${look.line} lines, all of them whole`
        : html`<span class="minus">${countOf(damaged.length, 'line')} cannot be read, the first is line ${damaged[0]?.line}</span>`,
    ],
    ['Sandbox', sandbox.words],
  ])}${when(sandbox.warnings.length > 0, () => html`<ul class="notice wait plain">${sandbox.warnings.map((one) => html`<li>${one}</li>`)}</ul>`)}</section>
<section class="sheet" id="troubles" data-live aria-labelledby="troubles-head"><h2 id="troubles-head">Troubles</h2>${
    troubles.length === 0
      ? html`<p class="empty">None.</p>`
      : html`<ul class="plain stack tight">${troubles.map((one) => html`<li class="wrap">${one}</li>`)}</ul>`
  }</section></div>
<section class="sheet" aria-labelledby="setups"><h2 id="setups">Setups</h2>${
    setups.length === 0
      ? html`<p class="empty">No repository has a setup.</p>`
      : html`<ul class="plain stack tight">${setups.map((one) => html`<li class="wrap">${one}</li>`)}</ul>`
  }</section>
${filesPart(files)}
${examinedPart(examined, readOnly)}`;
}

function filesPart(files: readonly CheckedFile[]): Html {
  const rows = files.flatMap(({ file, problems }) =>
    problems.map((one) => [
      pill(one.level, one.level === 'error' ? 'bad' : 'wait'),
      html`<span class="mono">${file}:${one.line}</span>`,
      html`${one.message}${when(one.hint !== undefined, () => html`<br><span class="soft small">${one.hint}</span>`)}`,
    ]),
  );
  return html`<section class="sheet" aria-labelledby="files"><h2 id="files">Files written by hand</h2>${
    rows.length === 0
      ? html`<p class="empty">${countOf(files.length, 'file')} read, nothing wrong.</p>`
      : tableTag('Problems', ['Level', 'File', 'Problem'], rows)
  }</section>`;
}

function examinedPart(examined: Examination | null, readOnly: boolean): Html | null {
  if (examined === null && readOnly) return null;
  const rows = (examined?.findings ?? []).map((one) => [
    pill(one.state),
    one.what,
    html`<span class="wrap">${one.detail}</span>${[...(one.below ?? []), ...(one.lines ?? [])].map((line) => html`<br><span class="mono small">${line}</span>`)}`,
  ]);
  return html`<section class="sheet" id="examined" aria-labelledby="examined-head"><h2 id="examined-head">This machine</h2>
${when(rows.length > 0, () => tableTag('Findings', ['State', 'What', 'Detail'], rows))}
${when(!readOnly, () => html`<form method="post" action="/health"><div class="row"><button>Examine this machine</button><span class="small soft">As fourline doctor: it tries the gate and the sandbox in a scratch workspace.</span></div></form>`)}</section>`;
}
