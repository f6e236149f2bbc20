// Why: a person answers in a file, with an editor, in their own time. fourline takes their words when the file stands
// still, and asks again when they are not plain.
// Promises: an answer is never lost. A form that is removed comes back. fourline says once what is odd about a form.
// Never: decides what follows from an answer.
import type { Standing } from '../ledger/standing.ts';
import { type FileStamp, readPlain, sameStamp, stampOf, writeDurable } from '../platform/files/files.ts';
import type { Waiting } from '../record/format.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { askOnceMore, hasAnswer, noteDoubt, readForm, unclear } from './form.ts';
import { askAgain, formOf } from './park.ts';

/** Milliseconds an answered form must stand still: an editor may still be writing it. */
export const replyStillTime = 300;

/** The memory about waiting orders between looks: how an answered form stood, and what was last said about it. */
export type FormMemory = { readonly stamps: Map<string, FileStamp>; readonly odd: Map<string, string> };

/** Whether to look again soon. */
export type WaitingWord = 'look again' | null;

/** The answer behind a form, once the file stands still; until then, whether to look again soon. */
export async function answerIn(
  workspace: Workspace,
  memory: FormMemory,
  standing: Standing,
  on: Waiting['on'],
): Promise<{ readonly word: WaitingWord; readonly answer: string | null }> {
  const none = { word: null, answer: null };
  const path = formOf(workspace.places, standing.id, on);
  const file = await readPlain(path, 1024 * 1024);
  if (file.kind === 'absent') await askAgain(workspace, standing);
  if (file.kind === 'text' && !hasAnswer(file.text))
    sayOdd(workspace, memory, standing, path, 'the form has no line that begins with Answer: any more');
  const answer = file.kind === 'text' ? readForm(file.text) : null;
  if (answer === null) return none;
  const stamp = await stampOf(path);
  const before = memory.stamps.get(standing.id);
  if (stamp === null) return none;
  memory.stamps.set(standing.id, stamp);
  if (before === undefined || !sameStamp(before, stamp)) return { word: 'look again', answer: null };
  return { word: null, answer: answer.slice(0, 64 * 1024) };
}

/**
 * Says in the form that its answer is not plain: a person who opens it again finds what they wrote, and why nothing
 * came of it.
 */
export async function askPlainly(path: string): Promise<void> {
  const file = await readPlain(path, 1024 * 1024);
  const noted = file.kind === 'text' ? noteDoubt(file.text, unclear) : null;
  if (noted !== null) await writeDurable(path, noted);
}

/** Asks once more: quotes the answer, says why nothing came of it, and leaves room for another answer below. */
export async function askOnceMoreIn(path: string, answer: string, why: string): Promise<void> {
  const file = await readPlain(path, 1024 * 1024);
  if (file.kind === 'text') await writeDurable(path, askOnceMore(file.text, answer, why));
}

/** Says what is odd about a form, once. */
export function sayOdd(
  workspace: Workspace,
  memory: FormMemory,
  { id, role }: Standing,
  path: string,
  words: string,
): void {
  if (memory.odd.get(id) !== words)
    workspace.tell({ kind: 'asks', role, order: id, detail: `${words}  → ${path}`, weight: 'bad' });
  memory.odd.set(id, words);
}
