// Why: one place decides, for every request, whether it is answered at all: before any route is asked.
// Promises: host, origin, key and `--read-only` are asked of every request, streams included; nothing is changed by
// GET. Every answer has the strict headers, errors too.
// Never: answers anything about the workspace to whoever has no key.
import { Fault } from '../api.ts';
import { type Dash, faultAnswer, faultStatus, pageAnswer, postedForm, wantsPage } from './answer.ts';
import { type AssetPath, assetAnswer, assets } from './assets.ts';
import { cookieOf, refuseCaller, strictHeaders } from './guard.ts';
import { type Call, type DashApp, openApp } from './http.ts';
import { signInPage } from './page.ts';
import { addPages } from './page-routes.ts';
import { addStream } from './stream.ts';
import { addTwins } from './twin-routes.ts';
import { addWords } from './word-routes.ts';

/** All routes of a dashboard, behind the guard. */
export function dashRoutes(dash: Dash): DashApp {
  const app = openApp();
  app.use('*', async (call, next) => {
    const refused = refuseRequest(dash, call);
    if (refused === null) await next();
    else call.res = refused;
    for (const [name, value] of Object.entries(strictHeaders)) call.res.headers.set(name, value);
    // A page shows the workspace as it is now, so no browser keeps it.
    if (!call.res.headers.has('cache-control')) call.res.headers.set('cache-control', 'no-store');
  });
  for (const path of Object.keys(assets) as AssetPath[])
    app.get(path, (call) => assetAnswer(path, call.req.query('v')));
  app.post('/session', (call) => signInBrowser(dash, call));
  addPages(app, dash);
  addTwins(app, dash);
  addStream(app, dash);
  addWords(app, dash);
  app.notFound((call) => faultAnswer(call, new Fault('dash-page', `there is no page ${call.req.path}`), 404));
  app.onError((error, call) => faultAnswer(call, error, faultStatus(error)));
  return app;
}

function refuseRequest({ authority, keyring, readOnly }: Dash, call: Call): Response | null {
  const header = (name: string): string | null => call.req.header(name) ?? null;
  const { method, path } = call.req;
  const caller = { method, host: header('host'), origin: header('origin'), site: header('sec-fetch-site') };
  const refused = refuseCaller(caller, authority);
  if (refused !== null) return faultAnswer(call, new Fault(refused.code, refused.message), refused.status);
  if (path in assets || (path === '/session' && method === 'POST')) return null;
  const key = cookieOf(header('cookie'), cookieName(authority));
  const bearer = /^Bearer (\S+)$/.exec(header('authorization') ?? '')?.[1];
  const known = (key !== null && keyring.fits(key)) || (bearer !== undefined && keyring.isToken(bearer));
  if (!known) return unknownAnswer(call);
  if (method === 'POST' && readOnly)
    return faultAnswer(call, new Fault('dash-read-only', 'this dashboard was started with --read-only'), 403);
  return null;
}

// The port is part of the name: cookies of one host are shared by all its ports.
function cookieName(authority: string): string {
  return `fourline-${authority.replace(/^.*:/, '')}`;
}

function unknownAnswer(call: Call): Response {
  if (wantsPage(call)) return pageAnswer(signInPage(false), 401);
  return faultAnswer(call, new Fault('dash-key', 'this request has no key of the dashboard'), 401);
}

async function signInBrowser({ keyring, authority }: Dash, call: Call): Promise<Response> {
  const { token = '' } = await postedForm(call);
  if (!keyring.isToken(token)) return pageAnswer(signInPage(true), 401);
  const cookie = `${cookieName(authority)}=${keyring.cut()}; Path=/; HttpOnly; SameSite=Strict`;
  return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': cookie } });
}
