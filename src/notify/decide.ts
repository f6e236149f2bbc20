// Why: which lines of the journal a person is told of, under which event, is decided in one place.
// Promises: pure: a line and the history up to it decide. One line is one thing that happened, under one event or
// several.
// Never: looks at a file, or at the output of an agent.
import { waitersFor } from '../delegation/family.ts';
import type { Entry } from '../ledger/entry.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { needsPerson, waitKinds } from '../ledger/waits.ts';
import { countOf, onBranch } from '../platform/text/text.ts';
import type { HappeningName } from '../workspace/actions.ts';
import type { Settings } from '../workspace/settings.ts';
import { hintForOrder } from './hint.ts';

/** A thing that happened: its events, the most urgent one first, and what is told of it. Texts are not yet escaped. */
export type Occurrence = {
  readonly events: readonly HappeningName[];
  readonly kind: string;
  readonly order: string | null;
  readonly role: string | null;
  readonly title: string | null;
  readonly sentence: string;
  readonly command: string | null;
  readonly blocks: readonly string[];
};

/** The line to decide about, the history up to it, and the bounds of families. */
export type OccurrenceQuestion = {
  readonly entry: Entry;
  readonly history: History;
  readonly family: Settings['family'];
};

type StepEntry<Step extends Entry['step']> = Extract<Entry, { step: Step }>;

/** Decides what a line of the journal tells people; null where it tells nothing. */
export function decideOccurrence({ entry, history, family }: OccurrenceQuestion): Occurrence | null {
  switch (entry.step) {
    case 'parked':
      return whenParked(entry, history);
    case 'landed':
      return about(entry, history, {
        events: ['landed'],
        kind: 'commit',
        sentence: `landed ${countOf(entry.files, 'file')}${onBranch(entry.branch)} of ${entry.repo} as ${entry.commit.slice(0, 7)}`,
        command: `fourline show ${shortId(entry.order)} --diff`,
      });
    case 'judged':
      return entry.refused.length === 0 ? null : whenJudged(entry, history);
    case 'settled':
      return whenSettled(entry, history);
    case 'ran':
      return whenRan(entry, history, family);
    case 'returned':
      return entry.limited === undefined
        ? null
        : about(entry, history, {
            events: ['budget'],
            kind: 'plan',
            sentence: `waits: the plan of ${entry.limited.agent} is used up until ${entry.limited.until}`,
            command: null,
          });
    case 'signalled':
      return {
        ...unordered('signal', entry.signal, entry.role, `signal ${entry.signal}: ${entry.sentence}`),
        order: entry.order ?? null,
        title: history.orders.get(entry.order ?? '')?.asked.title ?? null,
        command: `fourline signals ${entry.role}`,
      };
    case 'refused':
      return entry.from === 'operator' ? whenUntaken(entry, history) : null;
    case 'amended':
      return entry.what === 'broken' ? whenBroken(entry) : null;
    default:
      return null;
  }
}

/**
 * The end of work: orders were run, and now nothing runs and nothing can start. `untaken` is how many files are not
 * taken as orders.
 */
export function decideIdle(history: History, untaken: number): Occurrence {
  const open = countOpen(history).waiting;
  const waiting = open + untaken;
  const rest = history.open.size - open;
  const left = [
    ...(waiting === 0 ? [] : [waiting === 1 ? '1 waits for you' : `${waiting} wait for you`]),
    ...(rest === 0 ? [] : [`${countOf(rest, 'order')} can't start yet`]),
  ];
  const sentence = left.length === 0 ? 'all orders are done' : `nothing runs; ${left.join(', ')}`;
  return { ...unordered('idle', 'idle', null, sentence), command: left.length === 0 ? null : 'fourline status' };
}

/** How many open orders wait for a person, and how many are under way. */
export function countOpen(history: History): { readonly waiting: number; readonly running: number } {
  const open = [...history.open].flatMap((id) => history.orders.get(id) ?? []);
  return {
    waiting: open.filter(waitsForPerson).length,
    running: open.filter(({ position }) => position === 'claimed').length,
  };
}

function waitsForPerson({ position, pause: { waits } }: Standing): boolean {
  return position === 'parked' && needsPerson({ state: 'waits', waits });
}

function unordered(event: HappeningName, kind: string, role: string | null, sentence: string): Occurrence {
  return { events: [event], kind, order: null, role, title: null, sentence, command: null, blocks: [] };
}

// A sentence about an order begins with its id and its role.
function about(
  { order, role }: { readonly order: string; readonly role: string },
  history: History,
  told: Pick<Occurrence, 'events' | 'kind' | 'sentence' | 'command'>,
): Occurrence {
  const standing = history.orders.get(order);
  const blocks = told.events.includes('needs-you') ? waitersFor(history, order) : [];
  const waits = blocks.length === 0 ? '' : `; ${countOf(blocks.length, 'order')} cannot go on before that`;
  const sentence = `${order} of ${role} ${told.sentence}${waits}`;
  return { ...told, sentence, order, role, title: standing?.asked.title ?? null, blocks };
}

function whenParked(entry: StepEntry<'parked'>, history: History): Occurrence | null {
  const standing = history.orders.get(entry.order);
  if (!needsPerson({ state: 'waits', waits: entry }) || standing === undefined) return null;
  const words = waitKinds[entry.on].words(entry.what);
  return about(entry, history, {
    events: ['needs-you'],
    kind: entry.on === 'answer' ? 'question' : entry.on,
    sentence: `waits ${words}`,
    command: hintForOrder(standing) || null,
  });
}

function whenJudged(entry: StepEntry<'judged'>, history: History): Occurrence {
  const shown = entry.refused.slice(0, 3).map(({ path }) => path);
  const more = entry.refused.length - shown.length;
  return about(entry, history, {
    events: ['refused'],
    kind: 'changes',
    sentence: `changed ${countOf(entry.changed, 'file')}, and the gate refused ${entry.refused.length}: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    command: `fourline why ${shortId(entry.order)}`,
  });
}

function whenSettled(entry: StepEntry<'settled'>, history: History): Occurrence | null {
  const standing = history.orders.get(entry.order);
  const command = `fourline show ${shortId(entry.order)}`;
  if (entry.outcome === 'routed') return null;
  if (entry.outcome === 'done') {
    // Each landing was told when it was on its branch.
    if (standing === undefined || standing.landing.landed.length > 0) return null;
    const sentence = `is done, without a commit${entry.note === '' ? '' : `: ${entry.note}`}`;
    return about(entry, history, { events: ['landed'], kind: 'done', sentence, command });
  }
  const mine = entry.by !== undefined && standing?.asked.from === 'operator';
  const limit = entry.limit !== undefined && entry.limit !== 'attempts';
  return about(entry, history, {
    events: [...(mine ? (['needs-you'] as const) : []), ...(limit ? (['budget'] as const) : []), 'failed'],
    kind: limit ? `limit-${entry.limit ?? ''}` : entry.outcome,
    sentence: `ended without landing (${entry.outcome})${entry.note === '' ? '' : `: ${entry.note}`}`,
    command: mine ? `${command}, fourline retry ${shortId(entry.order)} "…"` : command,
  });
}

// A family reaches its bound by one of its runs: the run before was still within it.
function whenRan(entry: StepEntry<'ran'>, history: History, family: Settings['family']): Occurrence | null {
  const root = history.orders.get(entry.order)?.bonds.root ?? entry.order;
  const used = history.families.get(root);
  if (used === undefined) return null;
  const before = used.usd - (entry.spent?.usd ?? 0);
  const crossed = [
    ...(used.runs - 1 < family.runs && used.runs >= family.runs ? [`${used.runs} runs (family: runs)`] : []),
    ...(before < family.usd && used.usd >= family.usd ? [`$${used.usd.toFixed(2)} (family: usd)`] : []),
  ];
  if (crossed.length === 0) return null;
  return about(entry, history, {
    events: ['budget'],
    kind: 'family',
    sentence: `brought the family of ${root} to its bound: ${crossed.join(', ')}`,
    command: 'fourline costs --by order',
  });
}

function whenUntaken(entry: StepEntry<'refused'>, history: History): Occurrence {
  const at = entry.file.lastIndexOf('/inbox/');
  const file = at < 0 ? entry.file : entry.file.slice(at + 1);
  const [first = 'it cannot be read'] = entry.problems;
  const blocks = entry.id === undefined ? [] : waitersFor(history, entry.id);
  return {
    ...unordered('needs-you', 'untaken', entry.role, `${file} is not taken as an order: ${first}`),
    order: entry.id ?? null,
    command: 'fourline check',
    blocks,
  };
}

function whenBroken(entry: StepEntry<'amended'>): Occurrence {
  const then = entry.idle === true ? 'the role takes nothing' : 'the last good card stays in force';
  const sentence = `roles/${entry.role}.md is broken: ${entry.problem ?? ''}; ${then}`;
  return { ...unordered('needs-you', 'card', entry.role, sentence), command: 'fourline check' };
}

function shortId(id: string): string {
  return /^\d+/.exec(id)?.[0] ?? id;
}
