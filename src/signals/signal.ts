// Why: a role that leaves its job shows it by one of five signs. This file finds the signs that the journal alone
// shows, entry by entry.
// Promises: pure; each signal names its role, order, run and time, and quotes its evidence. The answer is the same live
// and afterwards.
// Never: says what to do about a signal; the settings and the operator decide that.
import { unnamedCode, unnamedWords } from '../delegation/bonds.ts';
import type { Entry, SignalName } from '../ledger/entry.ts';
import type { History } from '../ledger/history.ts';
import type { Standing } from '../ledger/standing.ts';
import { globsOverlap } from '../platform/text/compare.ts';
import { countOf, firstLine } from '../platform/text/text.ts';
import type { GlobLine } from '../role/patterns.ts';
import { findArtefacts } from './artefact.ts';

/** One sign. `about` is its subject (an order, a repository, a file), and `key` the one thing that is told once. */
export type Signal = {
  readonly signal: SignalName;
  /** The role that gives the sign: a role, `operator`, or `nobody`. */
  readonly role: string;
  readonly order: string | null;
  readonly run: string | null;
  readonly at: string;
  readonly sentence: string;
  readonly evidence: readonly string[];
  readonly about: string;
  readonly key: string;
};

/** True of a role that sends orders and may write no code. */
export function isRouting(role: { readonly write: readonly GlobLine[]; readonly send: readonly unknown[] }): boolean {
  return role.send.length > 0 && !role.write.some((one) => globsOverlap(one.glob.text, 'repos/**'));
}

/** A text that a run wrote: an order, a refused file of its tray, or its report. */
export type Letter = { readonly name: string; readonly text: string };

/** The name of a run's report among the texts that it wrote. */
export const reportName = 'its report';

type SignalRan = { readonly order: string; readonly run: string; readonly role: string; readonly at: string };
type SignalRefusal = { readonly path: string; readonly sentence: string; readonly reason?: string | undefined };

// The gate's reasons about how a change was made. All other reasons say that the change is not the run's to make.
const signalInside = ['path', 'kind', 'mail', 'clash', 'move', 'spelling', 'rejected'];
const foreign = ['write', 'floor', 'send'];

/**
 * The signs of a judged run: what it did outside its boundary and, of a routing role, in its orders. Lines of a journal
 * that give no reason count as outside.
 */
export function signalRun(
  ran: SignalRan,
  routing: boolean,
  refused: readonly SignalRefusal[],
  letters: readonly Letter[],
): Signal[] {
  const strayed = refused.filter((one) => !signalInside.includes(one.reason ?? ''));
  const out: Signal[] = [];
  const sign = (signal: SignalName, sentence: string, evidence: readonly string[]): void =>
    void out.push(signalsOfOrder(signal, ran.order, ran.role, ran.at, sentence, evidence, ran.run));
  if (routing) {
    const tried = refused.filter((one) => foreign.includes(one.reason ?? '') || isNoLetter(one.path));
    const made = letters.flatMap(({ name, text }) =>
      findArtefacts(text).map((one) => `${name} line ${one.line}, ${one.kind}: ${firstLine(one.text, 160)}`),
    );
    const reported = made.some((one) => one.startsWith(`${reportName} `));
    const parts = [
      made.length > 0 ? `${countOf(made.length, 'artefact')} in its orders${reported ? ' and its report' : ''}` : '',
      tried.length > 0 ? `${countOf(tried.length, 'file')} of others tried` : '',
    ].filter(Boolean);
    if (parts.length > 0) sign('artefact', parts.join(', '), [...made, ...tried.map(showRefusal)]);
  }
  const unanswered = refused.filter((one) => one.sentence.includes(unnamedWords));
  if (unanswered.length > 0)
    sign(
      'missed-rejection',
      `${countOf(unanswered.length, 'order')} that did not name a rejection`,
      unanswered.map(showRefusal),
    );
  if (strayed.length > 0)
    sign('scope', `${countOf(strayed.length, 'change')} outside the boundary`, strayed.map(showRefusal));
  return out;
}

function showRefusal({ path, sentence }: SignalRefusal): string {
  return `${path}: ${sentence}`;
}

// In a tray lie orders: a file of another kind is a piece of work.
function isNoLetter(path: string): boolean {
  return path.startsWith('inbox/') && /\.(?!md$|txt$)\w+$/.test(path);
}

/**
 * The signs in one entry of the journal; `history` is what stood before it. Those of a judged run need more:
 * `signalRun`.
 */
export function signalEntry(history: History, entry: Entry): Signal[] {
  switch (entry.step) {
    case 'decided':
      return overruled(history.orders.get(entry.order), entry);
    case 'released':
      return released(history.orders.get(entry.order), entry);
    case 'refused':
      return unnamed(entry);
    case 'posted':
      return [...rerouted(history, entry), ...missed(history, entry), ...unsent(history, entry)];
    case 'landed':
    case 'settled':
      return quiet(history.orders.get(entry.order), entry);
    default:
      return [];
  }
}

type SignalOf<Step extends Entry['step']> = Extract<Entry, { step: Step }>;

function signalsOfOrder(
  signal: SignalName,
  order: string,
  role: string,
  at: string,
  sentence: string,
  evidence: readonly string[],
  run: string | null = null,
): Signal {
  return { signal, role, order, run, at, sentence, evidence, about: order, key: order };
}

function overruled(
  standing: Standing | undefined,
  { order, run, by, verdict, note, at }: SignalOf<'decided'>,
): Signal[] {
  if (note.trim() !== '') return [];
  const other = standing?.pause.decisions.findLast(
    (one) => one.run === run && one.by !== by && one.verdict !== verdict,
  );
  if (other === undefined) return [];
  const sentence = `${by} ${verdict} without a reason what ${other.by} had ${other.verdict}`;
  return [
    signalsOfOrder('override', order, by, at, sentence, [`${other.by}: ${other.verdict}: ${said(other.note)}`], run),
  ];
}

function released(standing: Standing | undefined, { order, by, why, at }: SignalOf<'released'>): Signal[] {
  const rejection = standing?.end.rejection ?? null;
  if (why.trim() !== '' || standing === undefined) return [];
  if (standing.pause.waits?.on === 'review')
    return [
      signalsOfOrder('override', order, by, at, `${by} released it without a reason`, [
        `it waited for a review by ${standing.pause.waits.what}`,
      ]),
    ];
  return rejection === null || rejection.by === by
    ? []
    : [
        signalsOfOrder('override', order, by, at, `${by} released without a reason what ${rejection.by} had rejected`, [
          rejectionWords(standing),
        ]),
      ];
}

// Taken from where a role had routed it, or ordered again as it was, after a word against it. A reason is said by
// `answers:` or `reason:`.
function rerouted(history: History, posted: SignalOf<'posted'>): Signal[] {
  const { order, role, from, answers, reason, at } = posted;
  const known = history.orders.get(order);
  if (known !== undefined && known.position === 'posted' && known.tries.hops.length > 0 && known.role !== role)
    return [
      signalsOfOrder('override', order, 'operator', at, `it was moved to ${role} without a reason`, [
        `${known.tries.hops.at(-1) ?? ''} had routed it to ${known.role}: ${said(known.end.note)}`,
      ]),
    ];
  const old = known === undefined ? orderedBefore(history, posted) : undefined;
  const by = old?.end.rejection?.by ?? old?.end.haltedBy ?? null;
  if (old === undefined || by === null || by === from || reason !== undefined) return [];
  if (answers?.includes(old.id) === true) return [];
  return [
    signalsOfOrder(
      'override',
      order,
      from,
      at,
      `${from} ordered ${old.id} again without a reason, which ${by} had ${old.end.rejection === null ? 'halted' : 'rejected'}`,
      [rejectionWords(old)],
    ),
  ];
}

// The order that this one is again: by its own word, or one that its role halted, with the same sentence and the same
// Files.
function orderedBefore(
  history: History,
  { retries, role, repo, title, files, reviews }: SignalOf<'posted'>,
): Standing | undefined {
  if (retries !== undefined || reviews !== undefined) return history.orders.get(retries ?? '');
  const same = [...history.halted].findLast((id) => {
    const one = history.orders.get(id);
    if (one === undefined || one.role !== role || one.asked.repo !== repo || one.asked.title !== title) return false;
    return one.asked.files.length === files.length && one.asked.files.every((file) => files.includes(file));
  });
  return history.orders.get(same ?? '');
}

function missed(history: History, posted: SignalOf<'posted'>): Signal[] {
  if (history.orders.has(posted.order) || posted.reviews !== undefined) return [];
  const named = new Set([...(posted.answers ?? []), posted.retries, posted.parent]);
  const open = [...history.rejected].flatMap((id) => {
    const one = history.orders.get(id);
    const same = one !== undefined && one.role === posted.role && one.asked.repo === posted.repo;
    if (!same || named.has(id) || one.bonds.answeredBy !== null || one.bonds.retriedBy !== null) return [];
    // It was written before anybody could know.
    if (one.changedAt > (posted.written ?? posted.at)) return [];
    return one.asked.files.some((file) => posted.files.some((mine) => globsOverlap(file, mine))) ? [one] : [];
  });
  if (open.length === 0) return [];
  const sentence = `it does not name the rejection of ${open.map((one) => one.id).join(', ')}`;
  return [signalsOfOrder('missed-rejection', posted.order, posted.from, posted.at, sentence, open.map(rejectionWords))];
}

// An order that names no rejection is not taken. The attempt is a sign all the same.
function unnamed({ order, role, from, problems, key, at }: SignalOf<'refused'>): Signal[] {
  const named = problems.filter((one) => one.startsWith(`${unnamedCode},`));
  if (named.length === 0) return [];
  const sentence = `an order to ${role} that does not name a rejection was not taken`;
  return [
    {
      signal: 'missed-rejection',
      role: from,
      order: null,
      run: null,
      at,
      sentence,
      evidence: named,
      about: order,
      key,
    },
  ];
}

// Orders of roles come out of a run's tray: fourline announces each before it lies in an inbox.
function unsent(history: History, { order, role, from, reviews, retries, at }: SignalOf<'posted'>): Signal[] {
  if (from === 'operator' || history.orders.has(order) || history.announced.has(order)) return [];
  if (reviews !== undefined || retries !== undefined) return [];
  return [
    signalsOfOrder('silent', order, from, at, `an order to ${role} that no run sent`, [`posted as from ${from}`]),
  ];
}

function quiet(standing: Standing | undefined, entry: SignalOf<'landed'> | SignalOf<'settled'>): Signal[] {
  if (standing?.tries.quiet !== true) return [];
  const { order, role, at } = entry;
  const sentence = 'it landed changes, left no report and said nothing';
  if (entry.step === 'landed')
    return [
      signalsOfOrder(
        'silent',
        order,
        role,
        at,
        sentence,
        [`${entry.repo} ${entry.branch} ${entry.commit.slice(0, 12)}: ${countOf(entry.files, 'file')}`],
        entry.run,
      ),
    ];
  const { intent } = standing.landing;
  const files = intent?.state ?? [];
  if (entry.outcome !== 'done' || intent === null || intent.commit !== null || files.length === 0) return [];
  return [
    signalsOfOrder(
      'silent',
      order,
      role,
      at,
      sentence,
      files.map((one) => one.path),
      intent.run,
    ),
  ];
}

function rejectionWords({ id, end: { rejection, haltedBy, note } }: Standing): string {
  if (rejection === null && haltedBy !== null) return `${id} was halted by ${haltedBy}: ${said(note)}`;
  return `${id} was rejected by ${rejection?.by ?? ''}: ${said(rejection?.note ?? '')}`;
}

function said(note: string): string {
  return firstLine(note, 160) || '(no reason given)';
}
