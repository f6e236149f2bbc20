// Why: the commands about cards are many, and cli.ts holds those of everything else.
// Promises: a command's code is loaded when it runs.
// Never: reads arguments of other commands.
import type { Invocation } from './invocation.ts';

type RoleCommand = {
  readonly words: string;
  readonly about: string;
  readonly options: readonly (readonly [flags: string, help: string])[];
  /** `given` are the arguments, then the options. Gives the exit code. */
  readonly run: (invocation: Invocation, given: readonly unknown[]) => Promise<number>;
};

const tools = 'claude, codex, opencode, gemini, cursor or copilot';

/** The commands of `fourline role` beside list, show and new. */
export const roleCommands: readonly RoleCommand[] = [
  {
    words: 'import <files...>',
    about: "cards from other tools' agent files; none of them may change a path yet",
    options: [
      ['--from <tool>', `${tools}, where the path does not tell`],
      ['--as <name>', "the role's name, for one file"],
      ['--force', 'replace cards that exist'],
    ],
    run: async (invocation, [files, options]) =>
      (await import('./commands/role-files.ts')).runRoleImport(invocation, files as string[], options as object),
  },
  {
    words: 'export [roles...]',
    about: "cards as another tool's agent files; without roles all of them",
    options: [
      ['--to <tool>', tools],
      ['--out <dir>', 'the folder they go below (default: the current one)'],
      ['--force', 'replace files that exist'],
    ],
    run: async (invocation, [roles, options]) =>
      (await import('./commands/role-files.ts')).runRoleExport(invocation, roles as string[], options as object),
  },
];
