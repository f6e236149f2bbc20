// Why: every page has the same frame: where one can go, whether fourline works, how many things wait for a person.
// Promises: pure; landmarks and headings are there for screen readers, and a link that skips to the content.
// Never: holds a script or a style of its own: the policy of the dashboard runs none.
import { basename } from 'node:path/posix';
import { needsPerson, type OpenGate, type Overview } from '../api.ts';
import { type AssetPath, assetAddress } from './assets.ts';
import { type Html, html, type Shown, when } from './html.ts';
import { fieldTag } from './parts.ts';

/**
 * The parts of every page: the state of the workspace, the gates of flows that wait, the time, and whether words may be
 * said.
 */
export type DashView = {
  readonly look: Overview;
  readonly gates: readonly OpenGate[];
  readonly root: string;
  readonly now: Date;
  readonly readOnly: boolean;
};

/** One page. `order` is the id of a run whose transcript it shows. */
export type DashPage = {
  readonly title: string;
  readonly path: string;
  readonly main: Shown;
  readonly order?: string;
};

const pages = [
  ['/', 'Now'],
  ['/roles', 'Roles'],
  ['/history', 'History'],
  ['/costs', 'Costs'],
  ['/signals', 'Signals'],
  ['/health', 'Health'],
] as const;

/** The orders and files that wait for a person. */
export function personNeeds({ orders }: Overview): Overview['orders'] {
  return orders.filter(needsPerson);
}

// The beginning of every page, up to its body.
function htmlHead(title: string, script: AssetPath): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${assetAddress('/dash.css')}">
<link rel="icon" href="${assetAddress('/icon.svg')}" type="image/svg+xml">
<script src="${assetAddress(script)}" defer></script>
</head>
`;
}

/** A whole page. */
export function framePage(view: DashView, page: DashPage): Html {
  const { look, gates, root, readOnly } = view;
  const needs = personNeeds(look).length + gates.length;
  const place = basename(root);
  return html`${htmlHead(`${needs > 0 ? `(${needs}) ` : ''}${page.title} – ${place} – fourline`, '/dash.js')}<body data-line="${look.line}"${page.order === undefined ? null : html` data-order="${page.order}"`}>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div>
<a class="brand" href="/">fourline <span>${place}</span></a>
<nav aria-label="Pages"><ul class="plain" id="nav" data-live>
${pages.map(([path, name]) => navItem(page.path, path, name, path === '/' ? needs : 0))}
</ul></nav>
${daemonState(look)}
${when(!readOnly, () => html`<a class="button" href="/orders/new">New order</a>`)}
</div></header>
<main id="main" tabindex="-1">${page.main}</main>
<footer class="foot"><span>Journal line <span id="line" data-live>${look.line}</span></span><span id="live">Reload to look again</span><span id="said" role="status" aria-live="polite"></span>${when(readOnly, () => html`<span>Read only</span>`)}</footer>
</body>
</html>
`;
}

function navItem(here: string, path: string, name: string, count: number): Html {
  const current = here === path ? html` aria-current="page"` : null;
  const badge = when(
    count > 0,
    () => html`<span class="count">${count}<span class="hidden"> wait for you</span></span>`,
  );
  return html`<li><a href="${path}"${current}>${name}${badge}</a></li>`;
}

function daemonState({ working, pid }: Overview): Html {
  const words = working ? 'Working' : 'Nobody works here';
  const title = working ? `as process ${pid ?? 'unknown'}` : 'fourline start works the inboxes';
  return html`<span class="state ${working ? 'on' : 'off'}" id="state" data-live title="${title}"><span class="dot"></span>${words}</span>`;
}

/** The page for whoever is not signed in. It says nothing of the workspace. */
export function signInPage(wrong: boolean): Html {
  return html`${htmlHead('Sign in – fourline', '/sign-in.js')}<body>
<main id="main"><div class="sheet">
<h1>fourline</h1>
<p>Open the link that <code>fourline dash</code> printed in its terminal, or paste the token behind <code>#token=</code>.</p>
<p class="notice bad" id="wrong" role="alert"${wrong ? null : html` hidden`}>This token is not the dashboard’s. Each start has its own.</p>
<form method="post" action="/session">
${fieldTag('token', 'Token', (tied) => html`<input ${tied} type="password" name="token" autocomplete="off" required autofocus>`)}
<p><button class="main">Sign in</button></p>
</form>
</div></main>
</body>
</html>
`;
}

/** The top of a page: its heading, and a sentence below it. */
export function pageHead(title: string, words: Shown = null): Html {
  return html`<div class="head"><h1>${title}</h1>${words === null ? null : html`<p class="soft">${words}</p>`}</div>`;
}
