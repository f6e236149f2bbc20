// Why: a state file may have changed since it was copied into a room. Its content now decides what lands, as for code:
// taken, merged, or a conflict.
// Promises: git merges the three texts, without a repository and its configuration. A merged .json file is JSON. All
// new texts lie beside their places before the first is moved into place. Either all are moved or none is. A file that
// is not what it was is never overwritten.
// Never: sees a room; leaves a conflict marker in a file.
import { unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crashPoint } from '../platform/files/crash.ts';
import { draftFile, makeFolder, moveDurable, readPlain, removeFile } from '../platform/files/files.ts';
import { runGit } from '../platform/git/git.ts';
import { temporaryName } from '../platform/process/remains.ts';
import { messageOf, ownWords } from '../platform/text/fault.ts';

const changedMeanwhile = 'it changed meanwhile';

/** A state file to write: its text before and after, null for no file. `path` is in workspace terms. */
type StateFile = { readonly path: string; readonly before: string | null; readonly after: string | null };

/** The content of a state file: its text, null if there is no file; or why it cannot be read. */
export type StateText =
  | { readonly kind: 'text'; readonly text: string | null }
  | { readonly kind: 'flawed'; readonly flaw: string };

/** The result of merging a role's version of a state file onto the version that stands. */
export type StateMerge =
  | { readonly kind: 'merged'; readonly text: string | null }
  | { readonly kind: 'conflict'; readonly reason: string };

/** Reads a state file as it stands. */
export async function readStateText(path: string): Promise<StateText> {
  const file = await readPlain(path, 16 * 1024 * 1024);
  return file.kind === 'flawed' ? file : { kind: 'text', text: file.kind === 'text' ? file.text : null };
}

/**
 * Merges what a role made (`ours`) of the version it was given (`base`) onto the version that stands (`now`); null is
 * no file. Git reads the three texts from `folder` for a moment. Throws Fault `git-failed`.
 */
export async function mergeState(
  path: string,
  base: string | null,
  ours: string | null,
  now: string | null,
  folder: string,
): Promise<StateMerge> {
  const conflict = (reason: string): StateMerge => ({ kind: 'conflict', reason });
  if (now === base || now === ours) return { kind: 'merged', text: ours };
  if (ours === base) return { kind: 'merged', text: now };
  if (base === null) return conflict('it was added meanwhile, with another text');
  if (now === null) return conflict('it was removed meanwhile');
  if (ours === null) return conflict('you removed it, and it was changed meanwhile');
  const text = await mergeTexts(folder, ours, base, now);
  if (text === null) return conflict('the same lines were changed meanwhile');
  const flaw = /\.json$/i.test(path) ? jsonFlaw(text) : null;
  return flaw === null
    ? { kind: 'merged', text }
    : conflict(`merged with what changed meanwhile it isn't JSON: ${flaw}`);
}

// No repository: its configuration and attributes could change how git merges.
const noRepository = '/dev/null';
// Up to 127 the status is the number of conflicts.
const conflicts = Array.from({ length: 127 }, (_, index) => index + 1);

async function mergeTexts(
  folder: string,
  ...texts: readonly [ours: string, base: string, now: string]
): Promise<string | null> {
  if (texts.some((one) => one.includes('\0'))) return null;
  const files = texts.map(() => `${folder}/${temporaryName('merge')}`);
  try {
    for (const [index, file] of files.entries()) await writeFile(file, texts[index] ?? '', { flag: 'wx' });
    const merged = await runGit(noRepository, 'merge-file', ['-p', '-q', ...files], { answers: conflicts });
    return merged.status === 0 ? merged.stdout.toString() : null;
  } finally {
    for (const file of files) await unlink(file).catch(() => undefined);
  }
}

function jsonFlaw(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Writes state files under `root`, if each is still what it was. Can be done again: a write that was begun is
 * completed. Returns why it left files as they are, by path. If no file is written yet and one cannot be, it leaves
 * all.
 */
export async function writeStateFiles(root: string, files: readonly StateFile[]): Promise<Map<string, string>> {
  const left = new Map<string, string>();
  const waiting: StateFile[] = [];
  let begun = false;
  for (const file of files) {
    const now = await readStateText(`${root}/${file.path}`);
    if (now.kind === 'flawed') left.set(file.path, now.flaw);
    else if (now.text === file.after) begun ||= file.after !== file.before;
    else if (now.text !== file.before) left.set(file.path, changedMeanwhile);
    else waiting.push(file);
  }
  const drafts = new Map<string, string>();
  try {
    for (const { path, after } of waiting) {
      if (after === null || (left.size > 0 && !begun)) continue;
      const flaw = await draftState(`${root}/${path}`, after, (draft) => drafts.set(path, draft)).catch(ownWords);
      if (flaw !== null) left.set(path, flaw);
    }
    const [odd] = left.keys();
    if (odd !== undefined && !begun)
      for (const { path } of waiting) if (!left.has(path)) left.set(path, `${odd} is left, and they land together`);
    crashPoint('deliver.prepared');
    for (const file of waiting.filter((one) => !left.has(one.path))) {
      const flaw = await placeState(`${root}/${file.path}`, file, drafts).catch(ownWords);
      if (flaw !== null) left.set(file.path, flaw);
      crashPoint('deliver.state');
    }
  } finally {
    for (const draft of drafts.values()) await unlink(draft).catch(() => undefined);
  }
  return left;
}

async function draftState(path: string, text: string, made: (draft: string) => void): Promise<null> {
  await makeFolder(dirname(path));
  made(await draftFile(path, text));
  return null;
}

// Looks at the file once more: a person may have saved it while the others were prepared.
async function placeState(path: string, file: StateFile, drafts: Map<string, string>): Promise<string | null> {
  const now = await readStateText(path);
  if (now.kind === 'flawed' || now.text !== file.before) return changedMeanwhile;
  const draft = drafts.get(file.path);
  if (draft === undefined) await removeFile(path);
  else await moveDurable(draft, path);
  drafts.delete(file.path);
  return null;
}
