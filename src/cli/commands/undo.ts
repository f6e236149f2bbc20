// Why: `fourline undo` takes back what an order landed.
// Promises: says what was taken back and what was not, and how to undo the undo; or why nothing changed, and what to
// do.
// Never: promises that mail is unsent.
import { openFourline, type Undone } from '../../api.ts';
import { countOf, escapeText, onBranch } from '../../platform/text/text.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** How many paths are printed; --json has all. */
const shownPaths = 20;

/** Undoes an order. Exit 1 when nothing was changed. Throws the Faults of the API's `undo`. */
export async function runUndo(invocation: Invocation, prefix: string): Promise<number> {
  const said = await (await openFourline(invocation.directory, invocation)).say(prefix, { kind: 'undo' });
  invocation.answer(said, said.did === 'unchanged' ? unchangedLines(said) : tellUndone(said));
  return said.did === 'unchanged' ? exitCodes.no : exitCodes.ok;
}

function tellUndone({ did, id, undo, landed, files, left, sent }: Undone): string[] {
  const where = landed === null ? '' : `, ${landed.commit.slice(0, 7)}${onBranch(landed.branch)}`;
  const waits = did === 'proposed' ? '; it waits for its pull request' : '';
  const more = files.length - shownPaths;
  return [
    `${id} is undone by ${undo}: ${countOf(files.length, 'file')}${where}${waits}`,
    ...files.slice(0, shownPaths).map((path) => `  ${escapeText(path)}`),
    ...(more > 0 ? [`  and ${more} more: fourline show ${undo}`] : []),
    ...left.map((words) => `left as it was: ${escapeText(words)}`),
    ...sent.map((one) => `not unsent: ${one.id} to ${one.role} (${one.state})${afterSent(one)}`),
    `undo: fourline undo ${undo}`,
  ];
}

function afterSent({ id, state }: Undone['sent'][number]): string {
  if (state === 'done') return `  → fourline undo ${id}`;
  return ['posted', 'claimed', 'parked'].includes(state) ? `  → fourline cancel ${id}` : '';
}

function unchangedLines({ id, undo, note }: Undone): string[] {
  const [first = '', ...more] = note.split('\n').filter((line) => line.trim() !== '');
  return [
    `${id} is not undone: ${escapeText(first)}`,
    ...more.map((line) => `  ${escapeText(line)}`),
    `next: fourline show ${undo}`,
  ];
}
