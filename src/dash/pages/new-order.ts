// Why: an order can be written without a terminal, and what is wrong with it is said before anything is sent.
// Promises: pure; what a person wrote stays in the form.
// Never: takes a doubtful order.
import type { Problem } from '../../api.ts';
import { type Html, html, when } from '../html.ts';
import { pageHead } from '../page.ts';
import { type NewOrder, newOrderForm } from './forms.ts';

/** The page of a new order. */
export function newOrderPage(roles: readonly string[], given: NewOrder, problems: readonly Problem[]): Html {
  return html`${pageHead('New order', 'Four lines: what shall be true, how one sees it, where, and what else is allowed.')}
${when(problems.length > 0, () => html`<div class="notice bad" role="alert"><p>It was not sent.</p><ul>${problems.map((one) => html`<li class="wrap">${one.message}${when(one.hint !== undefined, () => html` – ${one.hint}`)}</li>`)}</ul></div>`)}
<div class="sheet">${newOrderForm(roles, given)}</div>`;
}
