// Why: a person says their words here as at the terminal: they order, answer, approve, reject, retry,
// cancel, undo, pause a role, and pass the gates of flows.
// Promises: each word is the engine's own, durable before the page comes back. A word that is wrong is
// shown again, with what is wrong.
// Never: says a word that nobody posted.
import { examine, type Retried, type Undone } from '../api.ts';
import { type Dash, postedForm } from './answer.ts';
import type { Call, DashApp } from './http.ts';
import { healthAnswer, newOrderAnswer } from './page-routes.ts';
import { blankOrder, type NewOrder } from './pages/forms.ts';
import { orderPath, rolePath } from './parts.ts';

/** The words that forms post about an order. */
export const postedWords = ['answer', 'approve', 'reject', 'retry', 'cancel', 'undo'] as const;

/** The words that forms post about a role. */
export const roleWords = ['pause', 'resume'] as const;

/** The words that forms post on a gate of a flow's run. */
export const gateWords = ['approve', 'reject'] as const;

/** Milliseconds that a page waits for an undo; one whose checks take longer goes on, and is seen on Now. */
const undoPatience = 5000;

/** Adds what forms post. */
export function addWords(app: DashApp, dash: Dash): void {
  const { fourline } = dash;
  app.post('/orders', (call) => postNewOrder(dash, call));
  for (const word of postedWords)
    app.post(`/orders/:id/${word}`, async (call) => {
      const id = call.req.param('id') ?? '';
      const { text = '', back = '' } = await postedForm(call);
      const { id: said, did } = await sayPosted(dash, id, word, text);
      return call.redirect(`${back === '/' ? '/' : orderPath(said)}?did=${did}`, 303);
    });
  for (const word of roleWords)
    app.post(`/roles/:name/${word}`, async (call) => {
      await postedForm(call);
      const { role } = await fourline[word](call.req.param('name') ?? '');
      return call.redirect(`${rolePath(role)}?did=${word}d`, 303);
    });
  for (const kind of gateWords)
    app.post(`/flows/:run/${kind}`, async (call) => {
      const { text = '', step } = await postedForm(call);
      await fourline.flows.say(call.req.param('run') ?? '', { kind, text, step });
      return call.redirect(`/?did=${kind === 'approve' ? 'passed' : 'done-again'}`, 303);
    });
  app.post('/health', async () =>
    healthAnswer(dash, await examine(fourline.root, dash.env === undefined ? {} : { env: dash.env })),
  );
}

type SaidWord = { readonly id: string; readonly did: string };

async function sayPosted(
  { fourline }: Dash,
  id: string,
  word: (typeof postedWords)[number],
  text: string,
): Promise<SaidWord> {
  switch (word) {
    case 'retry':
      return retriedAs(await fourline.say(id, { kind: 'retry', text }));
    case 'cancel': {
      const cancelled = await fourline.say(id, { kind: 'cancel' });
      return { id, did: 'requested' in cancelled && cancelled.requested ? 'asked' : 'cancelled' };
    }
    case 'undo':
      return Promise.race([fourline.say(id, { kind: 'undo' }).then(undoneAs), stillUndoing(id)]);
    default:
      await fourline.say(id, { kind: word, text });
      return { id, did: { answer: 'answered', approve: 'approved', reject: 'rejected' }[word] };
  }
}

// The new order has no page before a daemon has looked at it: the page of the old one comes back.
function retriedAs(retried: Retried): SaidWord {
  if (retried.did === 'ordered') return { id: retried.from, did: 'again' };
  return { id: retried.id, did: retried.did === 'asked' ? 'asked' : 'retried' };
}

function stillUndoing(id: string): Promise<SaidWord> {
  return new Promise((done) => setTimeout(done, undoPatience, { id, did: 'undoing' }).unref());
}

function undoneAs({ did, undo }: Undone): SaidWord {
  return { id: undo, did };
}

async function postNewOrder(dash: Dash, call: Call): Promise<Response> {
  const given: NewOrder = { ...blankOrder, branching: '', ...(await postedForm(call)) };
  const lines = (text: string): string[] =>
    text.split('\n').flatMap((line) => line.trim().replace(/^[-*] +/, '') || []);
  const draft = {
    objective: given.objective.trim(),
    acceptance: lines(given.acceptance),
    files: lines(given.files),
    ...(given.branching.trim() === '' ? {} : { branching: lines(given.branching) }),
    ...(given.after.trim() === '' ? {} : { after: given.after.trim().split(/[\s,]+/) }),
    ...(given.repo.trim() === '' ? {} : { repo: given.repo.trim() }),
  };
  const posted = await dash.fourline.post(given.role, draft);
  if (!posted.ok) return newOrderAnswer(dash, given, posted.problems, 422);
  return call.redirect(`/?did=ordered`, 303);
}
