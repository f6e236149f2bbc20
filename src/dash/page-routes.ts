// Why: each address shows one page, whole, made on the server.
// Promises: a page asks the engine what it shows, and nothing more; what it lists has a bound. Nothing is changed.
// Never: makes HTML.
import { Fault, type OrderDetails, type OrderParts } from '../api.ts';
import { systemClock } from '../platform/text/clock.ts';
import { type Dash, pageAnswer } from './answer.ts';
import type { Html } from './html.ts';
import type { Call, DashApp } from './http.ts';
import { type DashPage, type DashView, framePage } from './page.ts';
import { costsPage } from './pages/costs.ts';
import { blankOrder, type NewOrder } from './pages/forms.ts';
import { healthPage } from './pages/health.ts';
import { chooseSteps, historyLimits, historyPage, stepTable } from './pages/history.ts';
import { newOrderPage } from './pages/new-order.ts';
import { endedListed, nowPage } from './pages/now.ts';
import { orderPage } from './pages/order.ts';
import { type Powers, rolePage, rolesPage } from './pages/roles.ts';
import { signalsPage } from './pages/signals.ts';
import { orderPath } from './parts.ts';

/** All parts of an order that its page shows. */
const pageParts: OrderParts = { patches: true, log: 'turns', brief: true, family: true };

/** How many paths the page of roles holds against the cards. */
const pathsShown = 30;

/** Sentences about what was just done, by the word in the address. The list is closed: no address adds words. */
const doneWords: Readonly<Record<string, string>> = {
  answered: 'Your answer is written. The order goes on with it.',
  approved: 'Approved. It lands if nothing has changed since it was judged.',
  rejected: 'Rejected. It goes back to its role with your reason.',
  retried: 'It goes on.',
  passed: 'Approved. The run goes on.',
  'done-again': 'Rejected. The steps before the gate are done again, and are told why.',
  ordered: 'The order is delivered.',
  again: 'It is ordered again, under a new id. Now shows where that one stands.',
  cancelled: 'It is ended.',
  undone: 'It is undone. This is the undo: it can be undone like any order.',
  proposed: 'The undo waits for its pull request.',
  unchanged: 'Nothing was changed. The report below says why.',
  undoing: 'The undo is under way: its checks run. Now shows how it ends.',
  paused: 'It is paused. What runs goes on to its end; its other orders wait.',
  resumed: 'It works again.',
  asked: 'The daemon was asked to; it does so at once.',
};

/** Adds the pages. */
export function addPages(app: DashApp, dash: Dash): void {
  const { fourline } = dash;
  app.get('/', async (call) => {
    const view = await viewOf(dash, endedListed);
    return framed(view, { title: 'Now', path: '/', main: nowPage(view, doneOf(call)) });
  });
  app.get('/orders/new', async (call) => {
    refuseReadOnly(dash);
    return newOrderAnswer(dash, { ...blankOrder, role: call.req.query('role') ?? '' }, [], 200);
  });
  app.get('/orders/:id', async (call) => {
    const order = await fourline.order(call.req.param('id'), pageParts);
    if (order.id !== call.req.param('id')) return call.redirect(orderPath(order.id), 302);
    return orderAnswer(await viewOf(dash), order, doneOf(call));
  });
  app.get('/orders/:id/patch/landed', (call) => patchAnswer(dash, call, 'landed'));
  app.get('/orders/:id/patch/refused', (call) => patchAnswer(dash, call, 'refused'));
  app.get('/roles', (call) => rolesAnswer(dash, call));
  app.get('/roles/:name', (call) => roleAnswer(dash, call));
  app.get('/history', (call) => historyAnswer(dash, call));
  app.get('/costs', async (call) => {
    const since = call.req.query('since') ?? '';
    const by = call.req.query('by') ?? 'role';
    const [costs, view] = await Promise.all([fourline.costs(since === '' ? { by } : { by, since }), viewOf(dash)]);
    return framed(view, { title: 'Costs', path: '/costs', main: costsPage(costs, since) });
  });
  app.get('/signals', async () => {
    const view = await viewOf(dash);
    return framed(view, { title: 'Signals', path: '/signals', main: signalsPage(await fourline.signals(), view.now) });
  });
  app.get('/health', () => healthAnswer(dash, null));
}

/** A page with its frame. */
export function framed(view: DashView, page: DashPage, status = 200): Response {
  return pageAnswer(framePage(view, page), status);
}

/** Looks at the workspace for a page; `ended` is how many settled orders it lists. */
export async function viewOf({ fourline, readOnly }: Dash, ended?: number): Promise<DashView> {
  const [look, gates] = await Promise.all([fourline.look({ ended }), fourline.flows.gates()]);
  return { look, gates, root: fourline.root, now: systemClock.now(), readOnly };
}

function doneOf(call: Call): string | null {
  return doneWords[call.req.query('did') ?? ''] ?? null;
}

function refuseReadOnly({ readOnly }: Dash): void {
  if (readOnly) throw new Fault('dash-read-only', 'this dashboard was started with --read-only');
}

function orderAnswer(view: DashView, order: OrderDetails, did: string | null): Response {
  const page = { title: order.title, path: '', main: orderPage(view, order, did) };
  // Only a run's transcript grows.
  return framed(view, order.position === 'claimed' ? { ...page, order: order.id } : page);
}

/** The page of a new order, with what was written and what is wrong with it. */
export async function newOrderAnswer(
  dash: Dash,
  given: NewOrder,
  problems: Parameters<typeof newOrderPage>[2],
  status: number,
): Promise<Response> {
  const view = await viewOf(dash);
  const roles = view.look.cards.filter((one) => one.agent !== '').map((one) => one.name);
  return framed(view, { title: 'New order', path: '', main: newOrderPage(roles, given, problems) }, status);
}

async function patchAnswer({ fourline }: Dash, call: Call, kind: 'landed' | 'refused'): Promise<Response> {
  const { id, patches } = await fourline.order(call.req.param('id') ?? '', { patches: true });
  const bytes = patches?.[kind].base64 ?? null;
  if (bytes === null) throw new Fault('dash-page', `${id} has no such patch`);
  return new Response(Buffer.from(bytes, 'base64'), {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${kind}.patch"`,
    },
  });
}

async function rolesAnswer(dash: Dash, call: Call): Promise<Response> {
  const view = await viewOf(dash);
  const { cards } = view.look;
  const steps = await dash.fourline.steps({ last: 2000 });
  const named = steps.toReversed().flatMap((one) => (one.step === 'posted' ? one.files : []));
  const plain = [...new Set(named)].filter((path) => !/[*?[{]/.test(path)).slice(0, pathsShown);
  const path = (call.req.query('path') ?? '').trim();
  const asked = { path, answers: await powersOver(dash, cards, path === '' ? [] : [path]) };
  const main = rolesPage(cards, await powersOver(dash, cards, plain.sort()), asked);
  return framed(view, { title: 'Roles', path: '/roles', main });
}

async function powersOver({ fourline }: Dash, cards: DashView['look']['cards'], paths: string[]): Promise<Powers> {
  const rows: { role: string; verdicts: Awaited<ReturnType<typeof fourline.can>> }[] = [];
  // A role without a card in force may do nothing, and can't be asked about.
  for (const { name, agent } of paths.length === 0 ? [] : cards)
    if (agent !== '') rows.push({ role: name, verdicts: await fourline.can(name, paths) });
  return { paths, rows };
}

async function roleAnswer(dash: Dash, call: Call): Promise<Response> {
  const name = call.req.param('name') ?? '';
  const card = await dash.fourline.role(name);
  const view = await viewOf(dash);
  const steps = await dash.fourline.steps({ who: name, last: 40 });
  const listed = view.look.cards.find((one) => one.name === name);
  const main = rolePage(view, {
    card,
    listed,
    recent: stepTable(steps.toReversed(), view.now, 'It has done nothing yet.'),
    said: doneOf(call),
  });
  return framed(view, { title: name, path: '/roles', main });
}

async function historyAnswer(dash: Dash, call: Call): Promise<Response> {
  const asked = (name: string): string => call.req.query(name) ?? '';
  const last = historyLimits.read / historyLimits.shown;
  const page = /^[1-9]\d{0,3}$/.test(asked('page')) ? Math.min(Number(asked('page')), last) : 1;
  const filter = { who: asked('who'), kind: asked('kind'), text: asked('text'), page };
  const [audit, entries, view] = await Promise.all([
    dash.fourline.audit({ verify: asked('verify') === 'yes' }),
    dash.fourline.steps({ last: historyLimits.read }),
    viewOf(dash),
  ]);
  const roles = view.look.cards.map((one) => one.name);
  const main: Html = historyPage({ found: chooseSteps(entries, filter), filter, roles, audit, now: view.now });
  return framed(view, { title: 'History', path: '/history', main });
}

/** The page of health; `examined` is what a person asked for. */
export async function healthAnswer(
  dash: Dash,
  examined: Parameters<typeof healthPage>[0]['examined'],
): Promise<Response> {
  const { fourline } = dash;
  const [view, sandbox, files] = await Promise.all([viewOf(dash), fourline.sandbox(), fourline.check()]);
  const main = healthPage({ look: view.look, sandbox, files, examined, readOnly: dash.readOnly });
  return framed(view, { title: 'Health', path: '/health', main });
}
