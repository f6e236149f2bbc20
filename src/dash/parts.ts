// Why: an order, a state and a time look the same on every page.
// Promises: pure; a tone is never told by colour alone, its word stands beside it.
// Never: asks the engine.
import type { OrderDetails, OrderRow } from '../api.ts';
import { clockTime } from '../platform/text/clock.ts';
import { type Html, html, type Shown } from './html.ts';

/** How a state is meant: it decides the colour. */
export type DashTone = 'good' | 'bad' | 'wait' | 'run' | 'plain';

const tones: Readonly<Record<string, DashTone>> = {
  ...{ done: 'good', landed: 'good', approved: 'good', ok: 'good', running: 'run', claimed: 'run' },
  ...{ waits: 'wait', parked: 'wait', halted: 'wait', requeued: 'wait', interrupted: 'wait', note: 'plain' },
  ...{ failed: 'bad', refused: 'bad', 'not taken': 'bad', rejected: 'bad', bad: 'bad' },
};

/** The tone of a state's word. */
export function toneOf(state: string): DashTone {
  return tones[state] ?? 'plain';
}

/** A state as a small label. */
export function pill(state: string, tone: DashTone = toneOf(state)): Html {
  return html`<span class="pill ${tone}">${state}</span>`;
}

/** The address of an order's page. */
export function orderPath(id: string): string {
  return `/orders/${encodeURIComponent(id)}`;
}

/** The address of a role's page. */
export function rolePath(name: string): string {
  return `/roles/${encodeURIComponent(name)}`;
}

/** An order's id as a link to its page. */
export function orderLink(id: string): Html {
  return html`<a class="mono" href="${orderPath(id)}">${id}</a>`;
}

/** A role's name as a link; people who have no card are only named. */
export function roleLink(name: string): Html {
  return ['operator', 'nobody', ''].includes(name) ? html`${name}` : html`<a href="${rolePath(name)}">${name}</a>`;
}

/** A time as people read it: the hour today, with the day before that; with `seconds` to the second. */
export function timeWords(at: string, now: Date, seconds = false): string {
  const date = new Date(at);
  const hour = clockTime(date).slice(0, seconds ? 8 : 5);
  if (date.toDateString() === now.toDateString()) return hour;
  const [, month = '', day = ''] = date.toDateString().split(' ');
  const year = date.getFullYear() === now.getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${Number(day)} ${month}${year} ${hour}`;
}

/** A time, also for programs. */
export function timeTag(at: string, now: Date): Html {
  return html`<time datetime="${at}">${timeWords(at, now)}</time>`;
}

/** How long something takes by now: `40 s`, `12 min`, `3 h`, `2 days`. */
export function spanWords(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (minutes < 1.5) return `${Math.max(0, Math.round(milliseconds / 1000))} s`;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

/** The name of an order for people: its objective, or its id where that is not known. */
export function titleOf({ title, id }: Pick<OrderRow, 'title' | 'id'>): string {
  return title === '' ? id : title;
}

/** Rows of facts, without those that have nothing to say. */
export function factList(facts: readonly (readonly [string, Shown])[]): Html {
  const told = facts.filter(([, value]) => value !== null && value !== '' && value !== undefined);
  return html`<dl class="facts">${told.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A field with its label, and a hint below it. `make` gets the attributes that tie them together. */
export function fieldTag(id: string, label: string, make: (tied: Html) => Html, hint = ''): Html {
  const told = hint === '' ? null : html` aria-describedby="${id}-hint"`;
  return html`<div class="field"><label for="${id}">${label}</label>${make(html`id="${id}"${told}`)}${hint === '' ? null : html`<small id="${id}-hint">${hint}</small>`}</div>`;
}

/**
 * A table that scrolls by itself where the page is narrow. `right` are the columns of numbers; a table of a few columns
 * of words stacks them there instead.
 */
export function tableTag(
  label: string,
  heads: readonly string[],
  rows: readonly (readonly Shown[])[],
  right: readonly number[] = [],
): Html {
  const kind = (at: number): string => (right.includes(at) ? 'num' : 'left');
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="${right.length === 0 && heads.length <= 5 ? 'stacked' : ''}">
<thead><tr>${heads.map((head, at) => html`<th scope="col" class="${kind(at)}">${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, at) => html`<td class="${kind(at)}">${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
}

/** An amount of money in US dollars. */
export function moneyWords(usd: number, estimated: boolean): string {
  return `${estimated ? '~' : ''}$${usd.toFixed(usd > 0 && usd < 0.1 ? 3 : 2)}`;
}

/** A number of tokens: `940`, `12.4k`, `3.1m`. */
export function tokenWords(count: number): string {
  if (count < 1000) return `${count}`;
  return count < 1e6 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}m`;
}

/** The state of an order as one word, the same that the look has for it. */
export function orderState(
  { position, outcome }: Pick<OrderDetails, 'position' | 'outcome'>,
  working: boolean,
): string {
  if (position === 'settled') return outcome ?? 'settled';
  if (position === 'claimed') return working ? 'running' : 'interrupted';
  return position === 'parked' ? 'waits' : 'posted';
}
