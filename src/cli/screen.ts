// Why: one screen shows what needs a person, what runs and what ended, and takes the keys that answer it.
// Promises: pure. A screen is as many rows as the terminal has, none wider; all that others wrote is escaped. The same
// state gives the same rows. A key gives a new state, and at most one deed for the caller.
// Never: writes to a terminal; reads a workspace.
import { needsPerson, type OpenGate, type OrderRow, type Overview, type WaitKind, waitKinds } from '../api.ts';
import { columnsOf, cutColumns, escapeText, padColumns } from '../platform/text/text.ts';
import type { Tone } from './talk.ts';

/** A row of a screen. */
export type ScreenRow = { readonly text: string; readonly tone: Tone };

/** A text that fills the screen until it is left: which order, what it is, and its first row in sight. */
export type ScreenText = { readonly title: string; readonly lines: readonly string[]; readonly top: number };

/** A deed that a person asks of the caller. `text` is what they typed for it. */
export type Deed =
  | { readonly kind: 'quit' }
  | { readonly kind: 'read'; readonly what: 'order' | 'diff' | 'log'; readonly id: string }
  | { readonly kind: 'approve' | 'cancel' | 'retry'; readonly id: string }
  | { readonly kind: 'reject' | 'answer'; readonly id: string; readonly text: string };

/** All that a screen shows: the look, and the gates of flows that wait. */
export type ScreenLook = Overview & { readonly gates: readonly OpenGate[] };

/** The state of a screen: which order is chosen, a line being typed, a question that waits for `y`, a text in sight. */
export type ScreenState = {
  readonly chosen: string | null;
  readonly typing: { readonly kind: 'reject' | 'answer'; readonly id: string; readonly text: string } | null;
  readonly asking: { readonly kind: 'approve' | 'cancel'; readonly id: string } | null;
  readonly reading: ScreenText | null;
  /** The result of the last deed, or why it failed. */
  readonly said: string;
};

export const freshScreen: ScreenState = { chosen: null, typing: null, asking: null, reading: null, said: '' };

const groups = ['needs you', 'running', 'waiting', 'ended last'] as const;

function groupOf(row: OrderRow): (typeof groups)[number] {
  if (row.settled) return 'ended last';
  if (needsPerson(row)) return 'needs you';
  return row.state === 'running' ? 'running' : 'waiting';
}

/** The orders of a look in the order in which a screen shows them. */
export function ordersInSight(look: Overview): OrderRow[] {
  return groups.flatMap((group) => look.orders.filter((one) => groupOf(one) === group));
}

function countAsking({ orders, gates }: ScreenLook): number {
  return orders.filter((one) => groupOf(one) === 'needs you').length + gates.length;
}

/** The rows of a screen of that size. `now` is the time at its top. */
export function drawScreen(
  look: ScreenLook,
  state: ScreenState,
  { width, height, now }: { readonly width: number; readonly height: number; readonly now: string },
): ScreenRow[] {
  const cut = (row: ScreenRow): ScreenRow => ({ ...row, text: cutColumns(row.text, width) });
  const foot = footRows(look, state, width);
  const room = Math.max(height - foot.length - 1, 1);
  const body = state.reading === null ? listRows(look, state, room) : textRows(state.reading, room);
  const fill = Array.from({ length: Math.max(room - body.length, 0) }, (): ScreenRow => ({ text: '', tone: 'plain' }));
  // A terminal with too few rows keeps the last ones: what is typed stands there.
  return [headRow(look, now), ...body, ...fill, ...foot].slice(-Math.max(height, 1)).map(cut);
}

function headRow(look: ScreenLook, now: string): ScreenRow {
  const asking = countAsking(look);
  const running = look.orders.filter((one) => groupOf(one) === 'running').length;
  const parts = [
    ...(look.working ? [] : ['nobody works here: fourline start']),
    asking === 0 ? 'nothing waits for you' : `${asking} for you`,
    `${running} running`,
    `${look.settled} settled`,
  ];
  return { text: `fourline  ${now}  ${parts.join(' · ')}`, tone: 'strong' };
}

function listRows(look: ScreenLook, { chosen }: ScreenState, room: number): ScreenRow[] {
  const rows: (ScreenRow & { readonly id?: string })[] = look.troubles.map((text) => ({
    text: `! ${escapeText(text)}`,
    tone: 'bad',
  }));
  for (const group of groups) {
    const orders = look.orders.filter((one) => groupOf(one) === group);
    const gates = group === 'needs you' ? look.gates : [];
    if (orders.length + gates.length === 0) continue;
    rows.push({ text: '', tone: 'plain' }, { text: group, tone: 'dim' }, ...gates.map(gateRow));
    for (const one of orders) {
      const text = `${one.id === chosen ? '>' : ' '} ${tableRow(one.id, one.role, one.state, one.detail)}`;
      rows.push({ text, tone: group === 'needs you' ? 'good' : group === 'ended last' ? 'dim' : 'plain', id: one.id });
    }
  }
  if (look.orders.length === 0)
    rows.push({ text: '', tone: 'plain' }, { text: 'no orders yet: fourline order <role> "…"', tone: 'dim' });
  // The chosen one stays in sight.
  const at = rows.findIndex(({ id }) => id !== undefined && id === chosen);
  const top = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  return rows.slice(top, top + room).map(({ text, tone }) => ({ text, tone }));
}

// Gates are passed by their own commands, or on the dashboard.
function gateRow({ run, step, why }: OpenGate): ScreenRow {
  const answer = why === '' ? `fourline flow approve ${run} --step ${step}` : why;
  return { text: `  ${tableRow(run, step, 'gate', answer)}`, tone: 'good' };
}

function tableRow(name: string, role: string, state: string, detail: string): string {
  const [first, second, third, last] = [name, role, state, detail].map(escapeText) as [string, string, string, string];
  return [padColumns(first, 28), padColumns(second, 12), padColumns(third, 11), last].join(' ');
}

function textRows({ lines, top }: ScreenText, room: number): ScreenRow[] {
  return lines.slice(top, top + room).map((text) => ({ text: escapeText(text), tone: 'plain' }));
}

// The end of a line that is being typed, with its cursor: what doesn't fit goes at its beginning.
function typedLine(line: string, help: string, width: number): string {
  const fits = (text: string): boolean => columnsOf(text) <= width;
  if (fits(line + help)) return line + help;
  if (fits(line)) return line;
  const signs = [...line].slice(-width);
  while (signs.length > 0 && !fits(`…${signs.join('')}`)) signs.shift();
  return `…${signs.join('')}`;
}

function footRows(look: Overview, state: ScreenState, width: number): ScreenRow[] {
  const { chosen, typing, asking, reading, said } = state;
  if (reading !== null)
    return [
      { text: `${reading.title}: ${reading.top + 1} of ${reading.lines.length}  space/b page  q back`, tone: 'dim' },
    ];
  if (typing !== null) {
    const words = typing.kind === 'answer' ? 'answer' : 'reject, because';
    const question = look.orders.find((one) => one.id === typing.id)?.asks ?? '';
    return [
      { text: escapeText(question.replace(/\s+/g, ' ')), tone: 'plain' },
      {
        text: typedLine(`${words} ${typing.id}: ${typing.text}_`, '   enter sends, esc leaves', width),
        tone: 'strong',
      },
    ];
  }
  if (asking !== null) return [{ text: `y: ${asking.kind} ${asking.id}   any other key leaves`, tone: 'strong' }];
  const row = look.orders.find((one) => one.id === chosen);
  const keys = row === undefined ? [] : keysFor(row).map(({ key, does }) => `${key} ${does}`);
  return [
    { text: escapeText(said), tone: 'plain' },
    { text: ['↑↓ choose', ...keys, 'q quit'].join('  '), tone: 'dim' },
  ];
}

// The keys that mean something for an order.
function keysFor({ waits, settled, state, since }: OrderRow): { readonly key: string; readonly does: string }[] {
  if (state === 'not taken') return [];
  // A file that no daemon has seen yet has nothing to show.
  if (since === null) return [{ key: 'c', does: 'cancel' }];
  const kind: WaitKind | null = waits === null ? null : waitKinds[waits.on];
  const answers = kind?.asks === 'answer' ? [{ key: 'n', does: 'answer' }] : [];
  const approves =
    kind?.asks === 'decision'
      ? [
          { key: 'a', does: 'approve' },
          { key: 'r', does: 'reject' },
        ]
      : [];
  return [
    ...answers,
    ...approves,
    { key: 'enter', does: 'show' },
    { key: 'd', does: 'diff' },
    { key: 'l', does: 'log' },
    ...(settled || kind?.retries === true ? [{ key: 't', does: 'retry' }] : []),
    ...(settled ? [] : [{ key: 'c', does: 'cancel' }]),
  ];
}

/** A key's effect. `page` is how many rows a page of text has. Keys are named as terminals send them. */
export function pressKey(
  state: ScreenState,
  key: string,
  look: Overview,
  page: number,
): { readonly state: ScreenState; readonly deed: Deed | null } {
  const stay = (next: ScreenState): { readonly state: ScreenState; readonly deed: null } => ({
    state: next,
    deed: null,
  });
  if (key === '\u0003') return { state, deed: { kind: 'quit' } };
  if (state.typing !== null) return typeKey(state, state.typing, key);
  if (state.reading !== null) return stay({ ...state, reading: readKey(state.reading, key, page) });
  if (state.asking !== null) return { state: { ...state, asking: null }, deed: key === 'y' ? state.asking : null };
  const orders = ordersInSight(look);
  const at = orders.findIndex((one) => one.id === state.chosen);
  const choose = (index: number): ScreenState => ({ ...state, said: '', chosen: orders[index]?.id ?? state.chosen });
  if (key === 'q') return { state, deed: { kind: 'quit' } };
  if (key === '\u001b[A' || key === 'k') return stay(choose(Math.max(at - 1, 0)));
  if (key === '\u001b[B' || key === 'j') return stay(choose(Math.min(at + 1, orders.length - 1)));
  const row = orders[at];
  const name = key === '\r' || key === '\n' ? 'enter' : key;
  const does = row === undefined ? undefined : keysFor(row).find((one) => one.key === name)?.does;
  if (row === undefined || does === undefined) return stay(state);
  const { id } = row;
  switch (does) {
    case 'answer':
    case 'reject':
      return stay({ ...state, typing: { kind: does, id, text: '' } });
    case 'approve':
    case 'cancel':
      return stay({ ...state, asking: { kind: does, id } });
    case 'retry':
      return { state, deed: { kind: 'retry', id } };
    default:
      return { state, deed: { kind: 'read', what: does === 'show' ? 'order' : does === 'diff' ? 'diff' : 'log', id } };
  }
}

function typeKey(
  state: ScreenState,
  typing: NonNullable<ScreenState['typing']>,
  key: string,
): { readonly state: ScreenState; readonly deed: Deed | null } {
  if (key === '\u001b') return { state: { ...state, typing: null }, deed: null };
  if (key === '\r' || key === '\n') {
    const text = typing.text.trim();
    if (text === '') return { state: { ...state, typing: null }, deed: null };
    return { state: { ...state, typing: null }, deed: { ...typing, text } };
  }
  if (key === '\u007f' || key === '\b')
    return { state: { ...state, typing: { ...typing, text: [...typing.text].slice(0, -1).join('') } }, deed: null };
  // Other keys that move something type nothing.
  if (key < ' ') return { state, deed: null };
  return { state: { ...state, typing: { ...typing, text: typing.text + key } }, deed: null };
}

function readKey(reading: ScreenText, key: string, page: number): ScreenText | null {
  if (key === 'q' || key === '\u001b') return null;
  const steps: Readonly<Record<string, number>> = {
    ' ': page,
    '\u001b[6~': page,
    b: -page,
    '\u001b[5~': -page,
    j: 1,
    '\u001b[B': 1,
    k: -1,
    '\u001b[A': -1,
  };
  const last = Math.max(reading.lines.length - page, 0);
  return { ...reading, top: Math.min(Math.max(reading.top + (steps[key] ?? 0), 0), last) };
}
