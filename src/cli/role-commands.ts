// Why: the commands about cards are many, and cli.ts holds those of everything else.
// Promises: a command's code is loaded when it runs.
// Never: reads arguments of other commands.
import type { NewCard } from '../api.ts';
import type { CommandRow } from './command-row.ts';

const tools = 'claude, codex, opencode, gemini, cursor or copilot';

/** The commands of `fourline role` beside list. */
export const roleCommands: readonly CommandRow[] = [
  {
    words: 'show <name>',
    about: 'one card',
    run: async (invocation, [name]) => (await import('./commands/role.ts')).runRoleShow(invocation, name as string),
  },
  {
    words: 'diff <name>',
    about: 'the edit of a card that is not in force',
    run: async (invocation, [name]) => (await import('./commands/role.ts')).runRoleDiff(invocation, name as string),
  },
  {
    words: 'test <name>',
    about: 'its last orders, judged again by its card as it lies there',
    options: [
      ['--last <count>', 'how many orders (default: 20)', 'whole'],
      ['--against <rev>', 'its card of a commit, in place of the verdicts that were given'],
    ],
    run: async (invocation, [name, options]) =>
      (await import('./commands/role.ts')).runRoleTest(invocation, name as string, options as object),
  },
  {
    words: 'edit <name>',
    about: 'its card in your editor ($VISUAL or $EDITOR), checked before it is put in its place',
    run: async (invocation, [name]) =>
      (await import('./commands/role-edit.ts')).runRoleEdit(invocation, name as string),
  },
  {
    words: 'remove <name>',
    about: 'remove its card; the text is kept',
    options: [['--yes', 'without a question']],
    run: async (invocation, [name, options]) => {
      const yes = (options as { yes?: boolean }).yes === true;
      return (await import('./commands/role.ts')).runRoleRemove(invocation, name as string, yes);
    },
  },
  {
    words: 'new <name>',
    about: 'a new card to edit',
    options: [
      ['--from <template>', 'as this card: scout, planner, builder, reviewer or another one'],
      ['--for <plan>', 'for this order or run of a flow: the card goes when that has ended'],
      ['--write <glob>', 'what it may write', 'list'],
      ['--read <glob>', 'state files it may read', 'list'],
      ['--send <role>', 'whom it may send orders', 'list'],
    ],
    run: async (invocation, [name, options]) =>
      (await import('./commands/role.ts')).runRoleNew(invocation, name as string, options as NewCard),
  },
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
