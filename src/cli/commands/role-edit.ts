// Why: `fourline role edit` opens a card in a person's editor, and a slip there never becomes the card.
// Promises: the person edits a copy beside the card. It is put in its place only when it checks and the card is as it
// was; until then the copy stays, also after a crash, and the next edit offers it.
// Never: edits without a terminal; drops a text that the person didn't drop.
import { spawn } from 'node:child_process';
import { readdir, rename, rm } from 'node:fs/promises';
import { Fault, type Fourline, type OpenedCard, openFourline, type WeighedCard } from '../../api.ts';
import { readPlain, writeDurable } from '../../platform/files/files.ts';
import { nameProcess, processLives } from '../../platform/process/living.ts';
import { printProblem } from '../../platform/text/problem.ts';
import { escapeText, shellWord } from '../../platform/text/text.ts';
import { askPerson } from '../ask.ts';
import { changedLines, powerLines } from '../card-powers.ts';
import { exitCodes, type Invocation } from '../invocation.ts';

/** An edit on its way: the card as it was opened last, and the copy's path. */
type Editing = {
  readonly invocation: Invocation;
  readonly fourline: Fourline;
  readonly editor: string;
  readonly card: OpenedCard;
  readonly copy: string;
};

/**
 * Edits a card. The exit code is 1 where nothing was put in place. Throws Fault `usage` without a terminal,
 * `role-editor`, `role-unknown`, `role-unreadable`.
 */
export async function runRoleEdit(invocation: Invocation, name: string): Promise<number> {
  const fourline = await openFourline(invocation.directory, invocation);
  const card = await fourline.openCard(name);
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true)
    throw new Fault('usage', 'there is no terminal to edit at', {
      hint: `edit ${card.file} yourself; fourline role diff ${name} then says what changes`,
    });
  const editor = invocation.env['VISUAL'] || invocation.env['EDITOR'] || '';
  if (editor.trim() === '')
    throw new Fault('role-editor', 'neither VISUAL nor EDITOR names an editor', {
      hint: `EDITOR=nano fourline role edit ${name}`,
    });
  const copy = await takeCopy(invocation, fourline.root, card);
  return edit({ invocation, fourline, editor, card, copy }).catch((error: unknown) => {
    throw keptIn(error, copy);
  });
}

async function edit(editing: Editing): Promise<number> {
  const { invocation, card, copy, editor } = editing;
  const status = await runEditor(editor, copy);
  const read = await readPlain(copy);
  if (read.kind === 'absent') return nothingChanged(editing);
  if (read.kind === 'flawed') return askOn(editing, `the copy cannot be read: ${read.flaw}`);
  if (read.text === card.text) {
    await rm(copy);
    if (status !== 0) invocation.log.say(`the editor ended with status ${status}`, 'bad');
    nothingChanged(editing);
    return status === 0 ? exitCodes.ok : exitCodes.no;
  }
  if (status !== 0) return askOn(editing, `the editor ended with status ${status}`);
  const weighed = await editing.fourline.weighCard(card.role, read.text);
  tellWeighed(invocation, card, read.text, weighed);
  if (!weighed.good) return askOn(editing, 'the card is not good yet');
  return putInPlace(editing, read.text, weighed);
}

function nothingChanged({ invocation, card }: Editing): number {
  invocation.answer(null, [`${card.file} is as it was`]);
  return exitCodes.ok;
}

function tellWeighed({ log }: Invocation, { file }: OpenedCard, text: string, { problems }: WeighedCard): void {
  for (const problem of problems)
    for (const line of [...printProblem(problem, file, text).split('\n'), '']) log.say(line);
}

async function putInPlace(editing: Editing, text: string, weighed: WeighedCard): Promise<number> {
  const { invocation, fourline, card, copy } = editing;
  try {
    const placed = await fourline.placeCard(card, text);
    await rm(copy, { force: true });
    const undo = `cp ${shellWord(placed.kept)} ${shellWord(`${fourline.root}/${placed.file}`)}`;
    const powers = weighed.powers === null ? [] : powerLines(weighed.powers);
    invocation.answer({ ...placed, ...weighed }, [
      ...[`${placed.file} is changed`, ...changedLines(card.text, text), '', ...powers],
      `undo: ${undo}`,
      `next: fourline role test ${card.role}`,
    ]);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'role-edited') throw error;
    return meanwhile(editing, text, weighed);
  }
}

// Somebody changed the card while this person edited: their lines are shown before anything goes on.
async function meanwhile(editing: Editing, text: string, weighed: WeighedCard): Promise<number> {
  const { invocation, fourline } = editing;
  const card = await fourline.openCard(editing.card.role);
  invocation.log.say(`${card.file} was changed meanwhile:`);
  for (const line of changedLines(editing.card.text, card.text)) invocation.log.say(line);
  const answer = await askPerson('[e]dit again, [p]ut yours in its place, [k]eep yours as a draft, [d]rop yours? ');
  if (answer === 'p') return putInPlace({ ...editing, card }, text, weighed);
  return chooseNext({ ...editing, card }, answer);
}

async function askOn(editing: Editing, words: string): Promise<number> {
  editing.invocation.log.say(words, 'bad');
  return chooseNext(editing, await askPerson('[e]dit again, [k]eep it as a draft, [d]rop it? '));
}

async function chooseNext(editing: Editing, answer: string): Promise<number> {
  const { invocation, card, copy } = editing;
  if (answer === 'e') return edit(editing);
  if (answer === 'd') {
    // An editor may have left a folder there.
    await rm(copy, { force: true, recursive: true });
    nothingChanged(editing);
    return exitCodes.no;
  }
  invocation.answer({ draft: copy }, [
    `${card.file} is as it was; the draft is ${escapeText(copy)}`,
    `next: fourline role edit ${card.role}`,
  ]);
  return exitCodes.no;
}

// Whatever goes wrong, the person learns where the text is.
function keptIn(error: unknown, copy: string): unknown {
  if (!(error instanceof Fault)) return error;
  return new Fault(error.code, error.message, { hint: `the text is kept in ${copy}` });
}

// A copy has the name of its process: whoever finds one knows whether somebody is at work on it.
async function takeCopy({ log }: Invocation, root: string, { role, text }: OpenedCard): Promise<string> {
  const folder = `${root}/roles`;
  const copy = `${folder}/.${role}.${nameProcess()}.draft.md`;
  const own = new RegExp(`^\\.${role}\\.(.+)\\.draft\\.md$`);
  const drafts = (await readdir(folder)).filter((name) => own.test(name)).sort();
  const isOpen = (name: string): boolean => processLives(own.exec(name)?.[1] ?? '');
  if (drafts.some(isOpen)) log.say(`somebody is editing ${role} as well; whoever saves last is asked`);
  for (const name of drafts.filter((one) => !isOpen(one))) {
    const answer = await askPerson(`A draft is kept in roles/${name}. [g]o on with it, or begin with the [c]ard? `);
    if (answer !== 'g') continue;
    await rename(`${folder}/${name}`, copy);
    return copy;
  }
  await writeDurable(copy, text, { replace: false });
  return copy;
}

// As git starts an editor: by the shell, with the file as its argument. Ctrl-C is the editor's.
async function runEditor(editor: string, path: string): Promise<number> {
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<number>((resolve) => {
      const child = spawn('sh', ['-c', `${editor} "$@"`, editor, path], { stdio: 'inherit' });
      child.once('error', () => resolve(127));
      child.once('close', (status) => resolve(status ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
