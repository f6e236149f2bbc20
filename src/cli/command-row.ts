// Why: a command is a row of a table, so that tables of commands can stand in files of their own.
// Promises: a row says all that the command line needs of a command.
// Never: knows the package that reads the command line.
import type { CommandTree } from './commands/complete.ts';
import type { Invocation } from './invocation.ts';

/** One command: its words, its help, and what it does. */
export type CommandRow = {
  /** Its name and arguments, `show <name>`. */
  readonly words: string;
  readonly about: string;
  /** `whole` is a whole number, `list` may be given several times, and `hidden` isn't in the help. */
  readonly options?: readonly (readonly [flags: string, help: string, kind?: 'whole' | 'list' | 'hidden'])[];
  /** It runs for long, and lets go of files that the process which started it left open. */
  readonly daemon?: boolean;
  /** It runs where a command of commands is called without one. */
  readonly usual?: boolean;
  /** `given` are the arguments, then the options; `tree` is the whole command line. Gives the exit code. */
  readonly run: (invocation: Invocation, given: readonly unknown[], tree: CommandTree) => Promise<number>;
};

/** The words of the help for --since. */
export const sinceWords = 'only what came since an order, a date (2026-03-04), yesterday, or so long ago (12h, 3d)';
