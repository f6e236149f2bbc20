// Why: every route reads a form, shows a page and tells an error in the same way.
// Promises: an error has its code and what to do about it, as a page for people and as JSON for programs.
// Never: decides who is answered.
import { Fault, type Fourline } from '../api.ts';
import type { Host } from '../platform/process/host.ts';
import { messageOf } from '../platform/text/fault.ts';
import { assetAddress } from './assets.ts';
import { type Html, html } from './html.ts';
import type { Call } from './http.ts';
import type { Keyring } from './keys.ts';
import type { LiveJournal } from './live.ts';

/** A dashboard as its routes see it. */
export type Dash = {
  readonly fourline: Fourline;
  readonly live: LiveJournal;
  readonly keyring: Keyring;
  readonly readOnly: boolean;
  /** 127.0.0.1 and the port. */
  readonly authority: string;
  readonly env: Host['env'] | undefined;
};

/** The fields of a posted form. Throws Fault `dash-form` for a body of another kind. */
export async function postedForm(call: Call): Promise<Readonly<Record<string, string>>> {
  const type = call.req.header('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type))
    throw new Fault('dash-form', `a form was expected, and '${type}' came`);
  return Object.fromEntries(new URLSearchParams(await call.req.text()));
}

/** A page as an answer. */
export function pageAnswer(page: Html, status = 200): Response {
  return new Response(page.markup, { status, headers: { 'content-type': 'text/html; charset=utf-8' } });
}

/** True of requests that want a page, and no JSON. */
export function wantsPage(call: Call): boolean {
  return !call.req.path.startsWith('/api/') && call.req.path !== '/events';
}

const statuses: Readonly<Record<string, number>> = {
  ...{ 'order-unknown': 404, 'role-unknown': 404, 'order-gone': 404, 'dash-page': 404 },
  ...{ 'order-asks-nothing': 409, 'order-answered': 409, 'order-open': 409, 'order-needs-word': 409 },
  ...{ 'order-undone': 409, 'order-not-landed': 409, 'undo-lost': 409 },
  ...{ 'order-ambiguous': 409, 'order-reviews': 409, 'dash-form': 415 },
};

/** The status of an error: what a person can act on is theirs, anything else fourline's. */
export function faultStatus(error: unknown): number {
  return error instanceof Fault ? (statuses[error.code] ?? 422) : 500;
}

/** An error as an answer: a page or JSON, with what to do about it. */
export function faultAnswer(call: Call, error: unknown, status: number): Response {
  const { code, message, where, hint } = faultParts(error);
  if (!wantsPage(call)) return Response.json({ error: { code, message, where, hint } }, { status });
  return pageAnswer(
    html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${code} – fourline</title><link rel="stylesheet" href="${assetAddress('/dash.css')}"></head>
<body><main id="main"><div class="sheet"><h1 class="wrap">${message}</h1>
${where === null ? null : html`<p class="mono wrap">${where}</p>`}${hint === null ? null : html`<p class="wrap">${hint}</p>`}
<p class="small soft">${code} · <a href="/">Back to Now</a></p></div></main></body></html>
`,
    status,
  );
}

function faultParts(error: unknown): { code: string; message: string; where: string | null; hint: string | null } {
  if (error instanceof Fault)
    return { code: error.code, message: error.message, where: error.where ?? null, hint: error.hint ?? null };
  return {
    ...{ code: 'unexpected', message: messageOf(error), where: null },
    hint: 'this is a fault of fourline; nothing that was promised is lost',
  };
}
