// Why: a person's words on an order are forms: they work with a keyboard, a screen reader, and without a script.
// Promises: pure. Each form posts one word; each field has a label; nothing is sent by a link.
// Never: decides which words an order takes: the engine does, and says so.
import type { OpenGate, OrderDetails, OrderRow } from '../../api.ts';
import { countOf } from '../../platform/text/text.ts';
import { type Html, html, when } from '../html.ts';
import { fieldTag, orderLink, orderPath, rolePath } from '../parts.ts';

/** The forms for what an order waits for. `back` is where its page returns to. */
export function wordForms({ id, waits }: Pick<OrderRow, 'id' | 'waits'>, back: '/' | 'order'): Html | null {
  switch (waits?.on) {
    case 'answer':
    case 'blocker':
      return answerForm(id, back, waits.on === 'blocker');
    case 'approval':
      return decisionForms(id, back);
    default:
      return null;
  }
}

function formTag(id: string, word: string, back: string, inner: Html): Html {
  return html`<form method="post" action="${orderPath(id)}/${word}"><input type="hidden" name="back" value="${back}">${inner}</form>`;
}

/** Passes a gate of a flow, or has the steps before it done again. */
export function gateForms({ run, step }: Pick<OpenGate, 'run' | 'step'>): Html {
  const id = `${run}-${step}`;
  const form = (word: string, inner: Html): Html =>
    html`<form method="post" action="/flows/${run}/${word}"><input type="hidden" name="step" value="${step}">${inner}</form>`;
  const field = (name: string, label: string, required: boolean, hint: string): Html =>
    fieldTag(
      `${name}-${id}`,
      label,
      (tied) => html`<textarea ${tied} name="text" rows="2"${required ? html` required` : null}></textarea>`,
      hint,
    );
  return html`<div class="stack">
${form('approve', html`${field('say', 'Your words for the next step (may stay empty)', false, '')}<p><button class="main">Approve</button></p>`)}
<details id="reject-${id}"><summary>Reject with a reason</summary>${form('reject', html`${field('why', 'Why it is rejected', true, 'The steps before it get this, and are done again.')}<p><button class="danger">Reject</button></p>`)}</details>
</div>`;
}

function answerForm(id: string, back: string, retries: boolean): Html {
  return html`${formTag(
    id,
    'answer',
    back,
    html`${fieldTag(`answer-${id}`, 'Your answer', (tied) => html`<textarea ${tied} name="text" rows="2" required></textarea>`)}
<div class="row"><button class="main">Answer</button><span class="small soft">Ctrl+Enter sends it</span></div>`,
  )}${when(retries, () => retryForm(id, back, 'Let it go on'))}`;
}

function decisionForms(id: string, back: string): Html {
  return html`<div class="stack">
${formTag(id, 'approve', back, html`<div class="row"><button class="main">Approve</button><a class="button" href="${orderPath(id)}#changes">See the changes</a></div>`)}
<details id="reject-${id}"><summary>Reject with a reason</summary>${formTag(
    id,
    'reject',
    back,
    html`${fieldTag(`why-${id}`, 'Why it is rejected', (tied) => html`<textarea ${tied} name="text" rows="2" required></textarea>`, 'Its role gets this in the brief of the next attempt.')}
<p><button class="danger">Reject</button></p>`,
  )}</details>
</div>`;
}

/** Orders a settled order again, or lets one go on that waits. */
export function retryForm(id: string, back: '/' | 'order' | string, name = 'Order it again'): Html {
  return html`<details id="retry-${id}"><summary>${name}</summary>${formTag(
    id,
    'retry',
    back,
    html`${fieldTag(`reason-${id}`, 'What the role should know (may stay empty)', (tied) => html`<textarea ${tied} name="text" rows="2"></textarea>`)}
<p><button class="main">${name}</button></p>`,
  )}</details>`;
}

/** Ends an order. */
export function cancelForm(id: string): Html {
  return html`<details id="cancel-${id}"><summary>End this order</summary>${formTag(
    id,
    'cancel',
    'order',
    html`<p class="small">Its run is ended, nothing of it lands, and what it did is kept. To do it after all, order it again.</p>
<p><button class="danger">End ${id}</button></p>`,
  )}</details>`;
}

/** Takes back what an order landed: what that is, and what it is not. Null where there is nothing to take back. */
export function undoForm(order: OrderDetails): Html | null {
  const { id, position, undone, landed, family = [] } = order;
  const stated = order.steps.flatMap((one) => (one.step === 'stated' ? [one.path] : []));
  if (position !== 'settled' || undone || landed.length + stated.length === 0) return null;
  const sent = family.filter((one) => one.parent === id);
  return html`<details id="undo-${id}"><summary>Undo what it landed</summary>${formTag(
    id,
    'undo',
    'order',
    html`<div id="undo" class="stack tight small"><p>A new commit takes back:</p>
<ul>${landed.map((one) => html`<li>${countOf(one.files, 'file')} of ${one.repo} on ${one.branch}, as <span class="mono">${one.commit.slice(0, 10)}</span> changed them (<a href="#changes">the changes</a>)</li>`)}${[...new Set(stated)].map((path) => html`<li><span class="mono">${path}</span></li>`)}</ul>
<p>What others changed since stays. Where both changed the same lines, nothing is changed and the files are named.</p>
${when(sent.length > 0, () => html`<p>Orders that it sent stay: ${sent.map((one, at) => html`${at > 0 ? ', ' : ''}${orderLink(one.id)}`)}.</p>`)}</div>
<p><button class="danger">Undo ${id}</button></p>`,
  )}</details>`;
}

/** Holds a role's orders, or lets them start again. */
export function pauseForm(role: string, paused: boolean): Html {
  return html`<form method="post" action="${rolePath(role)}/${paused ? 'resume' : 'pause'}"><div class="row"><button>${paused ? `Let ${role} work again` : `Pause ${role}`}</button>${when(!paused, () => html`<span class="small soft">What runs goes on to its end; its other orders wait.</span>`)}</div></form>`;
}

/** The fields of a new order, as a person wrote them. */
export type NewOrder = {
  readonly role: string;
  readonly objective: string;
  readonly acceptance: string;
  readonly files: string;
  readonly branching: string;
  readonly after: string;
  readonly repo: string;
};

/** A form that is empty, but for how most orders may end. */
export const blankOrder: NewOrder = {
  role: '',
  objective: '',
  acceptance: '',
  files: '',
  branching: 'halt-with-note',
  after: '',
  repo: '',
};

/** The form of a new order, with what was written before. */
export function newOrderForm(roles: readonly string[], given: NewOrder): Html {
  const area = (name: keyof NewOrder, label: string, hint: string, rows: number): Html =>
    fieldTag(
      name,
      label,
      (tied) => html`<textarea ${tied} name="${name}" rows="${rows}">${given[name]}</textarea>`,
      hint,
    );
  const line = (name: keyof NewOrder, label: string, hint: string): Html =>
    fieldTag(
      name,
      label,
      (tied) => html`<input ${tied} name="${name}" value="${given[name]}" autocomplete="off">`,
      hint,
    );
  return html`<form method="post" action="/orders">
${fieldTag('role', 'Role', (tied) => html`<select ${tied} name="role">${roles.map((role) => html`<option${role === given.role ? html` selected` : null}>${role}</option>`)}</select>`)}
${line('objective', 'Objective', 'One sentence: what is true when it is done.')}
${area('acceptance', 'Acceptance', '3 to 5 lines that can be checked without asking anybody. A `command` in backticks at the start of a line is run.', 4)}
${area('files', 'Files', 'One path or pattern a line, from the repository’s top. Nothing else can land.', 3)}
${area('branching', 'Branching', 'What the role may do instead, one a line: halt-with-note, route-to-<role>, requeue-with-blocker.', 1)}
<details id="more"${given.after !== '' || given.repo !== '' ? html` open` : null}><summary>More</summary><div class="stack">
${line('after', 'After', 'Orders that must be done first, with spaces between.')}
${line('repo', 'Repository', 'Needed where there are several.')}
</div></details>
<p><button class="main">Send the order</button></p>
</form>`;
}
