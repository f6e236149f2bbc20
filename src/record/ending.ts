// Why: people who watch learn how each order ended: what landed, what was refused, what could not follow.
// Promises: pure; paths are not escaped, whoever shows them escapes them.
// Never: says more than the report does.
import type { Happening } from '../event.ts';
import { countOf, firstLine, onBranch } from '../platform/text/text.ts';
import { type ReportParts, showMoney } from './report.ts';

/** The event that an order ended. */
export function endingEvent(parts: ReportParts): Happening {
  const { id, role, outcome, note, verdict, commits, branch, landed, sent, left, spent } = parts;
  const delivered = [
    landed.length > 0 ? countOf(landed.length, 'file') : '',
    commits.map((commit) => `${commit.slice(0, 7)}${onBranch(branch)}`).join(' '),
    sent.length > 0 ? `sent ${sent.join(', ')}` : '',
    landed.length + sent.length === 0 ? (verdict ?? 'report only') : '',
    showMoney(spent),
  ];
  const done = outcome === 'done';
  return {
    kind: done && commits.length > 0 ? 'landed' : outcome,
    ...{ role, order: id, weight: done ? 'good' : 'bad' },
    detail: done ? delivered.filter(Boolean).join('  ') : firstLine(note, 160),
    refused: parts.refused.map(({ path }) => path),
    left,
  };
}
