// Why: the commands about flows are a table of their own.
// Promises: a command's code is loaded when it runs.
// Never: reads arguments of other commands.
import type { CommandRow } from './command-row.ts';

const loadFlow = () => import('./commands/flow.ts');
const gate = ['--step <gate>', 'the gate, where several wait'] as const;

/** The commands of `fourline flow`. */
export const flowCommands: readonly CommandRow[] = [
  {
    words: 'list',
    about: 'all of them, and the runs that go on',
    usual: true,
    run: async (invocation) => (await loadFlow()).runFlowList(invocation),
  },
  {
    words: 'new <name>',
    about: 'a flow to edit, from one that comes with fourline',
    options: [['--from <flow>', 'feature, bug, migration or review (default: its own name)']],
    run: async (invocation, [name, options]) =>
      (await loadFlow()).runFlowNew(invocation, name as string, (options as { from?: string }).from),
  },
  {
    words: 'run <name> [values...]',
    about: 'begin a run; each value is key=value',
    options: [
      ['--dry-run', 'print the orders, and post none'],
      ['--roles', 'make the roles that are missing from templates, for this run alone'],
    ],
    run: async (invocation, [name, values, options]) =>
      (await loadFlow()).runFlowRun(invocation, name as string, values as string[], options as object),
  },
  {
    words: 'show <run>',
    about: 'how far a run is',
    run: async (invocation, [run]) => (await loadFlow()).runFlowShow(invocation, run as string),
  },
  {
    words: 'approve <run> [note]',
    about: 'pass the gate that waits; the next role reads the note',
    options: [gate],
    run: async (invocation, [run, text, options]) => {
      const word = { kind: 'approve', text: (text as string | undefined) ?? '', ...(options as object) } as const;
      return (await loadFlow()).runFlowWord(invocation, run as string, word);
    },
  },
  {
    words: 'reject <run> <why>',
    about: 'have the steps before the gate done again, and say why',
    options: [gate],
    run: async (invocation, [run, text, options]) => {
      const word = { kind: 'reject', text: text as string, ...(options as object) } as const;
      return (await loadFlow()).runFlowWord(invocation, run as string, word);
    },
  },
  {
    words: 'retry <run> <step> [why]',
    about: 'do a step again, and all that comes after it',
    run: async (invocation, [run, step, text]) => {
      const word = { kind: 'retry', step: step as string, text: (text as string | undefined) ?? '' } as const;
      return (await loadFlow()).runFlowWord(invocation, run as string, word);
    },
  },
  {
    words: 'cancel <run>',
    about: 'end a run, and cancel its orders',
    run: async (invocation, [run]) => (await loadFlow()).runFlowWord(invocation, run as string, { kind: 'cancel' }),
  },
];
