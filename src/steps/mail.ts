// Why: what a run put into its trays are orders to other roles. The gate said whether it may write to them; here each is read as an order.
// Promises: a bad order in a tray is refused with its reason and kept, like any other refused change; a good one gets an id and fourline's stamp, and reaches no
// further than the order it came from.
// Never: delivers.
import { admitOrder } from '../admission.ts';
import type { Verdict } from '../gate/verdict.ts';
import { readPlain } from '../ground/files.ts';
import { nextNumber } from '../ground/lock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { makeId } from '../order/identity.ts';
import { type Order, parseOrder, stampOrder } from '../order/order.ts';
import type { Workspace } from '../workspace.ts';
import type { Judged, Opened } from './trip.ts';

type Letter = {
  readonly verdict: Verdict;
  readonly role: string;
  readonly stem: string;
  readonly text: string;
  readonly order: Order;
};

/** Reads the allowed mail of a run. Verdicts of mail that is no good order become refusals. */
export async function readMail(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  verdicts: readonly Verdict[],
): Promise<{ verdicts: Verdict[]; mail: Judged['mail'] }> {
  const out: Verdict[] = [];
  const letters: Letter[] = [];
  for (const verdict of verdicts) {
    const letter =
      verdict.decision === 'allow' && verdict.path.startsWith('inbox/') ? await readLetter(opened, verdict) : null;
    if (letter === null) out.push(verdict);
    else if ('order' in letter) letters.push(letter);
    else out.push(letter);
  }
  const stems = new Map(letters.map((letter) => [letter.stem, '']));
  const good: Letter[] = [];
  for (const letter of letters) {
    const flaw = await askLetter(workspace, ledger, opened, letter, stems);
    if (flaw === null) good.push(letter);
    else out.push(refuseLetter(letter.verdict, flaw));
  }
  for (const letter of inOrder(good))
    stems.set(letter.stem, makeId(nextNumber(workspace.places.numbers, ledger.history.number), letter.stem));
  const mail = inOrder(good).map((letter) => {
    const id = stems.get(letter.stem) ?? '';
    const after = letter.order.settings.after.map((one) => stems.get(one) || one);
    const repo = letter.order.settings.repo ?? opened.admitted.repo ?? undefined;
    const text = stampOrder(letter.text, {
      id,
      from: opened.role,
      parent: opened.id,
      date: workspace.clock.now().toISOString(),
      ...(repo === undefined ? {} : { repo }),
      ...(after.length === 0 ? {} : { after }),
    });
    return { id, role: letter.role, file: letter.verdict.path, text };
  });
  out.push(...good.map((letter) => letter.verdict));
  return { verdicts: out.sort((a, b) => (a.path < b.path ? -1 : 1)), mail };
}

// What is waited for gets the lower number, so that the numbers read in the order things happen.
function inOrder(letters: readonly Letter[]): Letter[] {
  const left = [...letters];
  const out: Letter[] = [];
  while (left.length > 0) {
    const open = new Set(left.map((letter) => letter.stem));
    const next = left.findIndex((letter) => !letter.order.settings.after.some((stem) => open.has(stem)));
    out.push(...left.splice(Math.max(next, 0), 1));
  }
  return out;
}

function refuseLetter(verdict: Verdict, sentence: string): Verdict {
  return { decision: 'refuse', path: verdict.path, what: verdict.what, reason: 'mail', sentence, by: verdict.by };
}

async function readLetter(opened: Opened, verdict: Verdict): Promise<Letter | Verdict> {
  const file = await readPlain(`${opened.room.folder}/${verdict.path}`);
  if (file.kind !== 'text')
    return refuseLetter(verdict, file.kind === 'flawed' ? `the order cannot be read: ${file.flaw}` : 'it is gone');
  const reading = parseOrder(file.text);
  if (!reading.ok)
    return refuseLetter(verdict, reading.problems.map((one) => `line ${one.line}: ${one.message}`).join('; '));
  const [, role = '', name = ''] = verdict.path.split('/');
  return { verdict, role, stem: name.replace(/\.md$/, ''), text: file.text, order: reading.order };
}

async function askLetter(
  workspace: Workspace,
  ledger: Ledger,
  opened: Opened,
  letter: Letter,
  stems: ReadonlyMap<string, string>,
): Promise<string | null> {
  const after = letter.order.settings.after.filter((one) => !stems.has(one));
  if (letter.order.settings.after.includes(letter.stem)) return `after: '${letter.stem}' waits for itself`;
  const question = {
    role: letter.role,
    order: letter.order,
    file: 'order',
    after,
    parent: opened.id,
    repo: letter.order.settings.repo ?? opened.admitted.repo ?? undefined,
  };
  const admission = await admitOrder(workspace, ledger.history, question);
  return admission.ok
    ? null
    : admission.problems.map((one) => one.message + (one.hint === undefined ? '' : ` (${one.hint})`)).join('; ');
}
