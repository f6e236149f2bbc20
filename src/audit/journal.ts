// Why: the journal is the memory everything else is recomputed from; whether somebody wrote in it is asked first.
// Promises: every damaged, edited, removed or added line is named with its number; a running fourline is given a moment
// to publish what it just did.
// Never: changes either of the two.
import { compareLedger, type LedgerComparison, type LedgerDifference } from '../ledger/compare.ts';
import type { Entry } from '../ledger/entry.ts';
import { type DamagedLine, type JournalReading, readJournal } from '../ledger/journal.ts';
import { readPublished, sealEntry } from '../ledger/publish.ts';
import type { Places } from '../places.ts';
import { processAlive } from '../platform/process/ending.ts';
import { countOf } from '../platform/text/text.ts';
import { holderOf } from '../workspace/holder.ts';
import { type Finding, makeFinding } from './finding.ts';

/** The result of verifying the journal. `domains` gives the mail domains of that day, by a line's index. */
export type JournalProof = { readonly findings: readonly Finding[]; readonly domains: LedgerComparison['domains'] };

/** Holds the journal against the ledger. */
export async function verifyJournal(places: Places): Promise<JournalProof> {
  const { entries, damaged, compared } = await compareWhenPublished(places);
  const findings: Finding[] = damaged.map((one) =>
    makeFinding('journal-damaged', `line ${one.line} cannot be read: ${one.reason}`, placeOf(one.line), { at: '' }),
  );
  if (compared === null) {
    if (entries.length + damaged.length > 0)
      findings.push(
        makeFinding('ledger-missing', 'there is no ledger to hold the journal against', 'state/ledger.git', { at: '' }),
      );
    return { findings, domains: new Map() };
  }
  const lineOf = lineNumbers(entries.length, damaged);
  const late: LedgerDifference[] = [];
  for (const one of compared.differences) {
    if (one.kind === 'unpublished') late.push(one);
    else findings.push(nameDifference(one, entries, lineOf));
  }
  const [first] = late;
  if (first?.kind === 'unpublished')
    findings.push(
      makeFinding(
        'ledger-lacks',
        `the ledger lacks ${countOf(late.length, 'line')} of the journal, from line ${lineOf(first.index)} on`,
        placeOf(lineOf(first.index)),
        aboutOf(entries[first.index], first.at),
      ),
    );
  return { findings, domains: compared.domains };
}

function placeOf(line: number): string {
  return `state/journal.jsonl:${line}`;
}

function aboutOf(entry: Entry | undefined, at: string): { at: string; order?: string } {
  return entry !== undefined && 'order' in entry && entry.order !== undefined ? { at, order: entry.order } : { at };
}

function nameDifference(
  one: Exclude<LedgerDifference, { kind: 'unpublished' }>,
  entries: readonly Entry[],
  lineOf: (index: number) => number,
): Finding {
  if (one.kind === 'unwritten')
    return makeFinding(
      'journal-lacks',
      `the ledger's entry ${one.number} is in no line of the journal: ${one.subject}`,
      `state/ledger.git ${one.commit.slice(0, 12)}`,
      { at: one.at, commit: one.commit },
    );
  const entry = entries[one.index];
  return makeFinding(
    'journal-differs',
    `line ${lineOf(one.index)} (${entry?.step ?? ''}${entry !== undefined && 'order' in entry ? ` ${entry.order}` : ''}) is not what the ledger's entry ${one.number} says`,
    placeOf(lineOf(one.index)),
    { ...aboutOf(entry, one.at), commit: one.commit },
  );
}

/** How often the audit waits for a running fourline, and for how long each time, in milliseconds. */
const journalPatience = { rounds: 25, pause: 200 } as const;

type Read = Pick<JournalReading, 'entries' | 'damaged'> & { readonly compared: LedgerComparison | null };

// The audit reads the journal after the ledger. A line that a running fourline wrote in between can then only be in the
// journal, and is in the ledger a moment later. The next audit checks the lines that fourline writes while this audit
// waits.
async function compareWhenPublished(places: Places): Promise<Read> {
  let asked = Number.POSITIVE_INFINITY;
  for (let round = 0; ; round += 1) {
    const published = await readPublished(places);
    const { entries, damaged } = await readJournal(places.history.journal);
    const seals = entries.map((entry, index) => sealEntry(entry, index + 1));
    const all = published === null ? null : compareLedger(entries, seals, published);
    asked = Math.min(asked, entries.length);
    const differences = all?.differences.filter((one) => one.kind !== 'unpublished' || one.index < asked) ?? [];
    const behind = all === null || differences.some((one) => one.kind === 'unpublished');
    if (!behind || round === journalPatience.rounds || !(await isRunning(places)))
      return { entries, damaged, compared: all === null ? null : { ...all, differences } };
    await new Promise((resolve) => setTimeout(resolve, journalPatience.pause));
  }
}

/** True when a fourline works this workspace. */
export async function isRunning(places: Places): Promise<boolean> {
  const pid = await holderOf(places);
  return pid !== null && processAlive(pid);
}

/** The line of each readable entry, by its index: line numbers count from 1, and count the damaged ones too. */
export function lineNumbers(count: number, damaged: readonly DamagedLine[]): (index: number) => number {
  const bad = new Set(damaged.map((one) => one.line));
  const lines: number[] = [];
  for (let line = 1; lines.length < count; line += 1) if (!bad.has(line)) lines.push(line);
  return (index) => lines[index] ?? 0;
}
