// Why: people watch the engine's events as lines on standard error; standard output stays the answer.
// Promises: obeys --quiet, NO_COLOR and a standard error that is no terminal; everything said is escaped.
// Never: decides what is told; the engine does.
import type { EventKind, WorkEvent } from '../api.ts';
import { clockTime } from '../platform/text/clock.ts';
import { escapeText } from '../platform/text/text.ts';

/** Colours by meaning. */
export type Tone = 'plain' | 'good' | 'bad' | 'dim' | 'strong';

/** Where talk goes. */
export type Log = {
  /** One line for people. */
  readonly say: (line: string, tone?: Tone) => void;
};

const codes: Record<Tone, string> = { plain: '', good: '32', bad: '31', dim: '2', strong: '1' };

/** Wraps text in a tone's colour when `color` is on. */
export function paint(text: string, tone: Tone, color: boolean): string {
  return color && tone !== 'plain' ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text;
}

/** Talk to a stream; silent when `quiet`. */
export function logTo(stream: { write(text: string): unknown }, options: { quiet: boolean; color: boolean }): Log {
  return {
    say: (line, tone = 'plain') => {
      if (!options.quiet) stream.write(`${paint(escapeText(line), tone, options.color)}\n`);
    },
  };
}

/** A line of talk. */
export type SaidLine = { readonly text: string; readonly tone: Tone };

// An event of one of these kinds is a sentence alone; all others stand in columns.
const sentences: ReadonlySet<EventKind> = new Set([
  ...(['stopping', 'sandbox', 'unmatched', 'signing', 'configuration', 'journal', 'ledger', 'copy'] as const),
  ...(['machine', 'no space', 'watching', 'resumed', 'inbox', 'untaken', 'unstarted', 'remote'] as const),
  ...(['work tree', 'branch', 'note', 'family', 'setup', 'layers', 'trouble'] as const),
]);

// Somebody else than the reader of lines is told.
const silent: ReadonlySet<EventKind> = new Set(['opened', 'leaving', 'notice', 'counts', 'progress']);

/** How many refused paths are listed below their order. */
const refusedLimit = 8;

/** The lines that tell a person of an event; of some there is nothing to say. */
export function tellLines(event: WorkEvent): SaidLine[] {
  const { kind, detail } = event;
  const tone = event.weight === 'minor' ? 'dim' : event.weight;
  if (silent.has(kind)) return [];
  if (kind === 'working') return [{ text: `${clockTime(new Date(event.at))} ${detail}`, tone }];
  if (sentences.has(kind)) return [{ text: sentenceOf(event), tone }];
  const undo = kind === 'landed' ? `  → fourline undo ${shortOf(event.order)}` : '';
  return [{ text: columns(event, kind, `${detail}${undo}`), tone }, ...pathLines(event)];
}

/** The line that tells how far a run is, for those who watch no terminal. */
export function progressLine(event: WorkEvent): SaidLine {
  return { text: columns(event, 'working', event.detail), tone: 'dim' };
}

function sentenceOf({ kind, order, detail }: WorkEvent): string {
  if (order === undefined) return detail;
  if (kind === 'unstarted') return `${order} ${detail}`;
  return `${kind === 'resumed' ? 'recovered ' : ''}${order}: ${detail}`;
}

// Time, role, order, what happened, in words.
function columns(event: Pick<WorkEvent, 'at' | 'role' | 'order' | 'about'>, what: string, detail: string): string {
  const cells = [(event.role ?? '').padEnd(11), (event.order ?? event.about ?? '').padEnd(22), what.padEnd(9)];
  return [clockTime(new Date(event.at)), ...cells, detail].join(' ').trimEnd();
}

// The number of an order, which is enough to name it.
function shortOf(order = ''): string {
  return /^\d+/.exec(order)?.[0] ?? order;
}

// Below an order that ended: what was refused, and what the work tree could not follow.
function pathLines({ at, order = '', refused = [], left = [] }: WorkEvent): SaidLine[] {
  const why = `→ fourline why ${shortOf(order)}`;
  const shown = refused.slice(0, refusedLimit);
  const width = Math.min(40, Math.max(...shown.map((path) => path.length)));
  const line = (what: string, detail: string): SaidLine => ({ text: columns({ at }, what, detail), tone: 'bad' });
  return [
    ...shown.map((path) => line('refused', `${escapeText(path).padEnd(width)}  ${why}`)),
    ...(refused.length > refusedLimit ? [line('refused', `and ${refused.length - refusedLimit} more`)] : []),
    ...left.map((words) => line('left', escapeText(words))),
  ];
}
