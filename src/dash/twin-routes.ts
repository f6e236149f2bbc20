// Why: what the pages show, programs may have as JSON.
// Promises: the values are the engine's own, as --json prints them.
// Never: has a question of its own.
import { type Draft, Fault, type OrderParts, type Word } from '../api.ts';
import { escapeJson } from '../platform/text/text.ts';
import type { Dash } from './answer.ts';
import type { Call, DashApp } from './http.ts';
import { gateWords, postedWords, roleWords } from './word-routes.ts';

/** Adds the JSON twins of the pages. */
export function addTwins(app: DashApp, dash: Dash): void {
  const { fourline } = dash;
  const twin = (path: string, ask: (call: Call) => Promise<unknown>): void =>
    void app.get(`/api/v1/${path}`, async (call) => jsonAnswer(await ask(call)));
  twin('status', () => fourline.look());
  twin('plan', () => fourline.plan());
  twin('orders/:id', (call) => fourline.order(call.req.param('id') ?? '', partsAsked(call)));
  twin('orders/:id/why', (call) => fourline.why(call.req.param('id') ?? '', call.req.query('path')));
  twin('steps', (call) => fourline.steps({ who: call.req.query('who'), last: queryNumber(call, 'last') ?? 40 }));
  twin('roles', () => fourline.roles());
  twin('roles/:name', (call) => fourline.role(call.req.param('name') ?? ''));
  twin('can', (call) =>
    fourline.can(call.req.query('role') ?? '', call.req.queries('path') ?? [], call.req.query('order')),
  );
  twin('audit', (call) =>
    fourline.audit({
      role: call.req.query('role'),
      since: call.req.query('since'),
      verify: call.req.query('verify') === 'yes',
    }),
  );
  twin('costs', (call) => fourline.costs({ by: call.req.query('by'), since: call.req.query('since') }));
  twin('signals', (call) => fourline.signals({ role: call.req.query('role'), since: call.req.query('since') }));
  twin('gates', () => fourline.flows.gates());
  twin('check', () => fourline.check());
  twin('sandbox', () => fourline.sandbox());
  app.post('/api/v1/orders', async (call) => {
    const { role = '', order, name } = await postedFields(call);
    requireDraft(order);
    const posted = await fourline.post(`${role}`, order, {
      name: name === undefined ? undefined : `${name}`,
    });
    return jsonAnswer(posted, posted.ok ? 201 : 422);
  });
  for (const kind of postedWords)
    app.post(`/api/v1/orders/:id/${kind}`, async (call) => {
      const { text = '' } = await postedFields(call);
      const word = (kind === 'cancel' || kind === 'undo' ? { kind } : { kind, text: `${text}` }) as Word;
      return jsonAnswer(await fourline.say(call.req.param('id') ?? '', word));
    });
  for (const kind of gateWords)
    app.post(`/api/v1/flows/:run/${kind}`, async (call) => {
      const { text = '', step } = await postedFields(call);
      const word = { kind, text: `${text}`, step: step === undefined ? undefined : `${step}` };
      return jsonAnswer(await fourline.flows.say(call.req.param('run') ?? '', word));
    });
  for (const word of roleWords)
    app.post(`/api/v1/roles/:name/${word}`, async (call) => {
      await postedFields(call);
      return jsonAnswer(await fourline[word](call.req.param('name') ?? ''));
    });
}

function jsonAnswer(value: unknown, status = 200): Response {
  return new Response(`${escapeJson(JSON.stringify(value, null, 2))}\n`, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
}

function partsAsked(call: Call): OrderParts {
  const has = (name: string): boolean => call.req.query(name) === 'yes';
  const log = call.req.query('log');
  return {
    ...{ patches: has('patches'), brief: has('brief'), family: has('family') },
    ...(log === 'turns' || log === 'raw' ? { log } : {}),
  };
}

/** A number in the address; undefined where there is none. */
export function queryNumber(call: Call, name: string): number | undefined {
  const text = call.req.query(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

// Throws Fault `dash-form` for what is neither a text nor a draft.
function requireDraft(order: unknown): asserts order is Draft | string {
  if (typeof order === 'string') return;
  const draft = (order ?? {}) as Readonly<Record<string, unknown>>;
  const isList = (value: unknown): boolean =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && !one.includes('\n'));
  const lists = ['acceptance', 'files', ...['branching', 'after', 'refs'].filter((name) => draft[name] !== undefined)];
  const wrong = lists.find((name) => !isList(draft[name]));
  if (typeof draft['objective'] !== 'string') throw new Fault('dash-form', 'the order has no text as its objective');
  if (wrong !== undefined) throw new Fault('dash-form', `${wrong} of the order is no list of lines`);
}

async function postedFields(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const type = call.req.header('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) throw new Fault('dash-form', `JSON was expected, and '${type}' came`);
  const value: unknown = await call.req.json().catch(() => null);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new Fault('dash-form', 'the body is no JSON object');
  return value as Record<string, unknown>;
}
