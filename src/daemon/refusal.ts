// Why: fourline answers a file that it cannot take where the file lies, and whoever waits for the order hears of it.
// Promises: writes the answer again if it was removed or says something else. The journal hears of each version of the
// file once. If the order was accepted before, the operator hears of it, with what waits for it.
// Never: changes the file.

import { stat } from 'node:fs/promises';
import { waitersFor } from '../delegation/family.ts';
import type { Standing } from '../ledger/standing.ts';
import { slugOf } from '../order/identity.ts';
import { digestOf } from '../order/scan.ts';
import { crashPoint } from '../platform/files/crash.ts';
import { removeFile } from '../platform/files/files.ts';
import { type Problem, printProblem } from '../platform/text/problem.ts';
import { escapeText } from '../platform/text/text.ts';
import { removeProblem, writeProblem } from '../record/inbox.ts';
import { noticeFile } from '../record/path.ts';
import { postNotice } from '../record/post.ts';
import { stuckReason } from '../waiting/wake.ts';
import type { Session, Workspace } from '../workspace/workspace.ts';

/** The answers that are written, by file: the daemon remembers them between looks. */
export type Answers = Map<string, string>;

/** A file as it was found, in whose inbox, and what is wrong with it. */
type Refused = {
  readonly role: string;
  readonly path: string;
  readonly stem: string;
  readonly text: string;
  readonly digest: string;
  readonly problems: readonly Problem[];
};

/** Answers a file that is not taken. True where this is news: it stands in the journal now. */
export async function refuseFile(session: Session, answers: Answers, found: Refused): Promise<boolean> {
  const { workspace, ledger } = session;
  const { role, path, stem, problems } = found;
  const file = path.slice(workspace.places.root.length + 1);
  const text = `${problems.map((one) => printProblem(one, file, found.text)).join('\n\n')}\n\nThe order was not taken. Mend it and save it: it is read again.\n`;
  const key = digestOf(`${found.digest}\n${text}`);
  if (answers.get(path) === key) return false;
  const before = await stat(`${path}.problem.txt`).catch(() => null);
  await writeProblem(path, text);
  answers.set(path, key);
  crashPoint('answer.written');
  const standing = ledger.history.orders.get(stem);
  // An order of that id that lies elsewhere is not this file.
  const known = standing?.position === 'posted' && standing.role === role ? standing : undefined;
  if (before !== null && ledger.history.bad.get(path) === key && (known === undefined || known.pause.untaken !== null))
    return false;
  const [first] = problems;
  if (known !== undefined) await tellOfRefusal(session, known, { file, reason: first?.message ?? '' });
  await ledger.record({
    step: 'refused',
    order: slugOf(stem),
    ...(known === undefined ? {} : { id: known.id }),
    role,
    from: known?.asked.from ?? 'operator',
    file: path,
    key,
    problems: problems.map((one) => `${one.code}, line ${one.line}: ${one.message}`),
    digest: found.digest,
    text: found.text,
  });
  workspace.tell({
    kind: 'not taken',
    role,
    about: stem,
    detail: `${first?.message ?? ''}  → ${file}.problem.txt`,
    weight: 'bad',
  });
  return true;
}

// The order had been accepted: its sender counts on it, and no person looks into that inbox any more.
async function tellOfRefusal(
  session: Session,
  { id, role, bonds: { parent } }: Standing,
  { file, reason }: { readonly file: string; readonly reason: string },
): Promise<void> {
  const waiting = waitersFor(session.ledger.history, id);
  const lines = [
    `# ${id} of ${role} is not taken any more`,
    '',
    `It had been accepted${parent === null ? '' : `, as part of ${parent}`}, and cannot start now: ${escapeText(reason)}.`,
    ...(waiting.length === 0 ? [] : ['', 'These wait for it:', ...waiting.map((one) => `- ${one}`)]),
    '',
    `Mend ${file}, or end it: fourline cancel ${id}`,
    '',
  ];
  await postNotice(session.workspace.places, `${id}.not-taken`, lines.join('\n'));
}

/** Tells the operator of an order that waits for what had ended badly before it came: no report will say so. */
export async function tellIfStuck(session: Session, standing: Standing): Promise<void> {
  const { history } = session.ledger;
  const ended = standing.bonds.after.some(
    (id) => (history.orders.get(id)?.changedAt ?? '~') <= standing.asked.postedAt,
  );
  const reason = ended ? stuckReason(history, standing) : null;
  if (reason === null) return;
  const { id, role } = standing;
  const text = `# ${id} of ${role} cannot start\n\nAs it stands ${escapeText(reason)}.\n\nnext: fourline plan; fourline retry what it waits for, or fourline cancel ${id}\n`;
  await postNotice(session.workspace.places, `${id}.cannot-start`, text);
}

/** Takes the answer away before a file is taken. `id` is the order's, where it had been accepted before. */
export async function withdrawAnswer(
  workspace: Workspace,
  answers: Answers,
  path: string,
  id: string | null,
): Promise<void> {
  answers.delete(path);
  await removeProblem(path);
  if (id !== null) await removeFile(noticeFile(workspace.places, `${id}.not-taken`));
}

/** Takes the answers of files away that do not lie there any more. */
export async function forgetAnswers(answers: Answers, seen: ReadonlySet<string>): Promise<void> {
  for (const path of answers.keys()) {
    if (seen.has(path)) continue;
    answers.delete(path);
    await removeProblem(path).catch(() => undefined);
  }
}
