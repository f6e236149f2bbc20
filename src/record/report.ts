// Why: one file says how an order ended: for its sender, for the archive, and for a fourline that finds it after a
// crash.
// Promises: an agent's words are quoted and escaped. Fourline's words about the outcome stand in the front matter and
// read back as they were.
// Never: writes a file.

import type { CheckResult } from '../checks/check.ts';
import { showDeed } from '../gate/verdict.ts';
import type { Outcome } from '../ledger/entry.ts';
import { outcomeSchema, verdictSchema } from '../ledger/schema.ts';
import type { Standing } from '../ledger/standing.ts';
import { durationOf } from '../platform/text/clock.ts';
import { countOf, escapeText, firstLine } from '../platform/text/text.ts';
import { reportLimits, wordLines } from './report-words.ts';
import { type Parcel, type RunWords, refusedOf } from './work.ts';

/** The order that a report is about. */
type ReportedOrder = {
  readonly id: string;
  readonly role: string;
  readonly from: string;
  readonly title: string;
  /** The branch it lands on; null if it is about no repository. */
  readonly branch: string | null;
};

/** How an order ended: the front matter of a report, which reads back as it was. */
export type ReportEnd = {
  readonly outcome: Outcome;
  readonly note: string;
  /** The limit that was reached, by its name on the card. */
  readonly limit: string | null;
  /** A review's word. */
  readonly verdict: 'approved' | 'rejected' | null;
  /** The role whose own report halted it. */
  readonly by: string | null;
};

/** The delivered parts: commits, paths with what was done to them, orders. */
export type Delivered = {
  readonly commits: readonly string[];
  readonly landed: readonly string[];
  readonly sent: readonly string[];
};

/** The parts that were not delivered, and the results of checks. */
type Undelivered = {
  /** `deed` is what was done to the path, if that is known. */
  readonly refused: readonly { readonly path: string; readonly sentence: string; readonly deed?: string | undefined }[];
  /** Folders with files that the base ignores and Files do not name. */
  readonly scratch: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly left: readonly string[];
  readonly kept: readonly string[];
  /** Numbers in its order that appear in none of its child orders. */
  readonly missing: readonly string[];
};

/** All that a settled order's report says. A pull request stores it flat, as one object. */
export type ReportParts = ReportedOrder &
  ReportEnd &
  Delivered &
  Undelivered &
  Pick<RunWords, 'summary' | 'printed' | 'complaint' | 'unreached' | 'spent'>;

/** Money as it is shown: with ~ if a price table gives it; empty if nothing is known. */
export function showMoney(spent: RunWords['spent']): string {
  return spent?.usd == null ? '' : `${spent.estimated ? '~' : ''}$${spent.usd.toFixed(2)}`;
}

function spentLine(spent: RunWords['spent']): string[] {
  if (spent === null) return [];
  const { usage, turns, peak, model } = spent;
  const counted = turns > 0 || Object.values(usage).some((count) => count > 0);
  const above = spent.first === undefined || spent.first === 0 ? '' : `, ${peak - spent.first} above its first answer`;
  const held = peak === 0 ? '' : `live context up to ${peak}${above}`;
  if (!counted && (spent.usd !== null || peak > 0))
    return [[held, showMoney(spent), 'tokens were not reported'].filter(Boolean).join('; ')];
  const told = [
    `${model ?? 'a model that is not named'}: ${countOf(turns, 'turn')}`,
    `${usage.fresh + usage.written} tokens read, ${usage.reread} read again, ${usage.output + usage.reasoning} written`,
    `live context up to ${peak}${above}`,
    showMoney(spent),
  ];
  return [told.filter(Boolean).join('; ')];
}

// The first lines of a list, and how many more there are.
function capped(lines: readonly string[], more: string): string[] {
  let left: number = reportLimits.list;
  const shown = lines
    .map((line) => `- ${escapeText(line)}`)
    .slice(0, reportLimits.lines)
    .filter((line) => {
      left -= Buffer.byteLength(line) + 1;
      return left >= 0;
    });
  const rest = lines.length - shown.length;
  return rest === 0 ? shown : [...shown, `- and ${rest} more: ${more}`];
}

/** The report as a text. `waiting` are orders that wait for this one and cannot start now. */
export function composeReport(parts: ReportParts & { readonly waiting?: readonly string[] }): string {
  const section = (title: string, lines: readonly string[], more = `fourline show ${parts.id}`): string[] =>
    lines.length === 0 ? [] : ['', `## ${title}`, ...capped(lines, more)];
  return [
    '---',
    `order: ${parts.id}`,
    `role: ${parts.role}`,
    `outcome: ${parts.outcome}`,
    ...(parts.limit === null ? [] : [`limit: ${parts.limit}`]),
    ...(parts.verdict === null ? [] : [`verdict: ${parts.verdict}`]),
    ...(parts.by === null ? [] : [`by: ${parts.by}`]),
    ...(parts.note === '' ? [] : [`note: ${JSON.stringify(firstLine(parts.note, 300))}`]),
    ...(parts.branch === null ? [] : [`branch: ${JSON.stringify(parts.branch)}`]),
    `commits: [${parts.commits.join(', ')}]`,
    '---',
    '',
    `# ${escapeText(firstLine(parts.title, reportLimits.note))}`,
    ...(parts.verdict === null ? [] : ['', `The word on it: ${parts.verdict}.`]),
    ...wordLines(parts),
    ...section('Landed', parts.landed),
    ...section('Sent', parts.sent),
    ...section('In no child order', parts.missing),
    ...section(
      'Refused',
      parts.refused.map((one) => `${one.path}: ${one.deed === undefined ? '' : `${one.deed}; `}${one.sentence}`),
      `fourline why ${parts.id}`,
    ),
    ...section('Ignored by the repository, and gone with the room', parts.scratch),
    ...section(
      'Checks',
      parts.checks.map(
        (one) =>
          `\`${one.command}\` ${one.limit ?? (one.timedOut ? 'out of time' : `status ${one.status}`)}, ${durationOf(one.milliseconds)}${one.branch === 'same' ? '; it fails on the branch without this work as well' : ''}`,
      ),
    ),
    ...section('Left as they were in the work tree', parts.left),
    ...section('Asked for on the network in vain', parts.unreached),
    ...section('Kept', parts.kept),
    ...section(
      'Waits for it, and cannot start',
      (parts.waiting ?? []).map((one) => `${one}; fourline retry ${parts.id}, or fourline cancel ${one}`),
    ),
    ...section('Spent', spentLine(parts.spent)),
    '',
    `More: fourline show ${parts.id}, fourline why ${parts.id}`,
    '',
  ].join('\n');
}

/** Reads from a written report how its order ended. */
export function readReport(text: string): ReportEnd {
  const head = text.split('\n---\n')[0] ?? '';
  const outcome = outcomeSchema.safeParse(/^outcome: (\w+)$/m.exec(head)?.[1]).data ?? 'halted';
  const note = /^note: (".*")$/m.exec(head)?.[1];
  return {
    outcome,
    note: note === undefined ? '' : (JSON.parse(note) as string),
    limit: /^limit: (\w+)$/m.exec(head)?.[1] ?? null,
    by: /^by: ([a-z][\w-]*)$/m.exec(head)?.[1] ?? null,
    verdict: verdictSchema.safeParse(/^verdict: (\w+)$/m.exec(head)?.[1]).data ?? null,
  };
}

/** The report on an order as it stands, before the caller adds anything. */
export function beginReport({ id, role, asked, tries, landing }: Standing): Omit<ReportParts, 'outcome' | 'note'> {
  const { from, title } = asked;
  return blankReport({ id, role, from, title, branch: landing.branch, refused: tries.refused });
}

/** A report in which nothing happened yet; the caller puts what happened over it. */
export function blankReport(
  order: Omit<ReportedOrder, 'branch'> & Pick<ReportParts, 'refused'> & { readonly branch?: string | null },
): Omit<ReportParts, 'outcome' | 'note'> {
  const { id, role, from, title, branch, refused } = order;
  return {
    id,
    role,
    from,
    title,
    branch: branch ?? null,
    refused,
    summary: '',
    printed: '',
    complaint: '',
    commits: [],
    landed: [],
    sent: [],
    checks: [],
    left: [],
    kept: [],
    scratch: [],
    unreached: [],
    missing: [],
    limit: null,
    verdict: null,
    spent: null,
    by: null,
  };
}

/** A repository's path as a report shows it. */
function shownBy(parcel: Parcel): (path: string) => string {
  const prefix = `repos/${parcel.base?.target.name ?? ''}/`;
  return (path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path);
}

/**
 * The delivered parts of a judged run's landing: its commit, paths with what was done to them, and orders. `left` names
 * what was not delivered.
 */
export function deliveredOf(
  parcel: Parcel,
  { commit, left }: { readonly commit: string | null; readonly left: readonly string[] },
): Delivered {
  const show = shownBy(parcel);
  const state = parcel.stateOut.map((one) => one.path);
  const lands = new Set([
    ...(commit === null ? [] : parcel.allowedFiles),
    ...state.filter((path) => !left.some((one) => one.startsWith(`${path} (`))),
  ]);
  return {
    commits: commit === null ? [] : [commit],
    landed: parcel.verdicts
      .filter((one) => one.decision === 'allow' && lands.has(one.path))
      .map((one) => `${show(one.path)}: ${showDeed(one, show)}`),
    sent: parcel.mail
      .filter((one) => !left.some((words) => words.startsWith(`order ${one.id} `)))
      .map((one) => `${one.id} to ${one.role}`),
  };
}

// Its own branch, if it lands on one.
function shownBranch({ base, admitted }: Parcel): string | null {
  return base?.from === undefined ? admitted.branch : base.branch;
}

/** The parts that every report of a judged run has, whatever its outcome. */
export function reportOf(parcel: Parcel): Omit<ReportParts, 'outcome' | 'note'> {
  const show = shownBy(parcel);
  const refused = refusedOf(parcel.verdicts).map((one) => ({
    path: show(one.path),
    sentence: one.sentence,
    deed: showDeed(one, show),
  }));
  const { id, role, from, summary, printed, complaint, unreached, limit, spent } = parcel;
  return {
    ...blankReport({ id, role, from, title: parcel.order.objective.text, branch: shownBranch(parcel), refused }),
    scratch: parcel.scratchIn.map(show),
    summary,
    printed,
    complaint,
    unreached,
    limit,
    spent,
  };
}
