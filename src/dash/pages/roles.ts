// Why: what each role may do is a question about paths: which role may write what, and which line says so.
// Promises: pure; every yes and no is the gate's own answer, with the line that decided.
// Never: reads a pattern by itself.
import type { CardDetails, CardRow, PendingEdit, Problem, Verdict } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, type Shown, when } from '../html.ts';
import { type DashView, pageHead } from '../page.ts';
import { factList, fieldTag, pill, roleLink, tableTag, timeTag } from '../parts.ts';
import { pauseForm } from './forms.ts';

/** The gate's answers about paths, a role a row. */
export type Powers = {
  readonly paths: readonly string[];
  readonly rows: readonly { readonly role: string; readonly verdicts: readonly Verdict[] }[];
};

/** The page of all roles. `asked` is the path that a person asked about, with the answers. */
export function rolesPage(cards: readonly CardRow[], powers: Powers, asked: { path: string; answers: Powers }): Html {
  const rows = cards.map((one) => [
    html`<strong>${roleLink(one.name)}</strong>${one.state === '' ? null : html` ${pill(one.state, 'bad')}`}${one.paused === null ? null : html` ${pill('paused', 'wait')}`}<br><span class="soft small">${one.description}</span>`,
    patternList(one.write),
    one.send.length === 0 ? '' : html`<span class="narrow soft">sends to </span>${one.send.join(', ')}`,
    html`${one.agent}${one.model === null ? '' : ` ${one.model}`}`,
  ]);
  return html`${pageHead('Roles', 'Which role may write what. A change lands only if its card and its order both allow it.')}
<section class="sheet" aria-labelledby="who"><h2 id="who">Who may change a path?</h2>
<form class="inline" method="get" action="/roles">${fieldTag('path', 'Path', (tied) => html`<input ${tied} name="path" value="${asked.path}" placeholder="repos/shop/src/login.js" size="40">`)}<button class="main">Ask the gate</button></form>
${when(asked.path !== '', () => answersTable(asked.answers))}</section>
<section class="sheet" aria-labelledby="cards"><h2 id="cards">Cards</h2>${tableTag('Cards', ['Role', 'May write', 'May send to', 'Agent'], rows)}</section>
${when(powers.paths.length > 0, () => matrix(powers))}`;
}

function patternList(patterns: readonly string[]): Shown {
  if (patterns.length === 0) return html`<span class="soft">nothing</span>`;
  return patterns.map((one, at) => html`${at > 0 ? html`<br>` : null}<span class="mono">${one}</span>`);
}

function answersTable({ rows }: Powers): Html {
  const cells = rows.flatMap(({ role, verdicts: [one] }) =>
    one === undefined ? [] : [[roleLink(role), answerPill(one), decidedBy(one)]],
  );
  return tableTag('Answers', ['Role', 'May it', 'Decided by'], cells);
}

function answerPill({ decision }: Verdict): Html {
  return decision === 'allow' ? pill('yes', 'good') : pill('no', 'plain');
}

function decidedBy(verdict: Verdict): Html {
  const lines = verdict.by.map((one) => html`<span class="mono">${one.file}:${one.line} ${one.pattern}</span> `);
  return verdict.decision === 'allow' ? html`${lines}` : html`${verdict.sentence} ${lines}`;
}

function matrix({ paths, rows }: Powers): Html {
  const cells = paths.map((path, at) => [
    html`<span class="mono">${path}</span>`,
    ...rows.map(({ verdicts }) => {
      const one = verdicts[at];
      if (one?.decision !== 'allow')
        return html`<span class="soft"><span aria-hidden="true">–</span><span class="hidden">no</span></span>`;
      return html`<span class="nowrap"><span class="plus"><span aria-hidden="true">✓</span><span class="hidden">yes</span></span> <span class="soft small">line ${one.by[0]?.line}</span></span>`;
    }),
  ]);
  return html`<section class="sheet" aria-labelledby="tree"><h2 id="tree">Paths that orders named lately</h2><p class="small soft">By card alone, before any order narrows it. The line is the card’s own.</p>${tableTag('Powers over paths', ['Path', ...rows.map((one) => one.role)], cells)}</section>`;
}

type PatternLines = readonly { readonly glob: { readonly text: string }; readonly line: number }[];

/** The parts of a role's page: its card, its row in the list, its last steps, and a word on what was just done. */
export type RoleView = {
  readonly card: CardDetails;
  readonly listed: CardRow | undefined;
  readonly recent: Html;
  readonly said: string | null;
};

/** The page of one role. */
export function rolePage({ readOnly, now }: DashView, { card, listed, recent, said }: RoleView): Html {
  const { role, name, problems, text, file, edit } = card;
  const paused = listed?.paused ?? null;
  return html`${when(said !== null, () => html`<p class="notice" role="status">${said}</p>`)}
${pageHead(name, role?.description ?? 'No card of this role is in force.')}
<div class="stack" id="pause" data-live>${when(paused !== null, () => html`<p class="notice wait">Paused since ${timeTag(paused ?? '', now)}: its orders wait.</p>`)}${when(!readOnly && (paused !== null || role !== null), () => pauseForm(name, paused !== null))}</div>
${when(problems.length > 0, () => problemList(problems, file))}
${when(problems.length === 0 && listed !== undefined && listed.state !== '', () => html`<p class="notice bad">${listed?.state}</p>`)}
<div class="two"><section class="sheet" aria-labelledby="may"><h2 id="may">Powers</h2>${
    role === null
      ? html`<p class="soft">None.</p>`
      : factList([
          ['May write', ruleLines(file, role.write)],
          ['Never', ruleLines(file, role.deny)],
          ['May read', ruleLines(file, role.read)],
          ['May send to', role.send.map((one) => one.role).join(', ')],
          ['Waits for approval', ruleLines(file, role.approve.paths)],
          ['Reviewed by', role.review === null ? null : roleLink(role.review)],
          ['Network', role.network.kind],
          ['Credentials', [...role.env, ...role.mcp.flatMap((one) => one.env)].join(', ')],
          ['Tools', role.tools?.join(', ')],
          ['Skills', role.skills.join(', ')],
          ['Servers', role.mcp.map((one) => `${one.name}: ${one.command.join(' ')}`).join('; ')],
        ])
  }</section>
<section class="sheet" aria-labelledby="how"><h2 id="how">How it works</h2>${factList([
    ['Agent', listed === undefined ? null : `${listed.agent}${listed.model === null ? '' : ` ${listed.model}`}`],
    ['At once', role?.limits.runs],
    ['Minutes a run', role?.limits.minutes],
    ['Attempts', role?.limits.attempts],
    ['Money an order', role?.limits.usd === undefined ? null : `$${role.limits.usd}`],
    ['Card', html`<span class="mono">${file}</span>`],
    ['Digest', card.digest === null ? null : html`<span class="mono">${card.digest.slice(0, 12)}</span>`],
  ])}</section></div>
${edit === null ? null : pendingPart(edit)}
<section class="stack" aria-labelledby="lately"><h2 id="lately">Lately</h2>${recent}</section>
<section class="sheet" aria-labelledby="card"><h2 id="card">Card</h2><details id="card-text"><summary>${file}</summary><pre class="block">${text}</pre></details></section>`;
}

function ruleLines(file: string, lines: PatternLines): Shown {
  if (lines.length === 0) return null;
  return lines.map(
    (one, at) =>
      html`${at > 0 ? html`<br>` : null}<span class="mono">${one.glob.text}</span> <span class="soft small">${file}:${one.line}</span>`,
  );
}

function problemList(problems: readonly Problem[], file: string): Html {
  return html`<ul class="notice bad plain stack tight" aria-label="Problems">${problems.map((one) => html`<li>${file}:${one.line}: ${one.message}${when(one.hint !== undefined, () => html`; ${one.hint}`)}</li>`)}</ul>`;
}

/** How many paths of an edit are listed. */
const pathsListed = 100;

// The file as it lies there, against the card that was in force: which files' powers it adds and takes, and its lines.
function pendingPart({ before, after, broken, adds, takes }: PendingEdit): Html {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const row = (tone: 'add' | 'del', line: string): Html =>
    html`<tr class="${tone}"><td class="at">${tone === 'add' ? '+' : '−'}<span class="hidden">${tone === 'add' ? 'adds ' : 'takes '}</span></td><td class="text">${line}</td></tr>`;
  return html`<section class="sheet" aria-labelledby="edit"><h2 id="edit">An edit that is not in force</h2>
<p class="small soft">${broken ? 'It can’t be used as it is: the card before it stays in force.' : 'It comes into force when fourline looks at it: at once while it works, else with the next start.'}</p>
${when(!broken, () => html`<div class="two">${pathList('It adds', adds, 'plus')}${pathList('It takes', takes, 'minus')}</div>`)}
<div class="diff"><h3>Its lines</h3><div class="scroll"><table><tbody>
${old.filter((line) => !fresh.includes(line)).map((line) => row('del', line))}
${fresh.filter((line) => !old.includes(line)).map((line) => row('add', line))}
</tbody></table></div></div></section>`;
}

function pathList(name: string, paths: readonly string[], tone: 'plus' | 'minus'): Html {
  const more = paths.length - pathsListed;
  return html`<div class="stack tight"><h3>${name} ${paths.length === 0 ? 'no file' : countOf(paths.length, 'file')}</h3>${when(paths.length > 0, () => html`<ul class="plain mono small ${tone}">${paths.slice(0, pathsListed).map((path) => html`<li class="wrap">${path}</li>`)}</ul>`)}${when(more > 0, () => html`<p class="small soft">and ${more} more</p>`)}</div>`;
}
