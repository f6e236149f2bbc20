// Why: the last step: the order's record is complete, its sender has the report, and its folder stands in the archive.
// Promises: the report reaches the sender's inbox before the order counts as settled; what did not land is kept as a patch; the room is gone afterwards.
// Never: leaves an order without an outcome.

import { durationOf } from '../ground/clock.ts';
import { messageOf } from '../ground/fault.ts';
import { writeDurable } from '../ground/files.ts';
import { runGit } from '../ground/git.ts';
import { countOf, escapeText, firstLine, quoteLines } from '../ground/text.ts';
import type { CheckResult } from '../landing/check.ts';
import { patchOf } from '../landing/keep.ts';
import type { Outcome } from '../ledger/entry.ts';
import type { Standing } from '../ledger/fold.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { returnOrder, settleOrder } from '../order/inbox.ts';
import { postReport } from '../order/post.ts';
import { closeRoom } from '../room/room.ts';
import { sayStep, type Workspace } from '../workspace.ts';
import { workRef } from './open.ts';
import { type Judged, refusedOf } from './trip.ts';

/** What a settled order's report says. */
export type ReportParts = {
  readonly id: string;
  readonly role: string;
  readonly from: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly note: string;
  readonly summary: string;
  readonly commits: readonly string[];
  readonly landed: readonly string[];
  readonly sent: readonly string[];
  readonly refused: readonly { readonly path: string; readonly sentence: string }[];
  readonly checks: readonly CheckResult[];
  readonly left: readonly string[];
  readonly kept: readonly string[];
  readonly unreached: readonly string[];
  /** The limit that was reached, by its name on the card. */
  readonly limit: string | null;
  readonly spent: Judged['spent'];
};

/** Settles an order whose active folder stands. */
export async function settle(workspace: Workspace, ledger: Ledger, parts: ReportParts): Promise<void> {
  const { places } = workspace;
  const report = composeReport(parts);
  const month = workspace.clock.now().toISOString().slice(0, 7);
  await writeDurable(`${places.active}/${parts.id}/report.md`, report);
  // The report is in the record in any case; an inbox that cannot be written to holds nothing up.
  // A limit that was reached is the operator's to hear of as well: somebody set it, or something has run away.
  const readers = new Set([parts.from, ...(parts.limit === null ? [] : ['operator'])]);
  for (const reader of readers)
    await postReport(places, reader, parts.id, report).catch((error: unknown) =>
      sayStep(
        workspace,
        parts.role,
        parts.id,
        'fault',
        `its report could not be put into inbox/${reader}: ${messageOf(error)}`,
        'bad',
      ),
    );
  await settleOrder(places, parts.id, month);
  await ledger.record({
    step: 'settled',
    order: parts.id,
    role: parts.role,
    outcome: parts.outcome,
    note: firstLine(parts.note, 300),
    month,
    ...(parts.limit === null ? {} : { limit: parts.limit }),
  });
  sayOutcome(workspace, parts);
}

function sayOutcome(workspace: Workspace, parts: ReportParts): void {
  const tone = parts.outcome === 'done' ? 'good' : 'bad';
  const what = parts.outcome === 'done' && parts.commits.length > 0 ? 'landed' : parts.outcome;
  const detail =
    parts.outcome !== 'done'
      ? firstLine(parts.note, 160)
      : [
          parts.landed.length > 0 ? countOf(parts.landed.length, 'file') : '',
          parts.commits.map((one) => one.slice(0, 7)).join(' '),
          parts.sent.length > 0 ? `sent ${parts.sent.join(', ')}` : '',
          parts.landed.length + parts.sent.length === 0 ? 'report only' : '',
          showMoney(parts.spent),
        ]
          .filter(Boolean)
          .join('  ');
  sayStep(workspace, parts.role, parts.id, what, detail, tone);
  const why = `→ fourline why ${/^\d+/.exec(parts.id)?.[0] ?? parts.id}`;
  const width = Math.min(40, Math.max(...parts.refused.map((one) => one.path.length)));
  for (const one of parts.refused.slice(0, 8))
    sayStep(workspace, '', '', 'refused', `${escapeText(one.path).padEnd(width)}  ${why}`, 'bad');
  if (parts.refused.length > 8) sayStep(workspace, '', '', 'refused', `and ${parts.refused.length - 8} more`, 'bad');
  for (const one of parts.left) sayStep(workspace, '', '', 'left', escapeText(one), 'bad');
}

function showMoney(spent: ReportParts['spent']): string {
  return spent?.usd == null ? '' : `${spent.estimated ? '~' : ''}$${spent.usd.toFixed(2)}`;
}

function spentLine(spent: ReportParts['spent']): string[] {
  if (spent === null) return [];
  const { usage, turns, peak, model } = spent;
  const told = [
    `${model ?? 'a model that is not named'}: ${countOf(turns, 'turn')}`,
    `${usage.fresh + usage.written} tokens read, ${usage.reread} read again, ${usage.output + usage.reasoning} written`,
    `live context up to ${peak}`,
    showMoney(spent),
  ];
  return [told.filter(Boolean).join('; ')];
}

function composeReport(parts: ReportParts): string {
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', `## ${title}`, ...lines.map((line) => `- ${escapeText(line)}`)];
  return [
    '---',
    `order: ${parts.id}`,
    `role: ${parts.role}`,
    `outcome: ${parts.outcome}`,
    ...(parts.limit === null ? [] : [`limit: ${parts.limit}`]),
    `commits: [${parts.commits.join(', ')}]`,
    '---',
    '',
    `# ${escapeText(parts.title)}`,
    ...(parts.note === '' ? [] : ['', ...quoteLines(parts.note)]),
    ...(parts.summary === '' ? [] : ['', ...quoteLines(parts.summary)]),
    ...section('Landed', parts.landed),
    ...section('Sent', parts.sent),
    ...section(
      'Refused',
      parts.refused.map((one) => `${one.path}: ${one.sentence}`),
    ),
    ...section(
      'Checks',
      parts.checks.map(
        (one) =>
          `\`${one.command}\` ${one.timedOut ? 'out of time' : `status ${one.status}`}, ${durationOf(one.milliseconds)}`,
      ),
    ),
    ...section('Left as they were in the work tree', parts.left),
    ...section('Asked for on the network in vain', parts.unreached),
    ...section('Kept', parts.kept),
    ...section('Spent', spentLine(parts.spent)),
    '',
    `More: fourline show ${parts.id}, fourline why ${parts.id}`,
    '',
  ].join('\n');
}

/** A report in which nothing happened yet; what did is put over it. */
export function blankReport(
  standing: Pick<Standing, 'id' | 'role' | 'from' | 'title' | 'refused'>,
): Omit<ReportParts, 'outcome' | 'note'> {
  const { id, role, from, title, refused } = standing;
  return {
    id,
    role,
    from,
    title,
    refused,
    summary: '',
    commits: [],
    landed: [],
    sent: [],
    checks: [],
    left: [],
    kept: [],
    unreached: [],
    limit: null,
    spent: null,
  };
}

/** What every report of a judged run says, whatever its outcome. */
export function reportOf(judged: Judged): Omit<ReportParts, 'outcome' | 'note'> {
  const prefix = `repos/${judged.base?.target.name ?? ''}/`;
  const refused = refusedOf(judged.verdicts).map(({ path, sentence }) => ({
    path: path.startsWith(prefix) ? path.slice(prefix.length) : path,
    sentence,
  }));
  const { id, role, from, summary, unreached, limit, spent } = judged;
  return {
    ...blankReport({ id, role, from, title: judged.order.objective.text, refused }),
    summary,
    unreached,
    limit,
    spent,
  };
}

/** Names what an order's record keeps of a run that was refused in part or did not land. */
export async function keptOf(judged: Judged, landed: boolean): Promise<string[]> {
  const kept: string[] = [];
  if (refusedOf(judged.verdicts).length > 0) kept.push(`what was refused: fourline show ${judged.id} --refused`);
  if (landed) return kept;
  if (judged.commit !== null && judged.base !== null) {
    await writeDurable(
      `${judged.folder}/unlanded.patch`,
      await patchOf(judged.base.target.mirror, judged.base.commit, judged.commit),
    );
    kept.push('what was allowed and did not land: unlanded.patch in its record');
  }
  if (judged.mail.length > 0) kept.push(`orders that were not sent: ${judged.mail.map((one) => one.file).join(', ')}`);
  for (const letter of judged.mail) await writeDurable(`${judged.folder}/unsent-${letter.id}.md`, letter.text);
  return kept;
}

/** Hands an order back to its role with feedback for the next attempt; `work` is the commit that attempt goes on from. */
export async function handBack(
  workspace: Workspace,
  ledger: Ledger,
  judged: Judged,
  back: { reason: string; feedback: string; work: string | null; spent: boolean },
): Promise<void> {
  await writeDurable(`${judged.folder}/feedback-${judged.attempt}.md`, back.feedback);
  if (back.work !== null && judged.base !== null)
    await runGit(judged.base.target.mirror, 'update-ref', [workRef(judged.id), back.work]);
  await returnOrder(workspace.places, judged.role, judged.id);
  await ledger.record({
    step: 'returned',
    order: judged.id,
    role: judged.role,
    reason: firstLine(back.reason, 300),
    spent: back.spent,
  });
  sayStep(workspace, judged.role, judged.id, 'returned', firstLine(back.reason, 160), 'bad');
}

/** Removes what a settled order's runs left outside the archive: rooms, and refs in the mirror. */
export async function clearAway(
  workspace: Workspace,
  id: string,
  attempts: number,
  mirror: string | null,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) await closeRoom(workspace.places.rooms, `${id}.${attempt}`);
  if (mirror === null) return;
  const refs = [
    workRef(id),
    ...Array.from({ length: attempts }, (_, index) => [
      `refs/fourline/runs/${id}.${index + 1}`,
      `refs/fourline/refused/${id}.${index + 1}`,
    ]).flat(),
  ];
  await runGit(mirror, 'update-ref', ['--stdin'], {
    input: refs.map((ref) => `delete ${ref}\n`).join(''),
    answers: [128],
  });
}
