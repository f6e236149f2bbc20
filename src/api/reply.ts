// Why: a role's question lies in the operator's inbox as a form; a word from a person or a program fills it in.
// Promises: durable when it returns; the running daemon, or the next one, carries it out; what a person wrote there
// already is not written over.
// Never: needs a running daemon; decides anything itself.

import type { Pause } from '../ledger/standing.ts';
import { waitWords } from '../ledger/story.ts';
import { type Wait, waitKinds } from '../ledger/waits.ts';
import { makeFolder, readPlain, writeDurable } from '../platform/files/files.ts';
import { Fault } from '../platform/text/fault.ts';
import type { Waiting } from '../record/format.ts';
import { inboxFolder } from '../record/path.ts';
import { readWaiting } from '../record/stored.ts';
import { composeForm, fillForm, readDecision, readForm, writeDecision } from '../waiting/form.ts';
import { formOf } from '../waiting/park.ts';
import { findOrder } from '../workspace/look.ts';
import { type Site, withLook } from './site.ts';

/** A word on an order that waits for a person: an answer, or a word on its landing. */
export type Reply = { readonly kind: 'answer' | 'approve' | 'reject'; readonly text: string };

/** A form that was filled in; `path` is in the workspace. */
export type Replied = {
  readonly did: 'replied';
  readonly id: string;
  readonly word: Reply['kind'];
  readonly path: string;
};

/**
 * Fills in the form about an order. Throws Fault `order-asks-nothing` when the order waits for no such word,
 * `order-answered` when there is one already, `usage`.
 */
export function reply(site: Site, prefix: string, word: Reply): Promise<Replied> {
  return withLook(site, async ({ workspace, history }) => {
    const { places } = workspace;
    const id = findOrder(history, prefix);
    const standing = history.orders.get(id);
    const waits = standing?.pause.waits ?? null;
    const waiting = waits !== null && fits(word, waits) ? await readWaiting(places, id) : null;
    if (waits === null || waiting === null)
      throw new Fault('order-asks-nothing', `${id} ${standsHow(waits, standing?.position ?? '')}`, {
        hint: hintFor(waits, id),
      });
    if (word.text.trim() === '' && word.kind !== 'approve')
      throw new Fault('usage', word.kind === 'answer' ? 'the answer is empty' : 'a rejection says why', {
        hint: `fourline ${word.kind} ${id} "…"`,
      });
    const path = formOf(places, id, waits.on);
    const form = await openForm(path, id, waits, waiting);
    const says = word.kind === 'answer' ? word.text.trim() : writeDecision(word.kind, word.text);
    await makeFolder(inboxFolder(places, 'operator'));
    await writeDurable(path, fillForm(form, says));
    return { did: 'replied', id, word: word.kind, path: path.slice(site.root.length + 1) };
  });
}

type Waits = NonNullable<Pause['waits']>;

function fits({ kind }: Reply, { on }: Waits): boolean {
  return waitKinds[on].asks === (kind === 'answer' ? 'answer' : 'decision');
}

// The form as it lies there, or composed anew. Throws Fault `order-answered`.
async function openForm(path: string, id: string, waits: Waits, waiting: Waiting): Promise<string> {
  const file = await readPlain(path, 1024 * 1024);
  const decides = waitKinds[waits.on].asks === 'decision';
  const kind = decides ? 'approval' : 'question';
  const form =
    file.kind === 'text'
      ? file.text
      : composeForm({ id, kind, ...(waiting.form ?? { title: id, text: '', hints: [] }) });
  const before = readForm(form);
  // A word that was not plain was asked for again: it may be said anew.
  const doubtful = decides && before !== null && readDecision(before) === null;
  if (before !== null && !doubtful)
    throw new Fault('order-answered', `${id} has an answer already: ${before.slice(0, 80)}`, {
      where: path,
      hint: 'edit the file, or wait for the daemon to take it',
    });
  return form;
}

function standsHow(
  waits: { on: Parameters<typeof waitWords>[0]['on']; what: string } | null,
  position: string,
): string {
  return waits === null ? `asks nothing: it is ${position}` : `waits ${waitWords(waits)}`;
}

/** Tells a person what they can say to an order that waits. */
export function hintFor(waits: { on: Wait; review?: string | null } | null, id: string): string {
  if (waits?.on === 'review')
    return `its reviewer decides; to decide yourself, end the review: fourline cancel ${waits.review ?? id}`;
  switch (waits === null ? null : waitKinds[waits.on].asks) {
    case 'decision':
      return `fourline approve ${id}, or fourline reject ${id} "why"`;
    case 'answer':
      return `fourline answer ${id} "…"`;
    case null:
      return 'fourline status says what waits for what';
  }
}
