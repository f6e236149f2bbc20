// Why: `fourline setup` lets a person's own agent CLI order work: its server, its skill and its edit hook, in the CLI's
// own files.
// Promises: the change is shown first, and made after a yes; --remove takes back what was written; twice is once.
// Never: writes where nobody can be asked, without --yes.
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CliSetup, makeSetup, planSetup, type SetupFile, type SetupQuestion } from '../../api.ts';
import { searchFolders } from '../../platform/process/search-path.ts';
import { Fault } from '../../platform/text/fault.ts';
import { countOf, escapeText, shellWord } from '../../platform/text/text.ts';
import { confirms } from '../ask.ts';
import { exitCodes, type Invocation } from '../invocation.ts';
import type { Tone } from '../talk.ts';

/** The options of `fourline setup`. */
export type SetupOptions = {
  readonly in?: string;
  readonly user?: boolean;
  readonly role?: string;
  readonly plugin?: string;
  readonly remove?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
};

/**
 * Shows a set-up, and makes it once a person says so. The exit code is 1 where they don't, and where a
 * file can't be put back. Throws what the API throws.
 */
export async function runSetup(
  invocation: Invocation,
  tool: string | undefined,
  options: SetupOptions,
): Promise<number> {
  const question = questionOf(invocation, tool, options);
  const setup = await planSetup(question, invocation);
  const changed = setup.files.filter((one) => one.change !== 'same');
  const shown = [...setup.files.flatMap(showFile), ...whatToDo(setup, options)];
  const painted = shown.map(([line, tone]) => invocation.paint(line, tone));
  const ended = setup.files.some((one) => one.flaw !== undefined) ? exitCodes.no : exitCodes.ok;
  if (changed.length === 0 || options.dryRun === true) {
    invocation.answer({ ...setup, written: false }, painted);
    return ended;
  }
  if (options.yes !== true) {
    for (const [line, tone] of shown) invocation.log.say(line, tone);
    const which = countOf(changed.length, 'file');
    if (!(await confirms(`${options.remove === true ? 'Take this out of' : 'Write'} ${which}? [y/N] `))) {
      invocation.answer({ ...setup, written: false }, ['nothing is written']);
      return exitCodes.no;
    }
  }
  const made = await makeSetup(question, setup.digest, invocation);
  const done = options.remove === true ? 'taken back' : 'written';
  invocation.answer({ ...made, written: true }, [
    ...(options.yes === true ? painted : []),
    `${countOf(changed.length, 'file')} ${done}`,
    ...(options.remove === true ? [] : [`undo: ${undoSetup(invocation, tool, options)}`]),
  ]);
  return ended;
}

function questionOf(invocation: Invocation, tool: string | undefined, options: SetupOptions): SetupQuestion {
  const { plugin, user, role, remove } = options;
  const tools = 'fourline setup claude|codex|opencode|gemini|copilot|cursor, or --plugin <dir>';
  if ((tool === undefined) === (plugin === undefined))
    throw new Fault('usage', tool === undefined ? 'no CLI is named' : '--plugin goes without a CLI', { hint: tools });
  if (plugin !== undefined && (user === true || options.in !== undefined))
    throw new Fault('usage', '--plugin names its folder itself', { hint: 'leave out --user and --in' });
  if (user === true && options.in !== undefined)
    throw new Fault('usage', '--user and --in exclude each other', { hint: '--user holds for all folders' });
  const within = (path: string | undefined): string | undefined => (path === undefined ? undefined : resolve(path));
  return {
    ...{ tool, user, role, remove, from: invocation.directory },
    plugin: within(plugin),
    folder: within(options.in),
    program: ownProgram(invocation),
  };
}

// The words by which another program starts this fourline: its name where PATH leads to it.
function ownProgram({ env }: Invocation): [string, ...string[]] {
  const own = realpathSync(process.argv[1] ?? '');
  const found = searchFolders(env['PATH'])
    .map((folder) => `${folder}/fourline`)
    .find((path) => realOf(path) !== null);
  return found !== undefined && realOf(found) === own ? ['fourline'] : [process.execPath, own];
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

type ShownLine = readonly [line: string, tone: Tone];

// The lines of a difference with two lines around each change; of a long file that comes or goes whole, its beginning.
function showFile({ path, change, lines, kept, flaw }: SetupFile): ShownLine[] {
  if (flaw !== undefined)
    return [
      [`not put back: ${escapeText(flaw.message)}`, 'bad'],
      [`  ${escapeText(flaw.hint)}`, 'bad'],
    ];
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - 2), index + 3).some(({ sign }) => sign !== ' '));
  const tones = { '+': 'good', '-': 'bad', ' ': 'plain' } as const;
  const shown: ShownLine[] = [];
  for (const [index, { sign, text }] of lines.entries()) {
    const last = index === lines.length - 1 && text === '';
    if (near[index] === true && !last) shown.push([`  ${sign} ${escapeText(text.replace(/\r$/, ''))}`, tones[sign]]);
    else if (near[index] === false && near[index - 1] === true) shown.push(['    …', 'dim']);
  }
  const whole = change === 'new' || change === 'removed';
  const cut = whole && shown.length > wholeLimit ? shown.length - wholeHead : 0;
  return [
    [`${change === 'same' ? 'no change' : change}: ${escapeText(path)}`, 'strong'],
    ...shown.slice(0, shown.length - cut),
    ...(cut > 0 ? [[`    … ${cut} more lines`, 'dim'] as const] : []),
    ...kept.map((one): ShownLine => [`  left as it is: ${escapeText(one)}`, 'bad']),
  ];
}

// A file that comes or goes whole is shown to its end up to so many lines, else so many of them.
const [wholeLimit, wholeHead] = [40, 8];

function whatToDo({ notes, workspace }: CliSetup, { role }: SetupOptions): ShownLine[] {
  if (notes.length === 0) return [];
  const hook =
    role === undefined
      ? 'the hook judges the edits of sessions that say whose they are: FOURLINE_ROLE=<role> before the CLI'
      : `the hook judges each edit as one of ${role}`;
  const told = [...notes, hook, `the server and the hook speak to ${escapeText(workspace ?? '')}`];
  return told.map((one): ShownLine => [`note: ${one}`, 'plain']);
}

function undoSetup({ directory }: Invocation, tool: string | undefined, options: SetupOptions): string {
  const { in: folder, user, plugin } = options;
  return [
    'fourline',
    ...(directory === '.' ? [] : ['-C', shellWord(directory)]),
    'setup',
    ...(tool === undefined ? [] : [tool]),
    ...(folder === undefined ? [] : ['--in', shellWord(folder)]),
    ...(user === true ? ['--user'] : []),
    ...(plugin === undefined ? [] : ['--plugin', shellWord(plugin)]),
    '--remove',
  ].join(' ');
}
