// Why: a landing is judged again by what stood on that day: the card, the order, the verdicts of the run.
// Promises: nothing is taken that does not have the digest the journal gave it; what is not there is named, never
// passed over.
// Never: judges; takes a card or an order as it stands today.
import { pathFlaw } from '../changes/path.ts';
import { placeFiles, repoNamedBy } from '../delegation/files.ts';
import { closePins } from '../gate/contract.ts';
import { judgeOne, type Law } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Entry } from '../ledger/entry.ts';
import { parseOrder } from '../order/order.ts';
import { digestOf } from '../order/scan.ts';
import type { Places } from '../places.ts';
import { readPlain, stampOf } from '../platform/files/files.ts';
import type { JudgedRun } from '../record/format.ts';
import { givenFile, recordFile } from '../record/path.ts';
import { readStoredText } from '../record/stored.ts';
import { filesBeyond, workspaceGlob } from '../role/boundary.ts';
import { type Card, type Recall, recallCard } from '../role/roles.ts';
import { type Finding, type FindingCode, makeFinding } from './finding.ts';
import type { Delivery } from './trail.ts';

/** Names a discrepancy of one delivery. */
export type Name = (code: FindingCode, message: string, where?: string) => void;

/** Collects the findings about one delivery. */
export function openFindings(delivery: Pick<Delivery, 'order' | 'role' | 'at' | 'landed'>): {
  readonly findings: Finding[];
  readonly name: Name;
} {
  const { order, role, at, landed } = delivery;
  const findings: Finding[] = [];
  const place =
    landed === null ? `order ${order}` : `repos/${landed.repo} ${landed.commit.slice(0, 12)}, order ${order}`;
  const subject = {
    order,
    role,
    at,
    commit: landed?.commit ?? null,
    repo: landed?.repo ?? null,
    branch: landed?.branch ?? null,
  };
  const name: Name = (code, message, where = place) => void findings.push(makeFinding(code, message, where, subject));
  return { findings, name };
}

/** Cards of earlier days, each read once. */
export type CardShelf = (role: string, digest: string) => Promise<Recall>;

/** Opens the shelf of kept cards. */
export function openShelf(places: Places): CardShelf {
  const known = new Map<string, Promise<Recall>>();
  return (role, digest) => {
    const recalled = known.get(`${role} ${digest}`) ?? recallCard(places, role, digest);
    known.set(`${role} ${digest}`, recalled);
    return recalled;
  };
}

/** The law that a delivery is judged by. */
export type LawOfThatDay = Law & { readonly card: Card };

/**
 * Recalls the card and the order of that day; null when it cannot have them, which it names as a finding. `folder` is
 * the order's record.
 */
export async function recallLaw(
  shelf: CardShelf,
  delivery: Delivery,
  folder: string,
  name: Name,
): Promise<LawOfThatDay | null> {
  const { claimed, opened } = delivery;
  if (claimed === null || opened === null) return null;
  const card = await recallCardOf(shelf, claimed, delivery.cardKnown, name);
  const scope = await recallScope(delivery, claimed, opened.repo, folder, name);
  if (card === null || scope === null) return null;
  return { grant: card.grant, scope, pinned: closePins(delivery.contract, claimed.role, scope), card };
}

/** Recalls the card of a claim; null when it can't be had, which is named. `known`: a line says it was in force. */
export async function recallCardOf(
  shelf: CardShelf,
  claimed: Extract<Entry, { step: 'claimed' }>,
  known: boolean,
  name: Name,
): Promise<Card | null> {
  const where = `state/cards/${claimed.card}.md`;
  if (!known)
    name(
      'card-unknown',
      `no line of the journal before the claim says that this card of ${claimed.role} was in force`,
      where,
    );
  const recalled = await shelf(claimed.role, claimed.card);
  if (recalled.kind === 'card') return recalled.card;
  if (recalled.kind === 'absent')
    name('card-missing', `the card of ${claimed.role} of that day is gone: the landing cannot be recomputed`, where);
  else
    name(
      'card-altered',
      `the kept card of ${claimed.role} is not the one of that day: the landing cannot be recomputed`,
      where,
    );
  return null;
}

async function recallScope(
  delivery: Delivery,
  claimed: Extract<Entry, { step: 'claimed' }>,
  repo: string | null,
  folder: string,
  name: Name,
): Promise<Law['scope']> {
  // Until it is settled, what it was given stands apart from the file that people may edit.
  const kept = givenFile(folder, claimed.attempt);
  const where = (await stampOf(kept)) === null ? recordFile(folder, 'order.md') : kept;
  const file = await readPlain(where);
  if (file.kind !== 'text') {
    name('order-missing', 'the order is not in its record: the landing cannot be recomputed', where);
    return null;
  }
  const reading = parseOrder(file.text, true);
  const placed = reading.ok ? placeFiles(reading.order, repo, 'order') : null;
  const named = reading.ok ? repoNamedBy(reading.order) : undefined;
  const same =
    (claimed.digest === undefined || claimed.digest === digestOf(file.text)) &&
    (claimed.files === undefined || sameList(claimed.files, placed?.files ?? [])) &&
    (named === undefined || named === repo);
  if (placed === null || !same) {
    name(
      'order-altered',
      'the order in its record is not the one that was claimed: the landing cannot be recomputed',
      where,
    );
    return null;
  }
  const beyond = delivery.parentFiles === null ? [] : filesBeyond(delivery.parentFiles, placed.files).beyond;
  const pins = (reading.ok ? (reading.order.settings.contract ?? []) : []).map(({ path, owner }) => ({
    path: workspaceGlob(path, repo),
    owner,
  }));
  const lost = [...pins, ...delivery.parentContract].filter(
    ({ path, owner }) => !delivery.contract.some((one) => one.path === path && one.owner === owner),
  );
  if (lost.length > 0)
    name(
      'order-beyond-parent',
      `the journal has it without what is pinned for it: ${lost.map((one) => one.path).join(', ')}`,
      where,
    );
  if (beyond.length > 0)
    name(
      'order-beyond-parent',
      `its Files reach beyond those of ${delivery.parent ?? ''}: ${beyond.join(', ')}`,
      where,
    );
  return placed.scope;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

/** The verdicts of a delivery's run; null when they cannot be had, which is named. */
export async function recallVerdicts(delivery: Delivery, folder: string, name: Name): Promise<JudgedRun | null> {
  const { judged } = delivery;
  const where = recordFile(folder, 'verdicts.json');
  const file = await readStoredText(folder, 'verdicts.json');
  if (file === null) {
    name('record-missing', "the run's verdicts are not in its record: they cannot be compared", where);
    return null;
  }
  if (file.reading.kind === 'newer') {
    name('record-altered', 'a later fourline wrote the verdicts in the record: audit with that fourline', where);
    return null;
  }
  const record = file.reading.kind === 'value' ? file.reading.value : null;
  const fits =
    record !== null &&
    judged !== null &&
    record.run === judged.run &&
    record.verdicts.length === judged.changed &&
    record.verdicts.filter((one) => one.decision === 'allow').length === judged.allowed;
  if (!fits || (judged.digest !== undefined && judged.digest !== digestOf(file.text)))
    name('record-altered', 'the verdicts in the record are not those that were written down after the run', where);
  return record;
}

// The reasons that the gate can give from a path alone; the other refusals need the content of the file.
const byPathAlone: readonly string[] = ['floor', 'write', 'deny', 'files', 'contract', 'send'];

/** Asks the gate again about every recorded verdict: code, state and mail alike. */
export function judgeAgain(law: LawOfThatDay, record: JudgedRun, name: Name): void {
  const refused = record.verdicts.filter((one) => one.decision === 'refuse');
  if (law.card.role.onRefusal === 'reject' && refused.length > 0)
    name('verdict-differs', `its card rejects a run of which anything is refused, and ${refused[0]?.path ?? ''} was`);
  for (const one of record.verdicts) {
    if (one.decision === 'refuse' && !byPathAlone.includes(one.reason)) continue;
    const flaw = one.decision === 'allow' ? pathFlaw(one.path) : null;
    const again = judgeOne({ path: one.path, what: one.what, flaw }, law);
    if (sameVerdict(again, one)) continue;
    if (sameVerdict(judgeOne({ path: one.path, what: one.what, flaw }, { ...law, firstFloor: true }), one)) continue;
    name(
      'verdict-differs',
      `${one.path}: the record says ${wordOf(one)}, the card and the order of that day say ${wordOf(again)}`,
    );
  }
}

/** True when two verdicts decide alike, by the same lines. */
export function sameVerdict(a: Verdict, b: Verdict): boolean {
  return a.decision === b.decision && wordOf(a) === wordOf(b);
}

function wordOf(verdict: Verdict): string {
  const by = (verdict.by ?? []).map((one) => `${one.file}:${one.line} ${one.pattern}`).join(', ');
  return verdict.decision === 'allow' ? `allowed by ${by || 'nothing'}` : `refused (${verdict.reason})`;
}
