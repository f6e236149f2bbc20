// Why: `man fourline` says what --help says, for whoever looks there first.
// Promises: made of the command line itself, so that it is never behind it; the same text each time.
// Never: needs a workspace.
import { version } from '../../api.ts';
import { exitCodes, type Invocation } from '../invocation.ts';
import type { CommandTree } from './complete.ts';

// The words of docs/commands.md, in short.
const exitWords: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'ok',
  no: 'no: refused, or problems found',
  usage: 'the command was misused',
  fault: 'a fault',
  failed: 'a run failed',
  halted: 'an order was halted',
  budget: 'a limit of a card was reached',
  environment: 'the environment lacks something',
};

/** Prints the man page, in the macros of man(7). */
export async function runMan(invocation: Invocation, tree: CommandTree): Promise<number> {
  const page = manPage(tree);
  invocation.answer({ page }, page);
  return exitCodes.ok;
}

function manPage(tree: CommandTree): string[] {
  return [
    `.TH FOURLINE 1 "" "fourline ${version}" "User Commands"`,
    '.SH NAME',
    `fourline \\- ${roff(tree.description())}`,
    '.SH SYNOPSIS',
    '.B fourline',
    '.RI [ flags ] " command " [ arguments ]',
    '.SH DESCRIPTION',
    'A workspace holds roles, which are cards in Markdown, and an inbox for each.',
    'An order is a file of four lines that is dropped into an inbox.',
    'The role\\(aqs agent works on it in a private copy of the repository, and a gate lets land what card and order allow.',
    '.SH FLAGS',
    ...tree.options.flatMap(flagLines),
    '.SH COMMANDS',
    ...tree.commands.flatMap((one) => commandLines(one, '')),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([name, code]) => [
      '.TP',
      `.B ${code}`,
      roff(exitWords[name as keyof typeof exitCodes]),
    ]),
    '.SH FILES',
    ...[
      ['roles/<role>.md', 'a card: what a role may change, its agent and its limits'],
      ['inbox/<role>/', 'orders for that role'],
      ['inbox/operator/', 'questions and reports for you'],
      ['fourline.yaml', 'settings of the whole workspace; it may be missing'],
      ['state/', 'the record of everything, written by fourline alone'],
    ].flatMap(([path = '', words = '']) => ['.TP', `.I ${roff(path)}`, roff(words)]),
  ];
}

// Subcommands follow their command, with its name before theirs.
function commandLines(command: CommandTree, above: string): string[] {
  const name = `${above}${command.name()}`;
  const given = command.registeredArguments.map((one) => {
    const word = `${one.name()}${one.variadic ? '...' : ''}`;
    return one.required ? `<${word}>` : `[${word}]`;
  });
  const options = command.options.filter((one) => !one.hidden);
  const own = [`.SS "${roff([name, ...given].join(' '))}"`, roff(command.description())];
  return [...own, ...options.flatMap(flagLines), ...command.commands.flatMap((one) => commandLines(one, `${name} `))];
}

function flagLines({ flags, description }: CommandTree['options'][number]): string[] {
  return ['.TP', `.B ${roff(flags)}`, roff(description)];
}

// A text of one line: a hyphen that is typed, a backslash that is meant, and no request at its beginning.
function roff(text: string): string {
  const line = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll("'", '\\(aq');
  return line.startsWith('.') ? `\\&${line}` : line;
}
