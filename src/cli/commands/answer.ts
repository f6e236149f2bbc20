// Why: what a role asks lies in the operator's inbox as a form; `fourline answer`, `approve` and `reject` fill it in for people who don't open it.
// Promises: durable when it returns; the running shift, or the next one, carries it out; what a person wrote there already is not written over.
// Never: needs a running shift; decides anything itself.

import { waitWords } from '../../ledger/story.ts';
import { makeFolder, readPlain, writeDurable } from '../../platform/files/files.ts';
import { Fault } from '../../platform/text/fault.ts';
import { inboxFolder } from '../../record/path.ts';
import { composeForm, fillForm, readDecision, readForm, writeDecision } from '../../waiting/form.ts';
import { formOf, readWaiting } from '../../waiting/park.ts';
import { findOrder, lookAt } from '../../workspace/look.ts';
import { findWorkspace } from '../../workspace/workspace.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** What a person says: an answer, or a word on a landing. */
export type Word = { readonly kind: 'answer' | 'approve' | 'reject'; readonly text: string };

/** Fills in the form about an order. Throws Fault `order-asks-nothing` when the order waits for no such word, `order-answered` when there is one already. */
export async function runAnswer(invocation: Invocation, prefix: string, word: Word): Promise<number> {
  const root = await findWorkspace(invocation.directory);
  const { workspace, history } = await lookAt(root, invocation.log);
  await workspace.close();
  const { places } = workspace;
  const id = findOrder(history, prefix);
  const standing = history.orders.get(id);
  const waits = standing?.waits ?? null;
  const fits = waits !== null && (word.kind === 'answer' ? ['answer', 'blocker'] : ['approval']).includes(waits.on);
  const waiting = fits ? await readWaiting(places, id) : null;
  if (waits === null || waiting === null)
    throw new Fault('order-asks-nothing', `${id} ${standsHow(waits, standing?.position ?? '')}`, {
      hint: hintFor(waits, id),
    });
  if (word.text.trim() === '' && word.kind !== 'approve')
    throw new Fault('usage', word.kind === 'answer' ? 'the answer is empty' : 'a rejection says why', {
      hint: `fourline ${word.kind} ${id} "…"`,
    });
  const path = formOf(places, id, waits.on);
  const file = await readPlain(path, 1024 * 1024);
  const kind = waits.on === 'approval' ? 'approval' : 'question';
  const form =
    file.kind === 'text'
      ? file.text
      : composeForm({ id, kind, ...(waiting.form ?? { title: id, text: '', hints: [] }) });
  const before = readForm(form);
  // What was asked again for not being plain may be said anew.
  const doubtful = waits.on === 'approval' && before !== null && readDecision(before) === null;
  if (before !== null && !doubtful)
    throw new Fault('order-answered', `${id} has an answer already: ${before.slice(0, 80)}`, {
      where: path,
      hint: 'edit the file, or wait for the shift to take it',
    });
  const says = word.kind === 'answer' ? word.text.trim() : writeDecision(word.kind, word.text);
  await makeFolder(inboxFolder(places, 'operator'));
  await writeDurable(path, fillForm(form, says));
  invocation.answer({ id, word: word.kind, path: path.slice(root.length + 1) }, [
    `${id}: ${word.kind === 'answer' ? 'answered' : word.kind === 'approve' ? 'approved' : 'rejected'}; next: fourline status (fourline start, when nobody works)`,
  ]);
  return exitCodes.ok;
}

function standsHow(
  waits: { on: Parameters<typeof waitWords>[0]['on']; what: string } | null,
  position: string,
): string {
  return waits === null ? `asks nothing: it is ${position}` : `waits ${waitWords(waits)}`;
}

/** What a person can say to an order that waits. */
export function hintFor(waits: { on: string; review?: string | null } | null, id: string): string {
  switch (waits?.on) {
    case 'approval':
      return `fourline approve ${id}, or fourline reject ${id} "why"`;
    case 'answer':
    case 'blocker':
      return `fourline answer ${id} "…"`;
    case 'review':
      return `its reviewer decides; to decide yourself, end the review: fourline cancel ${waits?.review ?? id}`;
    default:
      return 'fourline status says what waits for what';
  }
}
